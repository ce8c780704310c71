#!/usr/bin/env python3
"""Makes the invented data sets of examples/data: the same bytes on every run.

They stand in for live sources (topics, sensors, a growing log), so they have what those have:
records that cannot be read, repeated records, records out of order and late ones.
"""

import csv
import datetime
import json
import pathlib
import random

DATA = pathlib.Path(__file__).resolve().parent.parent / "examples" / "data"
NOON = datetime.datetime(2024, 3, 7, 12, tzinfo=datetime.timezone.utc)


def at(seconds):
    time = NOON + datetime.timedelta(milliseconds=round(seconds * 1000))
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


def arriving(dice, rows, delay):
    """Rows in the order in which they arrive: each up to `delay` seconds after its time."""
    return [row for _, row in sorted(((time + dice.random() * delay, row) for time, row in rows),
                                     key=lambda pair: pair[0])]


def lines(name, rows):
    with open(DATA / name, "w", encoding="utf-8") as out:
        for row in rows:
            out.write((row if isinstance(row, str) else json.dumps(row)) + "\n")


def application_log():
    """Ten minutes of three services; `api` fails often from minute 4 to 6; some lines are cut."""
    dice = random.Random("application log")
    rows, time = [], 0.0
    while time < 600:
        time += dice.expovariate(1.0)
        svc = dice.choice(["api", "api", "billing", "search"])
        failing = 0.25 if svc == "api" and 240 <= time < 360 else 0.02
        level = dice.choice(["info", "info", "debug", "warn"])
        level = "error" if dice.random() < failing else level
        row = {"ts": at(time), "svc": svc, "level": level}
        if level in ("error", "warn"):
            row["msg"] = dice.choice(["timeout", "refused", "slow answer", "retry"])
        rows.append((time, row))
    out = arriving(dice, rows, 3.0)
    out[100] = json.dumps(out[100])[:25]                # cut in the middle
    out[300] = {**out[300], "level": "fatal"}           # not one of the levels
    out.insert(450, {**out[200], "level": "error"})     # minutes late
    lines("app.ndjson", out)


def requests():
    dice = random.Random("requests")
    out, time = [], 0.0
    for _ in range(250):
        time += dice.expovariate(0.5)
        row = {"ts": at(time), "path": dice.choice(["/", "/cart", "/health", "/health/db", "/pay"]),
               "status": dice.choice([200, 200, 200, 304, 404, 500, 503])}
        if dice.random() < 0.6:
            row["user"] = {"id": dice.randrange(100, 120)}
        out.append(row)
    lines("requests.ndjson", out)


def clicks():
    """A day of visits; one in twenty clicks is delivered twice; one visitor never pauses."""
    dice = random.Random("clicks")
    pages = ["/", "/search", "/item", "/cart", "/pay", "/help"]
    rows = []
    for number in range(25):
        time = dice.random() * 8 * 3600
        for _ in range(dice.randrange(1, 4)):
            for _ in range(dice.randrange(1, 9)):
                rows.append((time, {"user": f"u{number:02}", "page": dice.choice(pages),
                                    "ts": at(time)}))
                time += dice.expovariate(1 / 240)
            time += dice.random() * 2 * 3600
    for step in range(60):
        rows.append((step * 600.0, {"user": "robot", "page": "/search", "ts": at(step * 600)}))
    rows += [(time + 1, row) for time, row in rows if dice.random() < 0.05]
    lines("clicks.ndjson", arriving(dice, rows, 20.0))


def ad_events():
    dice = random.Random("ad events")
    ads = [(f"ad{number:03}", f"campaign{number // 10}") for number in range(60)]
    with open(DATA / "ads.csv", "w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([("ad_id", "campaign_id"), *ads])
    rows, time = [], 0.0
    while time < 60:
        time += dice.expovariate(15)
        ad = f"ad{dice.randrange(65):03}"                # the last five are not in the table
        rows.append((time, {
            "user_id": f"u{dice.randrange(90)}", "page_id": f"p{dice.randrange(30)}", "ad_id": ad,
            "ad_type": dice.choice(["banner", "modal", "mail"]),
            "event_type": dice.choice(["view", "view", "click", "purchase"]),
            "event_time": at(time), "ip": f"10.0.{dice.randrange(9)}.{dice.randrange(250)}"}))
    lines("ad_events.ndjson", arriving(dice, rows, 0.9))


def payments():
    """Everyday payments of 40 cards; every fourth card is probed, and most of those then robbed."""
    dice = random.Random("payments")
    rows = []

    def pay(card, time, amount, country):
        rows.append((time, {"card": card, "amount": round(amount, 2), "country": country,
                            "ts": at(time)}))

    for number in range(40):
        card, home = f"card{number:02}", dice.choice(["DE", "ES", "FR"])
        for _ in range(dice.randrange(3, 12)):
            pay(card, dice.random() * 3600, dice.uniform(5, 900), home)
        if number % 4:
            continue
        time = 300 + dice.random() * 2400
        for _ in range(dice.randrange(2, 6)):            # two are too few
            pay(card, time, dice.uniform(0.01, 1.99), "NL")
            time += dice.uniform(5, 100)
        pay(card, time + dice.choice([20, 20, 1200]), dice.uniform(600, 3000),
            dice.choice(["US", "US", "NL"]))
    lines("payments.ndjson", arriving(dice, rows, 1.5))


def readings():
    """Five minutes of thermometers: Fahrenheit, silent, broken, much too late."""
    dice = random.Random("readings")
    rows = []
    for device in range(6):
        unit = "F" if device % 3 == 2 else "C"
        for tick in range(60):
            time = tick * 5 + dice.random()
            temp = 20 + device + dice.gauss(0, 0.5)
            value = round(temp * 1.8 + 32 if unit == "F" else temp, 2)
            if dice.random() < 0.03:
                value = None
            elif dice.random() < 0.02:
                value = 999.0
            rows.append((time, {"device": f"t{device}", "ts": at(time), "temp": value,
                                "unit": unit}))
    out = arriving(dice, rows, 8.0)
    for place in (50, 180):
        out[place] = {**out[place], "unit": "K"}
    out[120] = json.dumps(out[120])[:-1]
    out += [out.pop(40), out.pop(90)]
    lines("readings.ndjson", out)


if __name__ == "__main__":
    application_log()
    requests()
    clicks()
    ad_events()
    payments()
    readings()
