#!/usr/bin/env python3
"""Runs the `console` blocks of README.md and of the pages in PAGES and compares what they show with
what happens.

    tools/check_readme.py --flowc build/release/flowc [--update]

In a block, a line `$ command` is run in a shell from the top of the repository, `\\` at its end
continuing it; the lines below it are its standard output and error. A line `...` stands for any
lines. `./dev run` means flowc's `run`, since the tests have built it. --update writes what happened
into the blocks instead (a block with `...` is left alone).
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md"] + [ROOT / "docs" / page for page in
                                ("patterns.md", "plan.md", "tests.md", "why.md")]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def steps_of(block):
    """[(command as written, expected lines)]"""
    steps, continued = [], False
    for line in block.splitlines():
        if continued:
            steps[-1][0].append(line)
        elif line.startswith("$ "):
            steps.append(([line], []))
        elif steps:
            steps[-1][1].append(line)
        continued = line.endswith("\\") and (continued or line.startswith("$ "))
    return steps


def run(written, flowc):
    command = "\n".join(written)[2:]
    command = re.sub(r"^\./dev run\b", f"{flowc} run", command)
    environment = dict(os.environ, NO_COLOR="1", TZ="UTC", LC_ALL="C.UTF-8",
                       PATH=f"{flowc.parent}:{os.environ['PATH']}")
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode("utf-8", "replace").splitlines()


def matches(expected, actual):
    pattern = "".join(r"(?:.*\n)*" if line == "..." else re.escape(line) + "\n"
                      for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


def check(text, flowc):
    for block in BLOCK.findall(text):
        for written, expected in steps_of(block):
            actual = run(written, flowc)
            if not matches(expected, actual):
                yield "\n".join(written + ["shown:", *expected, "happened:", *actual, ""])


def updated(text, flowc):
    def rewrite(match):
        lines = []
        for written, expected in steps_of(match.group(1)):
            lines += written
            lines += expected if "..." in expected else run(written, flowc)
        return "```console\n" + "".join(line + "\n" for line in lines) + "```"

    return BLOCK.sub(rewrite, text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowc", type=pathlib.Path, default=ROOT / "build/release/flowc")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    flowc = options.flowc.resolve()
    faults = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if options.update:
            page.write_text(updated(text, flowc), encoding="utf-8")
        else:
            faults += check(text, flowc)
    print("\n".join(faults) if faults else "readme: every command shows what happens")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
