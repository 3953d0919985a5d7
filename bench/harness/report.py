"""The table on the terminal, results.json, and the table of the documentation."""

import datetime
import json
import os
import pathlib
import re

from harness.figures import quantity

HEADINGS = ("what", "ours", "reference", "theirs", "ratio", "target", "")
_MARKS = ("<!-- figures -->", "<!-- end of figures -->")
_BUSY_LOAD = 1.0


def environment(program_version):
    processors = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", processors)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": model[1] if model else "unknown",
        "cores": len(os.sched_getaffinity(0)),
        "load_at_start": round(os.getloadavg()[0], 2),
        "program": program_version,
    }


def describe(machine):
    text = (
        f"{machine['program']} on {machine['cores']} cores of {machine['processor']}, "
        f"load {machine['load_at_start']} at the start, {machine['date']}"
    )
    if machine["load_at_start"] > _BUSY_LOAD:
        text += "\nWARNING: other programs were using the machine; expect worse figures, " \
                "most of all the p99 and wall times"  # fmt: skip
    return text


def cells(row):
    ratio = "" if row["ratio"] is None else f"{quantity(row['ratio'], '')}"
    return (row["what"], quantity(row["ours"], row["unit"]), row["reference"],
            quantity(row["theirs"], row["unit"]), ratio, row["target"] or "",
            row["verdict"] or "")  # fmt: skip


def table(rows):
    lines = [HEADINGS, *map(cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    texts = []
    for line in lines:
        padded = [
            cell.rjust(width) if column in (1, 3, 4) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths))
        ]
        texts.append("  ".join(padded).rstrip())
    return "\n".join([texts[0], "-" * max(map(len, texts)), *texts[1:]])


def write_results(path, machine, rows):
    results = {"machine": machine, "rows": rows}
    path.write_text(json.dumps(results, indent=1) + "\n")


def fill_in(document, results):
    """Puts the figures between the marks of the document."""
    text = document.read_text()
    head, rest = text.split(_MARKS[0])
    tail = rest.split(_MARKS[1])[1]
    lines = [f"{describe(results['machine'])}.", ""]
    lines += ["| " + " | ".join(HEADINGS[:-1]) + " | |", "| --- " * len(HEADINGS) + "|"]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in results["rows"]]
    document.write_text(f"{head}{_MARKS[0]}\n" + "\n".join(lines) + f"\n{_MARKS[1]}{tail}")
