"""The README's tour, command for command, against a fresh registry with the example agents: every
command works, and what it prints has the shape of what the README shows."""

import json
import pathlib
import re
import subprocess

from support.registry import new_registry

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ADDRESS = "http://127.0.0.1:8000"
# What differs from run to run: ids and secrets.
VARYING = re.compile(r"did:agentvault:[0-9a-f-]{36}|agent-[0-9a-f]{16}|avcs_[\w-]{43}|avrec-[\w-]+")


def tour():
    """(command, what the README shows of its output, or None) in order."""
    text = (ROOT / "README.md").read_text()
    text = text[text.index("## Five-minute tour of the registry") : text.index("### More agents")]
    blocks = re.findall(r"```(sh|json)\n(.*?)```", text, re.DOTALL)
    steps = []
    for kind, block in blocks:
        if kind == "sh":
            steps.append([block, None])
        else:
            steps[-1][1] = block
    return steps


def documents(text):
    """The JSON documents in a text, one after the other, with what varies struck out."""
    decoder, found = json.JSONDecoder(), []
    text = VARYING.sub("*", text).strip()
    while text:
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:].lstrip()
    return found


def test_the_tour_does_what_it_shows():
    steps = tour()
    assert len(steps) >= 7
    with new_registry(arguments=["--examples"]) as registry:
        run_tour(steps, registry)


def run_tour(steps, registry):
    # One shell for all, as a reader has; a line of its own tells where a step's output ends.
    script = "set -e\n" + "\necho ===\n".join(command for command, _ in steps)
    done = subprocess.run(
        ["bash", "-c", script.replace(ADDRESS, registry.url)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    outputs = done.stdout.split("===\n")
    for (command, shown), output in zip(steps, outputs, strict=True):
        if shown is not None:
            assert documents(output) == documents(shown), command
