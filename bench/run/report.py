"""Tables on the terminal, docs/benchmarks.md and its pictures."""

import datetime
import html
import os
import platform
import re

import measure

OURS = "flowc, 1 thread"
KEPT = OURS + ", code kept"


class Table:
    """One task over one format: who took how long."""

    def __init__(self, title, size):
        self.title = title
        self.size = size
        self.rows = []  # (name, median MB/s, Spread of flowc's speed over theirs)

    def add(self, times, size):
        ours = times[OURS]
        for name, seconds in times.items():
            if name == OURS and any(row[0] == OURS for row in self.rows):
                continue
            # Two threads are held against two, where flowc has them.
            two = "flowc, 2 threads"  # which compiles, too
            base = times[two] if name.endswith("2 threads") and name != two else ours
            spread = measure.ratio(base, seconds)
            self.rows.append((name, size / 1e6 / measure.Spread.of(seconds).median, spread))
        if KEPT in times:
            seconds = times["by hand"]
            self.rows.append(("by hand, beside code kept",
                              size / 1e6 / measure.Spread.of(seconds).median,
                              measure.ratio(times[KEPT], seconds)))

    def lines(self):
        yield f"| {self.title}, {self.size / 1e6:,.0f} MB | MB/s | flowc's speed over theirs |"
        yield "|---|---:|---:|"
        for name, speed, spread in self.rows:
            ratio = (f"{spread.median:.2f} ({spread.least:.2f} to {spread.most:.2f})"
                     if name != OURS else "1")
            yield f"| {name} | {speed:,.0f} | {ratio} |"

    def show(self):
        print("\n".join(self.lines()), end="\n\n", flush=True)


def bars(title, rows):
    """A picture of horizontal bars: (name, value)."""
    left, width, line = 150, 420, 22
    most = max(value for _, value in rows)
    height = 40 + line * len(rows)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="{height}" '
           'font-family="sans-serif" font-size="12">',
           f'<text x="8" y="20" font-weight="bold">{html.escape(title)}</text>']
    for number, (name, value) in enumerate(rows):
        y = 32 + number * line
        colour = "#2f6db5" if name.startswith("flowc") else "#9aa4b0"
        out.append(f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{html.escape(name)}</text>'
                   f'<rect x="{left}" y="{y}" width="{max(1, width * value / most):.0f}" '
                   f'height="16" fill="{colour}"/>'
                   f'<text x="{left + width * value / most + 6:.0f}" y="{y + 13}">'
                   f'{value:,.0f}</text>')
    return "\n".join([*out, "</svg>", ""])


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            found = re.search(r"model name\s*:\s*(.*)", file.read())
        return found.group(1) if found else platform.machine()
    except OSError:
        return platform.machine()


class Report:
    def __init__(self, options):
        self.options = options
        self.load = os.getloadavg()[0]
        self.tables = []
        self.nexmark = []
        self.start = {}
        self.latency = []

    def write(self, docs):
        text = ["# Benchmarks", "",
                "Written by `./dev bench`; [bench/README.md](../bench/README.md) says what is "
                "measured and how. Times are of whole processes, start and compilation included "
                "(not for `code kept`, where each run has the machine code of the one before), "
                "input in the page cache, result thrown away. A ratio is that of two programs run "
                "in turn, round by round: its median, and in parentheses the least and the most. "
                "Machines differ, ratios less so.", "",
                f"Measured on {datetime.date.today()}, {processor()}, {os.cpu_count()} cores, load "
                f"of the machine before {self.load:.1f}; {self.options.rounds} rounds, "
                f"{self.options.rows:,} rows; slow peers over a tenth of them.", ""]
        for table in self.tables:
            name = "benchmarks/" + table.title.lower().replace(" ", "_") + ".svg"
            (docs / name).parent.mkdir(exist_ok=True)
            (docs / name).write_text(bars(f"{table.title}, MB/s of input",
                                          [(row[0], row[1]) for row in table.rows]))
            text += [f"## {table.title}", "", *table.lines(), "", f"![{table.title}]({name})", ""]
        if self.nexmark:
            text += ["## NEXMark and the Yahoo streaming benchmark", "",
                     "Both sides make the same events with the same generator, in memory; its "
                     "cost is in both.", "",
                     "| query | flowc, ns an event | by hand | flowc's speed over theirs |",
                     "|---|---:|---:|---:|"]
            text += [f"| {row.query} | {row.ours:.1f} | {row.theirs:.1f} | {row.spread.median:.2f} "
                     f"({row.spread.least:.2f} to {row.spread.most:.2f}) |" for row in self.nexmark]
            text.append("")
        if self.start:
            text += ["## Start", "", "From the start of the process to its end, one row.", "",
                     "| script | ms |", "|---|---:|"]
            text += [f"| {name} | {spread.median * 1000:.0f} |"
                     for name, spread in self.start.items()] + [""]
        if self.latency:
            text += ["## Latency", "",
                     "From a line written into a pipe to its row on standard output; rows that "
                     "came together count as the oldest of them.", "",
                     "| rows a second | p50, us | p99, us |", "|---:|---:|---:|"]
            text += [f"| {row['rate']:,} | {row['p50']:,.0f} | {row['p99']:,.0f} |"
                     for row in self.latency] + [""]
        (docs / "benchmarks.md").write_text("\n".join(text))
