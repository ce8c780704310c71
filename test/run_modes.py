#!/usr/bin/env python3
"""Runs one script in every way flowc can run it and holds each against one expected output.

Ways: the reference interpreter, JIT at both levels and changing over while it runs, 1, 2 and 8
threads, ordinary and tiny units of input, and the ahead-of-time executable. Output must be equal
byte by byte when the script says `# ordered`, else as sorted lines.

Beside test/run/NAME.flow stand:
  NAME.out        expected standard output
  NAME.out.FILE   expected content of FILE, which the script writes
  NAME.in         standard input, if any

Directives, as comments in the script:
  # ordered           the output has one order
  # args: --n 3       parameters
  # exit: 65          expected exit code (default 0)
  # stderr: TEXT      a line of standard error holds TEXT (may repeat)
  # updating: a, b    standard output is a changelog, folded by these columns before it is compared
  # updating F: a, b  so is file F
  # updating F: *     rows of F go by no key: a deletion takes an equal one out
  # only: jit, aot    leaves ways out, with the reason behind it: `# only: jit  (clock)`

`--update` rewrites the expectations from the interpreter's output.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

# Name, options; `aot` builds first. Tiny units cut the input between any two records, so every
# boundary that a large input could have is met. Of the two ways with -O2, which have a cache of
# machine code to themselves, the second runs what the first has kept.
WAYS = [
    ("interpreter", ["--interpret"]),
    ("jit -O0", ["-O0", "--threads", "1", "--no-cache"]),
    ("jit -O2", ["-O2", "--threads", "1"]),
    ("jit, the second tier taking over", ["--no-cache"]),
    ("jit 2 threads, units of 64 bytes", ["-O2", "--threads", "2", "--unit", "64", "--batch", "7"]),
    ("jit 8 threads, units of 1 byte",
     ["-O0", "--threads", "8", "--unit", "1", "--batch", "1", "--no-cache"]),
    ("aot", ["--threads", "2"]),
]
SECONDS_MAX = 120


class Script:
    def __init__(self, path):
        self.path = path
        self.stem = path.name[: -len(".flow")]
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"^# (ordered|args|exit|stderr|only)\b:?[ \t]*(.*)$", text, re.M)
        values = {}
        for key, value in found:
            values.setdefault(key, []).append(value.strip())
        self.ordered = "ordered" in values
        self.args = shlex.split(" ".join(values.get("args", [])))
        self.exit = int(values.get("exit", ["0"])[0])
        self.stderr = values.get("stderr", [])
        # Columns of the key by file; standard output is the one without a name.
        self.keys = {file: [key.strip() for key in keys.split(",") if key.strip()]
                     for file, keys in re.findall(r"^# updating[ \t]*([^\s:]*):[ \t]*(.*)$", text,
                                                  re.M)}
        only = values.get("only", [""])[0].split("(")[0]
        self.only = [way.strip() for way in only.split(",") if way.strip()]

    def beside(self, suffix):
        return self.path.with_name(self.stem + suffix)

    def files(self):
        """Expected files by name."""
        prefix = self.stem + ".out."
        return {p.name[len(prefix):]: p for p in self.path.parent.glob(prefix + "*")}


def run(flowc, script, way, options, folder, cache):
    """Standard output, standard error, exit code of one way; files land in `folder`, code in
    `cache`."""
    for entry in script.path.parent.iterdir():
        if ".out" not in entry.name:
            os.symlink(entry.resolve(), folder / entry.name)
    stdin = script.beside(".in")
    if not stdin.exists():
        stdin = pathlib.Path(os.devnull)
    if way == "aot":
        # A sampled schema is frozen by `build`, so it sees the input, too.
        with open(stdin, "rb") as source:
            built = subprocess.run([flowc, "build", script.path.name, "-o", "./app"], cwd=folder,
                                   stdin=source, capture_output=True, timeout=SECONDS_MAX,
                                   check=False)
        if built.returncode != 0:
            return b"", built.stderr, built.returncode
        command = ["./app", *options, *script.args]
    else:
        command = [flowc, "run", *options, script.path.name, *script.args]
    with open(stdin, "rb") as source:
        done = subprocess.run(command, cwd=folder, stdin=source, capture_output=True,
                              timeout=SECONDS_MAX, check=False,
                              env={**os.environ, "XDG_CACHE_HOME": cache})
    return done.stdout, done.stderr, done.returncode


def gathered(data):
    """The same of rows that go by no key: each stands for itself."""
    rows = collections.Counter()
    for line in data.splitlines(keepends=True):
        row = line.replace(b'{"_op":"-"', b'{"_op":"+"', 1)
        rows[row] += 1 if row == line else -1
        if rows[row] < 0:
            return b"deleted, but never there: " + line
    return b"".join(sorted(rows.elements()))


def folded(keys, data):
    """What a changelog has made of a table; when it deletes what is not there, that line."""
    if keys == ["*"]:
        return gathered(data)
    table = {}
    for line in data.splitlines(keepends=True):
        row = json.loads(line)
        key = json.dumps([row[name] for name in keys])
        if row["_op"] == "+":
            table[key] = line
        elif table.pop(key, None) is None:
            return b"deleted, but never there: " + line
    return b"".join(sorted(table.values()))


def comparable(script, data, file=""):
    if file in script.keys:
        return folded(script.keys[file], data)
    return data if script.ordered else b"".join(sorted(data.splitlines(keepends=True)))


def difference(expected, actual):
    old = expected.decode("utf-8", "replace").splitlines()
    new = actual.decode("utf-8", "replace").splitlines()
    for number, (a, b) in enumerate(zip(old, new), 1):
        if a != b:
            return f"line {number}:\n  expected {a}\n  actual   {b}"
    return f"{len(old)} lines expected, {len(new)} lines given" + (
        f"; first surplus: {new[len(old)]}" if len(new) > len(old)
        else f"; first missing: {old[len(new)]}" if len(old) > len(new) else "")


def check(script, way, result, folder):
    out, err, code = result
    faults = []
    if code != script.exit:
        faults.append(f"exit code {code}, expected {script.exit}")
    expected = script.beside(".out")
    expected = expected.read_bytes() if expected.exists() else b""
    if comparable(script, expected) != comparable(script, out):
        faults.append("standard output: " + difference(comparable(script, expected),
                                                       comparable(script, out)))
    for name, path in script.files().items():
        actual = (folder / name).read_bytes() if (folder / name).exists() else b""
        old = comparable(script, path.read_bytes(), name)
        new = comparable(script, actual, name)
        if old != new:
            faults.append(f"{name}: " + difference(old, new))
    text = err.decode("utf-8", "replace")
    for wanted in script.stderr:
        if wanted not in text:
            faults.append(f"standard error lacks `{wanted}`")
    for fault in faults:
        print(f"{script.path}: {way}: {fault}")
    if faults and text:
        shown = "\n".join("    " + line for line in text.splitlines()[:20])
        print(f"  standard error was:\n{shown}")
    return not faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowc", default="build/release/flowc")
    parser.add_argument("--update", action="store_true", help="rewrite the expectations")
    parser.add_argument("--way", help="only ways whose name holds this")
    parser.add_argument("scripts", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    flowc = str(pathlib.Path(options.flowc).resolve())
    good = True
    for path in options.scripts:
        script = Script(path.resolve())
        ways = [(way, given) for way, given in WAYS
                if not script.only or any(way.startswith(only) for only in script.only)]
        if options.way:
            ways = [(way, given) for way, given in ways if options.way in way]
        with tempfile.TemporaryDirectory(prefix="flow-cache-") as cache:
            for index, (way, given) in enumerate(ways):
                with tempfile.TemporaryDirectory(prefix="flow-run-") as folder:
                    folder = pathlib.Path(folder)
                    result = run(flowc, script, way, given, folder, cache)
                    if options.update and index == 0:
                        script.beside(".out").write_bytes(result[0])
                        for name, expected in script.files().items():
                            expected.write_bytes((folder / name).read_bytes())
                    good = check(script, way, result, folder) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
