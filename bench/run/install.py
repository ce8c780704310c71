"""Peers from the registries, installed when they are asked for; what cannot be had is left out."""

import os
import shutil
import subprocess
import sys

MODULES = ["duckdb", "chdb", "polars"]
PROGRAMS = {"jq": "jq", "mlr": "miller", "mawk": "mawk", "sqlite3": "sqlite3"}  # Debian's packages


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def quiet(command):
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=600).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def has_module(python, module):
    return quiet([str(python), "-c", f"import importlib.util as u; assert u.find_spec('{module}')"])


def python_peers(folder):
    """An interpreter in `folder`, and the modules that it has."""
    python = folder / "bin" / "python3"
    if not python.exists():
        quiet([sys.executable, "-m", "venv", str(folder)])
    for module in MODULES:
        if not has_module(python, module):
            say(f"installing {module}")
            quiet([str(python), "-m", "pip", "install", "-q", module])
    there = [module for module in MODULES if has_module(python, module)]
    for module in set(MODULES) - set(there):
        say(f"{module} is left out: the package cannot be installed here")
    return python, there


def programs():
    missing = {program: package for program, package in PROGRAMS.items()
               if shutil.which(program) is None}
    if missing and shutil.which("apt-get"):
        say(f"installing {' '.join(missing.values())}")
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        quiet([*sudo, "apt-get", "install", "-qq", "-y", "--no-install-recommends",
               *missing.values()])
    for program in missing:
        if shutil.which(program) is None:
            say(f"{program} is left out: the package cannot be installed here")
