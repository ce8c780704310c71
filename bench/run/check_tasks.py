#!/usr/bin/env python3
"""The tasks of the benchmarks over small data: flowc with 1 and 2 threads, the hand-written program
and plain Python give the same answer. Data comes as loggen writes it, and in a form that no fast
way is made for: keys turned round, escapes, white space, quoted cells."""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import answers
import witness

TASKS = pathlib.Path(__file__).resolve().parent.parent / "tasks"
FORMATS = {"t1": ["ndjson", "csv"], "t2": ["ndjson", "csv"], "t3": ["ndjson", "csv"], "t4": ["log"]}


def output(command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def write_odd(folder):
    rows = list(witness.records(folder / "plain.ndjson"))
    with open(folder / "odd.ndjson", "w") as file:
        for number, row in enumerate(rows):
            row["page"] += ["", "/\u00e9t\u00e9", "/\"\\\t", "/\U0001f600"][number % 4]
            turned = dict(reversed(row.items())) if number % 2 else row
            text = json.dumps(turned, ensure_ascii=number % 8 < 4)
            if number % 3 == 0:
                text = text.replace('"status"', '"st\\u0061tus"')
            file.write(text + " \r\n" * (number % 5 == 0) + "\n")
    cells = list(witness.records(folder / "plain.csv"))
    with open(folder / "odd.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, cells[0].keys(), quoting=csv.QUOTE_MINIMAL)
        writer.writeheader()
        for number, row in enumerate(cells):
            row["page"] += ["", "/\u00e9", ", \"q\"", "/\n"][number % 4]
            writer.writerow(row)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    build = options.build
    faults = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for form, extension in [("json", "ndjson"), ("csv", "csv"), ("text", "log")]:
            (folder / f"plain.{extension}").write_text(
                output([build / "loggen", "--format", form, "--rows", str(options.rows)]))
        write_odd(folder)
        cases = [(task, folder / f"{form}.{extension}") for task, extensions in FORMATS.items()
                 for extension in extensions for form in ["plain", "odd"]]
        for task, path in cases:
            if not path.exists():
                continue
            wanted = "".join(json.dumps(row) + "\n" for row in witness.TASKS[task](path))
            ways = {f"flowc with {threads} threads":
                    [build / "flowc", "run", TASKS / f"{task}.flow", "--input", path, "-q",
                     "--threads", threads, "--unit", "64KiB"] for threads in "12"}
            ways["yardstick"] = [build / f"yardstick-{task}", path]
            for way, command in ways.items():
                fault = answers.difference(output(command), wanted)
                if fault is not None:
                    faults += 1
                    print(f"{task} {path.name}, {way}: {fault}")
    print("the answers agree" if faults == 0 else f"{faults} answers differ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
