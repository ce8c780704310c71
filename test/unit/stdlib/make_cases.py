#!/usr/bin/env python3
"""Writes the cases of exact_test.cpp, worked out with Python's integers and fractions.

    test/unit/stdlib/make_cases.py > test/unit/stdlib/exact_cases.txt
"""

import math
import random
import struct
from fractions import Fraction

rng = random.Random(20240229)


def half_up(x):
    whole = math.floor(abs(x) + Fraction(1, 2))
    return whole if x >= 0 else -whole


def fit(value, precision):
    return value if abs(value) < 10**precision else None


def decimal():
    scale = rng.choice([0, 0, 2, 2, 6, 9, 18, 30, 38])
    digits = rng.randint(1, 38)
    value = rng.randrange(10**digits)
    if rng.random() < 0.2:
        value = rng.choice([0, 1, 5, 10**38 - 1, 10**19, 2**64, 5 * 10**20])
    return (-value if rng.random() < 0.4 else value), scale


def pair(value):
    low = value & (2**64 - 1)
    high = value >> 64 if value >= 0 else (value >> 64) & (2**64 - 1)
    return f"0x{high & (2**64 - 1):x}u, 0x{low:x}u"


def decimals():
    for _ in range(240):
        (a, sa), (b, sb) = decimal(), decimal()
        precision = rng.choice([38, 38, 38, 20, 12])
        scale = rng.randint(0, min(precision, 38))
        x, y = Fraction(a, 10**sa), Fraction(b, 10**sb)
        results = {"Add": x + y, "Sub": x - y, "Mul": x * y, "Div": x / y if b else None}
        for name, exact in results.items():
            out = None if exact is None else fit(half_up(exact * 10**scale), precision)
            value = "0u, 0u" if out is None else pair(out)
            ok = "true" if out is not None else "false"
            print(f"DECIMAL({name}, {pair(a)}, {sa}, {pair(b)}, {sb},\n"
                  f"        {precision}, {scale}, {ok}, {value})")


def bits(x):
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016x}u"


def double_of(x):
    """The float64 nearest to a fraction."""
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def sample():
    kind = rng.randrange(5)
    size = rng.choice([2, 3, 10, 40])
    if kind == 0:
        return [rng.uniform(-1, 1) for _ in range(size)]
    if kind == 1:
        return [1e9 + rng.random() for _ in range(size)]
    if kind == 2:
        return [math.ldexp(rng.uniform(-1, 1), rng.randint(-1060, 300)) for _ in range(size)]
    if kind == 3:
        return [rng.choice([1e16, -1e16, 1.0, 5e-324, -0.0, 0.1]) for _ in range(size)]
    return [float(rng.randint(-5, 5)) for _ in range(size)]


def floats():
    for _ in range(80):
        values = sample()
        exact = [Fraction(v) for v in values]
        total = sum(exact)
        n = len(values)
        variance = (n * sum(v * v for v in exact) - total * total) / (n * (n - 1))
        print(f"MOMENTS({bits(double_of(total) + 0.0)}, {bits(double_of(variance))},")
        for i in range(0, n, 4):
            print("        " + " ".join(bits(v) + ("" if i + j + 1 == n else ",")
                                         for j, v in enumerate(values[i:i + 4])))
        print("        )")


print("// Written by make_cases.py.")
decimals()
floats()
