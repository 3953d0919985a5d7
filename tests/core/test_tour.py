"""The README's tour of the Core, command for command: every command works, and prints what the README
shows of it."""

import os
import pathlib
import re
import subprocess

from support.core import PROGRAM

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# What differs from run to run: process ids and commits.
VARYING = re.compile(r"process \d+|[0-9a-f]{12,}")


def tour():
    """[commands, lines shown of their output] in order; the first block starts the Core."""
    text = (ROOT / "README.md").read_text()
    text = text[text.index("## Ten-minute tour of the Core") : text.index("**What protects you")]
    steps = []
    for kind, block in re.findall(r"```(sh|text)\n(.*?)```", text, re.DOTALL):
        if kind == "sh":
            steps.append([block, []])
        else:
            steps[-1][1] = block.splitlines()
    return steps[1:]


def is_shown(line, output):
    line = VARYING.sub("*", line)
    lines = [VARYING.sub("*", each) for each in output.splitlines()]
    if line.endswith("..."):
        return any(each.startswith(line[:-3].rstrip()) for each in lines)
    return line in lines


def test_the_tour_does_what_it_shows(idle_core, tmp_path):
    steps = tour()
    assert len(steps) >= 4
    documents = tmp_path / "Documents"
    documents.mkdir()
    (documents / "notes.txt").write_text("The tide is high at noon.\n")
    core = idle_core.start(TEXT_TOOLKIT_ROOT=str(documents))
    script = "set -e\n" + "\necho ===\n".join(commands for commands, _ in steps)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=core.environment(
            HOME=str(tmp_path), PATH=f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    outputs = done.stdout.split("===\n")
    for (commands, shown), output in zip(steps, outputs, strict=True):
        for line in shown:
            assert is_shown(line, output), f"{line!r} is not in the output of\n{commands}\n{output}"
