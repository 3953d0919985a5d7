"""What must not run does not, what must not connect does not, and the audit log says so."""

import json
import socket
import struct
import subprocess

import pytest

from support.agents import MANIFEST, commit, entry, make_registry, make_repository
from support.agents import write_agent, write_manifest
from support.core import REFUSED
from support.waiting import until

READ = "filesystem:read:~/notes/**"
WRITE = "filesystem:write:~/notes/**"


def denials(core, agent_id):
    return [e for e in core.audit(severity="security") if agent_id in json.dumps(e)]


def reasons_of(core, agent_id):
    told = denials(core, agent_id)
    return {e["metadata"].get("reason") for e in told if e["event_type"] == "security.denied"}


def failed_handshakes(core):
    """How many; what a stranger says of itself is not believed, so they name no agent."""
    return len(core.audit(event_type="agent.handshake_failed", severity="security"))


def refused_run(core, agent_id, code):
    answer = core.request("POST", f"/api/v1/agents/{agent_id}/run", {})
    assert answer.status in (403, 404, 409) and answer.code == code, answer.text
    assert core.get(f"/agents/{agent_id}")["run"] == "stopped"


def test_an_agent_that_nobody_enabled_does_not_run(core):
    agent = "com.example.not_enabled"
    write_agent(core.projects / agent, agent)
    core.post("/agents/scan")
    refused_run(core, agent, "agent.not_enabled")
    assert core.run("agents", "run", agent).returncode == REFUSED
    assert reasons_of(core, agent) == {"agent.not_enabled"}


def test_an_agent_nobody_knows_does_not_run(core):
    answer = core.request("POST", "/api/v1/agents/com.example.nobody/run", {})
    assert (answer.status, answer.code) == (404, "agent.not_found")


@pytest.mark.parametrize("change", ["whitespace", "more permissions", "another entry point"])
def test_an_agent_whose_manifest_changed_since_its_approval_does_not_run(core, change):
    agent = core.add_agent("com.example.drift_" + change.split()[0], permissions=[READ])
    folder = core.projects / agent
    if change == "whitespace":
        path = folder / MANIFEST
        path.write_text(path.read_text() + "\n")
    elif change == "more permissions":
        write_manifest(folder, agent, permissions=[READ, WRITE])
    else:
        entry_point = {"type": "command", "value": "./agent"}
        write_manifest(folder, agent, permissions=[READ], entrypoint=entry_point)
    refused_run(core, agent, "permission.drift")
    assert reasons_of(core, agent) == {"permission.drift"}
    core.post("/agents/scan")
    assert core.get(f"/agents/{agent}")["enablement"] == "drifted"
    core.enable(agent)
    core.run_agent(agent)


def test_an_approval_does_not_come_back_with_the_old_manifest(core):
    agent = core.add_agent("com.example.back", permissions=[READ])
    old = (core.projects / agent / MANIFEST).read_text()
    write_manifest(core.projects / agent, agent, permissions=[WRITE])
    core.post("/agents/scan")
    core.enable(agent)
    (core.projects / agent / MANIFEST).write_text(old)
    refused_run(core, agent, "permission.drift")


def test_what_a_person_did_not_see_is_not_approved(core):
    agent = "com.example.unseen"
    write_agent(core.projects / agent, agent, permissions=[READ])
    core.post("/agents/scan")
    seen = core.get(f"/agents/{agent}/permissions")["manifest_hash"]
    write_manifest(core.projects / agent, agent, permissions=[READ, WRITE])
    body = {"permissions": [READ], "manifest_hash": seen}
    answer = core.request("POST", f"/api/v1/agents/{agent}/enable", body)
    assert (answer.status, answer.code) == (409, "permission.drift")


def test_more_than_was_asked_for_is_not_approved(core):
    agent = "com.example.surplus"
    write_agent(core.projects / agent, agent, permissions=[READ])
    core.post("/agents/scan")
    body = {"permissions": [READ, WRITE]}
    answer = core.request("POST", f"/api/v1/agents/{agent}/enable", body)
    assert (answer.status, answer.code) == (403, "permission.denied")
    assert [e for e in denials(core, agent) if e["event_type"] == "security.denied"]
    refused_run(core, agent, "agent.not_enabled")


def test_nothing_is_approved_that_nobody_named(core):
    agent = "com.example.unnamed"
    write_agent(core.projects / agent, agent, permissions=[READ, WRITE])
    core.post("/agents/scan")
    answer = core.request("POST", f"/api/v1/agents/{agent}/enable", {})
    assert (answer.status, answer.code) == (403, "permission.not_approved")
    assert "permissions" in answer.json["detail"]
    refused_run(core, agent, "agent.not_enabled")

    core.done("agents", "enable", agent, "--approve-none")
    assert core.get(f"/agents/{agent}/permissions")["approval"]["permissions"] == []
    core.done("agents", "enable", agent, "--approve-all")
    approved = core.get(f"/agents/{agent}/permissions")["approval"]["permissions"]
    assert sorted(approved) == sorted([READ, WRITE])


