"""The audit log tells what happened, tells when it was tampered with, and keeps no secret."""

import base64
import json
import os
import pathlib
import shutil
import sqlite3

import pytest

from support.core import NOT_FOUND, TAMPERED, WRONG_USE, Core
from support.waiting import until

# Of the kinds that turn up in agents' output; none is real.
SECRETS = {
    "provider key": "sk-ant-api03-" + "Zq9" * 12,
    "another provider's": "sk-" + "Rt5x" * 8,
    "source host": "ghp_" + "aB3d" * 9,
    "chat": "xoxb-123456789012-" + "Kp7" * 8,
    "cloud": "AKIA" + "QWERTYUIOPASDFGH",
    "bearer": "Bearer " + "m0Nk3y" * 6,
    "token": ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=")
        for part in (b'{"alg":"HS256"}', b'{"sub":"somebody"}', b"signaturesignature")
    ),
    "assignment": "password=" + "hunter2hunter2",
    "address": "https://ada:" + "s3cr3tpass" + "@example.org/x",
}
KEY_LINES = [base64.b64encode(os.urandom(36)).decode() for _ in range(3)]
PEM = "\n".join(["-----BEGIN PRIVATE KEY-----", *KEY_LINES, "-----END PRIVATE KEY-----"])


def secret_part(text):
    """What must not be found: the secret without the words around it."""
    for start in ("Bearer ", "password=", "https://ada:"):
        text = text.removeprefix(start)
    return text.removesuffix("@example.org/x")


@pytest.fixture(scope="module")
def history():
    """A stopped Core in which something happened."""
    core = Core()
    try:
        core.start()
        agent = core.add_running_agent("com.example.history")
        core.call(f"{agent}/echo", {"x": 1})
        core.post(f"/agents/{agent}/stop")
        core.wait_for_run(agent, "stopped")
        core.stop()
        yield core
    finally:
        core.end()


@pytest.fixture
def used(history, idle_core):
    """A stopped Core with a history that a test may change."""
    shutil.copytree(history.home, idle_core.home, ignore=shutil.ignore_patterns("run"))
    return idle_core


def drop_triggers(database):
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type='trigger'")]
    for name in names:
        database.execute(f"DROP TRIGGER {name}")


def rows_of(database):
    return database.execute("SELECT sequence, event_id FROM audit_events ORDER BY sequence").fetchall()


def verdict(core):
    """(exit status, the report) of `audit verify`."""
    core.start()
    result = core.run("--json", "audit", "verify")
    return result.returncode, json.loads(result.stdout)


def test_what_was_not_touched_is_intact(used):
    status, report = verdict(used)
    assert (status, report["intact"]) == (0, True)
    assert "all as written" in used.done("audit", "verify")


@pytest.mark.parametrize(
    "column", ["event_type", "actor_id", "subject_id", "metadata", "severity", "event_id", "hash"]
)
def test_one_changed_byte_is_named_with_its_row(used, column):
    with used.database() as database:
        drop_triggers(database)
        sequence, _ = rows_of(database)[3]
        where = f"FROM audit_events WHERE sequence = {sequence}"
        (text,) = database.execute(f"SELECT {column} {where}").fetchone()
        # The last letter or digit, so that JSON stays JSON.
        at = max(i for i, c in enumerate(text) if c.isalnum())
        changed = text[:at] + ("b" if text[at] != "b" else "c") + text[at + 1 :]
        database.execute(
            f"UPDATE audit_events SET {column} = ? WHERE sequence = ?", (changed, sequence)
        )
    status, report = verdict(used)
    assert (status, report["intact"]) == (TAMPERED, False)
    assert report["fault"]["sequence"] == sequence


def test_a_broken_row_is_told_in_words(used):
    with used.database() as database:
        drop_triggers(database)
        database.execute("UPDATE audit_events SET actor_id = 'somebody else' WHERE sequence = 4")
    used.start()
    said = used.run("audit", "verify")
    assert said.returncode == TAMPERED and "row 4" in said.stdout


