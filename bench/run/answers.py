"""Whether two programs gave the same answer: the same rows, in any order; floats nearly."""

import json
import math


def rows(text):
    """Rows of NDJSON, sorted by what is not a float, which is a key in all tasks."""
    parsed = [json.loads(line) for line in text.splitlines()]
    return sorted(parsed, key=lambda row: [str(value) for value in row.values()
                                           if not isinstance(value, float)])


def same_value(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-12)
    return a == b


def difference(ours, theirs):
    """What differs between two answers in NDJSON, or None."""
    if ours == theirs:
        return None
    ours, theirs = rows(ours), rows(theirs)
    if len(ours) != len(theirs):
        return f"{len(ours)} rows against {len(theirs)}"
    for a, b in zip(ours, theirs):
        if a.keys() != b.keys() or not all(same_value(a[key], b[key]) for key in a):
            return f"{json.dumps(a)} against {json.dumps(b)}"
    return None
