#!/usr/bin/env python3
"""`./dev bench [task…]`: flowc beside hand-written programs and other engines.

All are run in turn on the same data; a task is measured only when all answers agree over a small
part of it. Tasks: t1 to t4, y, nexmark, start, latency; all by default. Writes docs/benchmarks.md
and its pictures when all are measured, unless --quick or --no-report is given."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import answers
import contestants
import install
import latency
import measure
import nexmark
import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORMS = {"ndjson": "json", "csv": "csv", "log": "text"}
ROWS, QUICK_ROWS, CHECKED_ROWS = 4_000_000, 1_000_000, 50_000


def make(build, path, form, rows):
    if not path.exists():
        part = path.with_suffix(".part")
        with open(part, "wb") as file:
            subprocess.run([build / "loggen", "--format", form, "--rows", str(rows)], stdout=file,
                           check=True)
        part.rename(path)


def data(build, task, rows, extension):
    """The input of so many rows, made once."""
    folder = ROOT / "build" / "bench" / "data"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{'events' if task == 'y' else 'access'}_{rows}.{extension}"
    make(build, path, "events" if task == "y" else FORMS[extension], rows)
    if task == "y":
        make(build, path.with_name("ads.csv"), "ads", 1000)
    return path


def agreeing(all_of_task, path):
    """Those who answer as the hand-written program does."""
    good = []
    reference = None
    for contestant in all_of_task:
        try:
            answer = measure.answer(contestant.command(path))
        except RuntimeError as fault:
            install.say(f"{contestant.name} is left out: {fault}")
            continue
        if reference is None:
            reference = answer
        fault = answers.difference(answer, reference)
        if fault is not None:
            sys.exit(f"bench: the answer of {contestant.name} differs over {path.name}: {fault}")
        good.append(contestant)
    return good


def run_task(build, task, extension, options, python, peers):
    everyone = list(contestants.of_task(build, task, extension, python, peers))
    good = agreeing(everyone, data(build, task, CHECKED_ROWS, extension))
    path = data(build, task, options.rows, extension)
    small = data(build, task, options.rows // 10, extension)
    table = report.Table(f"{task.upper()} {extension}", path.stat().st_size)
    fast = {one.name: one.command(path) for one in good if not one.slow}
    table.add(measure.in_turn(fast, options.rounds), path.stat().st_size)
    slow = {one.name: one.command(small) for one in good if one.slow}
    if slow:
        slow["flowc, 1 thread"] = contestants.flowc(build, task, 1).command(small)
        table.add(measure.in_turn(slow, min(options.rounds, 3)), small.stat().st_size)
    table.show()
    return table


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("tasks", nargs="*", metavar="task")
    parser.add_argument("--quick", action="store_true", help="a quarter of the data, three rounds")
    parser.add_argument("--rows", type=int, help=f"rows of the log ({ROWS:,})")
    parser.add_argument("--rounds", type=int, help="rounds measured (7)")
    parser.add_argument("--no-peers", action="store_true", help="flowc and the yardsticks alone")
    parser.add_argument("--no-report", action="store_true", help="leave docs/benchmarks.md alone")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    options = parser.parse_args()
    options.rows = options.rows or (QUICK_ROWS if options.quick else ROWS)
    options.rounds = options.rounds or (3 if options.quick else 7)
    known = [*contestants.FORMATS, "nexmark", "start", "latency"]
    for task in options.tasks:
        if task not in known:
            parser.error(f"unknown task `{task}`; there are {', '.join(known)}")
    wanted = options.tasks or known

    python, peers = sys.executable, None
    if not options.no_peers:
        python, peers = install.python_peers(ROOT / "build" / "bench" / "venv")
        install.programs()
    # flowc keeps machine code here, and not where its user's is.
    cache = tempfile.TemporaryDirectory(prefix="flow-bench-")
    os.environ["XDG_CACHE_HOME"] = cache.name
    results = report.Report(options)
    for task in wanted:
        for extension in contestants.FORMATS.get(task, []):
            results.tables.append(run_task(options.build, task, extension, options, python, peers))
    if "nexmark" in wanted:
        results.nexmark = nexmark.run(options.build, options.rounds, options.quick)
    if "start" in wanted:
        results.start = latency.start(options.build, options.rounds)
    if "latency" in wanted:
        results.latency = latency.through_pipe(options.build, options.quick)
    if not options.quick and not options.no_report and not options.tasks:
        results.write(ROOT / "docs")


if __name__ == "__main__":
    main()
