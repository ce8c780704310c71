#!/usr/bin/env python3
"""A task in DuckDB: duckdb_task.py TASK FILE THREADS, result as NDJSON on standard output."""

import sys

import duckdb

COLUMNS = {"ts": "TIMESTAMP", "user": "BIGINT", "page": "VARCHAR", "country": "VARCHAR",
           "status": "BIGINT", "latency_ms": "DOUBLE"}
TIME = "strftime({}, '%Y-%m-%dT%H:%M:%S.%gZ')"
REQUEST = r'^\S+ \S+ \S+ \[[^\]]+\] "([A-Z]+) [^"]*" (\d{3}) (\d+) '

QUERIES = {
    "t1": f"""select {TIME.format('ts')} as ts, "user", page, status from rows
              where status >= 500""",
    "t2": """select country, split_part(page, '/', 2) as section, count(*) as n,
                    avg(latency_ms) as mean_ms, quantile_cont(latency_ms, 0.99) as p99_ms
             from rows group by all""",
    "t3": f"""select {TIME.format('minute')} as window_start,
                     {TIME.format("minute + interval '1 minute'")} as window_end, page, views
              from (select date_trunc('minute', ts) as minute, page, count(*) as views
                    from rows group by all)
              qualify rank() over (partition by minute order by views desc) <= 10""",
    "t4": f"""select p.method as method, cast(p.status as bigint) as status,
                     count(*) as requests, cast(sum(cast(p.bytes as bigint)) as bigint) as bytes
              from (select regexp_extract(line, '{REQUEST}', ['method', 'status', 'bytes']) as p
                    from rows) group by all""",
}


def source(path):
    if path.endswith(".log"):
        return (f"read_csv('{path}', columns={{'line': 'VARCHAR'}}, header=false, "
                "auto_detect=false, delim='\x01', quote='', escape='')")
    if path.endswith(".csv"):
        return f"read_csv('{path}', types={COLUMNS})"
    return f"read_json('{path}', format='newline_delimited', columns={COLUMNS})"


def main():
    task, path, threads = sys.argv[1:]
    base = duckdb.connect(config={"threads": int(threads)})
    base.execute(f"create view rows as select * from {source(path)}")
    base.execute(f"copy ({QUERIES[task]}) to '/dev/stdout' (format json)")


if __name__ == "__main__":
    main()
