#!/usr/bin/env python3
"""How many instructions the tasks of the benchmarks take, held against bench/instructions.json.

Times differ from machine to machine and from run to run; counts of instructions do not: the same
code over the same rows, under Callgrind, which stands for one processor whatever the machine. Each
task is built ahead of time for x86-64-v3 and run with one thread over few rows and over many: what
counts is the difference, an instruction count per row without start and end.

A task that takes over 5 % more than the file says is a fault; `--update` writes what it takes now,
for a commit that says why. One that takes over 5 % less is said, so that the file follows.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

BENCH = pathlib.Path(__file__).resolve().parent.parent
COUNTS = BENCH / "instructions.json"
FEW, MANY = 5_000, 25_000
TOLERANCE = 0.05
# Task, form of the data, its extension.
OVER_FILES = [("t1", "json", "ndjson"), ("t1", "csv", "csv"), ("t2", "json", "ndjson"),
              ("t2", "csv", "csv"), ("t3", "json", "ndjson"), ("t3", "csv", "csv"),
              ("t4", "text", "log"), ("y", "events", "ndjson")]
QUERIES = ["q1", "q2", "q5", "q7", "q8"]


class Counter:
    def __init__(self, build, folder):
        self.build = build
        self.folder = folder

    def run(self, command, out=subprocess.DEVNULL):
        done = subprocess.run([str(word) for word in command], cwd=self.folder, stdout=out,
                              stderr=subprocess.PIPE, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: exit code {done.returncode}: {done.stderr}")
        return done.stderr

    def data(self, form, extension, rows):
        path = self.folder / f"{form}_{rows}.{extension}"
        if not path.exists():
            with open(path, "wb") as file:
                self.run([self.build / "loggen", "--format", form, "--rows", rows], file)
        return path

    def executable(self, script, name):
        path = self.folder / name
        self.run([self.build / "flowc", "build", script, "--cpu", "x86-64-v3", "-o", path])
        return path

    def of_command(self, command):
        log = self.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command,
                        "--threads", "1"])
        return int(re.search(r"Collected : (\d+)", log).group(1))

    def per_row(self, command_of):
        return (self.of_command(command_of(MANY)) - self.of_command(command_of(FEW))) / (MANY - FEW)

    def of_task(self, task, form, extension):
        # An executable is built for one format.
        text = (BENCH / "tasks" / f"{task}.flow").read_text(encoding="utf-8")
        known = form if form in ("json", "csv", "text") else "json"
        script = self.folder / f"{task}_{extension}.flow"
        script.write_text(text.replace("file($input)", f'file($input, format: "{known}")'),
                          encoding="utf-8")
        app = self.executable(script, f"{task}_{extension}")
        ads = ["--ads", self.data("ads", "csv", 1000)] if task == "y" else []
        return self.per_row(lambda rows: [app, "--input", self.data(form, extension, rows), *ads])

    def of_query(self, query):
        app = self.executable(BENCH / "nexmark" / f"{query}.flow", query)
        return self.per_row(lambda rows: [app, "--events", rows])

    def all(self):
        for task, form, extension in OVER_FILES:
            yield f"{task} {extension}", self.of_task(task, form, extension)
        for query in QUERIES:
            yield query, self.of_query(query)


def verdict(name, count, known):
    """What is wrong, or None."""
    if known is None:
        return f"{name}: not in {COUNTS.name}; run with --update"
    share = count / known - 1
    if share > TOLERANCE:
        return (f"{name}: {count:.1f} instructions a row, {share:.1%} more than the {known:.1f} of "
                f"{COUNTS.name}; run with --update if that is meant, and say why in the commit")
    if share < -TOLERANCE:
        print(f"{name}: {-share:.1%} fewer than {COUNTS.name} says: --update keeps it so")
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default="build/release")
    parser.add_argument("--update", action="store_true", help=f"rewrite {COUNTS.name}")
    options = parser.parse_args()
    if "avx2" not in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"):
        print("this processor has no AVX2, which the counts are of")
        return 77  # skipped
    known = json.loads(COUNTS.read_text(encoding="utf-8")) if COUNTS.exists() else {}
    counts, faults = {}, []
    with tempfile.TemporaryDirectory(prefix="flow-count-") as folder:
        for name, count in Counter(options.build.resolve(), pathlib.Path(folder)).all():
            counts[name] = round(count, 1)
            print(f"{name:9} {count:8.1f} instructions a row")
            fault = None if options.update else verdict(name, count, known.get(name))
            if fault is not None:
                faults.append(fault)
    if options.update:
        COUNTS.write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
