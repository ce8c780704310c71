#!/usr/bin/env python3
"""Generated event-time pipelines over generated rows: the interpreter against compiled code.

Each case (differential_cases.py) is a script over files with disorder, duplicates and silence,
made from a seed. The reference interpreter, which keeps all rows and works from the rules, says
what must come out; the compiled runs, with threads, units and batches drawn by the same seed, must
give the same rows and the same numbers of late and rejected ones. `flow-cases` runs them one after
another.

  differential.py --cases-tool build/dev/flow-cases --cases 2000 --seed 1
  differential.py --cases-tool build/dev/flow-cases --seed 4711 --cases 1 --keep
"""

import argparse
import collections
import multiprocessing
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import differential_cases

SHOWN_LINES = 3


class Worker:
    """One process of flow-cases and a folder for its cases; one of each per process of the pool."""

    def __init__(self, options):
        self.options = options
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="flow-cases-", dir=options.folder))
        self.process = subprocess.Popen([options.cases_tool], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)

    def check(self, seed):
        """One case: (verdict, kind, text)."""
        case = differential_cases.Case(seed).make(self.options.only)
        folder = self.top / str(seed)
        folder.mkdir()
        for name, text in case.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        runs = " ".join("/".join(map(str, run)) for run in case.runs)
        self.process.stdin.write(f"{folder}\t{case.level}\t{runs}\t{case.key_columns}"
                                 f"\t{int(case.counts_late)}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n").split("\t")
        if len(answer) != 2 or answer[0] != str(folder):
            raise SystemExit(f"flow-cases ended at seed {seed}; case left in {folder}")
        verdict = answer[1]
        text = ""
        if verdict.startswith("refused"):
            text = (folder / "why").read_text(encoding="utf-8").splitlines()[0]
            verdict = "refused"
        elif verdict != "ok":
            text = self.tell(seed, case, folder, verdict, runs)
            verdict = "differs"
        if not self.options.keep and verdict != "differs":
            shutil.rmtree(folder, ignore_errors=True)
        return verdict, case.kind, text

    def tell(self, seed, case, folder, verdict, runs):
        lines = [f"seed {seed} ({case.kind}): {verdict}; -O{case.level}, {runs}; left in {folder}"]
        if verdict == "differs":
            read = lambda name: (folder / name).read_text(encoding="utf-8").splitlines() \
                if (folder / name).exists() else []
            lines += ["  " + line for line in read("why")[:8]]
            wanted = collections.Counter(read("wanted"))
            got = collections.Counter(read("got"))
            lines += [f"  only interpreted: {line}" for line in list(wanted - got)[:SHOWN_LINES]]
            lines += [f"  only compiled:    {line}" for line in list(got - wanted)[:SHOWN_LINES]]
        script = case.files.get("live.flow", case.files["case.flow"])
        return "\n".join(lines + ["  | " + line for line in script.splitlines()])

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        if not any(self.top.iterdir()):
            self.top.rmdir()


def check_some(work):
    options, seeds = work
    worker = Worker(options)
    try:
        return [worker.check(seed) for seed in seeds]
    finally:
        worker.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases-tool", required=True, help="flow-cases of the build")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(differential_cases.KINDS))
    parser.add_argument("--keep", action="store_true", help="leave the files of all cases behind")
    parser.add_argument("--folder", help="where the files of cases are made")
    parser.add_argument("--refused-max", type=float, default=1.0,
                        help="share of cases that may be refused by the compiler")
    options = parser.parse_args()
    options.cases_tool = str(pathlib.Path(options.cases_tool).resolve())
    counts = collections.Counter()
    refusals = collections.Counter()
    started = time.monotonic()
    last = options.seed + options.cases
    chunk = 500
    work = [(options, range(first, min(first + chunk, last)))
            for first in range(options.seed, last, chunk)]
    processes = os.cpu_count() or 1
    if options.cases <= chunk:  # all of them at work for few cases too
        step = -(-options.cases // processes)
        work = [(options, range(first, min(first + step, last)))
                for first in range(options.seed, last, step)]
    with multiprocessing.Pool(processes) as pool:
        for results in pool.imap_unordered(check_some, work):
            for verdict, kind, text in results:
                counts[(kind, verdict)] += 1
                if verdict == "refused":
                    refusals[text] += 1
                if verdict == "differs":
                    print(text, flush=True)
    for (kind, verdict), count in sorted(counts.items()):
        print(f"{kind}: {count} {verdict}")
    for text, count in refusals.most_common(12):
        print(f"  refused {count} times: {text}")
    print(f"{options.cases} cases, seeds {options.seed} to {last - 1},"
          f" in {time.monotonic() - started:.0f} s")
    refused = sum(count for (_, verdict), count in counts.items() if verdict == "refused")
    if refused > options.refused_max * options.cases:
        print(f"{refused} of {options.cases} cases were refused by the compiler")
        return 1
    return 1 if any(verdict == "differs" for _, verdict in counts) else 0


if __name__ == "__main__":
    sys.exit(main())
