#!/usr/bin/env python3
"""A task in ClickHouse, embedded: chdb_task.py TASK FILE THREADS, NDJSON on standard output."""

import sys

import chdb

COLUMNS = ("ts DateTime64(3), user Int64, page String, country String, status Int64, "
           "latency_ms Float64")
TIME = "concat(replaceOne(toString({}), ' ', 'T'), 'Z')"
REQUEST = r'^\\S+ \\S+ \\S+ \\[[^\\]]+\\] "([A-Z]+) [^"]*" (\\d{3}) (\\d+) '

QUERIES = {
    "t1": f"""select {TIME.format('at')} as ts, user, page, status
              from (select ts as at, user, page, status from rows) where status >= 500""",
    "t2": """select country, splitByChar('/', page)[2] as section, count() as n,
                    avg(latency_ms) as mean_ms, quantileExactInclusive(0.99)(latency_ms) as p99_ms
             from rows group by country, section""",
    "t3": f"""select {TIME.format('toDateTime64(minute, 3)')} as window_start,
                     {TIME.format('toDateTime64(minute + 60, 3)')} as window_end, page, views
              from (select minute, page, views,
                           rank() over (partition by minute order by views desc) as place
                    from (select toStartOfMinute(ts) as minute, page, count() as views
                          from rows group by minute, page))
              where place <= 10""",
    "t4": f"""select p[1] as method, toInt64(p[2]) as status, count() as requests,
                     sum(toInt64(p[3])) as bytes
              from (select extractGroups(line, '{REQUEST}') as p from rows)
              group by method, status""",
}


def source(path):
    if path.endswith(".log"):
        return f"file('{path}', 'LineAsString', 'line String')"
    kind = "CSVWithNames" if path.endswith(".csv") else "JSONEachRow"
    return f"file('{path}', '{kind}', '{COLUMNS}')"


def main():
    task, path, threads = sys.argv[1:]
    settings = (f"max_threads = {threads}, session_timezone = 'UTC', "
                "date_time_input_format = 'best_effort', "
                "input_format_skip_unknown_fields = 1, "
                "output_format_json_quote_64bit_integers = 0")
    query = QUERIES[task].replace("from rows", f"from {source(path)}")
    sys.stdout.write(str(chdb.query(f"{query} settings {settings}", "JSONEachRow")))


if __name__ == "__main__":
    main()
