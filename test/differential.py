#!/usr/bin/env python3
"""Generated event-time pipelines over generated rows: the interpreter against compiled code.

Each case is one script over files with disorder, duplicates and silence, made from a seed. The
reference interpreter, which keeps all rows and works from the rules, says what must come out; the
compiled runs, with threads, units and batches drawn by the same seed, must give the same lines.

  differential.py --flowc build/release/flowc --cases 2000 --seed 1
  differential.py --flowc build/release/flowc --seed 4711 --cases 1 --keep   # leaves it behind
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

SECONDS_MAX = 60
EPOCH = 1_704_067_200  # 2024-01-01T00:00:00Z, a Monday
EXIT_COMPILE = 1
KEYS = ["a", "b", "c", "ä"]


def stamp(milliseconds):
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"2024-01-{1 + day:02}T{hour:02}:{minute:02}:{second:02}.{rest:03}Z"


class Case:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.files = {}
        self.lines = []
        self.names = 0
        self.late_names = []

    # ---- rows

    def rows(self, count):
        """Event times that mostly rise, with disorder, ties, gaps and rows said twice."""
        pick = self.random
        now = pick.randrange(0, 5000)
        disorder = pick.choice([0, 0, 2000, 8000, 30000])
        out = []
        for number in range(count):
            gap = 12000 if pick.random() < 0.1 else 700
            now += pick.choice([0, 0, 100, 500, 1000, 2500, 2500, gap])
            time = max(0, now - (pick.randrange(disorder + 1) if disorder else 0))
            row = {"t": stamp(time), "k": pick.choice(KEYS), "v": pick.randrange(-3, 12),
                   "w": pick.choice(["p", "q", "r"]), "id": number % 7}
            if pick.random() < 0.7:
                row["x"] = pick.choice([0.5, 1.25, 2.0, -3.75, 10.0])
            out.append(row)
            if pick.random() < 0.08:
                out.append(dict(row))
        return out

    def source(self, name):
        pick = self.random
        partitions = pick.choice([1, 1, 1, 2, 3])
        for number in range(partitions):
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n"
                           for row in self.rows(pick.choice([0, 3, 12, 40, 40])))
            self.files[f"{name}_{number}.jsonl"] = text
        delay = pick.choice(["", " watermark 0s", " watermark 1s", " watermark 5s",
                             " watermark 20s"])
        self.lines.append(
            f"source {name}: {{ t: timestamp, k: string, v: int, x: float?,"
            f" w: \"p\" | \"q\" | \"r\", id: int }} ="
            f" file(\"{name}_*.jsonl\") format json  time t{delay}")

    # ---- stages

    def name(self, prefix):
        self.names += 1
        return f"{prefix}{self.names}"

    def row_wise(self):
        return self.random.choice([
            "", "", "|> where v >= 0", "|> where k != \"b\"", "|> where x != none",
            "|> extend v * 2 as double", "|> set v = v + 1", "|> where id % 2 == 0"])

    def duration(self, small=False):
        return self.random.choice(["500ms", "1s", "2s", "5s"] if small
                                  else ["1s", "3s", "5s", "10s", "30s"])

    def window(self):
        """A window and whether its columns can be named at once."""
        pick = self.random
        kind = pick.choice(["tumble", "tumble", "hop", "cumulate", "session", "session", "rows"])
        if kind == "tumble":
            offset = pick.choice(["", "", " offset 1s", " offset 7s"])
            return f"|> window tumble {self.duration()}{offset}"
        if kind in ("hop", "cumulate"):
            size, step = pick.choice([(10, 5), (10, 2), (6, 2), (6, 6), (30, 10), (4, 1)])
            return f"|> window {kind} {size}s every {step}s"
        if kind == "session":
            limit = pick.choice(["", "", " max 5s", " max 12s"])
            return f"|> window session {self.duration()} by k{limit}"
        every = pick.choice(["", "", " every 1", " every 2"])
        by = pick.choice(["", " by k", " by k, w"])
        size = pick.choice([2, 4]) if every else pick.choice([1, 3, 5])
        return f"|> window rows {size}{every}{by}"

    def aggregate(self, grouped=None):
        pick = self.random
        items = pick.sample([
            "count() as n", "sum(v) as total", "min(v) as low", "max(v) as high", "avg(x) as mean",
            "count(where: v > 3) as big", "count_distinct(k) as kinds", "first(id) as head",
            "last(id) as tail", "max(t) as newest", "collect(v) as vs", "quantile(v, 0.5) as mid",
            "sum(x) as xs"], pick.randrange(1, 4))
        by = pick.choice(["", " group by k", " group by w", " group by k, w"])
        if grouped is not None:
            by = grouped
        return f"|> aggregate {', '.join(items)}{by}"

    def on_late(self):
        if self.random.random() < 0.75:
            return ""
        name = self.name("late")
        self.late_names.append(name)
        return f"|> on late as {name}"

    def windowed(self):
        pick = self.random
        window = self.window()
        late = self.on_late()
        inner = pick.choice(["aggregate", "aggregate", "aggregate", "top", "dedup", "order"])
        if inner == "aggregate":
            stage = self.aggregate()
        elif inner == "top":
            per = pick.choice(["", " per k"])
            ties = pick.choice(["", " with ties"])
            stage = f"|> top {pick.choice([1, 2, 3])} by v{pick.choice(['', ' asc'])}{per}{ties}"
        elif inner == "dedup":
            keep = pick.choice(["", " keep last"])
            stage = f"|> dedup by {pick.choice(['k', 'k, w', '*'])}{keep}"
        else:
            stage = "|> order by v desc, id"
        over = ""
        if inner == "aggregate" and pick.random() < 0.25 and "session" not in window \
                and "rows" not in window:
            over = f"|> window tumble {pick.choice(['30s', '60s'])} |> aggregate count() as groups"
        return [window, late, stage, over]

    def dedup(self):
        pick = self.random
        within = pick.choice([" within 1s", " within 5s", " within 10s", " within forever", ""])
        by = pick.choice(["k", "k, w", "id", "x", "*"])
        return [f"|> dedup by {by}{within}{pick.choice(['', ' keep last'])}", self.on_late()]

    def over(self):
        pick = self.random
        frame = pick.choice(["last 5s", "last 1s", "last 3 rows", "last 10s", "last 1 rows"])
        by = pick.choice(["by k ", "by w ", ""])
        call = pick.choice(["sum(v)", "count()", "avg(x)", "max(v)", "first(id)", "lag(v)",
                            "count_distinct(k)", "min(v)", "collect(id)"])
        if call.startswith("lag") and not by:
            by = "by k "
        frame = "last 100 rows" if call.startswith("lag") else frame
        return [f"|> select t, k, id, {call} over ({by}{frame}) as o"]

    def join(self, other):
        pick = self.random
        kind = pick.choice(["join", "join", "left join", "full join", "semi join", "anti join",
                            "asof join", "left asof join"])
        extra = pick.choice(["", "", " and v <= r.v", " and r.v > 2"])
        if "asof" in kind:
            return [f"|> {kind} {other} as r on k == r.k{extra} within {self.duration()}"]
        bound = pick.choice(["within 1s", "within 5s", "within 2s before", "within 3s after",
                             "within 1s before and 4s after", "within forever", "until t + 3s",
                             "window"])
        if bound == "window":
            return [f"|> window tumble {self.duration()}",
                    f"|> {kind} {other} as r on k == r.k{extra}"]
        if bound.startswith("until"):
            if kind != "join":
                kind = pick.choice(["join", "left join"])
            return [f"|> {kind} {other} as r on k == r.k{extra} {bound}"]
        return [f"|> {kind} {other} as r on k == r.k{extra} {bound}", self.on_late()]

    def match(self):
        pick = self.random
        condition = lambda: pick.choice(["v > 5", "v < 3", "w == \"p\"", "w == \"q\"", "v >= 0",
                                         "id == 3"])
        parts = [f"s0{pick.choice(['', '', '+', '{2,}', '{1,3}'])}: {condition()}"]
        for number in range(1, pick.choice([2, 2, 3])):
            link = pick.choice(["then", "then", "next", "without"])
            if link == "without" and number == 1:
                parts.append(f"without no: {condition()}")
            elif link == "without":
                link = "then"
            if link != "without" or number == 1:
                link = "then" if link == "without" else link
                refer = pick.choice(["", "", " and id != 2"])
                parts.append(f"{link} s{number}{pick.choice(['', '', '', '+', '?', '*'])}:"
                             f" {condition()}{refer}")
        # The last step ends the match: exactly one row.
        parts.append(f"{pick.choice(['then', 'next'])} z: {condition()}")
        over = pick.choice(["", "", " overlapping"])
        body = "\n     ".join(parts)
        by = pick.choice(["k", "w"])
        return [f"|> match by {by} within {self.duration()} {{\n     {body}\n   }}{over}"]

    def make(self, only):
        pick = self.random
        self.source("ls")
        self.source("rs")
        kinds = ["windowed", "windowed", "windowed", "dedup", "over", "join", "join", "match"]
        kind = only or pick.choice(kinds)
        stages = [self.row_wise()]
        stages += getattr(self, kind)(*(["rs"] if kind == "join" else []))
        text = ["from ls"] + [stage for stage in stages if stage]
        self.lines.append("\n  ".join(text))
        for name in self.late_names:
            self.lines.append(f"from {name} |> select t, k, v, id |> extend \"{name}\" as late")
        self.files["case.flow"] = "\n".join(self.lines) + "\n"
        self.kind = kind
        self.options = [pick.choice(["-O0", "-O2"]), "--threads", str(pick.choice([1, 2, 8])),
                        "--unit", str(pick.choice([1, 64, 300, 1 << 20])),
                        "--batch", str(pick.choice([1, 7, 4096]))]
        return self


def run(flowc, folder, options):
    done = subprocess.run([flowc, "run", *options, "case.flow"], cwd=folder, capture_output=True,
                          timeout=SECONDS_MAX, check=False, stdin=subprocess.DEVNULL)
    return done.returncode, sorted(done.stdout.splitlines()), done.stderr.decode("utf-8", "replace")


def late_of(stderr):
    """What the summary says of late rows."""
    for line in stderr.splitlines():
        for word, after in zip(line.split(), line.split()[1:]):
            if after.startswith("late") and word.isdigit():
                return int(word)
    return 0


def check(flowc, seed, only, keep):
    """One case: ("ok" | "refused" | "differs", kind, text)."""
    case = Case(seed).make(only)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"flow-case-{seed}-"))
    try:
        for name, text in case.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        code, wanted, stderr = run(flowc, folder, ["--interpret"])
        if code == EXIT_COMPILE:
            return "refused", case.kind, stderr.splitlines()[0] if stderr else ""
        got_code, got, got_stderr = run(flowc, folder, case.options)
        same = (code, wanted) == (got_code, got)
        if same and late_of(stderr) == late_of(got_stderr):
            return "ok", case.kind, ""
        text = [f"seed {seed} ({case.kind}): flowc run {' '.join(case.options)} in {folder}",
                f"exit {code} and {got_code}, {len(wanted)} and {len(got)} lines, "
                f"late {late_of(stderr)} and {late_of(got_stderr)}"]
        missing = collections.Counter(wanted) - collections.Counter(got)
        surplus = collections.Counter(got) - collections.Counter(wanted)
        text += [f"  only interpreted: {line.decode()}" for line in list(missing)[:3]]
        text += [f"  only compiled:    {line.decode()}" for line in list(surplus)[:3]]
        text += ["  " + line for line in (got_stderr + stderr).splitlines()[:6]]
        text += ["  | " + line for line in case.files["case.flow"].splitlines()[2:]]
        keep = True
        return "differs", case.kind, "\n".join(text)
    except subprocess.TimeoutExpired:
        keep = True
        text = f"seed {seed} ({case.kind}): no end within {SECONDS_MAX} s in {folder}"
        return "differs", case.kind, text
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowc", required=True)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["windowed", "dedup", "over", "join", "match"])
    parser.add_argument("--keep", action="store_true", help="leave the files of all cases behind")
    parser.add_argument("--refused-max", type=float, default=1.0,
                        help="share of cases that may be refused by the compiler")
    options = parser.parse_args()
    flowc = str(pathlib.Path(options.flowc).resolve())
    counts = collections.Counter()
    refusals = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        seeds = range(options.seed, options.seed + options.cases)
        for verdict, kind, text in pool.map(
                lambda seed: check(flowc, seed, options.only, options.keep), seeds):
            counts[(kind, verdict)] += 1
            if verdict == "refused":
                refusals[text] += 1
            if verdict == "differs":
                print(text)
    for (kind, verdict), count in sorted(counts.items()):
        print(f"{kind}: {count} {verdict}")
    for text, count in refusals.most_common(12):
        print(f"  refused {count} times: {text}")
    refused = sum(count for (_, verdict), count in counts.items() if verdict == "refused")
    if refused > options.refused_max * options.cases:
        print(f"{refused} of {options.cases} cases were refused by the compiler")
        return 1
    return 1 if any(verdict == "differs" for _, verdict in counts) else 0


if __name__ == "__main__":
    sys.exit(main())
