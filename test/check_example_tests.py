#!/usr/bin/env python3
"""Runs the tests that stand in the scripts of examples/ (`flowc test examples`).

A script that uses what docs/status.md lists as not built yet (E09xx) is passed over, by name.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def is_later(result):
    codes = re.findall(r"^error\[(\w+)\]", result.get("message", ""), re.MULTILINE)
    return result["result"] == "broken" and codes and all(c.startswith("E09") for c in codes)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowc", required=True)
    options = parser.parse_args()
    done = subprocess.run([options.flowc, "test", "--json", "examples"], cwd=ROOT, timeout=120,
                          stdout=subprocess.PIPE, check=False)
    results = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    later = [result for result in results if is_later(result)]
    failed = [r for r in results if r["result"] != "passed" and r not in later]
    for result in later:
        print(f"{result['file']}: uses what is not built yet")
    for result in failed:
        print(json.dumps(result, indent=2))
    passed = sum(r["result"] == "passed" for r in results)
    print(f"examples: {passed} tests passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
