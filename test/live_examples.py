"""Witnesses in plain Python for the examples that stand for live pipelines (examples/12 to 18).

Each gives {file: rows}, "" for standard output; a row may name some columns only. Rows have no
order. Watermarks are computed here row by row, as semantics.md 27 and 28 say, over one file.
"""

import collections
import csv
import datetime
import json
import pathlib
import re

DATA = pathlib.Path(__file__).resolve().parent.parent / "examples" / "data"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def ms(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (at - EPOCH) // datetime.timedelta(milliseconds=1)


def stamp(value):
    at = EPOCH + datetime.timedelta(milliseconds=value)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value % 1000:03}Z"


def duration(value):
    """Milliseconds as the language writes them: `1h30m`, `45s`, `0s`."""
    text = ""
    for unit, size in (("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000),
                       ("s", 1000), ("ms", 1)):
        count, value = divmod(value, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def read(name):
    """(line, row) of a file; row is None where the line is no JSON."""
    with open(DATA / name, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield number, json.loads(line)
            except ValueError:
                yield number, None


def windows(rows, size, delay, time="ts"):
    """Groups rows by tumbling window; gives (groups, late rows)."""
    groups, late, newest = collections.defaultdict(list), [], None
    for row in rows:
        at = ms(row[time])
        start = at // size * size
        if newest is not None and start + size <= newest - delay:
            late.append(row)
        else:
            groups[start].append(row)
        newest = at if newest is None else max(newest, at)
    return groups, late


def error_rate():
    good, bad = [], []
    for line, row in read("app.ndjson"):
        if row is None or row["level"] not in ("debug", "info", "warn", "error"):
            bad.append({"source": "logs", "line": line})
        else:
            good.append(row)
    out = []
    for start, rows in windows(good, 60_000, 5_000)[0].items():
        for svc in {row["svc"] for row in rows}:
            levels = [row["level"] for row in rows if row["svc"] == svc]
            errors = levels.count("error")
            out.append({"window_start": stamp(start), "window_end": stamp(start + 60_000),
                        "svc": svc, "total": len(levels), "errors": errors,
                        "rate": errors / len(levels)})
    return {"": [row for row in out if row["rate"] > 0.05], "bad.jsonl": bad}


def one_liner():
    return {"": [{"ts": row["ts"], "path": row["path"], "uid": row.get("user", {}).get("id")}
                 for _, row in read("requests.ndjson")
                 if row["status"] >= 500 and not re.search("^/health", row["path"])]}


def click_sessions():
    order = sorted((ms(row["ts"]), n, row) for n, (_, row) in enumerate(read("clicks.ndjson")))
    seen, visits = set(), collections.defaultdict(list)
    for at, _, row in order:  # equal `ts` are never a minute apart
        if (row["user"], row["page"], at) not in seen:
            seen.add((row["user"], row["page"], at))
            visits[row["user"]].append((at, row["page"]))
    out = []
    for user, rows in visits.items():
        sessions = [[rows[0]]]
        for at, page in rows[1:]:
            last = sessions[-1]
            if at - last[-1][0] >= 1_800_000 or at - last[0][0] >= 28_800_000:
                sessions.append([])
            sessions[-1].append((at, page))
        for session in sessions:
            first, last = session[0][0], session[-1][0]
            out.append({"window_start": stamp(first),
                        "window_end": stamp(min(last + 1_800_000, first + 28_800_000)),
                        "user": user, "clicks": len(session), "pages": len({p for _, p in session}),
                        "entry": session[0][1], "exit": session[-1][1], "began": stamp(first),
                        "ended": stamp(last), "length": duration(last - first)})
    return {"": out}


def ad_views():
    with open(DATA / "ads.csv", encoding="utf-8") as lines:
        campaigns = {row["ad_id"]: row["campaign_id"] for row in csv.DictReader(lines)}
    rows = [row for _, row in read("ad_events.ndjson")]
    out = []
    for start, views in windows(rows, 10_000, 1_000, "event_time")[0].items():
        groups = collections.defaultdict(list)
        for row in views:
            if row["event_type"] == "view" and row["ad_id"] in campaigns:
                groups[campaigns[row["ad_id"]]].append(ms(row["event_time"]))
        out += [{"window_start": stamp(start), "window_end": stamp(start + 10_000),
                 "campaign_id": campaign, "views": len(times), "updated": stamp(max(times))}
                for campaign, times in groups.items()]
    return {"": out}


def card_fraud():
    cards = collections.defaultdict(list)
    order = sorted((ms(r["ts"]), n, r) for n, (_, r) in enumerate(read("payments.ndjson")))
    for at, _, row in order:
        cards[row["card"]].append((at, row))
    out = []
    for card, rows in cards.items():
        probes = []
        for at, row in rows:
            near = [(t, r) for t, r in probes if at - t < 600_000]
            if (row["amount"] > 500 and len(near) >= 3
                    and row["country"] != near[-1][1]["country"]):
                # All probes of a card are from one country, so which of them is last is no matter.
                assert len({r["country"] for _, r in near}) == 1
                out.append({"card": card, "probes": len(near), "amount": row["amount"],
                            "country": row["country"], "at": row["ts"]})
                probes = []
            elif row["amount"] < 2:
                probes.append((at, row))
    return {"": out}


def thermometers():
    garbled, dead, good, newest, late = [], [], [], None, []
    groups = collections.defaultdict(list)
    for line, row in read("readings.ndjson"):
        # What the pipeline reads of a record decides whether it can be: `unit` only where there is
        # a `temp`, and the time always.
        if row is None or row["temp"] is not None and row["unit"] not in ("C", "F"):
            garbled.append({"source": "readings", "line": line, "stage": "source readings"})
            continue
        good.append((line, row))
    for line, row in good:
        at = ms(row["ts"])
        watermark = None if newest is None else newest - 10_000
        newest = at if newest is None else max(newest, at)
        temp = row["temp"]
        if temp is None:
            continue
        temp = (temp - 32) / 1.8 if row["unit"] == "F" else temp
        start = at // 60_000 * 60_000
        if not -90 < temp < 200:
            dead.append({"source": "readings", "line": line, "stage": "assert"})
        elif watermark is not None and start + 60_000 <= watermark:
            late.append({"device": row["device"], "ts": row["ts"], "why": "late"})
        else:
            groups[start, row["device"]].append(temp)
    minutes = [{"window_start": stamp(start), "window_end": stamp(start + 60_000),
                "device": device, "mean": sum(temps) / len(temps), "peak": max(temps),
                "n": len(temps)} for (start, device), temps in groups.items()]
    return {"minutes.csv": minutes, "dead.jsonl": garbled + dead, "late.jsonl": late}


def hot_items(bids):
    """From (dateTime, auction, bidder, price, extra) of every bid."""
    counts, best = collections.defaultdict(collections.Counter), collections.defaultdict(list)
    for bid in bids:
        at = ms(bid["dateTime"])
        first = at // 2_000 * 2_000
        for start in range(first - 8_000, first + 1, 2_000):
            counts[start][bid["auction"]] += 1
        best[at // 10_000].append(bid)
    hot = [{"auction": auction, "num": num} for window in counts.values()
           for auction, num in window.items() if num == max(window.values())]
    highest = []
    for window in best.values():
        top = max(bid["price"] for bid in window)
        highest += [bid for bid in window if bid["price"] == top]
    return {"hot.jsonl": hot, "highest.jsonl": highest}