def test_approving_all_leaves_out_what_has_no_effect(core):
    agent = "com.example.unknown_domain"
    write_agent(core.projects / agent, agent, permissions=[READ, "fs:read:/tmp"])
    core.post("/agents/scan")
    result = core.run("agents", "enable", agent, "--approve-all")
    assert result.returncode == 0 and "fs:read:/tmp" in result.stderr
    assert core.get(f"/agents/{agent}/permissions")["approval"]["permissions"] == [READ]


def test_a_tool_needs_the_permissions_that_were_approved(core):
    agent = "com.example.subset"
    write_agent(core.projects / agent, agent, permissions=[READ, WRITE])
    core.post("/agents/scan")
    core.enable(agent, [WRITE])
    core.run_agent(agent)
    assert core.call(f"{agent}/echo", {"a": 1}).json["output"] == {"a": 1}
    # It was refused when the agent registered it.
    assert core.call(f"{agent}/guarded").code in ("tool.not_found", "permission.not_approved")

    def refusals():
        told = core.audit(event_type="tool.register_rejected")
        return [e for e in told if agent in json.dumps(e) and "not_approved" in json.dumps(e)]

    until(refusals, "the refusal is audited")


def test_variables_reach_an_agent_only_with_their_permission(own_core):
    own_core.stop()
    own_core.start(SHARED_WORD="plain", OTHER_WORD="hidden", ANTHROPIC_API_KEY="hidden")
    allowed = ["env:read:SHARED_*"]
    agent = own_core.add_running_agent("com.example.env", permissions=allowed)
    seen = own_core.call(f"{agent}/environment").json["output"]["environment"]
    assert seen["SHARED_WORD"] == "plain"
    assert {name for name in seen if not name.startswith("OPENSENTIENCE_")} == {
        "PATH", "HOME", "LANG", "TMPDIR", "MIX_ENV", "SHARED_WORD",
    }  # fmt: skip
    assert seen["HOME"].startswith(str(own_core.home))


# --- Connecting ------------------------------------------------------------------------------


def test_a_wrong_token_is_refused_and_audited(core):
    agent = core.add_agent("com.example.wrong_token", "wrong_token")
    before = failed_handshakes(core)
    core.request("POST", f"/api/v1/agents/{agent}/run", {})
    assert until(lambda: core.left_by(agent, "refused"), "it is told") == "protocol.unauthorized"
    core.wait_for_run(agent, "crashed")
    until(lambda: failed_handshakes(core) > before, "it is audited")


def test_a_token_is_good_for_one_connection(core):
    agent = core.add_agent("com.example.replayed", "replayed")
    before = failed_handshakes(core)
    core.run_agent(agent)
    code = until(lambda: core.left_by(agent, "second"), "the second hello is answered")
    assert code == "protocol.duplicate_session"
    until(lambda: failed_handshakes(core) > before, "it is audited")
    # The connection that holds goes on.
    assert core.call(f"{agent}/echo").status == 200


def frame(message):
    body = json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body


def read_frame(connection):
    file = connection.makefile("rb")
    head = file.read(4)
    return json.loads(file.read(struct.unpack(">I", head)[0])) if head else None


def hello_from_here(core, agent_id, token, manifest_hash):
    """As another program of the same user would."""
    message = {
        "v": 1, "type": "agent.hello", "id": "00000000-0000-4000-8000-000000000001",
        "ts": "2026-01-01T00:00:00.000Z",
        "payload": {
            "session_token": token, "agent_id": agent_id, "agent_version": "1.0.0",
            "manifest_hash": manifest_hash,
            "protocol": {"supported_versions": [1], "capabilities": []},
        },
    }  # fmt: skip
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(core.home / "run" / "core.sock"))
        connection.sendall(frame(message))
        answer = read_frame(connection)
        closed = connection.recv(1) == b""
    error = (answer or {}).get("error") or (answer or {}).get("payload", {}).get("error") or {}
    return error.get("code"), closed


def run_without_waiting(core, agent_id):
    """`run` may answer only when the agent is ready, which these agents never are."""
    command, environment = core.command("agents", "run", agent_id)
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_the_right_token_from_another_process_is_refused(core):
    agent = core.add_agent("com.example.given_away", "given_away")
    before = failed_handshakes(core)
    starting = run_without_waiting(core, agent)
    try:
        token, manifest_hash = until(lambda: core.left_by(agent, "token"), "the token").split()
        code, closed = hello_from_here(core, agent, token, manifest_hash)
        assert (code, closed) == ("protocol.unauthorized", True)
        until(lambda: failed_handshakes(core) > before, "it is audited")
    finally:
        core.request("POST", f"/api/v1/agents/{agent}/stop", {})
        starting.wait(timeout=30)


