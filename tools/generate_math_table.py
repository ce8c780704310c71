#!/usr/bin/env python3
"""Writes stdlib/native/math_table.h: the constants of elementary.cpp, from integers of 1500 bits.

    tools/generate_math_table.py > stdlib/native/math_table.h
"""

from fractions import Fraction

BITS = 1500
ONE = 1 << BITS


def arctan_inverse(n):
    """atan(1/n) by its series, scaled by ONE."""
    term = ONE // n
    total, k, sign = 0, 1, 1
    while term:
        total += sign * term // k
        term //= n * n
        k += 2
        sign = -sign
    return total


def log_ratio(n):
    """2 * atanh(1/n), scaled by ONE."""
    term = ONE // n
    total, k = 0, 1
    while term:
        total += term // k
        term //= n * n
        k += 2
    return 2 * total


PI = 4 * (4 * arctan_inverse(5) - arctan_inverse(239))
LN2 = log_ratio(3)
LN10 = 3 * LN2 + log_ratio(9)  # 10 = 2^3 * 5/4, and atanh(1/9) is half of ln 5/4


def parts(x, count):
    """`x` as a sum of doubles, each the nearest to what is left."""
    out = []
    for _ in range(count):
        part = float(x)
        out.append(part)
        x -= Fraction(part)
    return out


def hexed(values):
    return "{" + ", ".join(v.hex() if v else "0.0" for v in values) + "}"


def table(name, values):
    print(f"inline constexpr Pair {name}[] = {{")
    for value in values:
        print(f"    {hexed(parts(value, 2))},")
    print("};")


def factorial_inverse(n):
    out = Fraction(1)
    for i in range(2, n + 1):
        out /= i
    return out


print("""#pragma once
// Constants of elementary.cpp; written by tools/generate_math_table.py.
// clang-format off

#include <cstdint>

namespace flow::stdlib {

// The sum of two doubles, the second at most half a unit in the last place of the first.
struct Pair {
  double high;
  double low;
};
""")
ln2 = Fraction(LN2, ONE)
head = Fraction(int(ln2 * 2**32), 2**32)
print("// ln 2 in three parts; the first has 32 bits, so that products with exponents are exact.")
print("inline constexpr double kLn2Parts[] =")
print(f"    {hexed([float(head)] + parts(ln2 - head, 2))};")
print(f"inline constexpr Pair kLn2 = {hexed(parts(ln2, 2))};")
print(f"inline constexpr Pair kLn10 = {hexed(parts(Fraction(LN10, ONE), 2))};")
print(f"inline constexpr Pair kHalfPi = {hexed(parts(Fraction(PI, 2 * ONE), 2))};\n")
print("// 1 / n!")
table("kInverseFactorials", [factorial_inverse(n) for n in range(28)])
print("\n// 1 / (2n + 1)")
table("kInverseOdds", [Fraction(1, 2 * n + 1) for n in range(25)])
LIMBS = 22
two_over_pi = (ONE * ONE * 2 // PI) >> (BITS - 64 * LIMBS)
print("\n// 2 / pi behind the point, the most significant 64 bits first.")
print("inline constexpr uint64_t kTwoOverPi[] = {")
for i in range(0, LIMBS, 4):
    words = range(i, min(i + 4, LIMBS))
    row = [(two_over_pi >> (64 * (LIMBS - 1 - j))) & (2**64 - 1) for j in words]
    print("    " + ", ".join(f"0x{limb:016x}u" for limb in row) + ",")
print("};")
print("\n}  // namespace flow::stdlib")
