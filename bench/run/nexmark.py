"""NEXMark queries, by flowc and by hand, over events made in memory."""

import dataclasses
import pathlib
import sys

import answers
import measure

BENCH = pathlib.Path(__file__).resolve().parent.parent
QUERIES = {"q1": 2_000_000, "q2": 20_000_000, "q5": 10_000_000, "q7": 20_000_000, "q8": 20_000_000}
CHECKED_EVENTS = 200_000


@dataclasses.dataclass
class Row:
    query: str
    ours: float  # nanoseconds an event
    theirs: float
    spread: measure.Spread


def flowc(build, query, events, threads=1):
    return [build / "flowc", "run", BENCH / "nexmark" / f"{query}.flow", "--events", events,
            "--threads", threads, "-q", "--no-cache"]


def by_hand(build, query, events):
    return [build / "yardstick-nexmark", query, events]


def run(build, rounds, quick):
    out = []
    for query, events in QUERIES.items():
        events = events // 4 if quick else events
        fault = answers.difference(measure.answer(flowc(build, query, CHECKED_EVENTS)),
                                   measure.answer(by_hand(build, query, CHECKED_EVENTS)))
        if fault is not None:
            sys.exit(f"bench: the answers of {query} differ: {fault}")
        times = measure.in_turn({"flowc": flowc(build, query, events),
                                 "by hand": by_hand(build, query, events)}, rounds)
        row = Row(query, measure.Spread.of(times["flowc"]).median / events * 1e9,
                  measure.Spread.of(times["by hand"]).median / events * 1e9,
                  measure.ratio(times["flowc"], times["by hand"]))
        print(f"{row.query}: {row.ours:6.1f} ns an event, by hand {row.theirs:6.1f}; speed over "
              f"theirs {row.spread.median:.2f} ({row.spread.least:.2f} to {row.spread.most:.2f})",
              flush=True)
        out.append(row)
    return out
