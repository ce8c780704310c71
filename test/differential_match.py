#!/usr/bin/env python3
"""Generated patterns over generated rows: `match` by the interpreter against compiled code.

Each script has many patterns over one source: steps of every number, `then`, `next`, `without`,
conditions over earlier steps, conditions that fail, out-of-order rows and rows of one time. The
interpreter tries every beginning of a match, so what it sends is the rule; compiled code, whose
automaton leaves out most of them, must send the same, and reject the same rows.

  differential_match.py --flowc build/dev/flowc --cases 2000 --seed 1
  differential_match.py --flowc build/dev/flowc --seed 17 --cases 1 --keep   # leaves it behind
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from differential_cases import stamp

SECONDS_MAX = 120
PATTERNS_A_SCRIPT = 12
NUMBERS = ["", "", "", "+", "*", "?", "{2}", "{2,}", "{1,2}", "{0,2}", "{3,}"]


class Step:
    def __init__(self, name, number):
        self.name = name
        self.many = number not in ("", "?")
        self.empty = number in ("*", "?", "{0,2}")


class Script:
    def __init__(self, seed):
        self.random = random.Random(seed)
        pick = self.random
        self.files = {}
        delay = pick.choice(["0s", "2s", "10s"])
        for number in range(pick.choice([1, 1, 2])):
            self.files[f"rows_{number}.jsonl"] = self.rows()
        self.lines = [f"source rows: {{ t: timestamp, k: string, v: int, id: int, x: float? }} ="
                      f" file(\"rows_*.jsonl\") format json  time t watermark {delay}"]
        for number in range(PATTERNS_A_SCRIPT):
            self.lines.append(self.pattern(number))
        self.files["case.flow"] = "\n".join(self.lines) + "\n"
        self.options = [pick.choice(["-O0", "-O2"]), "--threads", str(pick.choice([1, 2, 8])),
                        "--unit", str(pick.choice([1, 64, 300, 1 << 20])),
                        "--batch", str(pick.choice([1, 7, 4096]))]

    def rows(self):
        pick = self.random
        now, out = 0, []
        disorder = pick.choice([0, 1000, 4000])
        keys = pick.choice([["a"], ["a", "b"], ["a", "b", "c"]])
        for number in range(pick.choice([3, 6, 10]) * len(keys)):
            now += pick.choice([0, 200, 500, 1000, 3000])
            row = {"t": stamp(max(0, now - pick.randrange(disorder + 1))), "k": pick.choice(keys),
                   "v": pick.randrange(0, 6), "id": number}
            if pick.random() < 0.7:
                row["x"] = pick.choice([0.5, 1.5, 2.5])
            out.append(json.dumps(row) + "\n")
        return "".join(out)

    def plain(self):
        return self.random.choice(["v > 1", "v < 4", "v == 2", "v == 3", "v >= 3", "v % 2 == 0",
                                   "x != none", "id % 3 != 0", "true", "12 // (v - 4) > 1"])

    def about(self, step):
        """A condition over a step before."""
        pick = self.random
        name = step.name
        if step.many and step.empty:
            return pick.choice([f"len({name}) != 1", f"len({name}) > v - 2"])
        if step.many:
            return pick.choice([f"v > last({name}).v", f"v != first({name}).v",
                                f"len({name}) <= v", f"sum({name}.v) % 2 == v % 2",
                                f"v in {name}.v", f"x != last({name}).x"])
        if step.empty:
            return pick.choice([f"({name} == none or {name}.v <= v)", f"{name} == none",
                                f"{name}?.v != v"])
        return pick.choice([f"v > {name}.v", f"v != {name}.v", f"id - {name}.id < 4",
                            f"{name}.x == x", f"v // {name}.v > 0"])

    def condition(self, steps):
        if steps and self.random.random() < 0.4:
            about = self.about(self.random.choice(steps))
            return about if self.random.random() < 0.5 else f"{self.plain()} and {about}"
        return self.plain()

    def pattern(self, number):
        pick = self.random
        steps, parts = [], []
        count = pick.choice([1, 2, 2, 3, 3, 4])
        for i in range(count):
            last = i + 1 == count
            link = "" if i == 0 else pick.choice(["then ", "then ", "then ", "next "])
            if link == "then ":
                while pick.random() < 0.25:
                    parts.append(f"without n{len(parts)}: {self.condition(steps)}")
            many = pick.choice(NUMBERS)
            step = Step(f"s{i}", many)
            if last and step.empty:
                step = Step(f"s{i}", "")
                many = ""
            parts.append(f"{link}s{i}{many}: {self.condition(steps)}")
            steps.append(step)
        body = "\n    ".join(parts)
        within = pick.choice(["1ns", "500ms", "3s", "6s", "20s", "1h"])
        end = pick.choice(["", " overlapping"])
        bad = f"bad_{number}"
        return (f"from rows |> match by k within {within} {{\n    {body}\n  }}{end}\n"
                f"  |> extend rowtime() as at\n"
                f"  |> on error as {bad}\n  |> into file(\"out_{number}.jsonl\")\n"
                f"from {bad} |> select at, stage, code, message"
                f" |> into file(\"bad_{number}.jsonl\")")


def run(flowc, folder, options):
    for old in folder.glob("*_*.jsonl"):
        if not old.name.startswith("rows_"):
            old.unlink()
    done = subprocess.run([flowc, "run", *options, "case.flow"], cwd=folder, capture_output=True,
                          timeout=SECONDS_MAX, check=False, stdin=subprocess.DEVNULL)
    out = {path.name: path.read_text(encoding="utf-8").splitlines()
           for path in folder.glob("*_*.jsonl") if not path.name.startswith("rows_")}
    return done.returncode, out, done.stderr.decode("utf-8", "replace")


def check(flowc, seed, keep):
    """What is wrong with one script (nothing when all agrees), and how many matches it made."""
    script = Script(seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"flow-match-{seed}-"))
    problems = []
    try:
        for name, text in script.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        code, wanted, stderr = run(flowc, folder, ["--interpret"])
        if code != 0:
            problems.append(f"the interpreter ends with {code}: {stderr[:600]}")
        got_code, got, got_stderr = run(flowc, folder, script.options)
        if code != got_code:
            problems.append(f"exit codes {code} and {got_code}: {got_stderr[:300]}")
        for name in sorted(set(wanted) | set(got)):
            if wanted.get(name) == got.get(name):
                continue
            number = int(name.split("_")[1].split(".")[0])
            problems.append(f"{name}:\n{script.lines[1 + number]}")
            only = [line for line in wanted.get(name, []) if line not in got.get(name, [])]
            more = [line for line in got.get(name, []) if line not in wanted.get(name, [])]
            problems += [f"  only interpreted: {line}" for line in only[:2]]
            problems += [f"  only compiled:    {line}" for line in more[:2]]
    except subprocess.TimeoutExpired:
        problems.append(f"no end within {SECONDS_MAX} s")
    if problems:
        problems.insert(0, f"seed {seed}: flowc run {' '.join(script.options)} in {folder}")
    elif not keep:
        shutil.rmtree(folder, ignore_errors=True)
    matches = 0 if problems else sum(len(v) for k, v in wanted.items() if k.startswith("out_"))
    rejects = 0 if problems else sum(len(v) for k, v in wanted.items() if k.startswith("bad_"))
    return problems, matches, rejects


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowc", required=True)
    parser.add_argument("--cases", type=int, default=24,
                        help=f"scripts, of {PATTERNS_A_SCRIPT} patterns each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count()))
    parser.add_argument("--keep", action="store_true", help="leave all files behind")
    options = parser.parse_args()
    flowc = str(pathlib.Path(options.flowc).resolve())
    wrong = matches = rejects = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        seeds = range(options.seed, options.seed + options.cases)
        for problems, made, bad in pool.map(lambda seed: check(flowc, seed, options.keep), seeds):
            wrong += bool(problems)
            matches += made
            rejects += bad
            for line in problems:
                print(line)
    print(f"{options.cases * PATTERNS_A_SCRIPT} patterns, {matches} matches,"
          f" {rejects} rejected rows, {wrong} scripts differ")
    return 1 if wrong or matches == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
