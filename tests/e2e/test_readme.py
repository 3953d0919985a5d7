"""The README's tours of the registry, command for command: every command works, and what it prints
has the shape of what the README shows."""

import contextlib
import json
import pathlib
import re
import socket
import subprocess

from support.programs import BIN_DIR, TemporaryFolder, clean_environment, tied_to_us
from support.registry import new_registry

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ADDRESS = "http://127.0.0.1:8000"
# What differs from run to run: ids and secrets.
VARYING = re.compile(r"did:agentvault:[0-9a-f-]{36}|agent-[0-9a-f]{16}|avcs_[\w-]{43}|avrec-[\w-]+|avfed_[\w-]{43}")


def tour(heading, next_heading):
    """(command, what the README shows of its output, or None) in order."""
    text = (ROOT / "README.md").read_text()
    text = text[text.index(heading) : text.index(next_heading)]
    blocks = re.findall(r"```(sh|json|text)\n(.*?)```", text, re.DOTALL)
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
    steps = tour("## Five-minute tour of the registry", "### More agents")
    assert len(steps) >= 7
    with new_registry(arguments=["--examples"]) as registry:
        run_tour(steps, registry)


def run_tour(steps, registry):
    script = script_of(steps).replace(ADDRESS, registry.url)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for (command, shown), output in zip(steps, done.stdout.split("===\n"), strict=True):
        if shown is not None:
            assert documents(output) == documents(shown), command


def script_of(steps):
    """One shell for all, as a reader has; a line of its own tells where a step's output ends."""
    return "set -e\n" + "\necho ===\n".join(command for command, _ in steps)


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [str(each.getsockname()[1]) for each in sockets]


def test_two_registries_are_peers_in_two_minutes():
    steps = tour("### Two registries in two minutes", "## Ten-minute tour of the Core")
    ports = dict(zip(("8101", "8102"), free_ports(2), strict=True))
    translate = lambda text: re.sub("810[12]", lambda port: ports[port[0]], text)  # noqa: E731
    with TemporaryFolder("readme") as home:
        environment = clean_environment({"HOME": str(home)})
        script = translate(script_of(steps)).replace("$PWD/build/bin", str(BIN_DIR))
        # The servers are the shell's children: they end with it, also when a step fails.
        done = subprocess.run(
            tied_to_us(["bash", "-c", "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n" + script]),
            env=environment, cwd=home, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        logs = [path.read_text() for path in home.glob("*.log")]
    assert done.returncode == 0, (done.stderr, logs)
    for (command, shown), output in zip(steps, done.stdout.split("===\n"), strict=True):
        if shown is not None:
            expected = VARYING.sub("*", translate(shown)).split()
            assert VARYING.sub("*", output).split() == expected, command
