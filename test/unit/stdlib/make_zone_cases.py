#!/usr/bin/env python3
"""Writes the cases of zone_test.cpp, by Python's zoneinfo.

    test/unit/stdlib/make_zone_cases.py > test/unit/stdlib/zone_cases.txt
"""

import datetime
import random
import zoneinfo

ZONES = ["Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
         "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia", "Etc/GMT+5"]
rng = random.Random(7)
utc = datetime.timezone.utc

print("// Written by make_zone_cases.py: ZONE(name, seconds since 1970, offset in seconds)")
for name in ZONES:
    zone = zoneinfo.ZoneInfo(name)
    for _ in range(60):
        second = rng.randrange(-100000000, 6000000000)
        moment = datetime.datetime.fromtimestamp(second, utc).astimezone(zone)
        print(f'ZONE("{name}", {second}, {int(moment.utcoffset().total_seconds())})')
print("// DAY(seconds since 1970, year, month, day, hour, minute, second, weekday, ISO week, "
      "day of year)")
for _ in range(300):
    second = rng.randrange(-9000000000, 9000000000)
    t = datetime.datetime(1970, 1, 1, tzinfo=utc) + datetime.timedelta(seconds=second)
    print(f"DAY({second}, {t.year}, {t.month}, {t.day}, {t.hour}, {t.minute}, {t.second}, "
          f"{t.isoweekday()}, {t.isocalendar()[1]}, {t.timetuple().tm_yday})")
