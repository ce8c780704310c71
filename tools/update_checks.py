#!/usr/bin/env python3
"""Rewrites the expectations of text tests from what the tools print now.

    tools/update_checks.py [--build DIR] TEST...

Two kinds of test are rewritten; read the difference before committing it.
- A test whose RUN line ends in `| FileCheck %s` and that carries the word AUTOUPDATE in a comment:
  its CHECK lines are replaced by the whole output, one CHECK-NEXT a line (CHECK-EMPTY for empty
  ones), at the end of the file.
- A test whose RUN line ends in `| diff FILE -`: FILE is replaced by the output.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUN = re.compile(r"^(\W+)RUN:\s*(.*)$")


def run_lines(text):
    """The RUN lines with continuations joined, and the comment lead they stand behind."""
    joined, lead, pending = [], "# ", ""
    for line in text.splitlines():
        match = RUN.match(line)
        if not match:
            continue
        lead, command = match.groups()
        if command.endswith("\\"):
            pending += command[:-1] + " "
            continue
        joined.append(pending + command)
        pending = ""
    return joined, lead


def expand(command, test, build):
    for name, value in [("%flow-opt", build / "flow-opt"), ("%flowc", build / "flowc"),
                        ("%source_dir", ROOT), ("%python", "python3"), ("%s", test),
                        ("%S", test.parent), ("%t", build / "test" / "update.tmp")]:
        command = command.replace(name, str(value))
    return command


def output_of(command, test, build):
    tools = pathlib.Path("/usr/lib/llvm-19/bin")
    environment = dict(os.environ, NO_COLOR="1", TZ="UTC", LC_ALL="C.UTF-8",
                       PATH=f"{tools}:{build}:{os.environ['PATH']}")
    done = subprocess.run(["bash", "-o", "pipefail", "-c", expand(command, test, build)],
                          env=environment, cwd=test.parent, stdout=subprocess.PIPE, timeout=120,
                          check=False)
    if done.returncode != 0:
        print(f"{test}: `{command}` ended with {done.returncode}", file=sys.stderr)
        return None
    # FileCheck never sees where the test lies.
    return done.stdout.decode("utf-8", "replace").replace(str(test), "{{.*}}" + test.name)


def update_checks(test, text, lead, output):
    kept = [line for line in text.splitlines()
            if not re.match(re.escape(lead) + r"CHECK(-NEXT|-EMPTY)?:", line)]
    while kept and not kept[-1].strip():
        kept.pop()
    checks, word = [], "CHECK"
    for line in output.splitlines():
        checks.append(f"{lead}{word}: {line}" if line else f"{lead}CHECK-EMPTY:")
        word = "CHECK-NEXT"
    test.write_text("\n".join(kept + [""] + checks) + "\n", encoding="utf-8")


def update(test, build):
    text = test.read_text(encoding="utf-8")
    commands, lead = run_lines(text)
    for command in commands:
        body, _, last = command.rpartition("|")
        last = last.strip()
        if last == "FileCheck %s" and "AUTOUPDATE" in text:
            output = output_of(body, test, build)
            if output is not None:
                update_checks(test, text, lead, output)
        elif match := re.match(r"diff (?:-\w+ )?(\S+) -$", last):
            output = output_of(body, test, build)
            if output is not None:
                pathlib.Path(expand(match.group(1), test, build)).write_text(output, "utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/dev", help="build folder with flowc, flow-opt")
    parser.add_argument("tests", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    for test in options.tests:
        update(test.resolve(), (ROOT / options.build).resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
