#!/bin/sh
# run.sh BUILD [SECONDS]: runs every fuzzer of a build for so long, from its corpus. What it finds
# stands in BUILD/fuzz-found, with the seed that leads there.
set -eu
build="$1"
seconds="${2:-60}"
here="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "$build/fuzz-found"
for fuzzer in "$build"/fuzz-*; do
  [ -x "$fuzzer" ] && [ -f "$fuzzer" ] || continue
  name="${fuzzer##*/fuzz-}"
  mkdir -p "$build/corpus/$name" "$here/corpus/$name"
  echo "fuzz: $name for $seconds s"
  "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
    -verbosity=0 -artifact_prefix="$build/fuzz-found/$name-" \
    "$build/corpus/$name" "$here/corpus/$name"
done
