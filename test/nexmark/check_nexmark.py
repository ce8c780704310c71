#!/usr/bin/env python3
"""Runs bench/nexmark/q*.flow and holds the results, as multisets of rows, against

  witness    the same query in SQL (witness.py), by every kind of run and several rates of events;
             q12, which depends on the clock, against what must hold of any of its results
  golden     the stored results of 100,000 events, seeds 1 to 3
  matrix     each other, for 1, 2 and 8 threads, batches of 1, 7 and 4,096 rows, JIT and AOT
  disorder   the results of sorted input, the input shuffled within the watermark's delay
  changes    (changes/*.flow, which send every change) the result of the query by SQL, the changes
             folded by key, and on the way only states that some prefix of the input has

    test/nexmark/check_nexmark.py --flowc build/dev/flowc witness matrix --query q5
    test/nexmark/check_nexmark.py --flowc build/dev/flowc --update

`--update` rewrites the stored results from the output, after the witness has agreed with it.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import csv
import decimal
import hashlib
import json
import math
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading

import changelog
import witness

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = pathlib.Path(__file__).resolve().parent
QUERIES = [f"q{i}" for i in range(24)]
FOLDER_QUERY = "q10"   # its result is a folder
CLOCK_QUERY = "q12"    # its windows are the clock's
DELAY_MS = 4000
SECONDS_MAX = 300
ROWS_SHOWN = 3
ROWS_STORED = 10       # longer results are stored as a hash, with as many rows from each end
GOLDEN_EVENTS = 100_000
GOLDEN_RUNS = [(1, 10_000), (2, 10_000), (3, 10_000), (1, 1_000)]  # seed, events a second

# Input is cut into units of a few events, so that many threads have something to do.
UNITS = {1: [], 2: ["--unit", "8KiB"], 8: ["--unit", "1KiB"]}


class Failed(Exception):
    pass


class Flow:
    """Runs scripts; `way` is `run`, with options of flowc, or `aot`."""

    def __init__(self, flowc, folder):
        self.flowc = flowc
        self.folder = folder
        self.built = {}
        self.lock = threading.Lock()

    def app(self, script):
        with self.lock:
            if script not in self.built:
                out = self.folder / f"{script.stem}-{len(self.built)}"
                self.call([self.flowc, "build", str(script), "-o", str(out)])
                self.built[script] = str(out)
            return self.built[script]

    def call(self, command, cwd=ROOT):
        done = subprocess.run(command, cwd=cwd, capture_output=True, timeout=SECONDS_MAX,
                              check=False)
        if done.returncode != 0:
            text = done.stderr.decode("utf-8", "replace").strip()
            raise Failed(f"exit code {done.returncode}\n{text}")
        return done.stdout

    def lines(self, script, way, options, arguments):
        """The rows as lines of JSON, sorted."""
        command = [self.app(script)] if way == "aot" else [self.flowc, "run", str(script)]
        command += [*options, "--quiet", *arguments]
        if script.stem != FOLDER_QUERY:
            return sorted(self.call(command).splitlines())
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            self.call([*command, "--out", folder])
            return sorted(rows_of_folder(pathlib.Path(folder)))


def rows_of_folder(folder):
    """Rows of a partitioned CSV folder as lines of JSON, with the columns of the folders' names."""
    integers = {"auction", "bidder", "price"}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.name.startswith("_"):
            continue
        named = dict(part.split("=", 1) for part in path.relative_to(folder).parts[:-1])
        if not (path.parent / "_SUCCESS").exists():
            raise Failed(f"{path.parent} is not marked as complete")
        with open(path, encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                row = {n: int(v) if n in integers else v for n, v in row.items()}
                yield json.dumps({**row, **named}, separators=(",", ":")).encode()


def parameters(events, seed, rate):
    return ["--events", str(events), "--seed", str(seed), "--rate", str(rate)]


def rows(lines):
    """Column names and rows of sorted lines."""
    names, out = None, []
    for line in lines:
        row = json.loads(line, parse_float=decimal.Decimal)
        names = names or list(row)
        if list(row) != names:
            raise Failed(f"columns {list(row)} beside {names}")
        out.append(tuple(row.values()))
    return names, out


def equal(expected, actual):
    """Floats within 1e-9; what is exact must be equal."""
    if isinstance(expected, float):
        return isinstance(actual, (int, decimal.Decimal)) and math.isclose(
            expected, float(actual), rel_tol=1e-9)
    return expected == actual


def ordered(result):
    """Rows by what is exact in them, then by their floats: nearly equal rows stand at one place."""
    def exact(row):
        return [(v is None, v) for v in row if not isinstance(v, (float, decimal.Decimal))]

    def inexact(row):
        return [float(v) for v in row if isinstance(v, (float, decimal.Decimal))]
    return sorted(result, key=lambda row: (exact(row), inexact(row)))


def compare(expected, actual):
    """Of two results (names, rows): raises with what differs."""
    names, wanted = expected
    given_names, given = actual
    if given and names != given_names:
        raise Failed(f"columns {given_names}, expected {names}")
    floats = {i for row in wanted for i, v in enumerate(row) if isinstance(v, float)}
    if not floats and collections.Counter(wanted) == collections.Counter(given):
        return
    wanted, given = ordered(wanted), ordered(given)
    if len(wanted) == len(given) and all(
            equal(a, b) for x, y in zip(wanted, given) for a, b in zip(x, y)):
        return

    def count(result):
        return collections.Counter(
            tuple(f"{float(v):.9g}" if i in floats else str(v) for i, v in enumerate(row))
            for row in result)
    missing, surplus = count(wanted) - count(given), count(given) - count(wanted)
    shown = [f"{len(given)} rows, expected {len(wanted)}; {sum(missing.values())} missing, "
             f"{sum(surplus.values())} not expected"]
    shown += [f"  missing {', '.join(row)}" for row in sorted(missing)[:ROWS_SHOWN]]
    shown += [f"  surplus {', '.join(row)}" for row in sorted(surplus)[:ROWS_SHOWN]]
    raise Failed("\n".join(shown))


class Events:
    """The generator's events in files and in SQLite, made once for each set of parameters."""

    def __init__(self, flow):
        self.flow = flow
        self.bases = {}
        self.lock = threading.Lock()

    def folder(self, events, seed, rate):
        out = self.flow.folder / f"events-{events}-{seed}-{rate}"
        if not out.exists():
            out.mkdir()
            self.flow.call([self.flow.flowc, "run", str(HERE / "events.flow"), "--threads", "1",
                            "--quiet", *parameters(events, seed, rate)], cwd=out)
        return out

    @contextlib.contextmanager
    def base(self, *key):
        """The database, for one user at a time."""
        with self.lock:
            if key not in self.bases:
                events, _, rate = key
                self.bases[key] = witness.load(self.folder(*key), events, rate)
            yield self.bases[key]

    def expected(self, query, *key):
        with self.base(*key) as base:
            return witness.result(base, query)


def script_of(query):
    return ROOT / "bench" / "nexmark" / f"{query}.flow"


def check_clock_windows(result, expected):
    """q12: windows of ten seconds of the clock, in which every bid is counted once."""
    names, given = result
    if names != ["bidder", "bid_count", "starttime", "endtime"]:
        raise Failed(f"columns {names}")
    sums = collections.Counter()
    for bidder, count, start, end in given:
        sums[bidder] += count
        start, end = witness.millis(start), witness.millis(end)
        if end - start != 10_000 or start % 10_000 != 0:
            raise Failed(f"a window of {end - start} ms that starts at {start} ms")
    if len(set((row[0], row[2]) for row in given)) != len(given):
        raise Failed("two rows for one bidder and window")
    if sums != dict(expected[1]):
        raise Failed(f"{sum(sums.values())} bids of {len(sums)} bidders counted, expected "
                     f"{sum(dict(expected[1]).values())} of {len(expected[1])}")


def agrees(query, expected, lines):
    if query == CLOCK_QUERY:
        check_clock_windows(rows(lines), expected)
    else:
        compare(expected, rows(lines))


# Each check yields (name, function that raises Failed); functions run in parallel.

def witness_checks(flow, events, queries):
    runs = [("interpreter", "run", ["--interpret"], (500, 7, 10)),
            ("interpreter", "run", ["--interpret"], (1_500, 1, 1_000)),
            ("-O0", "run", ["-O0", "--threads", "1"], (3_000, 2, 10)),
            ("8 threads", "run", ["-O2", "--threads", "8", "--unit", "1KiB"], (5_000, 3, 100)),
            ("default", "run", [], (20_000, 1, 10_000)),
            ("aot", "aot", ["--threads", "2", "--unit", "8KiB"], (20_000, 4, 1_000))]
    for query in queries:
        for name, way, options, key in runs:
            def check(query=query, way=way, options=options, key=key):
                expected = events.expected(query, *key)
                agrees(query, expected, flow.lines(script_of(query), way, options,
                                                   parameters(*key)))
            yield f"{query} {name}, {key[0]} events, seed {key[1]}, {key[2]} a second", check


def golden_path(query):
    return HERE / "golden" / f"{query}.json"


def summary(lines):
    """What is stored of a result: all rows, or the first and last of them and a hash of all."""
    text = [line.decode() for line in lines]
    if len(text) <= 2 * ROWS_STORED:
        return {"rows": len(text), "all": text}
    digest = hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()
    return {"rows": len(text), "sha256": digest, "first": text[:1], "last": text[-1:]}


def golden_key(seed, rate):
    return f"--events {GOLDEN_EVENTS} --seed {seed} --rate {rate}"


def golden_checks(flow, _events, queries):
    ways = [("default", "run", []), ("aot, 8 threads", "aot", ["--threads", "8"])]
    for query in queries:
        if query == CLOCK_QUERY:
            continue
        for seed, rate in GOLDEN_RUNS:
            for name, way, options in ways:
                def check(query=query, way=way, options=options, seed=seed, rate=rate):
                    actual = summary(flow.lines(script_of(query), way, options,
                                                parameters(GOLDEN_EVENTS, seed, rate)))
                    stored = json.loads(golden_path(query).read_text(encoding="utf-8"))
                    expected = stored[golden_key(seed, rate)]
                    if actual != expected:
                        raise Failed(f"expected {json.dumps(expected, indent=1)}\n"
                                     f"actual {json.dumps(actual, indent=1)}")
                yield f"{query} {name}, {golden_key(seed, rate)}", check


def update_golden(flow, events, queries):
    for query in queries:
        if query == CLOCK_QUERY:
            continue
        def check(query=query):
            stored = {}
            for seed, rate in GOLDEN_RUNS:
                key = (GOLDEN_EVENTS, seed, rate)
                lines = flow.lines(script_of(query), "run", [], parameters(*key))
                compare(events.expected(query, *key), rows(lines))
                stored[golden_key(seed, rate)] = summary(lines)
            golden_path(query).write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        yield f"{query} stored", check


def matrix_checks(flow, _events, queries):
    key = (5_000, 1, 1_000)
    for query in queries:
        if query == CLOCK_QUERY:
            continue
        def check(query=query):
            first = None
            for way in ("run", "aot"):
                for threads, unit in UNITS.items():
                    for batch in (1, 7, 4096):
                        options = ["--threads", str(threads), "--batch", str(batch), *unit]
                        name = f"{way} {' '.join(options)}"
                        try:
                            lines = flow.lines(script_of(query), way, options, parameters(*key))
                            if first is None:
                                first = lines
                            elif lines != first:
                                compare(rows(first), rows(lines))
                                raise Failed("the same rows, written differently")
                        except Failed as failed:
                            raise Failed(f"{name}: {failed}") from None
        yield f"{query} 18 ways", check


def shuffled(folder, out, seed):
    """Writes each file so that a row comes up to the watermark's delay after its time. Rows of one
    millisecond keep their order, which the language gives a meaning (semantics.md, rule 26)."""
    out.mkdir(exist_ok=True)
    for kind in witness.KINDS:
        dice = random.Random(f"{seed} {kind}")
        delays = {}
        with open(folder / f"{kind}.ndjson", encoding="utf-8") as lines:
            keyed = []
            for number, line in enumerate(lines):
                at = witness.millis(json.loads(line)["dateTime"])
                delays.setdefault(at, dice.randint(0, DELAY_MS))
                keyed.append((at + delays[at], number, line))
        keyed.sort()
        with open(out / f"{kind}.ndjson", "w", encoding="utf-8") as file:
            file.writelines(line for _, _, line in keyed)


def script_over_files(query, folder, out):
    """The query with the files of `folder` instead of the generator."""
    text = script_of(query).read_text(encoding="utf-8")
    kinds = {"person": "people", "auction": "auctions", "bid": "bids"}
    text, count = re.subn(
        r'nexmark\("(\w+)", [^)]*\)',
        lambda found: f'file("{folder / kinds[found[1]]}.ndjson") format json', text)
    assert count > 0, query
    path = out / f"{query}.flow"
    path.write_text(text, encoding="utf-8")
    return path


def disorder_checks(flow, events, queries):
    key = (20_000, 1, 1_000)
    folder = flow.folder / "shuffled"
    shuffled(events.folder(*key), folder, 1)
    scripts = flow.folder / "over-files"
    scripts.mkdir(exist_ok=True)
    for query in queries:
        if query == CLOCK_QUERY:
            continue
        def check(query=query):
            script = script_over_files(query, folder, scripts)
            expected = events.expected(query, *key)
            for way, options in (("run", []), ("run", ["--threads", "8", "--unit", "4KiB"]),
                                 ("aot", ["--threads", "2", "--unit", "1KiB", "--batch", "7"])):
                compare(expected, rows(flow.lines(script, way, options, [])))
        yield f"{query} shuffled within {DELAY_MS} ms", check


def changes_checks(flow, events, queries):
    for path in sorted((HERE / "changes").glob("*.flow")):
        if not set(queries) & {path.stem.split("_")[0]} and len(queries) < len(QUERIES):
            continue
        for way, options, key in (("run", ["--threads", "1"], (5_000, 1, 1_000)),
                                  ("run", ["--threads", "8", "--unit", "1KiB"], (5_000, 2, 1_000)),
                                  ("run", ["--interpret"], (600, 3, 100)),
                                  ("aot", ["--threads", "2"], (20_000, 1, 10_000))):
            def check(path=path, way=way, options=options, key=key):
                command = [flow.app(path)] if way == "aot" else [flow.flowc, "run", str(path)]
                out = flow.call([*command, *options, "--quiet", *parameters(*key)])
                with events.base(*key) as base:
                    fault = changelog.fault(path.stem, base, out.splitlines())
                if fault:
                    raise Failed(fault)
            yield f"changes of {path.stem}, {way} {' '.join(options)}", check


CHECKS = {
    "witness": witness_checks,
    "golden": golden_checks,
    "matrix": matrix_checks,
    "disorder": disorder_checks,
    "changes": changes_checks,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowc", default="build/release/flowc")
    parser.add_argument("--query", action="append", choices=QUERIES, help="this query only")
    parser.add_argument("--update", action="store_true", help="rewrite the stored results")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 4))
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    options = parser.parse_args()
    queries = options.query or QUERIES
    chosen = [CHECKS[name] for name in options.checks or CHECKS]
    if options.update:
        chosen = [update_golden]
    failures = 0
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="nexmark-"))
        flow = Flow(str(pathlib.Path(options.flowc).resolve()), pathlib.Path(folder))
        events = Events(flow)
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(options.jobs))
        for checks in chosen:
            started = [(name, pool.submit(check)) for name, check in checks(flow, events, queries)]
            for name, future in started:
                try:
                    future.result()
                    print(f"{name}: agrees")
                except (Failed, subprocess.TimeoutExpired, OSError, KeyError) as failed:
                    failures += 1
                    print(f"{name}: {failed}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
