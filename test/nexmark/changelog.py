"""Judges changelogs: NDJSON rows with `_op`, `+` (replaces the row of its key) or `-`.

Two things hold of every one. Folded by key it is the result of the whole input (witness.py). On the
way, the rows of one key are states that some prefix of the input has, in the order of the prefixes:
changes may be left out, but none may be shown that never was.
"""

import collections
import fractions
import json
import math

import witness

def bids(base):
    return base.execute("select auction, bidder, price, dateTime from bids order by n")


def whole_bids(base):
    return base.execute("select auction, bidder, price, channel, url, ts(dateTime), extra "
                        "from bids order by n")


def day(ms):
    return witness.ts(ms)[:10]


def auction_states(base):
    groups = collections.defaultdict(list)
    for auction, _, price, at in bids(base):
        prices = groups[auction, day(at)]
        prices.append(price)
        yield (auction, day(at)), (
            auction, day(at), len(prices), sum(p < 10_000 for p in prices),
            sum(10_000 <= p < 1_000_000 for p in prices), sum(p >= 1_000_000 for p in prices),
            min(prices), max(prices), sum(prices) / len(prices), sum(prices))


def last_bid_states(base):
    for row in whole_bids(base):
        yield (row[1], row[0]), row


def top_bid_states(base):
    tops = collections.defaultdict(list)
    for row in whole_bids(base):
        top = tops[row[0]]
        before = list(top)
        top.append(row)
        top.sort(key=lambda r: -r[2])  # stable: equal prices keep the order of the bids
        del top[10:]
        for place, bid in enumerate(top, 1):
            if place > len(before) or before[place - 1] != bid:
                yield (row[0], place), (*bid, place)


def mean_of_best_states(base):
    best = {}
    total = 0
    for auction, _, price, _ in bids(base):
        total += max(0, price - best.get(auction, 0))
        best[auction] = max(price, best.get(auction, 0))
        yield (), (len(best), total / len(best))


def best_of_means_states(base):
    # Of equal means the lower auction stands first: rows of a table go by their columns.
    sums, counts = collections.Counter(), collections.Counter()
    shown = []
    for auction, _, price, _ in bids(base):
        sums[auction] += price
        counts[auction] += 1
        means = {a: fractions.Fraction(sums[a], counts[a]) for a in {*shown, auction}}
        if auction in shown or len(shown) < 5 or any(means[auction] >= means[a] for a in shown):
            means = {a: fractions.Fraction(sums[a], counts[a]) for a in sums}
            ranked = sorted(means, key=lambda a: (-means[a], a))[:5]
            for place, a in enumerate(ranked, 1):
                yield (place,), (a, counts[a], float(means[a]), place)
            shown = ranked


# Key columns; the query of witness.py whose result is the last state, or None; the function that
# gives the states of each key in turn, or None where the input is several sources, whose rows
# meet in no fixed order.
LOGS = {
    "q4": (["category"], "q4", None),
    "q9": (["id"], "q9", None),
    "q17": (["auction", "day"], "q17", auction_states),
    "q18": (["bidder", "auction"], "q18", last_bid_states),
    "q19": (["auction", "rank_number"], "q19", top_bid_states),
    "mean_of_best": ([], None, mean_of_best_states),
    "best_of_means": (["place"], None, best_of_means_states),
}


def same(expected, actual):
    return len(expected) == len(actual) and all(
        math.isclose(a, b, rel_tol=1e-9) if isinstance(a, float) and isinstance(b, (int, float))
        else a == b for a, b in zip(expected, actual))


def fault(name, base, lines):
    """What is wrong with a changelog, or None."""
    keys, query, states = LOGS[name]
    history = collections.defaultdict(list)
    folded = {}
    for line in lines:
        row = json.loads(line)
        if next(iter(row)) != "_op":
            return f"the first column is not `_op`: {row}"
        op = row.pop("_op")
        key = tuple(row[k] for k in keys)
        value = tuple(row.values())
        if op == "+":
            history[key].append(value)
            folded[key] = value
        elif op != "-":
            return f"`_op` is {op!r}"
        elif key not in folded:
            return f"`-` of a key that has no row: {row}"
        else:
            del folded[key]
    if states:
        gone = dict(history)
        last = {}
        reached = collections.Counter()
        for key, state in states(base):
            last[key] = state
            seen = history.get(key, ())
            if reached[key] < len(seen) and same(state, seen[reached[key]]):
                reached[key] += 1
        for key, seen in gone.items():
            if reached[key] < len(seen):
                return f"no prefix of the input gives {seen[reached[key]]}, or not at this point"
    if query:
        names, rows = witness.result(base, query)
        at = [names.index(k) for k in keys]
        last = {tuple(row[i] for i in at): row for row in rows}
    if folded.keys() != last.keys():
        return (f"{len(folded)} rows at the end, expected {len(last)}; the first to differ: "
                f"{min(folded.keys() ^ last.keys())}")
    for key, row in last.items():
        if not same(row, folded[key]):
            return f"at the end {folded[key]}, expected {row}"
    return None
