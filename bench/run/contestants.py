"""Who runs a task: flowc, the hand-written program, and the peers, each as a command line."""

import dataclasses
import pathlib
import shutil
from typing import Callable

BENCH = pathlib.Path(__file__).resolve().parent.parent
FORMATS = {"t1": ["ndjson", "csv"], "t2": ["ndjson", "csv"], "t3": ["ndjson", "csv"],
           "t4": ["log"], "y": ["ndjson"]}


@dataclasses.dataclass
class Contestant:
    name: str
    command: Callable[[pathlib.Path], list]
    slow: bool = False  # measured over a tenth of the data

    def __hash__(self):
        return hash(self.name)


def files(task, path, option):
    """The input of a task; Y has a second one beside it."""
    ads = path.with_name("ads.csv") if task == "y" else None
    if not option:
        return [path, ads] if ads else [path]
    return ["--input", path, *(["--ads", ads] if ads else [])]


def flowc(build, task, threads, kept=False):
    """`kept`: it runs the machine code of the round before, else every run compiles."""
    name = f"flowc, {threads} thread{'s' if threads > 1 else ''}{', code kept' if kept else ''}"
    script = BENCH / "tasks" / f"{task}.flow"
    anew = [] if kept else ["--no-cache"]
    return Contestant(name, lambda path: [build / "flowc", "run", script, "-q", "--threads",
                                          threads, *anew, *files(task, path, option=True)])


def yardstick(build, task):
    return Contestant("by hand", lambda path: [build / f"yardstick-{task}",
                                               *files(task, path, option=False)])


def python_peer(python, module, label, task, threads):
    script = BENCH / "peers" / f"{module}_task.py"
    return Contestant(f"{label}, {threads} thread{'s' if threads > 1 else ''}",
                      lambda path: [python, script, task, path, threads])


JQ = "select(.status >= 500) | {ts, user, page, status}"
MLR = ["filter", "$status >= 500", "then", "cut", "-o", "-f", "ts,user,page,status"]
# The header's status is no number, so it is below 500.
AWK_T1 = ('$5 >= 500 && NR > 1 { printf "{\\"ts\\":\\"%s\\",\\"user\\":%s,\\"page\\":\\"%s\\",'
          '\\"status\\":%s}\\n", $1, $2, $3, $5 }')
AWK_T4 = ('{ split($2, request, " "); split($3, tail, " "); key = "\\"method\\":\\"" request[1]'
          ' "\\",\\"status\\":" tail[1]; requests[key]++; bytes[key] += tail[2] } END { for (key in'
          ' requests) printf "{%s,\\"requests\\":%d,\\"bytes\\":%.0f}\\n", key, requests[key],'
          ' bytes[key] }')
SQLITE_T1 = ("select json_object('ts', ts, 'user', cast(user as int), 'page', page, 'status', "
             "cast(status as int)) from log where cast(status as int) >= 500;")


def tools(task, extension):
    """Programs of Debian that can do the task in a line."""
    if task == "t1" and extension == "ndjson":
        yield Contestant("jq", lambda path: ["jq", "-c", JQ, path], slow=True)
        yield Contestant("Miller", lambda path: ["mlr", "--ijsonl", "--ojsonl", *MLR, path], True)
    if task == "t1" and extension == "csv":
        yield Contestant("Miller", lambda path: ["mlr", "--icsv", "--ojsonl", *MLR, path], True)
        yield Contestant("mawk", lambda path: ["mawk", "-F,", AWK_T1, path])
        yield Contestant("SQLite", lambda path: ["sqlite3", ":memory:", "-cmd", ".mode csv", "-cmd",
                                                 f".import {path} log", "-cmd", ".mode list",
                                                 SQLITE_T1], slow=True)
    if task == "t4":
        yield Contestant("mawk", lambda path: ["mawk", "-F\"", AWK_T4, path])


def of_task(build, task, extension, python, peers):
    """All that can run the task here; `python` has the modules `peers`, None: no peers at all."""
    yield yardstick(build, task)
    for kept in [False, True]:
        yield flowc(build, task, 1, kept)
        yield flowc(build, task, 2, kept)
    if peers is None:
        return
    for module, label in [("duckdb", "DuckDB"), ("chdb", "ClickHouse"), ("polars", "Polars")]:
        if module not in peers or task == "y" or (module == "polars" and task == "t4"):
            continue
        for threads in (1, 2):
            yield python_peer(python, module, label, task, threads)
    for contestant in tools(task, extension):
        if shutil.which(str(contestant.command("")[0])):
            yield contestant
