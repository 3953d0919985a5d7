"""Agents in and out as JSON lines, and made-up ones for demonstrations."""

import json
import os
import pty
import subprocess

from support.checks import eventually, expect
from support.fixtures import settings_of
from support.people import agent_body, sign_up, unique
from support.programs import REGISTRY, clean_environment, tied_to_us
from support.registry import new_registry

SEEN_SECONDS = 4  # It is to be 2, on a machine that does nothing else.


def lines(*bodies):
    return "".join(json.dumps(body) + "\n" for body in bodies)


def export(registry):
    done = registry.command("export")
    assert done.returncode == 0, done.stderr
    return done.stdout


def import_text(registry, text, *arguments):
    return registry.command("import", "-", *arguments, stdin=text)


def test_what_is_imported_is_seen_in_a_running_server_at_once(registry, client, developer):
    word = unique("ammonite").replace("-", "")
    body = agent_body(description=f"Collects {word}")
    done = import_text(registry, lines(body), "--owner", developer.email)
    assert done.returncode == 0, done.stderr

    def hits():
        return expect(client.get("/api/v1/discovery/agents", q=word), 200)["agents"]

    eventually(hits, SEEN_SECONDS, "the imported agent is found")
    assert hits()[0]["developer_id"] == developer.user["id"]
    changed = lines(body | {"name": "Renamed"})
    assert import_text(registry, changed, "--owner", developer.email).returncode == 0
    renamed = lambda: [hit["name"] for hit in hits()] == ["Renamed"]  # noqa: E731
    eventually(renamed, SEEN_SECONDS, "the second import updates the agent")


def test_bad_lines_are_named_by_number_and_do_not_stop_the_rest(idle, tmp_path):
    good = [agent_body(), agent_body(), agent_body()]
    path = tmp_path / "agents.jsonl"
    path.write_bytes(
        lines(good[0]).encode() + b"{not json}\n" + lines(good[1]).encode()
        + lines(agent_body(name="", tags=[7])).encode() + b"\xff\xfe\n" + b"\n"
        + lines(good[2]).encode()[:-1]
    )  # fmt: skip
    done = idle.command("import", str(path))
    assert done.returncode == 1
    for number in (2, 4, 5):
        assert f"{path}:{number}" in done.stderr or f"line {number}" in done.stderr, done.stderr
    assert "/name" in done.stderr and "/tags/0" in done.stderr
    exported = [json.loads(line)["humanReadableId"] for line in export(idle).splitlines()]
    assert sorted(exported) == sorted(body["humanReadableId"] for body in good)


def test_an_import_can_be_repeated_without_effect(idle):
    text = lines(*(agent_body() for _ in range(20)))
    assert import_text(idle, text).returncode == 0
    first = export(idle)
    assert import_text(idle, text).returncode == 0
    assert export(idle) == first


def test_export_import_export_gives_the_same_bytes(idle, request, engine, tmp_path):
    card = '{"name" : "Odd  Spaces","url":"https://odd.example.com/a2a","x":1.50}'
    text = lines(
        agent_body(description='Quotes " and \\ and é and \u2028'),
        agent_body(status="deprecated"),
        agent_body(metadata={"b": 1, "a": [1.5, None, {"z": "y"}]}, pricing=None),
    ) + '{"humanReadableId":"with-card","card":%s}\n' % card
    assert import_text(idle, text).returncode == 0
    path = tmp_path / "export.jsonl"
    assert idle.command("export", str(path)).returncode == 0
    exported = path.read_text()
    assert exported == export(idle)
    assert card in exported
    with new_registry(settings_of(engine, request), start=False) as other:
        assert other.command("import", str(path)).returncode == 0
        assert sorted(export(other).splitlines()) == sorted(exported.splitlines())


def test_an_import_for_an_account_that_is_not_there_changes_nothing(idle):
    done = import_text(idle, lines(agent_body()), "--owner", "nobody@example.com")
    assert done.returncode == 1
    assert "nobody@example.com" in done.stderr
    assert export(idle) == ""


def test_an_import_for_an_account_does_not_touch_agents_of_others(registry, client, developer):
    agent = developer.publish()
    body = agent_body(humanReadableId=agent["humanReadableId"], name="Taken over")
    done = import_text(registry, lines(agent_body(), body), "--owner", sign_up(client).email)
    assert done.returncode == 1
    assert "line 2" in done.stderr and "1 created" in done.stdout
    assert expect(client.get(f"/api/v1/agents/{agent['id']}"), 200)["name"] == agent["name"]


def test_without_an_owner_an_agent_that_is_imported_over_keeps_its_publisher(
    registry, client, developer
):
    agent = developer.publish()
    body = agent_body(humanReadableId=agent["humanReadableId"], name="New Name")
    done = import_text(registry, lines(body))
    assert done.returncode == 0, done.stderr
    path = f"/api/v1/agents/{agent['id']}"
    renamed = lambda: client.get(path).json()["name"] == "New Name"  # noqa: E731
    eventually(renamed, SEEN_SECONDS, "the import is seen")
    assert expect(client.get(path), 200)["developer_id"] == developer.user["id"]


def test_demo_data_is_the_same_for_the_same_seed(idle, request, engine):
    assert idle.command("demo-data", "--count", "50", "--seed", "7").returncode == 0
    first = export(idle)
    assert len(first.splitlines()) == 50
    with new_registry(settings_of(engine, request), start=False) as other:
        assert other.command("demo-data", "--count", "50", "--seed", "7").returncode == 0
        assert sorted(export(other).splitlines()) == sorted(first.splitlines())
        assert other.command("demo-data", "--count", "50", "--seed", "8").returncode == 0
        assert len(set(export(other).splitlines())) == 100


def run_on_terminal(registry, *arguments):
    """Runs a command whose standard error is a terminal; what that showed."""
    leader, follower = pty.openpty()
    try:
        done = subprocess.run(
            tied_to_us([REGISTRY, *arguments, "--data-dir", registry.data_dir]),
            env=clean_environment(registry.environment),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=follower, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0
    finally:
        os.close(follower)
    shown = b""
    try:
        while chunk := os.read(leader, 65536):
            shown += chunk
    except OSError:
        pass  # The terminal's other end is closed.
    finally:
        os.close(leader)
    return shown


def test_progress_is_shown_on_a_terminal_only():
    with new_registry(start=False) as registry:
        silent = registry.command("demo-data", "--count", "3000")
        assert silent.returncode == 0 and "\r" not in silent.stderr
        assert b"\r" in run_on_terminal(registry, "demo-data", "--count", "3000", "--seed", "2")