def test_a_changed_time_is_named_with_its_row(used):
    with used.database() as database:
        drop_triggers(database)
        sequence, _ = rows_of(database)[2]
        database.execute("UPDATE audit_events SET at = at + 1 WHERE sequence = ?", (sequence,))
    status, report = verdict(used)
    assert (status, report["fault"]["sequence"]) == (TAMPERED, sequence)


def test_a_missing_row_is_noticed(used):
    with used.database() as database:
        drop_triggers(database)
        sequence, _ = rows_of(database)[2]
        database.execute("DELETE FROM audit_events WHERE sequence = ?", (sequence,))
    status, report = verdict(used)
    assert status == TAMPERED
    assert report["fault"]["sequence"] in (sequence, sequence + 1)


def test_rows_cut_off_at_the_end_are_noticed(used):
    with used.database() as database:
        drop_triggers(database)
        last, _ = rows_of(database)[-1]
        database.execute("DELETE FROM audit_events WHERE sequence > ?", (last - 3,))
    status, _ = verdict(used)
    assert status == TAMPERED


def test_the_database_itself_refuses_changes(used):
    with used.database() as database:
        for statement in (
            "UPDATE audit_events SET actor_id = 'x'",
            "DELETE FROM audit_events",
            "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events WHERE sequence = 1",
            "UPDATE audit_checkpoints SET hash = 'x'",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="never|only added"):
                database.execute(statement)


def test_the_export_is_json_lines_oldest_first(core, echo):
    lines = core.done("audit", "export").splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["event_type"] == "core.started"
    only = core.done("audit", "export", "--type", "agent.enabled").splitlines()
    assert only and {json.loads(line)["event_type"] for line in only} == {"agent.enabled"}


def test_the_tail_shows_the_newest_last(core, echo):
    core.call(f"{echo}/echo")
    events = core.json("audit", "tail", "-n", "5")["events"]
    assert len(events) == 5
    assert events[0]["sequence"] > events[-1]["sequence"]
    assert core.done("audit", "tail", "-n", "1").splitlines()[-1].strip()
    core.refused("audit", "tail", "-n", "0", status=WRONG_USE)
    core.refused("audit", "tail", "--severity", "nonsense", status=WRONG_USE)


def test_a_call_is_audited_without_its_input_and_its_output(core, echo):
    core.call(f"{echo}/echo", {"note": "xyzzy-input"}, correlation_id="chat-17")
    events = until(
        lambda: len(found := core.audit(correlation_id="chat-17")) >= 2 and found, "both events"
    )
    assert {event["event_type"] for event in events} == {"tool.call_routed", "tool.call_completed"}
    assert len({event["subject_id"] for event in events}) == 1
    assert "xyzzy" not in core.done("audit", "export")


# --- Planted secrets -------------------------------------------------------------------------


def say(core, agent, text):
    for way in ("result", "error", "code"):
        core.call(f"{agent}/say", {"text": text, "as": way})
    core.call(f"{agent}/changing", {"text": text, "password": text})
    core.request(
        "POST", f"/api/v1/tools/{agent}/say/call", {"input": {"text": text}},
        {"Accept": "text/event-stream"},
    )  # fmt: skip
    core.call(f"{agent}/{'x' * 8}", {"text": text})
    core.call(f"{agent}/count", {"n": text})


def everything_durable(core):
    """(path, bytes) of each file below the home folder, but the admin token's own."""
    for path in sorted(core.home.rglob("*")):
        if path.is_file() and path.name != "admin.token":
            yield path, path.read_bytes()
    yield pathlib.Path("the daemon's log"), core.log().encode()


def find(core, secrets):
    return [
        f"{name} in {path.name}"
        for path, content in everything_durable(core)
        for name, secret in secrets.items()
        if secret.encode() in content
    ]


