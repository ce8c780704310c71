#!/usr/bin/env python3
"""Which folder may include which: the table of docs/architecture.md, kept by ctest.

The include root is the repository root, so linking alone does not enforce the layers. A row of
ALLOWED names a folder (the longest match wins) and the folders or headers it may include besides
its own. Headers from outside are in EXTERNAL: a library stays in the rooms that are named there.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What the runtime offers to whoever handles single values: the C interface and helpers over types.
RUNTIME_VALUES = ["runtime/abi.h", "runtime/inline", "runtime/nexmark.h",
                  "runtime/type_descriptor.h", "runtime/value.h"]

ALLOWED = {
    "base": [],
    "regex": ["base"],
    "ir": ["base"],
    "frontend": ["base"],
    "frontend/lower": ["base", "frontend", "ir"],
    "runtime": ["base"],
    "runtime/inline": ["base", "runtime/abi.h"],
    "stdlib": ["base", "runtime/abi.h", "runtime/inline", "runtime/value.h", "runtime/zones"],
    "interp": ["base", "ir", *RUNTIME_VALUES, "runtime/least.h", "runtime/memory.h"],
    "codegen": ["base", "ir", "regex", *RUNTIME_VALUES, "runtime/plan.h",
                "runtime/plan_text.h"],
    "tools": None,  # anything
    "test": None,
    "bench": None,
}

EXTERNAL = {
    "boost/": ["tools"],
    "lld/": ["codegen"],
    "llvm/": ["codegen"],
    "gtest/": ["test"],
    "benchmark/": ["bench"],
    "re2/": ["frontend", "regex/make_unicode_tables.cpp", "runtime", "stdlib", "interp", "test"],
    "simdjson.h": ["runtime", "test", "bench"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
SUFFIXES = {".h", ".cpp", ".c", ".ll", ".yy", ".def"}


def owner(path):
    """The row of ALLOWED that `path` (relative, with /) belongs to, or None."""
    rows = [row for row in ALLOWED if path == row or path.startswith(row + "/")]
    return max(rows, key=len, default=None)


def within(path, folders):
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def internal_fault(folder, target):
    allowed = ALLOWED[folder]
    if allowed is None or within(target, [folder, *allowed]):
        # A nested row (runtime/inline) is stricter than the folder around it.
        return None
    return f"`{folder}/` must not include `{target}`"


def external_fault(path, target):
    for prefix, homes in EXTERNAL.items():
        if target.startswith(prefix) and not within(path, homes):
            return f"`{target}` may be included only from {', '.join(homes)}"
    return None


def check_file(file):
    path = file.relative_to(ROOT).as_posix()
    folder = owner(path)
    if folder is None:
        return
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(2)
        fault = external_fault(path, target)
        if fault is None and match.group(1) == '"' and owner(target):
            fault = internal_fault(folder, target)
        if fault is None and target.endswith(".cpp"):
            fault = f"`{target}` is a source file, not a header"
        if fault:
            yield f"{path}:{number}: {fault}"


def main():
    faults = []
    for folder in sorted(row for row in ALLOWED if "/" not in row):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in SUFFIXES and file.is_file():
                faults += check_file(file)
    print("\n".join(faults) if faults else "layers: every include is allowed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
