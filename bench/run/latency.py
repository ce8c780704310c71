"""L and C: from a line written into a pipe to its row on standard output, and from the start of the
process to the first row."""

import os
import pathlib
import statistics
import subprocess
import tempfile
import threading
import time

import measure

BENCH = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = "where n >= 0"
SCHEMA = "{ n: int, at: int }"
RATES = [1_000, 100_000, 1_000_000]


def feed(pipe, rate, rows):
    """Writes rows at a rate, each with the moment of writing; what is behind goes at once."""
    start = time.monotonic_ns()
    sent = 0
    while sent < rows:
        due = min(rows, (time.monotonic_ns() - start) * rate // 1_000_000_000 + 1)
        if due == sent:
            time.sleep(min(0.0002, 1 / rate))
            continue
        due = min(due, sent + 4096)
        now = time.monotonic_ns()
        os.write(pipe.fileno(), b"".join(b'{"n":%d,"at":%d}\n' % (n, now)
                                         for n in range(sent, due)))
        sent = due
    pipe.close()


def collect(pipe):
    """Microseconds that the last row of each read took, once for each row that came with it."""
    took = []
    rest = b""
    while True:
        got = os.read(pipe.fileno(), 1 << 20)
        now = time.monotonic_ns()
        if not got:
            return took
        lines = (rest + got).split(b"\n")
        rest = lines.pop()
        if lines:
            first = int(lines[0].rpartition(b":")[2][:-1])
            took.extend([(now - first) / 1000] * len(lines))


def one_rate(build, rate, seconds):
    command = measure.words([build / "flowc", "-e", SCRIPT, "--schema", SCHEMA, "-q"])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                               env=measure.environment())
    feeder = threading.Thread(target=feed, args=(process.stdin, rate, int(rate * seconds)))
    feeder.start()
    took = collect(process.stdout)
    feeder.join()
    process.wait()
    took = sorted(took[len(took) // 5:])  # without the start and the change of tiers
    return {"rate": rate, "p50": statistics.median(took), "p99": took[len(took) * 99 // 100]}


def through_pipe(build, quick):
    out = [one_rate(build, rate, 2 if quick else 5) for rate in RATES]
    for row in out:
        print(f"latency at {row['rate']:>9,} rows/s: p50 {row['p50']:8.0f} us, "
              f"p99 {row['p99']:8.0f} us")
    return out


def start(build, rounds):
    """Whole processes of one row."""
    with tempfile.TemporaryDirectory() as folder:
        line = pathlib.Path(folder) / "one.ndjson"
        line.write_text('{"ts":"2024-03-01T00:00:00.000Z","user":1,"page":"/a","country":"US",'
                        '"status":500,"latency_ms":1.5}\n')
        commands = {
            "one line": [build / "flowc", "-e", f'from "{line}" |> where status >= 500'],
            "T1": [build / "flowc", "run", BENCH / "tasks" / "t1.flow", "--input", line, "-q"],
            "T3": [build / "flowc", "run", BENCH / "tasks" / "t3.flow", "--input", line, "-q"],
            "q5": [build / "flowc", "run", BENCH / "nexmark" / "q5.flow", "--events", 100, "-q"],
        }
        kept = {f"{name}, code kept": command for name, command in commands.items()}
        commands = {name: [*command, "--no-cache"] for name, command in commands.items()}
        commands.update(kept)
        times = measure.in_turn(commands, max(rounds, 7))
    out = {name: measure.Spread.of(each) for name, each in times.items()}
    for name, spread in out.items():
        print(f"start, {name:19}: {spread.median * 1000:6.1f} ms "
              f"({spread.least * 1000:.1f} to {spread.most * 1000:.1f})")
    return out
