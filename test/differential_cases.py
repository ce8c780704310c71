"""Pipelines over event time and rows for them, each made from a seed: what differential.py runs.

A case is a folder: `case.flow` and the files it reads. Cases that depend on the clock have
`live.flow` and `steps` as well (test/cases/flow_cases.cpp): there `case.flow` is what the reference
interpreter runs over the rows that are left when the rules of the clock, which are written down
here a second time, have been followed.
"""

import json
import random

EPOCH = 1_704_067_200  # 2024-01-01T00:00:00Z, a Monday
KEYS = ["a", "b", "c", "ä"]
# Methods of Case; the more often one stands here, the more cases are of its kind.
KINDS = ["windowed", "windowed", "windowed", "dedup", "over", "join", "join", "match", "updating",
         "updating", "tables", "tables", "tables", "faulty", "faulty", "selfjoin",
         "lookup", "idle", "idle", "livelookup"]


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
        self.key_columns = 0  # of a changelog
        self.counts_late = True

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
        """Files of a source, and its declaration."""
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
        over = []
        while inner == "aggregate" and len(over) < 3 and pick.random() < 0.3:
            over.append(pick.choice([
                f"|> window tumble {pick.choice(['30s', '60s'])}",
                "|> window hop 30s every 10s", "|> window cumulate 60s every 20s",
                "|> window rows 2"]))
            over.append(pick.choice(["|> aggregate count() as groups",
                                     "|> aggregate max(window_end) as newest, count() as m"]))
        return [window, late, stage, *over]

    def faulty(self):
        """Bad values below what judges lateness: a late row is late, not bad."""
        pick = self.random
        declared = self.lines[-2].replace("id: int }", "id: int, y: int }")
        self.lines[-2] = declared + pick.choice([" on error drop", " on error drop",
                                                 " on error as unread"])
        if self.lines[-2].endswith("unread"):
            self.lines.append("from unread |> select at, line, row")
        for name in [name for name in self.files if name.startswith("ls_")]:
            rows = [json.loads(line) for line in self.files[name].splitlines()]
            for row in rows:
                row["y"] = "?" if pick.random() < 0.1 else pick.randrange(-2, 5)
            self.files[name] = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        stages = self.bad_values(["1s", "3s", "5s"])
        if pick.random() < 0.5:
            other = " ".join(stage for stage in self.bad_values(["10s", "30s"]) if stage)
            self.lines.append(f"from ls {other} |> extend \"other\" as which")
        return stages

    def bad_values(self, sizes):
        pick = self.random
        window = pick.choice([f"|> window tumble {pick.choice(sizes)}"] * 5 + [
            "|> window hop 10s every 5s", "|> window cumulate 6s every 2s",
            f"|> window session {pick.choice(sizes)} by k", "|> window rows 3 by k"])
        between = pick.choice(["", "", "", "|> where v != 3", "|> where 10 // v > 1",
                               "|> where y > 0", "|> assert v != 5", "|> extend 10 // v as q",
                               "|> where x != none |> where 6 // v != 2"])
        items = pick.sample(["count() as n", "sum(10 // v) as s", "sum(y) as ys",
                             "max(t) as newest", "count(where: 6 // v > 1) as big",
                             "collect(10 // v) as vs", "first(y) as head"], pick.randrange(1, 4))
        by = pick.choice(["", " group by k", " group by 10 // v as g", " group by y, w"])
        stage = pick.choice([f"|> aggregate {', '.join(items)}{by}"] * 4 + [
            "|> top 2 by 10 // v", "|> order by y, 10 // v", "|> dedup by y"])
        if ("rows" in window or "session" in window) and "extend" in between:
            between = ""  # the columns of the window and these are one stage
        late = self.on_late()
        if pick.random() < 0.2:
            window = ""
            stage = pick.choice(["|> dedup by 10 // v within 3s", "|> dedup by y within 5s",
                                 "|> match by y within 5s { a: v > 3 then b: 10 // v > 1 }"])
        end = pick.choice(["|> on error drop", "|> on error drop", "|> on error as "])
        if end.endswith("as "):
            name = self.name("bad")
            end += name
            self.lines.append(f"from {name} |> select at, line, stage, message")
        return [window, late, between, stage, end] if window else [stage, late, end]

    def updating(self):
        """Groups that are sent as they change: the interpreter sends what they are in the end."""
        pick = self.random
        keys = pick.choice([["k"], ["w"], ["k", "w"]])
        emit = pick.choice(["|> emit on change", "|> emit every 20ms", "|> emit every 1s"])
        after = pick.choice(["", "", "|> where n > 2", "|> where n % 2 == 0"])
        self.key_columns = len(keys)
        window = []
        if pick.random() < 0.6:
            size, step = pick.choice([(10, 5), (6, 2), (30, 10)])
            window = [pick.choice([f"|> window tumble {self.duration()}",
                                   f"|> window hop {size}s every {step}s",
                                   f"|> window cumulate {size}s every {step}s"])]
            self.key_columns += 2
            emit = pick.choice([emit, emit, "|> on late update for 10s",
                                emit + " |> on late update for 30s"])
        items = pick.sample(["sum(v) as total", "min(v) as low", "max(v) as high", "avg(x) as mean",
                             "count_distinct(k) as kinds", "first(id) as head", "last(id) as tail",
                             "collect(v) as vs", "quantile(v, 0.5) as mid"], pick.randrange(0, 3))
        group = f"|> aggregate {', '.join(['count() as n', *items])} group by {', '.join(keys)}"
        return [*window, group, emit, after]

    # ---- rows that are rewritten

    EMITS = ["|> emit on change", "|> emit on change", "|> emit every 20ms", "|> emit every 1s"]

    def table(self, name, source):
        """Declares an updating stream `name`; gives the columns of its key and others, all ints but
        `k` and `w`."""
        pick = self.random
        emit = pick.choice(self.EMITS)
        kind = pick.choice(["groups", "groups", "groups", "windows", "retain", "dedup", "top"])
        row = self.row_wise()
        keys = pick.choice([["k"], ["w"], ["k", "w"]])
        if kind == "dedup":
            keep = pick.choice(["", " keep last"])
            text = f"|> dedup by {', '.join(keys)}{keep} {emit} |> select {', '.join(keys)}, v as n"
            values = ["n"]
        elif kind == "top":
            keys = ["place"]
            text = (f"|> top {pick.choice([2, 4])} by v |> extend rank() as place {emit}"
                    " |> select place, v as n, id")
            values = ["n", "id"]
        else:
            window = retain = ""
            if kind == "windows":
                window = f"|> window tumble {self.duration()}"
                emit = pick.choice([emit, emit, "|> on late update for 10s"])
            if kind == "retain":
                retain = f" retain {self.duration()}"
            text = (f"{window} |> aggregate count() as n, sum(v) as total, last(id) as tail"
                    f" group by {', '.join(keys)}{retain} {emit}")
            values = ["n", "total", "tail"]
            if kind == "windows":
                keys = ["window_start", "window_end"] + keys
        below = pick.choice(["", "", "", "|> where n % 3 != 0", "|> extend n - 1 as less"])
        if "less" in below:
            values = values + ["less"]
        self.lines.append(f"stream {name} = from {source} {row} {text} {below}")
        return keys, values

    def once_or(self, stages, key, columns):
        """The stages, sent as they change, by `key` (none: rows stand for themselves), or once."""
        pick = self.random
        if pick.random() < 0.2:
            return stages + [f"|> select {', '.join(columns)}"]
        self.key_columns = len(key) if key is not None else -1
        first = key or []
        rest = [column for column in columns if column not in first]
        return stages + [pick.choice(self.EMITS), f"|> select {', '.join(first + rest)}"]

    def tables(self):
        """Stages that take rows which are rewritten."""
        pick = self.random
        self.counts_late = False  # streams that are the same are one
        keys, values = self.table("tl", "ls")
        stage = pick.choice(["aggregate", "aggregate", "top", "ranked", "dedup", "join", "join",
                             "join", "bag"])
        value = pick.choice(values)
        if stage == "aggregate":
            by = pick.choice([[], keys[-1:], ["odd"]])
            group = {0: "", 1: f" group by {', '.join(by)}"}[len(by)]
            if by == ["odd"]:
                group = f" group by {value} % 2 as odd"
            items = pick.sample(["sum({}) as a", "avg({}) as b", "min({}) as c", "max({}) as d",
                                 "count_distinct({}) as e", "first({}) as f", "last({}) as g",
                                 "collect({}) as h", "quantile({}, 0.5) as i"], 3)
            names = ["m"] + [item[-1] for item in items]
            items = ", ".join(["count() as m"] + [item.format(value) for item in items])
            if not by:
                return ["from tl", f"|> aggregate {items} |> select {', '.join(names)}"]
            return ["from tl", *self.once_or([f"|> aggregate {items}{group}"], by, by + names)]
        if stage == "top":
            return ["from tl", *self.once_or([f"|> top {pick.choice([2, 3])} by {value}"], keys,
                                             keys + values)]
        if stage == "ranked":
            per = pick.choice(["", f" per {keys[-1]}"])
            key = (["spot"] if not per else [keys[-1], "spot"])
            stages = [f"|> top 2 by {value}{per}", "|> extend rank() as spot"]
            return ["from tl", *self.once_or(stages, key, ["spot"] + keys + values)]
        if stage == "dedup":
            return ["from tl", *self.once_or([f"|> dedup by {keys[-1]}"], keys[-1:],
                                             keys + values)]
        kind = pick.choice(["join", "join", "left join", "full join", "semi join", "anti join"])
        if stage == "bag":
            extra = pick.choice(["", f" and r.{value} > v"])
            on = keys[-1] if keys[-1] in ("k", "w") else value
            left = "v" if on == value else on
            condition = f"{left} == r.{on}{extra}"
            columns = ["k", "id", "v"]
            if "semi" not in kind and "anti" not in kind:
                dot = "." if kind == "join" else "?."
                columns.append(f"r{dot}{value} as rv")
            return ["from ls", *self.once_or([f"|> {kind} tl as r on {condition} within forever"],
                                             None, columns)]
        other, theirs = self.table("tr", pick.choice(["ls", "rs"]))
        shared = [key for key in keys if key in other and key in ("k", "w")]
        on = f"{shared[0]} == r.{shared[0]}" if shared and pick.random() < 0.7 else \
            f"{value} == r.{pick.choice(theirs)}"
        on += pick.choice(["", "", f" and {value} <= r.{pick.choice(theirs)}"])
        key = list(keys)
        columns = keys + values
        renamed = []
        if "semi" not in kind and "anti" not in kind:
            dot = "." if kind == "join" else "?."
            renamed = [f"r{dot}{column} as r_{column}" for column in other]
            columns = renamed + columns + [f"r{dot}{theirs[0]} as r_{theirs[0]}"]
        stages = [f"|> {kind} tr as r on {on}"]
        if pick.random() < 0.2:
            return ["from tl", *stages, f"|> select {', '.join(columns)}"]
        self.key_columns = len(key) + len(renamed)
        return ["from tl", *stages, pick.choice(self.EMITS),
                f"|> select {', '.join(key + [c for c in columns if c not in key])}"]

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
            window = pick.choice(["tumble 3s", "tumble 10s", "hop 10s every 5s",
                                  "cumulate 6s every 2s", "session 3s by k", "session 10s by k"])
            inside = f"|> aggregate count() as v, max(id) as id group by k"
            left = pick.choice(["", inside]) if "session" not in window else inside
            if "session" in window or pick.random() < 0.5:
                right = inside if "session" in window else pick.choice(["", inside])
                other = f"(from {other} |> window {window} {right})"
            return [f"|> window {window}", left, f"|> {kind} {other} as r on k == r.k{extra}"]
        if bound.startswith("until"):
            if kind != "join":
                kind = pick.choice(["join", "left join"])
            inside = ["", "", "|> aggregate count() as n, sum(v) as total"]
            if kind == "join":
                inside += ["|> aggregate count() as n group by r.w", "|> top 1 by r.v",
                           "|> dedup by r.id",
                           "|> dedup by r.id keep last |> aggregate count() as n"]
            inside = pick.choice(inside)
            return [f"|> {kind} {other} as r on k == r.k{extra} {bound}", inside]
        return [f"|> {kind} {other} as r on k == r.k{extra} {bound}", self.on_late()]

    def selfjoin(self):
        """Both sides are the one source, or streams of it: stages that both have are one, and what
        is late there is counted once, by the interpreter twice."""
        self.counts_late = False
        other = "ls"
        if self.random.random() < 0.5:
            other = "mine"
            self.lines.append(f"stream mine = from ls {self.row_wise()}")
        return self.join(other)

    def lookup(self):
        """In a table that ends, and is read first."""
        kind = self.random.choice(["lookup", "left lookup"])
        extra = self.random.choice(["", "", " and v <= r.v"])
        declared = self.lines.pop()
        self.lines.append(declared.replace("format json", "format json key k"))
        below = self.random.choice(["", "|> window tumble 5s |> aggregate count() as n group by k",
                                    "|> window session 3s by k |> aggregate collect(id) as ids",
                                    "|> dedup by k within 3s"])
        return [f"|> {kind} rs as r on k == r.k{extra}", below]

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

    # ---- what depends on the clock

    def live_sources(self):
        """Rows of two sources as they are sent, second by second: [second, source, rows]."""
        pick = self.random
        steps = []
        second = 0
        ahead = {"ls": pick.randrange(30), "rs": pick.randrange(30)}
        for _ in range(pick.choice([6, 15, 30])):
            second += pick.choice([0, 1, 1, 2, 5, 5, 12, 40])
            name = pick.choice(["ls", "ls", "rs"])
            disorder = pick.choice([0, 1000, 8000, 30000])
            rows = []
            for _ in range(pick.choice([1, 1, 2, 5])):
                time = (second + ahead[name]) * 1000 + pick.randrange(2000)
                time = max(0, time - pick.randrange(disorder + 1))
                rows.append({"t": time, "k": pick.choice(KEYS), "v": pick.randrange(-3, 12),
                             "id": pick.randrange(7)})
            steps.append((second, name, rows))
        return steps

    def idle(self):
        """Partitions that fall silent: rule 30, with a clock."""
        pick = self.random
        delays = {name: pick.choice([0, 0, 1, 5]) for name in ("ls", "rs")}
        idles = {name: pick.choice([None, 3, 3, 10, 30]) for name in ("ls", "rs")}
        stage = pick.choice([
            "from ls |> join rs as r on k == r.k within 5s |> select id, v, r.v as rv",
            "from ls |> full join rs as r on k == r.k within 3s |> select r",
            "from ls |> left join rs as r on k == r.k within 10s after |> select id, r",
            "from ls |> asof join rs as r on k == r.k within 10s |> select id, v, r.v as rv",
            "from ls |> union rs |> window tumble 5s |> aggregate count() as n, sum(v) as s"
            " group by k",
            "from ls |> window tumble 5s |> aggregate count() as n, collect(id) as ids group by k",
            "from ls |> window session 4s by k |> aggregate count() as n",
            "from ls |> union rs |> dedup by k within 5s |> select t, k, id",
            "from ls |> union rs |> window session 4s by k |> aggregate sum(v) as s, count() as n",
            "from ls |> union rs |> select k, v, sum(v) over (by k last 5s) as s"])
        names = [name for name in ("ls", "rs") if f"{name} " in stage]
        size = 5000 if "tumble" in stage else 0
        steps = [step for step in self.live_sources() if step[1] in names]
        kept, late, text = self.follow(steps, names, delays, idles, size)
        schema = "{ t: timestamp, k: string, v: int, id: int }"
        for name in names:
            waits = "" if idles[name] is None else f" idle {idles[name]}s"
            time = f"time t watermark {delays[name]}s"
            self.lines.append(f"source {name}: {schema} = file(\"{name}.jsonl\") format json"
                              f" {time}")
            self.live.append(f"source {name}: {schema} = file(\"{name}\", follow: true) format json"
                             f" {time}{waits}")
            self.files[f"{name}.jsonl"] = "".join(
                json.dumps({**row, "t": stamp(row["t"])}, ensure_ascii=False) + "\n"
                for row in kept[name])
        self.files["steps"] = f"late {late}\n" + text
        self.live.append(stage)
        return stage

    def follow(self, steps, names, delays, idles, size):
        """What of the rows is not late by the clock, how many are, and the steps as text."""
        greatest = dict.fromkeys(names)
        floor = dict.fromkeys(names)
        heard = dict.fromkeys(names, 0)
        kept = {name: [] for name in names}
        acted = None  # the greatest W so far
        late = 0
        text = []

        def silent(name, now):
            return idles[name] is not None and now - heard[name] >= idles[name] * 1000

        def watermark(name, now):
            if silent(name, now):
                own = None if greatest[name] is None else (
                    greatest[name] + now - heard[name] - delays[name] * 1000)
            else:
                own = None if greatest[name] is None else greatest[name] - delays[name] * 1000
                own = max((p for p in (own, floor[name]) if p is not None), default=None)
            return own

        def act(now):
            nonlocal acted
            all_of = [(watermark(name, now), greatest[name] is None and silent(name, now))
                      for name in names]
            speaking = [least for least, left_out in all_of if not left_out]
            if speaking and None not in speaking:
                acted = max(acted, min(speaking)) if acted is not None else min(speaking)

        for second, name, rows in steps:
            now = second * 1000
            text.append(f"at {now * 1_000_000}\n")
            act(now)
            if silent(name, now) and acted is not None:
                floor[name] = acted if floor[name] is None else max(floor[name], acted)
            heard[name] = now
            text.append(f"send {name} {len(rows)}\n")
            for row in rows:
                text.append(json.dumps({**row, "t": stamp(row["t"])}, ensure_ascii=False) + "\n")
                # Those that are late by the greatest time alone are so for the interpreter, too.
                end = (row["t"] // size + 1) * size if size else row["t"] + 1
                if floor[name] is not None and end <= floor[name]:
                    late += 1
                else:
                    kept[name].append(row)
                greatest[name] = max(row["t"], greatest[name] or 0)
            act(now)
        return kept, late, "".join(text)

    def livelookup(self):
        """In a table without an end a row sees what has come before it: as if by time of coming."""
        pick = self.random
        kind = pick.choice(["", "left "])
        text = []
        files = {"ls": [], "rs": []}
        come = 0
        for second, name, rows in self.live_sources():
            text.append(f"at {second * 1_000_000_000}\nsend {name} {len(rows)}\n")
            for row in rows:
                come += 1
                line = json.dumps({**row, "t": stamp(come)}, ensure_ascii=False) + "\n"
                files[name].append(line)
                text.append(line)
        schema = "k: string, v: int, id: int"
        for name in ("ls", "rs"):
            key = " key k" if name == "rs" else ""
            self.lines.append(f"source {name}: {{ t: timestamp, {schema} }} ="
                              f" file(\"{name}.jsonl\") format json time t")
            self.live.append(f"source {name}: {{ {schema} }} ="
                             f" file(\"{name}\", follow: true) format json{key}")
            self.files[f"{name}.jsonl"] = "".join(files[name])
        self.files["steps"] = "".join(text)
        row = self.random.choice(["", "|> where v >= 0"])
        drop = "|> select k, id, r.v as rv, r.id as rid" if not kind else \
            "|> extend r != none as found |> drop r"
        self.live.append(f"from ls {row} |> {kind}lookup rs as r on k == r.k {drop}")
        drop = drop.replace("|> drop r", "|> drop r, t")
        return f"from ls {row} |> {kind}asof join rs as r on k == r.k within 1d {drop}"

    def make(self, only):
        pick = self.random
        self.live = []
        kind = only or pick.choice(KINDS)
        self.kind = kind
        self.level = 2 if pick.random() < 0.08 else 0
        self.runs = [(pick.choice([1, 2, 8]), pick.choice([1, 64, 300, 1 << 20]),
                      pick.choice([1, 7, 4096])) for _ in range(2)]
        if kind in ("idle", "livelookup"):
            self.lines.append(getattr(self, kind)())
            self.files["case.flow"] = "\n".join(self.lines) + "\n"
            self.files["live.flow"] = "\n".join(self.live) + "\n"
            return self
        self.source("ls")
        self.source("rs")
        if kind == "tables":
            stages = self.tables()
        else:
            stages = ["from ls", self.row_wise()]
            stages += getattr(self, kind)(*(["rs"] if kind == "join" else []))
        text = [stage for stage in stages if stage]
        self.lines.append("\n  ".join(text))
        for name in self.late_names:
            self.lines.append(f"from {name} |> select t, k, v, id |> extend \"{name}\" as late")
        self.files["case.flow"] = "\n".join(self.lines) + "\n"
        return self
