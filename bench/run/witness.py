"""The answers of the tasks in plain Python, as slow and as obvious as they can be."""

import collections
import csv
import datetime
import fractions
import json
import math
import re


def records(path):
    if path.suffix == ".csv":
        with open(path, newline="") as file:
            yield from csv.DictReader(file)
    else:
        with open(path) as file:
            for line in file:
                if line.strip():
                    yield json.loads(line)


def milliseconds(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    return (moment - datetime.datetime(1970, 1, 1)) // datetime.timedelta(milliseconds=1)


def time_text(ms):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"


def t1(path):
    for row in records(path):
        if int(row["status"]) >= 500:
            yield {"ts": row["ts"], "user": int(row["user"]), "page": row["page"],
                   "status": int(row["status"])}


def quantile(values, q):
    values = sorted(values)
    rank = (len(values) - 1) * q
    low = math.floor(rank)
    if rank == low:
        return values[low]
    return values[low] + (values[low + 1] - values[low]) * (rank - low)


def t2(path):
    groups = collections.defaultdict(list)
    for row in records(path):
        section = (row["page"].split("/") + [""])[1]
        groups[row["country"], section].append(float(row["latency_ms"]))
    for (country, section), values in groups.items():
        total = float(sum(fractions.Fraction(value) for value in values))
        yield {"country": country, "section": section, "n": len(values),
               "mean_ms": total / len(values), "p99_ms": quantile(values, 0.99)}


def t3(path):
    minutes = collections.defaultdict(collections.Counter)
    newest = -math.inf
    for row in records(path):
        ms = milliseconds(row["ts"])
        minute = ms // 60_000
        if (minute + 1) * 60_000 > newest - 3_000:
            minutes[minute][row["page"]] += 1
        newest = max(newest, ms)
    for minute, pages in minutes.items():
        ranked = sorted(pages.values(), reverse=True)
        least = ranked[min(9, len(ranked) - 1)]
        for page, views in pages.items():
            if views >= least:
                yield {"window_start": time_text(minute * 60_000),
                       "window_end": time_text((minute + 1) * 60_000), "page": page,
                       "views": views}


REQUEST = re.compile(r'^\S+ \S+ \S+ \[[^\]]+\] "([A-Z]+) [^"]*" (\d{3}) (\d+) ')


def t4(path):
    groups = collections.defaultdict(lambda: [0, 0])
    with open(path) as file:
        for line in file:
            method, status, size = REQUEST.match(line).groups()
            group = groups[method, int(status)]
            group[0] += 1
            group[1] += int(size)
    for (method, status), (requests, size) in groups.items():
        yield {"method": method, "status": status, "requests": requests, "bytes": size}


def y(path):
    campaign_of = {row["ad_id"]: row["campaign_id"] for row in records(path.with_name("ads.csv"))}
    windows = collections.Counter()
    for row in records(path):
        if row["event_type"] == "view" and row["ad_id"] in campaign_of:
            windows[milliseconds(row["event_time"]) // 10_000, campaign_of[row["ad_id"]]] += 1
    for (window, campaign), views in windows.items():
        yield {"window_start": time_text(window * 10_000),
               "window_end": time_text((window + 1) * 10_000), "campaign_id": campaign,
               "views": views}


TASKS = {"t1": t1, "t2": t2, "t3": t3, "t4": t4, "y": y}
