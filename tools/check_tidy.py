#!/usr/bin/env python3
"""House rules that a machine can see; docs/style.md says why each exists.

LONG_FILES is the list of exceptions to the length rule. It may only shrink: an entry whose file has
become short, or has gone, is itself a fault.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_LINES = 600
MAX_COLUMNS = 100
MAX_BYTES = 1 << 20

LONG_FILES = {
    "frontend/parse/parser.yy",  # one grammar cannot be split
}

CODE = {".h", ".cpp", ".c", ".ll", ".yy", ".def", ".py", ".cmake"}
CPP = {".h", ".cpp"}
KNOWN = CODE | {".cfg", ".flow", ".ir", ".md", ".txt", ".json", ".jsonl", ".csv", ".test", ".in", ".out",
                ".log", ".ndjson", ".sql", ".sh", ".yaml", ".tsv", ".svg", ".dot", ""}

# Data is what it is; its lines may be long.
DATA = ("examples/data/", "test/run/", "LICENSE")

RULES = [
    (CPP, r"#\s*include\s*<iostream>", "no <iostream>: it brings a static constructor"),
    (CPP, r"\busing namespace std\b", "no `using namespace std`"),
    (CPP, r"\bstd::regex\b", "std::regex is slow and recursive; use RE2"),
    (CODE, r"\b(TODO|FIXME|XXX|HACK)\b", "finish it, or write down in docs/ what is missing"),
    (CODE, r"\t", "tabs"),
    (CODE | {".md", ".flow", ".ir"}, r"[ \t]+$", "white space at the end of the line"),
    ({".txt"}, r"^\s*file\s*\(\s*GLOB", "list the sources; a glob misses new files"),
    ({".cmake"}, r"^\s*file\s*\(\s*GLOB", "list the sources; a glob misses new files"),
]


def tracked_files():
    """Tracked and new files; in an unpacked archive, all of them but build folders."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT,
                                check=True, capture_output=True).stdout.decode()
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [path for path in ROOT.rglob("*")
                 if not {"build", ".git"} & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in paths if path.is_file())


def guard_of(name):
    return "FLOW_" + re.sub(r"[^A-Z0-9]", "_", name.upper()) + "_"


def file_faults(path, name):
    if path.stat().st_size > MAX_BYTES:
        yield f"{name}: larger than {MAX_BYTES >> 20} MiB; fetch it instead of committing it"
        return
    if path.suffix not in KNOWN:
        yield f"{name}: unexpected kind of file `{path.suffix}`"
    if name.startswith(DATA) or path.suffix not in CODE | {".md", ".flow", ".ir", ".txt"}:
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text.split("\n")
    if text and not text.endswith("\n"):
        yield f"{name}: no newline at the end"
    if path.suffix in CODE and (len(lines) - 1 > MAX_LINES) != (name in LONG_FILES):
        yield (f"{name}: no longer long; take it off LONG_FILES" if name in LONG_FILES else
               f"{name}: {len(lines) - 1} lines; split by construct (more than {MAX_LINES})")
    if path.suffix == ".h" and not re.search(rf"#pragma once|#ifndef {guard_of(name)}", text):
        yield f"{name}: no `#pragma once`, and no include guard {guard_of(name)}"
    if name == "tools/check_tidy.py":
        return
    if path.suffix == ".md":
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            if not (path.parent / target).exists():
                yield f"{name}: link to `{target}`, which is not there"
    for number, line in enumerate(lines, 1):
        if path.suffix in CODE and len(line) > MAX_COLUMNS and "http" not in line:
            yield f"{name}:{number}: {len(line)} columns (at most {MAX_COLUMNS})"
        for suffixes, pattern, reason in RULES:
            if path.suffix in suffixes and re.search(pattern, line):
                yield f"{name}:{number}: {reason}"


def main():
    faults = []
    names = set()
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        names.add(name)
        faults += file_faults(path, name)
    faults += [f"{name}: gone; take it off LONG_FILES" for name in sorted(LONG_FILES - names)]
    print("\n".join(faults) if faults else f"tidy: {len(names)} files keep the house rules")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