def test_no_planted_secret_reaches_the_disk(own_core):
    core = own_core
    agent = core.add_running_agent("com.example.leaky")
    session_token = core.call(f"{agent}/environment").json["output"]["environment"][
        "OPENSENTIENCE_SESSION_TOKEN"
    ]
    admin_token = (core.home / "state" / "admin.token").read_text().strip()
    secrets = {name: secret_part(text) for name, text in SECRETS.items()}
    secrets |= {f"line {i} of a private key": line for i, line in enumerate(KEY_LINES)}
    secrets |= {"session token": session_token, "admin token": admin_token}
    for text in [*SECRETS.values(), PEM, session_token, admin_token]:
        say(core, agent, text)
    core.call(f"{agent}/say", {"text": "the end of it"})
    until(
        lambda: "the end of it" in json.dumps(core.get(f"/agents/{agent}/logs")),
        "the log has the last line",
    )
    assert find(core, secrets) == []
    core.web("GET", f"/api/v1/agents?token={admin_token}", headers={"Authorization": f"Bearer {admin_token}"})
    core.web("POST", "/api/v1/auth/login", {"token": "x" + admin_token})
    core.stop()
    assert find(core, secrets) == []


def test_a_code_that_is_none_is_not_taken_over(own_core):
    core = own_core
    agent = core.add_running_agent("com.example.coded")
    for code, taken in (
        ("swordfish", "tool.failed"),
        ("permission.revoked", "tool.failed"),
        ("com.example.other.swordfish", "tool.failed"),
        (f"{agent}.no-luck", f"{agent}.no-luck"),
    ):
        answer = core.call(f"{agent}/say", {"text": code, "as": "code"})
        error = answer.json["error"]
        assert (error["code"], error["message"]) == (taken, "It did not work.")
    assert {call["code"] for call in core.get("/calls")["calls"]} == {"tool.failed", f"{agent}.no-luck"}
    until(lambda: len(core.audit(event_type="tool.call_completed")) == 4, "the calls are recorded")
    told = json.dumps(core.audit())
    assert "swordfish" not in told and "permission.revoked" not in told


def test_a_token_is_left_out_also_when_its_run_is_over_before_it_is_written(own_core):
    """Audit rows of calls are written in batches, and redacted then."""
    core = own_core
    agent = core.add_agent("com.example.short_lived")
    tokens = {}
    for i in range(5):
        core.run_agent(agent)
        seen = core.call(f"{agent}/environment").json["output"]["environment"]
        tokens[f"token {i}"] = seen["OPENSENTIENCE_SESSION_TOKEN"]
        core.call(f"{agent}/say", {"text": tokens[f"token {i}"], "as": "code"})
        core.post(f"/agents/{agent}/stop")
        core.wait_for_run(agent, "stopped")
    core.stop()
    assert find(core, tokens) == []


def test_no_secret_is_in_what_the_api_tells_of_logs_and_events(own_core):
    core = own_core
    agent = core.add_running_agent("com.example.told")
    for text in [*SECRETS.values(), PEM]:
        core.call(f"{agent}/say", {"text": text})
        core.call(f"{agent}/say", {"text": text, "as": "error"})
    core.call(f"{agent}/say", {"text": "the end of it"})
    until(
        lambda: "the end of it" in json.dumps(core.get(f"/agents/{agent}/logs")),
        "the log has the last line",
    )
    for told in (
        core.done("agents", "logs", agent, "-n", "500"),
        core.done("audit", "export"),
        json.dumps(core.get("/calls")),
        json.dumps(core.get(f"/agents/{agent}/runs")),
    ):
        left = [name for name, text in SECRETS.items() if secret_part(text) in told]
        assert left + [line for line in KEY_LINES if line in told] == [], told


def test_the_home_folder_is_for_its_owner_only(core, echo):
    wide = [
        str(path.relative_to(core.home))
        for path in [core.home, *core.home.rglob("*")]
        # An agent's files keep their modes, in folders that nobody else can enter.
        if path.lstat().st_mode & 0o077 and "trees" not in path.relative_to(core.home).parts[:-1]
    ]
    assert wide == []


def test_an_unknown_agent_has_no_history(core):
    core.refused("agents", "logs", "com.example.nobody", status=NOT_FOUND)
