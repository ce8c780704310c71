#!/usr/bin/env python3
"""What a run keeps in memory is what its rules need, not the size of its input.

Each case runs a script over a small and over a large input and compares the most memory the process
had. Absolute figures depend on build and machine, so a case is measured against the same script
with a watermark that is so far behind that all rows are kept: of what that takes more, it may take
only a small share.

  memory_flat.py --flowc build/dev/flowc [--case join]
"""

import argparse
import gzip
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

SMALL = 5_000
LARGE = 150_000
SHARE_MAX = 0.2  # of what keeping all rows takes more than the small input
PAD = "x" * 150

SOURCE = """source {name}: {{ t: timestamp, k: int, v: int, pad: string }} =
  file("{name}*.jsonl*") format json  time t watermark {delay}
"""


def with_sources(script, delay="10s"):
    return "".join(SOURCE.format(name=name, delay=delay)
                   for name in ("ls", "rs") if f"{name} " in script) + script


def stamp(second):
    return (f"2024-01-{1 + second // 86400:02}T{second // 3600 % 24:02}:{second // 60 % 60:02}:"
            f"{second % 60:02}Z")


def rows(count, first=0, step=1):
    """A row a second, a little out of order."""
    for number in range(count):
        second = max(0, first + number * step - number * 7 % 5)
        yield (f'{{"t":"{stamp(second)}","k":{number % 50},"v":{number % 7},"pad":"{PAD}"}}\n')


def write(path, lines):
    opened = gzip.open(path, "wt", compresslevel=1) if path.suffix == ".gz" else open(path, "w")
    with opened as out:
        out.writelines(lines)


def two_files(folder, count):
    write(folder / "ls.jsonl", rows(count))
    write(folder / "rs.jsonl", rows(count))


def compressed(folder, count):
    write(folder / "ls.jsonl", rows(count))
    write(folder / "rs.jsonl.gz", rows(count))


def many_files(folder, count):
    """Files of one source whose times lie between those of the others, and one that begins late."""
    for number in range(6):
        write(folder / f"ls{number}.jsonl", rows(count // 4, first=number, step=5))
    write(folder / "ls9.jsonl", rows(count // 4, first=count))


def hot_key(folder, count):
    """Few rows of one key: what grows is the number of their matches."""
    for name in ("ls", "rs"):
        write(folder / f"{name}.jsonl",
              (f'{{"t":"{stamp(number)}","k":1,"v":0,"pad":""}}\n' for number in range(count)))


# name: input, script
CASES = {
    "join": (two_files, "from ls |> join rs as r on k == r.k within 1m"
                        " |> select t, pad, r.pad as other |> into blackhole()"),
    "left_join": (two_files, "from ls |> left join rs as r on k == r.k and r.v > v within 30s"
                             " |> select t, pad, r |> into blackhole()"),
    "asof_join": (two_files, "from ls |> asof join rs as r on k == r.k within 1m"
                             " |> select t, r.pad as other |> into blackhole()"),
    "compressed": (compressed, "from ls |> join rs as r on k == r.k within 1m"
                               " |> select t, pad, r.pad as other |> into blackhole()"),
    "many_files": (many_files, "from ls |> select t, k, pad, count() over (by k last 1m) as n"
                               " |> into blackhole()"),
    "windows": (many_files, "from ls |> window tumble 1m |> top 50 by v |> into blackhole()"),
}
MATCHES = """
from ls |> join rs as r on k == r.k within 1d |> select t, r.t as other |> into blackhole()
"""


def peak(flowc, folder, script, threads):
    """Most memory of a run, in KiB."""
    (folder / "case.flow").write_text(script, encoding="utf-8")
    process = subprocess.Popen(
        [flowc, "run", "--quiet", "--threads", str(threads), "--unit", "64KiB", "case.flow"],
        cwd=folder, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    if code != 0:
        raise SystemExit(f"exit {code} of\n{script}")
    return usage.ru_maxrss


def check(flowc, name):
    made, script = CASES[name]
    bad = 0
    with tempfile.TemporaryDirectory(prefix="flow-memory-") as top:
        small = pathlib.Path(top) / "small"
        large = pathlib.Path(top) / "large"
        for folder, count in ((small, SMALL), (large, LARGE)):
            folder.mkdir()
            made(folder, count)
        for threads in (1, 4):
            least = peak(flowc, small, with_sources(script), threads)
            flat = peak(flowc, large, with_sources(script), threads)
            kept = peak(flowc, large, with_sources(script, "30d"), threads)
            share = (flat - least) / max(kept - least, 1)
            verdict = "ok" if share <= SHARE_MAX and kept > least else "GROWS"
            bad += verdict != "ok"
            print(f"{name}, {threads} threads: {least // 1024} MiB small, {flat // 1024} MiB large,"
                  f" {kept // 1024} MiB all kept: {verdict}")
    return bad


def check_matches(flowc):
    """A million matches of one key take no more memory than a tenth of them, rows aside."""
    bad = 0
    for threads in (1, 4):
        peaks = []
        for count in (300, 1000):
            with tempfile.TemporaryDirectory(prefix="flow-memory-") as folder:
                hot_key(pathlib.Path(folder), count)
                peaks.append(peak(flowc, pathlib.Path(folder), with_sources(MATCHES), threads))
        # A collected match would be 16 bytes and a pointer at the very least: 23 MiB.
        grown = peaks[1] - peaks[0]
        verdict = "ok" if grown < 8 << 10 else "GROWS"
        bad += verdict != "ok"
        print(f"matches, {threads} threads: {peaks[0] // 1024} MiB for 90,000,"
              f" {peaks[1] // 1024} MiB for 1,000,000: {verdict}")
    return bad


def check_pipes(flowc):
    """Two pipes with one writer, who fills the one and then the other: no run may wait for ever."""
    with tempfile.TemporaryDirectory(prefix="flow-memory-") as top:
        folder = pathlib.Path(top)
        for name in ("ls", "rs"):
            os.mkfifo(folder / f"{name}.jsonl")

        def fill():
            for name in ("rs", "ls"):
                write(folder / f"{name}.jsonl", rows(20_000))

        threading.Thread(target=fill, daemon=True).start()
        script = with_sources("from ls |> join rs as r on k == r.k within 1m"
                              " |> aggregate count() as n")
        (folder / "case.flow").write_text(script, encoding="utf-8")
        try:
            done = subprocess.run([flowc, "run", "case.flow"], cwd=folder, capture_output=True,
                                  timeout=60, check=False, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            print("pipes: the run waits for ever")
            return 1
        print(f"pipes: {done.stdout.decode().strip()}")
        return int(done.returncode != 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowc", required=True)
    parser.add_argument("--case", choices=[*CASES, "matches", "pipes"])
    options = parser.parse_args()
    flowc = str(pathlib.Path(options.flowc).resolve())
    bad = sum(check(flowc, name) for name in CASES if options.case in (None, name))
    if options.case in (None, "matches"):
        bad += check_matches(flowc)
    if options.case in (None, "pipes"):
        bad += check_pipes(flowc)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
