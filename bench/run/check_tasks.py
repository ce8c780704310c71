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
import contestants
import witness


def output(command):
    command = [str(word) for word in command]
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
        for form, file in [("events", "events.ndjson"), ("ads", "ads.csv")]:
            (folder / file).write_text(
                output([build / "loggen", "--format", form, "--rows", str(options.rows)]))
        cases = [(task, folder / f"{form}.{extension}")
                 for task, extensions in contestants.FORMATS.items() for extension in extensions
                 for form in (["events"] if task == "y" else ["plain", "odd"])]
        for task, path in cases:
            if not path.exists():
                continue
            wanted = "".join(json.dumps(row) + "\n" for row in witness.TASKS[task](path))
            for way in [contestants.yardstick(build, task), contestants.flowc(build, task, 1),
                        contestants.flowc(build, task, 2)]:
                units = ["--unit", "64KiB"] if way.name.startswith("flowc") else []
                fault = answers.difference(output([*way.command(path), *units]), wanted)
                if fault is not None:
                    faults += 1
                    print(f"{task} {path.name}, {way.name}: {fault}")
    print("the answers agree" if faults == 0 else f"{faults} answers differ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
