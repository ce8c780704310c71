#!/usr/bin/env python3
"""Holds the pictures of docs/ against what `flowc plan --svg` prints now.

    tools/check_pictures.py --flowc build/release/flowc [--update]

A picture `![..](NAME.svg)` in a page shows the plan of the script in the last ```flow block above
it, which must be whole; its files need not exist. --update writes the pictures instead. A picture
that no page shows is a fault.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
PART = re.compile(r"^```flow\n(?P<script>.*?)^```$|^!\[[^\]]*\]\((?P<picture>[\w.]+\.svg)\)$",
                  re.MULTILINE | re.DOTALL)


def pictures_of(page):
    """(name of the picture, script) for each picture of the page."""
    script = None
    for part in PART.finditer(page.read_text(encoding="utf-8")):
        if part["script"] is not None:
            script = part["script"]
        else:
            yield part["picture"], script


def plan_of(flowc, name, script):
    """The picture, or None and what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / name
        path.write_text(script, encoding="utf-8")
        done = subprocess.run([flowc, "plan", name, "--svg"], cwd=folder, capture_output=True,
                              timeout=60, check=False)
    if done.returncode != 0:
        return None, done.stderr.decode("utf-8", "replace")
    return done.stdout, ""


def faults(flowc, update):
    shown = set()
    for page in sorted(DOCS.glob("*.md")):
        for picture, script in pictures_of(page):
            where = f"docs/{page.name}: {picture}"
            if picture in shown:
                yield f"{where} is shown twice"
                continue
            shown.add(picture)
            if script is None:
                yield f"{where} has no ```flow block above it"
                continue
            made, error = plan_of(flowc, picture.removesuffix(".svg") + ".flow", script)
            stored = DOCS / picture
            if made is None:
                yield f"{where}: its script has no plan\n{error}"
            elif update:
                stored.write_bytes(made)
            elif not stored.exists() or stored.read_bytes() != made:
                yield f"{where} is not what `flowc plan --svg` prints now: run with --update"
    for stored in sorted(DOCS.glob("*.svg")):
        if stored.name not in shown:
            yield f"docs/{stored.name}: no page shows it"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowc", required=True, type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    found = list(faults(options.flowc.resolve(), options.update))
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
