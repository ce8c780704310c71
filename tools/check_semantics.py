#!/usr/bin/env python3
"""Every test that docs/semantics.md names exists; kept by ctest."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "semantics.md"
FOLDERS = "run|passes|lower|sema|codegen|errors|parse|plan|tools|verify"
TEXT_TEST = re.compile(rf"`((?:{FOLDERS})/\w+)`")
UNIT_TEST = re.compile(r"`([A-Z][A-Za-z]+\.[A-Z][A-Za-z0-9]+)`")
DEFINED = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)", re.M)


def main():
    text = PAGE.read_text(encoding="utf-8")
    units = set()
    for path in (ROOT / "test" / "unit").rglob("*.cpp"):
        units |= {".".join(found) for found in DEFINED.findall(path.read_text(encoding="utf-8"))}
    ends = (".flow", ".ir", ".test")
    missing = [name for name in TEXT_TEST.findall(text)
               if not any((ROOT / "test" / f"{name}{end}").exists() for end in ends)]
    missing += [name for name in UNIT_TEST.findall(text) if name not in units]
    for name in sorted(set(missing)):
        print(f"{PAGE.relative_to(ROOT)}: no test `{name}`")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
