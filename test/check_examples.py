#!/usr/bin/env python3
"""Runs the examples and holds their output against two witnesses: the stored output, byte by byte,
and the same answer computed by SQLite (or plain Python where SQL cannot say it) from the same data.

`--update` rewrites the stored output, after the second witness has agreed.
"""

import argparse
import collections
import csv
import json
import math
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

import live_examples

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "examples" / "data"
HOUR = 3600


class Median:
    """Linear between ranks, as quantile() is."""

    def __init__(self):
        self.values = []
        self.q = 0.5

    def step(self, value, q):
        self.q = q
        if value is not None:
            self.values.append(value)

    def finalize(self):
        if not self.values:
            return None
        self.values.sort()
        at = (len(self.values) - 1) * self.q
        low = math.floor(at)
        high = min(low + 1, len(self.values) - 1)
        return self.values[low] + (self.values[high] - self.values[low]) * (at - low)


def database():
    base = sqlite3.connect(":memory:")
    base.row_factory = sqlite3.Row
    base.create_aggregate("quantile", 2, Median)
    return base


def table(base, name, columns, rows):
    base.execute(f"create table {name} ({', '.join(columns)})")
    base.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)


def query(base, sql):
    return [dict(row) for row in base.execute(sql)]


def quake_rows():
    with open(DATA / "earthquakes.ndjson", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def rfc3339(seconds, digits=3):
    base = sqlite3.connect(":memory:")
    text = base.execute("select strftime('%Y-%m-%dT%H:%M:%S', ?, 'unixepoch')", (seconds,))
    return text.fetchone()[0] + ("." + "0" * digits if digits else "") + "Z"


def quakes():
    base = database()
    table(base, "q", ["i", "region", "type", "mag", "depth"],
          [(i, r["place"].split(", ")[-1], r["type"], r["mag"], r["geo"]["depth"])
           for i, r in enumerate(quake_rows())])
    # Groups stand in the order of their keys, so that equal counts have one order.
    return query(base, """select region, count(*) quakes, max(mag) strongest, avg(depth) depth_km
                          from q where type = 'earthquake' and mag >= 1.0
                          group by region order by quakes desc, region limit 10""")


def weather():
    base = database()
    with open(DATA / "weather.csv", encoding="utf-8") as lines:
        rows = [(r["location"], int(r["date"][5:7]), float(r["precipitation"]),
                 float(r["temp_max"]), float(r["temp_min"]), float(r["wind"]), r["weather"])
                for r in csv.DictReader(lines)]
    table(base, "w", ["location", "month", "rain", "hi", "lo", "wind", "weather"], rows)
    return query(base, """select location, month, sum(rain) rain_mm, max(hi) hottest,
                                 min(lo) coldest, quantile(wind, 0.5) median_wind,
                                 sum(weather = 'snow') snow_days
                          from w group by location, month order by location, month""")


def flights():
    base = database()
    with open(DATA / "flights.csv", encoding="utf-8") as lines:
        rows = [(r["origin"], r["destination"], int(r["delay"]),
                 r["date"].replace("/", "-").replace(" ", "T") + ":00.000Z")
                for r in csv.DictReader(lines)]
    table(base, "f", ["origin", "destination", "delay", "departed"], rows)
    return query(base, """select origin, destination, flights, 1.0 * late / flights late_share,
                                 mean_delay, p90, last_seen
                          from (select origin, destination, count(*) flights, avg(delay) mean_delay,
                                       quantile(delay, 0.9) p90, sum(delay > 15) late,
                                       max(departed) last_seen
                                from f group by origin, destination)
                          where flights >= 5
                          order by late_share desc, origin, destination limit 8""")


def access_log():
    base = database()
    shape = re.compile(r'"([A-Z]+) ([^ ?"]+)[^"]*" (\d{3}) (\d+)')
    with open(DATA / "access.log", encoding="utf-8") as lines:
        found = [shape.search(line).groups() for line in lines]
    table(base, "r", ["method", "section", "status", "bytes"],
          [(m, path.split("/")[1], int(status), int(size)) for m, path, status, size in found])
    return query(base, """select method, section, count(*) requests, sum(status >= 500) failures,
                                 sum(bytes) bytes
                          from r group by method, section
                          order by failures desc, method, section limit 12""")


def wordcount():
    text = pathlib.Path("/usr/share/common-licenses/GPL-3").read_text(encoding="utf-8").lower()
    words = collections.Counter(re.findall(r"\w+(?:'\w+)*", text))
    ranked = sorted(words.items(), key=lambda item: (-item[1], item[0].encode()))
    return [{"word": word, "n": n} for word, n in ranked[:20]]


def quake_windows():
    base = database()
    table(base, "q", ["start", "mag"],
          [(r["time"] // 1000 // (6 * HOUR) * 6 * HOUR, r["mag"]) for r in quake_rows()])
    rows = query(base, """select start, count(*) quakes, avg(mag) mean, max(mag) strongest,
                                 sum(mag >= 4.5) strong
                          from q where mag is not null group by start order by start""")
    return [{"window_start": rfc3339(row.pop("start")), **row} for row in rows]


def generated_bids(flowc, name, columns):
    """The generator's rows are taken as given; what happens to them is not."""
    script = (ROOT / "examples" / f"{name}.flow").read_text(encoding="utf-8")
    dump = re.split(r"^(?:from|stream) ", script, maxsplit=1, flags=re.M)[0]
    dump += f"from bids |> select {columns}"
    done = subprocess.run([flowc, "run", "/dev/stdin"], input=dump.encode(), check=True,
                          capture_output=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()]


def auctions(flowc):
    rows = generated_bids(flowc, "07_auctions", "dateTime, auction, bidder, price")
    best = {}
    for row in rows:
        start = row["dateTime"][:18] + "0.000Z"
        best.setdefault(start, []).append(row)
    out = []
    for start, bids in sorted(best.items()):
        top = max(bid["price"] for bid in bids)
        out += [{"window_start": start, "auction": bid["auction"], "bidder": bid["bidder"],
                 "price": bid["price"], "dateTime": bid["dateTime"]}
                for bid in bids if bid["price"] == top]
    return out


def hot_items(flowc):
    return live_examples.hot_items(
        generated_bids(flowc, "18_hot_items", "auction, price, bidder, dateTime, extra"))


# A witness gives rows in order, or {file: rows} without order, "" for standard output.
WITNESSES = {
    "01_quakes": quakes,
    "02_weather": weather,
    "03_flights": flights,
    "04_access_log": access_log,
    "05_wordcount": wordcount,
    "06_quake_windows": quake_windows,
    "07_auctions": auctions,
    "12_error_rate": live_examples.error_rate,
    "13_one_liner": live_examples.one_liner,
    "14_click_sessions": live_examples.click_sessions,
    "15_ad_views": live_examples.ad_views,
    "16_card_fraud": live_examples.card_fraud,
    "17_thermometers": live_examples.thermometers,
    "18_hot_items": hot_items,
}
OF_GENERATED = {auctions, hot_items}

# Changelogs, whose last rows of each key are the result.
KEYS = {"15_ad_views": ["campaign_id", "window_start"]}


def equal(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return a is not None and b is not None and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return a == b


def first_difference(expected, actual):
    for number, (a, b) in enumerate(zip(expected, actual), 1):
        if a.keys() != b.keys():
            return f"row {number}: columns {list(a)} and {list(b)}"
        for name in a:
            if not equal(a[name], b[name]):
                return f"row {number}: {name} is {b[name]}, the witness says {a[name]}"
    if len(expected) != len(actual):
        return f"{len(actual)} rows, the witness has {len(expected)}"
    return None


def folded(text, keys):
    """The rows that a changelog leaves, as lines without `_op`."""
    rows = {}
    for line in text.splitlines():
        row = json.loads(line)
        if row.pop("_op") == "+":
            rows[tuple(row[key] for key in keys)] = row
        else:
            rows.pop(tuple(row[key] for key in keys))
    return "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows.values()).encode()


def sorted_lines(text, name):
    lines = text.splitlines(keepends=True)
    head = 1 if name.endswith(".csv") else 0
    return b"".join(lines[:head] + sorted(lines[head:]))


def rows_of(text, name):
    if name.endswith(".csv"):
        return list(csv.DictReader(text.decode().splitlines()))
    return [json.loads(line) for line in text.splitlines()]


def unordered_difference(expected, text, name):
    """Of rows without order; only the columns that the witness names."""
    actual = rows_of(text, name)
    if not expected:
        return f"{len(actual)} rows, the witness has none" if actual else None
    columns = list(expected[0])
    if actual and not set(columns) <= set(actual[0]):
        return f"columns {list(actual[0])}, the witness has {columns}"
    actual = [{c: row[c] for c in columns} for row in actual]
    if name.endswith(".csv"):
        kinds = {c: type(expected[0][c]) for c in columns}
        actual = [{c: kinds[c](value) for c, value in row.items()} for row in actual]
    exact = [c for c in columns if not any(isinstance(row[c], float) for row in expected)]

    def place(row):
        return [str(row[c]) for c in exact]
    return first_difference(sorted(expected, key=place), sorted(actual, key=place))


def run(flowc, path):
    """Exit code, standard error, and {file: content} of what an example writes."""
    with tempfile.TemporaryDirectory(prefix="flow-example-") as folder:
        folder = pathlib.Path(folder)
        (folder / "examples").symlink_to(ROOT / "examples")
        command = [flowc, "run", f"examples/{path.name}"]
        if path.suffix == ".sh":
            (folder / "flowc").symlink_to(flowc)
            command = ["sh", f"examples/{path.name}"]
        done = subprocess.run(command, cwd=folder, timeout=300, capture_output=True, check=False,
                              env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
        files = {file.name: file.read_bytes() for file in folder.iterdir()
                 if file.is_file() and file.name != "flowc"}
        return done.returncode, done.stderr.decode(), {"": done.stdout, **files}


def check(flowc, path, update):
    """What is wrong with an example, or None."""
    name = path.stem
    if name not in WITNESSES:
        return f"no witness in {pathlib.Path(__file__).name}"
    code, errors, files = run(flowc, path)
    if code != 0:
        return f"exit code {code}\n{errors}"
    witness = WITNESSES[name]
    expected = witness(flowc) if witness in OF_GENERATED else witness()
    if isinstance(expected, list):
        fault = first_difference(expected, rows_of(files[""], ""))
    else:
        if name in KEYS:
            files[""] = folded(files[""], KEYS[name])
        files = {file: sorted_lines(text, file) for file, text in files.items()}
        if files.keys() - {""} != expected.keys() - {""}:
            return f"wrote {sorted(files)}, the witness {sorted(expected)}"
        faults = {file: unordered_difference(rows, files[file], file)
                  for file, rows in expected.items()}
        fault = next((f"{file}: {fault}" for file, fault in faults.items() if fault), None)
        files = {file: text for file, text in files.items() if file or "" in expected}
    for file, text in files.items():
        stored = ROOT / "examples" / "expected" / f"{name}.out{'.' if file else ''}{file}"
        if fault is None and update:
            stored.write_bytes(text)
        if fault is None and (not stored.exists() or stored.read_bytes() != text):
            fault = f"output differs from {stored.relative_to(ROOT)}"
    return fault


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowc", default="build/release/flowc")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("names", nargs="*", help="examples whose name holds one of these")
    options = parser.parse_args()
    flowc = str(pathlib.Path(options.flowc).resolve())
    faults = 0
    for path in sorted((ROOT / "examples").glob("[0-9]*.*")):
        if options.names and not any(name in path.name for name in options.names):
            continue
        fault = check(flowc, path, options.update)
        print(f"{path.stem}: {fault or 'agrees'}")
        faults += fault is not None
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
