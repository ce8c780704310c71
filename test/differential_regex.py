#!/usr/bin/env python3
"""Generated patterns over generated lines: the interpreter, which asks RE2, against generated code.

Each script has many constant patterns, of which some only say whether they are found and some
capture named groups. Generated code has RE2 only for those that regex/ declines.

  differential_regex.py --flowc build/dev/flowc --cases 200 --seed 1
  differential_regex.py --flowc build/dev/flowc --seed 17 --cases 1 --keep   # leaves it behind
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

SECONDS_MAX = 120
PATTERNS_A_SCRIPT = 10
ATOMS = ["a", "b", "c", "ab", "k", "s", "é", "猫", ".", "[ab]", "[^a]", "[^ab]", r"\w", r"\W",
         r"\d", r"\s", r"\S", "^", "$", r"\b", r"\B", r"\A", r"\z", "[a-c1]", "[é-猫]", r"\p{Lu}",
         "[^é]", "[[:alpha:]]", r"\x{e9}", r"\.", "😀", '[^"]', '"', " "]
REPEATS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{1,2}?", "{2,}"]
LETTERS = ["a", "b", "c", "A", "B", "k", "s", "S", "1", "_", " ",
           '"', ".", "é", "É", "ſ", "K",
           "猫", "😀", "ab", "aaaaaaaaaaaaaaaaaaaa", "b" * 17, "猫é" * 5, "\t"]


class Patterns:
    def __init__(self, pick):
        self.pick = pick
        self.groups = 0

    def alternatives(self, depth):
        return "|".join(self.sequence(depth) for _ in range(self.pick.choice([1, 1, 1, 2, 3])))

    def sequence(self, depth):
        return "".join(self.repeated(depth) for _ in range(self.pick.randrange(5)))

    def repeated(self, depth):
        atom = self.atom(depth)
        return atom + self.pick.choice(REPEATS) if self.pick.random() < 0.35 else atom

    def atom(self, depth):
        if depth == 0 or self.pick.random() < 0.7:
            return self.pick.choice(ATOMS)
        inside = self.alternatives(depth - 1)
        if self.pick.random() < 0.6 and self.groups < 5:
            self.groups += 1
            return f"(?<g{self.groups}>{inside})"
        return self.pick.choice(["(?:", "(?i:", "(?s:", "(?m:"]) + inside + ")"

    def pattern(self):
        self.groups = 0
        return self.pick.choice(["", "", "", "^", "(?i)", "(?m)", "(?U)"]) + self.alternatives(3)


def valid(flowc, folder, expression):
    """RE2 refuses few of them; they are left out."""
    path = folder / "one.flow"
    path.write_text(f'from stdin(format: "text") |> select {expression} as x\n', encoding="utf-8")
    return run([flowc, "check", str(path)]).returncode == 0


def run(command, stdin=None):
    return subprocess.run(command, stdin=stdin, capture_output=True, timeout=SECONDS_MAX,
                          check=False)


def case(flowc, seed, keep):
    pick = random.Random(seed)
    patterns = Patterns(pick)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"regex_{seed}_"))
    try:
        columns = []
        while len(columns) < PATTERNS_A_SCRIPT:
            pattern = patterns.pattern()
            text = f"line =~ r'{pattern}'"
            if patterns.groups > 0 and pick.random() < 0.8:
                text = f"try capture(line, r'{pattern}')"
            if valid(flowc, folder, text):
                columns.append(f"{text} as c{len(columns)}")
        lines = ["".join(pick.choices(LETTERS, k=pick.randrange(14))) for _ in range(150)]
        script = folder / "case.flow"
        text = 'from stdin(format: "text")\n|> select line,\n  ' + ",\n  ".join(columns) + "\n"
        script.write_text(text, encoding="utf-8")
        (folder / "case.in").write_text("\n".join(lines) + "\n", encoding="utf-8")
        answers = []
        for way in (["--interpret"], ["-O0"], ["-O2"]):
            with open(folder / "case.in", "rb") as stdin:
                done = run([flowc, "run", *way, "--threads", "1", str(script)], stdin)
            if done.returncode != 0:
                return f"seed {seed}, {way[0]}: {done.stderr.decode(errors='replace')}"
            answers.append(done.stdout)
        for way, answer in (("-O0", answers[1]), ("-O2", answers[2])):
            if answer != answers[0]:
                for expected, found in zip(answers[0].splitlines(), answer.splitlines()):
                    if expected != found:
                        return (f"seed {seed}, {way}:\n  interpreter {expected.decode()}\n"
                                f"  compiled    {found.decode()}\n  {text}")
                return f"seed {seed}, {way}: a different number of rows"
        return None
    finally:
        if keep:
            print(folder)
        else:
            shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--flowc", required=True)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    flowc = os.path.abspath(args.flowc)
    seeds = range(args.seed, args.seed + args.cases)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        results = pool.map(lambda seed: case(flowc, seed, args.keep), seeds)
        faults = [fault for fault in results if fault]
    print("\n".join(faults) if faults else f"{args.cases} scripts agree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
