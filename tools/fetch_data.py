#!/usr/bin/env python3
"""Fetches the larger data sets of the examples into data/, which git ignores.

Small sets are committed under examples/data; these are not. Every archive and every file taken from
it is checked against its SHA-256 before anything else looks at it.
"""

import argparse
import hashlib
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "data"


def as_is(content):
    return content


def json_array_to_lines(content):
    """One record a line, as streams have it; the fields are left as they are."""
    lines = (json.dumps(record, separators=(",", ":")) for record in json.loads(content))
    return ("\n".join(lines) + "\n").encode()


# vega-datasets: BSD-3-Clause; the two sets are works of the United States government.
# The archive comes by its name through the package manager.
ARCHIVE = "vega-datasets@2.11.0"
ARCHIVE_SHA256 = "d888f3d9f0a9799a2f6066e5dbe5ed40eb86f75b4568b493d9bdd55e9652050a"

# (file in data/, member of the archive, conversion, SHA-256 of the result, what it is)
FILES = [
    ("birdstrikes.csv", "package/data/birdstrikes.csv", as_is,
     "45777edf69984b37599e73dbfb34dbc976055243547407214261a4fcb9466462",
     "10,000 wildlife strikes reported by pilots, Federal Aviation Administration"),
    ("flights.ndjson", "package/data/flights-200k.json", json_array_to_lines,
     "95de0effda4f8584e22d7869d700807f4dfb4c7be09ed3f2a9e123b6d8900525",
     "231,083 flights of 2001, Bureau of Transportation Statistics"),
]


def digest(content):
    return hashlib.sha256(content).hexdigest()


def there(name, sha256):
    path = DATA / name
    return path.exists() and digest(path.read_bytes()) == sha256


def packed():
    if shutil.which("npm") is None:
        sys.exit("data: needs npm (Debian package npm), or --archive with the packed file")
    print(f"data: fetching {ARCHIVE}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="flow-data-") as folder:
        subprocess.run(["npm", "pack", "--silent", ARCHIVE], cwd=folder, check=True, timeout=300,
                       stdout=subprocess.DEVNULL)
        return next(pathlib.Path(folder).glob("*.tgz")).read_bytes()


def fetched(local):
    if local:
        content = local.read_bytes()
    else:
        content = packed()
    if digest(content) != ARCHIVE_SHA256:
        sys.exit(f"data: {local or ARCHIVE} has SHA-256 {digest(content)}, not {ARCHIVE_SHA256}")
    return tarfile.open(fileobj=io.BytesIO(content))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archive", type=pathlib.Path, help="take this file, do not download")
    options = parser.parse_args()
    missing = [row for row in FILES if not there(row[0], row[3])]
    if missing:
        DATA.mkdir(exist_ok=True)
        archive = fetched(options.archive)
        for name, member, convert, sha256, _ in missing:
            content = convert(archive.extractfile(member).read())
            if digest(content) != sha256:
                sys.exit(f"data: {name} came out with SHA-256 {digest(content)}, not {sha256}")
            aside = DATA / (name + ".part")
            aside.write_bytes(content)
            aside.rename(DATA / name)
    for name, _, _, _, what in FILES:
        print(f"data/{name}: {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
