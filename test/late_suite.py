#!/usr/bin/env python3
"""Late rows: every form of `on late` for every window, over generated input out of order.

Each row of the input has a number of its own. Every run must account for every number exactly once:
  in = counted in a window + late + rejected + filtered
and what is late must be what semantics.md 28 says, row by row, computed here. So it is for the
interpreter and for generated code with several threads, units of input and batches.
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

DELAY = 5
WAYS = [
    ["--interpret"],
    ["-O2", "--threads", "1"],
    ["-O0", "--threads", "2", "--unit", "256", "--batch", "7"],
    ["-O0", "--threads", "8", "--unit", "1", "--batch", "1"],
]


def floor(time, step):
    return time // step * step


# By name: the stage, and whether a row at `time` is late for it when the watermark is at `mark`.
WINDOWS = {
    "tumble": ("window tumble 10s", lambda time, mark: floor(time, 10) + 10 <= mark),
    "hop": ("window hop 12s every 4s", lambda time, mark: floor(time, 4) + 12 <= mark),
    "shift": (
        "window hop 12s every 6s offset 1s",
        lambda time, mark: floor(time - 1, 6) + 13 <= mark,
    ),
    "grow": ("window cumulate 12s every 3s", lambda time, mark: floor(time, 12) + 12 <= mark),
    "session": ("window session 3s by k max 9s", lambda time, mark: time < mark),
    "rows": ("window rows 3 by k", lambda time, mark: time < mark),
}
PARALLEL = ["tumble", "session", "rows"]

HEAD = """
source rows: {{ ts: timestamp, k: string, id: int, n: int, q: int }} =
  file("rows.jsonl") format json  time ts  watermark {delay}s  on error as bad
