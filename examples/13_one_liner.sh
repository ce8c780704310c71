#!/bin/sh
# On the shell: failed requests, without the probes of the monitoring.
flowc -e 'where status >= 500 and path !~ r"^/health" |> select ts, path, user?.id as uid' \
  < examples/data/requests.ndjson
