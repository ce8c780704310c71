"""Runs commands in turn and tells how long each took."""

import dataclasses
import os
import statistics
import subprocess
import time


@dataclasses.dataclass
class Spread:
    least: float
    median: float
    most: float

    @staticmethod
    def of(values):
        return Spread(min(values), statistics.median(values), max(values))


def environment():
    """The same for all: no colours, one time zone, no settings of the user's."""
    return {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}


def words(command):
    return [str(word) for word in command]


def answer(command):
    done = subprocess.run(words(command), capture_output=True, text=True, env=environment())
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"exit code {done.returncode}: {last}")
    return done.stdout


def seconds(command):
    start = time.perf_counter()
    subprocess.run(words(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
                   env=environment())
    return time.perf_counter() - start


def in_turn(commands, rounds):
    """{name: [seconds of each round]}: A B C, A B C, .. after one round that warms up."""
    times = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            took = seconds(command)
            if number > 0:
                times[name].append(took)
    return times


def ratio(ours, theirs):
    """How many times as fast as `theirs` we are, round by round."""
    return Spread.of([b / a for a, b in zip(ours, theirs)])