def test_the_token_of_an_ended_run_is_worth_nothing(core):
    agent = core.add_running_agent("com.example.old_token")
    seen = core.call(f"{agent}/environment").json["output"]["environment"]
    core.post(f"/agents/{agent}/stop")
    core.wait_for_run(agent, "stopped")
    token, manifest_hash = seen["OPENSENTIENCE_SESSION_TOKEN"], seen["OPENSENTIENCE_MANIFEST_HASH"]
    assert hello_from_here(core, agent, token, manifest_hash)[0] == "protocol.unauthorized"


def test_the_token_is_in_no_argument_and_in_no_answer(core, echo):
    token = core.call(f"{echo}/environment").json["output"]["environment"]["OPENSENTIENCE_SESSION_TOKEN"]
    pid = core.last_run(echo)["pid"]
    with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
        assert token not in file.read()
    for target in ("/audit?limit=500", f"/agents/{echo}", f"/agents/{echo}/runs", f"/agents/{echo}/logs"):
        assert token not in json.dumps(core.get(target))


# --- Nothing executes before a person says so ------------------------------------------------


def set_traps(folder, canary):
    """Everything that a careless program would execute leaves a file when it is."""
    touch = f'touch "{canary}"'
    (folder / "mix.exs").write_text(
        f'File.write!("{canary}", "mix")\n'
        "defmodule Trap.MixProject do\n  use Mix.Project\n"
        '  def project, do: [app: :trap, version: "1.0.0"]\nend\n'
    )
    for name in ("agent", "configure", "Makefile", "install.sh", "fsmonitor"):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{touch}\n")
        path.chmod(0o755)
    (folder / ".gitattributes").write_text("* filter=trap diff=trap merge=trap\n")
    (folder / ".envrc").write_text(touch + "\n")
    (folder / ".tool-versions").write_text("elixir $(" + touch + ")\n")


def set_git_traps(repository, canary):
    """As only the publisher's own clone has them: none of it may travel or be obeyed."""
    hooks = repository / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "post-merge", "pre-receive", "update", "post-update",
                 "reference-transaction", "post-index-change", "fsmonitor-watchman"):  # fmt: skip
        hook = hooks / name
        hook.write_text(f'#!/bin/sh\ntouch "{canary}"\n')
        hook.chmod(0o755)
    with open(repository / ".git" / "config", "a", encoding="utf-8") as config:
        config.write(
            f'[core]\n\tfsmonitor = touch "{canary}"\n\thooksPath = {hooks}\n'
            f'[filter "trap"]\n\tsmudge = touch "{canary}"\n\tclean = touch "{canary}"\n'
            f'[uploadpack]\n\tpackObjectsHook = touch "{canary}"\n'
        )


def test_nothing_of_an_agent_executes_before_its_build(core):
    agent = "com.example.trap"
    canary = core.work / "canary"
    repository = make_repository(core.work / "trap")
    set_traps(repository, canary)
    mix = {"type": "mix_task", "value": "opensentience.agent"}
    write_manifest(repository, agent, entrypoint=mix)
    commit(repository)
    set_git_traps(repository, canary)
    registry = make_registry(core.work / "trap_registry", {agent: entry(agent, repository)})
    set_git_traps(registry, canary)
    core.post("/registries", {"name": "traps", "url": f"file://{registry}", "allow_file": True})
    core.post("/registries/traps/sync")
    core.get(f"/agents?q={agent}")
    core.get(f"/agents/{agent}")
    core.post(f"/agents/{agent}/install", {})
    core.get(f"/agents/{agent}/explain")
    core.enable(agent)
    refused_run(core, agent, "agent.not_built")
    answer = core.request("POST", f"/api/v1/agents/{agent}/build", {})
    assert (answer.status, answer.code) == (422, "build.not_confirmed") or answer.status == 409
    assert not canary.exists()


def test_nothing_of_a_folder_executes_when_it_is_scanned(core):
    agent = "com.example.scanned_trap"
    canary = core.work / "scan_canary"
    folder = make_repository(core.projects / agent)
    set_traps(folder, canary)
    write_manifest(folder, agent)
    commit(folder)
    set_git_traps(folder, canary)
    core.post("/agents/scan")
    core.get(f"/agents/{agent}")
    core.enable(agent)
    assert not canary.exists()


def test_a_process_that_is_no_agent_is_not_listened_to(core):
    """Bytes that are no frame, and a message that is no hello, close the connection."""
    for sent in (b"GET / HTTP/1.1\r\n\r\n", struct.pack(">I", 0), frame({"v": 1}), b"\xff" * 8):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(core.home / "run" / "core.sock"))
            connection.sendall(sent)
            while connection.recv(65536):
                pass
