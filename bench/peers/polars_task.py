#!/usr/bin/env python3
"""A task in Polars: polars_task.py TASK FILE THREADS, result as NDJSON on standard output."""

import os
import sys

TIME = "%Y-%m-%dT%H:%M:%S%.3fZ"


def rows(pl, path, columns):
    types = {"ts": pl.String, "user": pl.Int64, "page": pl.String, "country": pl.String,
             "status": pl.Int64, "latency_ms": pl.Float64}
    if path.endswith(".csv"):
        return pl.scan_csv(path, schema_overrides=types).select(columns)
    return pl.scan_ndjson(path, schema={name: types[name] for name in columns})


def parsed(pl, name):
    return pl.col(name).str.to_datetime(TIME, time_unit="ms")


def t1(pl, path):
    found = rows(pl, path, ["ts", "user", "page", "status"]).filter(pl.col("status") >= 500)
    return found.with_columns(parsed(pl, "ts").dt.strftime(TIME))


def t2(pl, path):
    section = pl.col("page").str.split("/").list.get(1).alias("section")
    latency = pl.col("latency_ms")
    return rows(pl, path, ["page", "country", "latency_ms"]).group_by("country", section).agg(
        pl.len().alias("n"), latency.mean().alias("mean_ms"),
        latency.quantile(0.99, "linear").alias("p99_ms"))


def t3(pl, path):
    minute = parsed(pl, "ts").dt.truncate("1m").alias("minute")
    counts = rows(pl, path, ["ts", "page"]).group_by(minute, "page").agg(
        pl.len().alias("views"))
    place = pl.col("views").rank("min", descending=True).over("minute")
    return counts.filter(place <= 10).select(
        pl.col("minute").dt.strftime(TIME).alias("window_start"),
        pl.col("minute").dt.offset_by("1m").dt.strftime(TIME).alias("window_end"), "page", "views")


def main():
    task, path, threads = sys.argv[1:]
    os.environ["POLARS_MAX_THREADS"] = threads
    import polars  # reads the number of threads
    frame = {"t1": t1, "t2": t2, "t3": t3}[task](polars, path).collect()
    frame.write_ndjson(sys.stdout.buffer)


if __name__ == "__main__":
    main()