from bad |> into file("bad.jsonl")
stream kept = from rows |> where n % 7 != 0 |> assert n % 11 != 0 |> on error into broken
sink broken = file("broken.jsonl") format json
from rows |> where n % 7 == 0 |> select id |> into file("filtered.jsonl")
"""
FORMS = {
    "drop": "on late drop",
    "silent": None,
    "as": "on late as late_{name}",
    "into": "on late into sink_{name}",
}


def script(form, names, result):
    out = HEAD.format(delay=DELAY)
    for name in names:
        stages = [WINDOWS[name][0], f"aggregate {result} group by k"]
        if "// q" in result:
            stages.append(f"on error into faults_{name}")
            out += f"sink faults_{name} = file(\"faults_{name}.jsonl\") format json\n"
        if FORMS[form]:
            # Before or behind the aggregate: it speaks of the window.
            stages.insert(1 if name < "k" else 2, FORMS[form].format(name=name))
        out += f"from kept |> {' |> '.join(stages)} |> into file(\"{name}.jsonl\")\n"
        if form == "as":
            out += f"from late_{name} |> select id |> into file(\"late_{name}.jsonl\")\n"
        if form == "into":
            out += f"sink sink_{name} = file(\"late_{name}.jsonl\") format json\n"
    return out


class Input:
    """Rows by what becomes of them; `late[window]` holds the numbers of late rows."""

    def __init__(self, seed):
        chance = random.Random(seed)
        self.lines = []
        self.bad, self.broken, self.filtered, self.kept = set(), set(), set(), set()
        self.late = {name: set() for name in WINDOWS}
        now, greatest = 1000, None
        for id in range(400):
            now += chance.choice([0, 0, 1, 1, 2, 9]) if chance.random() < 0.7 else 0
            time = max(0, now - chance.choice([0, 0, 1, 3, 6, 11, 25]))
            n = chance.randrange(1000)
            is_bad = chance.random() < 0.04
            row = {"ts": stamp(time), "k": chance.choice("abc"), "id": id, "n": n, "q": id % 5}
            if is_bad:
                row["n"] = "?"
            self.lines.append(json.dumps(row))
            if is_bad:
                self.bad.add(id)  # moves no watermark (semantics.md 19)
                continue
            mark = None if greatest is None else greatest - DELAY
            greatest = time if greatest is None else max(greatest, time)
            if n % 7 == 0:
                self.filtered.add(id)
            elif n % 11 == 0:
                self.broken.add(id)
            else:
                self.kept.add(id)
                for name, (_, is_late) in WINDOWS.items():
                    if mark is not None and is_late(time, mark):
                        self.late[name].add(id)


def stamp(time):
    return f"1970-01-01T{time // 3600:02}:{time // 60 % 60:02}:{time % 60:02}Z"


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def once(rows, what):
    ids = [row["id"] if "id" in row else json.loads(row["row"])["id"] for row in rows]
    assert len(ids) == len(set(ids)), f"{what}: a row stands there twice"
    return set(ids)


def judge(folder, form, names, given, errors, faulty):
    bad = once(read(folder / "bad.jsonl"), "rejected by the source")
    filtered = once(read(folder / "filtered.jsonl"), "filtered")
    assert bad == given.bad, "rejected by the source"
    assert filtered == given.filtered, "filtered"
    broken = {json.loads(row["row"])["id"] for row in read(folder / "broken.jsonl")}
    assert broken == given.broken, "rejected by the assert"
    told = re.search(r"(\d+) late rows? dropped", errors)
    late_sum = sum(len(given.late[name]) for name in names)
    assert late_sum > 0, "the input has no late row"
    if form in ("drop", "silent"):
        assert told and int(told[1]) == late_sum, f"{late_sum} late rows, told: {errors}"
    for name in names:
        results = read(folder / f"{name}.jsonl")
        if results and "ids" not in results[0]:
            continue
        counted = {id for row in results for id in row["ids"]}
        # Those that divide by zero below the window are rejected, unless they are late.
        faults = {json.loads(row["row"])["id"] for row in read(folder / f"faults_{name}.jsonl")}
        wanted = {id for id in given.kept - given.late[name] if id % 5 == 0}
        assert faults == (wanted if faulty else set()), f"rejected by the aggregate of {name}"
        late = given.kept - counted - faults
        if form in ("as", "into"):
            late = once(read(folder / f"late_{name}.jsonl"), f"late for {name}")
        assert late == given.late[name], f"late for {name}"
        assert not counted & late, f"{name}: late and counted"
        all_of = counted | late | faults | bad | broken | filtered
        assert all_of == set(range(len(given.lines))), name


CASES = [(form, list(WINDOWS), "collect(id) as ids") for form in FORMS] + [
    # Without an aggregate that depends on order, and with no count of rows in the result.
    ("silent", ["tumble"], "sum(n) as total"),
    ("silent", PARALLEL, "max(n) as most"),
    ("drop", ["hop", "grow", "tumble"], "count() as c"),
    ("drop", ["hop"], "sum(n) as total"),
    ("silent", PARALLEL, "collect(id) as ids"),
    # A late row is late, whatever its values are.
    ("silent", ["tumble"], "collect(id) as ids, sum(60 // q) as s"),
    ("as", ["tumble"], "collect(id) as ids, sum(60 // q) as s"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flowc", required=True, type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    flowc = options.flowc.resolve()
    failures = runs = 0
    for seed in range(1, options.seeds + 1):
        given = Input(seed)
        for form, names, result in CASES:
            text = script(form, names, result)
            for way in WAYS:
                with tempfile.TemporaryDirectory() as name:
                    folder = pathlib.Path(name)
                    (folder / "rows.jsonl").write_text("\n".join(given.lines) + "\n")
                    (folder / "late.flow").write_text(text)
                    done = subprocess.run(
                        [flowc, "run", *way, "late.flow"], cwd=folder, capture_output=True,
                        text=True, timeout=120)
                    runs += 1
                    try:
                        assert done.returncode == 0, done.stderr
                        judge(folder, form, names, given, done.stderr, "// q" in result)
                    except AssertionError as error:
                        failures += 1
                        print(f"seed {seed}, {form}, {result}, {' '.join(way)}: {error}")
                        if failures == 1:
                            print(text)
    print(f"{runs} runs, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
