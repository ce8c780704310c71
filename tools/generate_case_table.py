#!/usr/bin/env python3
"""Writes stdlib/native/case_table.h: simple case mapping of Unicode, as ranges.

    tools/generate_case_table.py > stdlib/native/case_table.h

The data are those of Python's unicodedata. Where the full mapping has several characters, the
simple one is the title case form, or the character itself.
"""

import sys
import unicodedata

HEADER = """#pragma once
// Simple case mapping, Unicode {version}; written by tools/generate_case_table.py from the Unicode
// Character Database, copyright 1991-2021 Unicode, Inc., under the Unicode License
// (https://www.unicode.org/license.txt).
//
// A range maps every `step`-th code point from `first` to `last` by adding `delta`.

#include <cstdint>

namespace flow::stdlib {{

struct CaseRange {{
  uint32_t first;
  uint32_t last;
  uint32_t step;
  int32_t delta;
}};
"""


def upper(c):
    if len(c.upper()) == 1:
        return c.upper()
    return c.title() if len(c.title()) == 1 else c


def lower(c):
    return "i" if c == "\u0130" else c.lower()


def ranges(mapping):
    pairs = []
    for code in range(0x80, sys.maxunicode + 1):
        to = ord(mapping(chr(code)))
        if to != code:
            pairs.append((code, to - code))
    out = []
    for code, delta in pairs:
        if out:
            first, last, step, same = out[-1]
            gap = code - last
            if same == delta and gap <= 2 and (first == last or gap == step):
                out[-1] = (first, code, gap, delta)
                continue
        out.append((code, code, 1, delta))
    return out


def write(name, mapping):
    rows = ranges(mapping)
    print(f"\ninline constexpr CaseRange {name}[] = {{")
    line = "   "
    for first, last, step, delta in rows:
        cell = f" {{0x{first:x}, 0x{last:x}, {step}, {delta}}},"
        if len(line) + len(cell) > 98:
            print(line)
            line = "   "
        line += cell
    print(line)
    print("};")


print(HEADER.format(version=unicodedata.unidata_version), end="")
write("kToLower", lower)
write("kToUpper", upper)
print("\n}  // namespace flow::stdlib")
