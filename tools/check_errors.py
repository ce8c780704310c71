#!/usr/bin/env python3
"""Holds three lists together: the codes of base/diagnostics.def, their explanations in
docs/errors.md, and their golden tests under test/errors.

A code that goes is written down as `// retired: E0110`, so that its number is never given again.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "base" / "diagnostics.def"
MANUAL = ROOT / "docs" / "errors.md"
TESTS = ROOT / "test" / "errors"

ENTRY = re.compile(r"^DIAG\((\w+),\s*([EWR]\d{4}),\s*(\w+),", re.MULTILINE)
RETIRED = re.compile(r"^// retired: (.*)$", re.MULTILINE)
HEADING = re.compile(r"^#+ .*?\b([EWR]\d{4})\b", re.MULTILINE)
# R codes are said while a script runs; some stop it, some only warn.
KINDS = {"E": ["Error"], "W": ["Warning"], "R": ["Error", "Warning"]}


def table_faults(entries, retired):
    seen = {}
    for name, code, severity in entries:
        if code in seen:
            yield f"{code} is given to both {seen[code]} and {name}"
        seen[code] = name
        if code in retired:
            yield f"{code} ({name}) was retired; numbers are never used again"
        if severity not in KINDS[code[0]]:
            yield f"{code} ({name}) is marked {severity}, its letter says {KINDS[code[0]][0]}"


def tested_codes():
    """The codes whose golden test exists and expects them in its output."""
    found = {}
    for file in sorted(TESTS.glob("*.flow")) if TESTS.is_dir() else []:
        match = re.match(r"([EWR]\d{4})_\w+\.flow$", file.name)
        if not match:
            yield_fault = f"test/errors/{file.name}: call it CODE_what_it_shows.flow"
            found.setdefault("", []).append(yield_fault)
            continue
        code = match.group(1)
        if re.search(r"CHECK[\w-]*:.*\[" + code + r"\]", file.read_text(encoding="utf-8")):
            found.setdefault(code, []).append(file.name)
    return found


def main():
    text = TABLE.read_text(encoding="utf-8")
    entries = ENTRY.findall(text)
    retired = set(re.findall(r"[EWR]\d{4}", " ".join(RETIRED.findall(text))))
    codes = {code for _, code, _ in entries}
    manual = MANUAL.read_text(encoding="utf-8") if MANUAL.exists() else ""
    documented = set(HEADING.findall(manual))
    tested = tested_codes()

    faults = list(table_faults(entries, retired)) + tested.pop("", [])
    faults += [f"{code} has no section in docs/errors.md" for code in sorted(codes - documented)]
    faults += [f"{code} is in docs/errors.md only" for code in sorted(documented - codes - retired)]
    faults += [f"{code} has no test test/errors/{code}_*.flow that expects `[{code}]`"
               for code in sorted(codes - tested.keys())]
    faults += [f"{code} is tested but not in base/diagnostics.def"
               for code in sorted(tested.keys() - codes)]
    if not entries:
        faults.append("base/diagnostics.def: no DIAG(name, code, severity, title) was found")
    print("\n".join(faults) if faults else f"errors: {len(codes)} codes documented and tested")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
