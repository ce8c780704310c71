"""L and C: from a line written into a pipe to its row on standard output, and from the start of the
process to the first row."""

import pathlib
import tempfile

import measure

BENCH = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = "where n >= 0"
SCHEMA = "{ n: int, at: int }"
RATES = [1_000, 100_000, 1_000_000]


def one_rate(build, rate, seconds):
    """By a program of its own (bench/latency.cpp): an interpreter's threads take turns of 5 ms."""
    words = measure.answer([build / "latency", rate, seconds, build / "flowc", "-e", SCRIPT,
                            "--schema", SCHEMA, "-q", "--no-cache"]).split()
    return {"rate": rate, "p50": float(words[0]), "p99": float(words[1])}


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
