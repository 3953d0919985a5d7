"""The way of an agent from a registry to its end, by the command line alone: the reference agent in
Elixir, built by the real mix, found and fetched by the real git."""

import json
import shutil
import signal
import stat
import subprocess

import pytest

from support.agents import commit, entry, git, make_registry, make_repository
from support.core import REFUSED, ROOT, TOOL_FAILED, WRONG_USE, is_alive
from support.waiting import until

AGENT = "com.opensentience.hello_tools"
FIVE_TOOLS = {"hello_world", "stream_counter", "sleep", "invalid_input", "large_output"}
READ = "filesystem:read:~/notes/**"
WRITE = "filesystem:write:~/notes/**"
SEARCH = "network:egress:example.org"

pytestmark = pytest.mark.skipif(not shutil.which("mix"), reason="Elixir is not installed")


def write_hello_tools(folder, **changes):
    """The example agent as a repository of its own, asking for permissions that it does not need."""
    if not (folder / "mix.exs").exists():
        left_out = shutil.ignore_patterns("_build", "deps", "test")
        shutil.copytree(ROOT / "agents" / "hello_tools", folder, ignore=left_out, dirs_exist_ok=True)
        sdk = folder / "vendor" / "opensentience_agent_sdk"
        shutil.copytree(ROOT / "sdk" / "elixir" / "opensentience_agent_sdk", sdk, ignore=left_out)
    path = folder / "opensentience.agent.json"
    members = json.loads(path.read_text()) | changes
    path.write_text(json.dumps(members, indent=2))


@pytest.fixture
def published(own_core):
    """A registry that lists the agent, and the agent's repository."""
    repository = make_repository(own_core.work / "hello_tools")
    write_hello_tools(repository, permissions=[READ, WRITE])
    commit(repository, "The first version")
    registry = make_registry(own_core.work / "registry", {AGENT: entry(AGENT, repository)})
    return registry, repository


class Call:
    """`tools call` in the background, whose lines can be waited for."""

    def __init__(self, core, *arguments):
        command, environment = core.command("tools", "call", *arguments)
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def end(self):
        output, errors = self.process.communicate(timeout=30)
        return self.process.returncode, output, errors


def calls_under_way(core):
    calls = core.json("tools", "calls")["calls"]
    return [call["call_id"] for call in calls if call["status"] == "running"]


def find_and_fetch(core, registry, repository):
    core.refused("registry", "add", "tests", f"file://{registry}", status=WRONG_USE)
    core.done("registry", "add", "tests", f"file://{registry}", "--allow-file")
    synced = core.json("registry", "sync", "tests")
    assert (synced["entries"], synced["added"], synced["invalid"]) == (1, 1, [])
    found = core.json("agents", "search", "listed by a test")["agents"]
    assert [one["agent_id"] for one in found] == [AGENT]
    assert AGENT in core.refused("agents", "run", AGENT)
    installed = core.json("agents", "install", AGENT)
    assert installed["commit"] == git(repository, "rev-parse", "HEAD")
    assert installed["permissions"] == [READ, WRITE]


def build_and_enable(core):
    assert "--yes" in core.refused("agents", "build", AGENT)
    assert core.json("agents", "info", AGENT)["states"]["build"] == "not_built"
    built = core.json("agents", "build", AGENT, "--yes", timeout=300)
    assert [step["name"] for step in built["steps"]] == ["mix deps.get", "mix deps.compile", "mix compile"]
    assert "enable" in core.refused("agents", "run", AGENT)
    core.refused("agents", "enable", AGENT, "--approve", f"{READ},{SEARCH}")
    core.done("agents", "enable", AGENT, "--approve", READ)
    explained = core.json("agents", "explain", AGENT)
    assert explained["summary"] and explained["asks_for"]


def run_to_five_tools(core):
    run = core.json("agents", "run", AGENT)
    core.wait_for_run(AGENT, "running")
    tools = core.json("agents", "tools", AGENT)["tools"]
    assert {tool["name"] for tool in tools} == FIVE_TOOLS
    return run["pid"]


def call_every_way(core):
    hello = core.json("tools", "call", f"{AGENT}/hello_world", '{"name":"Ada"}')
    assert hello["output"] == {"greeting": "Hello, Ada!"}
    streamed = core.done("tools", "call", f"{AGENT}/stream_counter", '{"n":3}', "--stream")
    assert streamed.splitlines()[:3] == ["1", "2", "3"] and '"count": 3' in streamed
    quiet = core.done("tools", "call", f"{AGENT}/stream_counter", '{"n":3}')
    assert json.loads(quiet) == {"count": 3}
    said = core.refused("tools", "call", f"{AGENT}/invalid_input", '{"number":"two"}', status=WRONG_USE)
    assert "tool.invalid_input" in said and "number" in said
    odd = core.run("--json", "tools", "call", f"{AGENT}/invalid_input", '{"number":3}')
    assert odd.returncode == TOOL_FAILED
    assert json.loads(odd.stdout)["error"]["code"] == "tool.invalid_input"


def cancel_both_ways(core):
    call = Call(core, f"{AGENT}/sleep", '{"ms":60000}', "--stream")
    assert call.line() == "sleeping"
    call.interrupt()
    status, _, errors = call.end()
    assert status == TOOL_FAILED and "cancel" in errors
    until(lambda: not calls_under_way(core), "the interrupted call is over")
    call = Call(core, f"{AGENT}/sleep", '{"ms":60000}', "--stream")
    assert call.line() == "sleeping"
    core.done("tools", "cancel", calls_under_way(core)[0])
    status, _, errors = call.end()
    assert status == TOOL_FAILED and "canceled" in errors
    ended = core.json("tools", "calls")["calls"]
    assert [one["status"] for one in ended if one["tool_id"].endswith("/sleep")] == ["canceled"] * 2


def revoke_during_a_call(core, pid):
    call = Call(core, f"{AGENT}/sleep", '{"ms":60000}', "--stream")
    assert call.line() == "sleeping"
    core.done("agents", "revoke", AGENT)
    status, _, _ = call.end()
    assert status == TOOL_FAILED
    until(lambda: not is_alive(pid), "the revoked agent's process is gone")
    core.refused("tools", "call", f"{AGENT}/hello_world")
    core.refused("agents", "run", AGENT)
    core.done("agents", "enable", AGENT, "--approve", READ)
    run_to_five_tools(core)


def update_with_one_more_permission(core, repository):
    first = git(repository, "rev-parse", "HEAD")
    write_hello_tools(repository, version="0.2.0", permissions=[READ, WRITE, SEARCH])
    second = commit(repository, "Asks for more")
    assert "--yes" in core.refused("agents", "update", AGENT)
    update = core.json("agents", "update", AGENT, "--yes", timeout=300)
    assert (update["state"], update["permissions"]["added"]) == ("pending", [SEARCH])
    assert (update["current"]["commit"], update["pending"]["commit"]) == (first, second)
    # The old version goes on, and its approval says nothing about the new one.
    assert core.json("agents", "info", AGENT)["source"]["git_commit"] == first
    core.refused("agents", "update", AGENT, "--apply")
    core.refused("agents", "update", AGENT, "--apply", "--approve", "process:spawn")
    assert core.json("agents", "info", AGENT)["source"]["git_commit"] == first
    applied = core.json("agents", "update", AGENT, "--apply", "--approve", f"{READ},{SEARCH}")
    assert (applied["state"], applied["current"]["commit"]) == ("applied", second)
    # It ran, so it runs again.
    assert applied["started_again"] is True
    core.wait_for_run(AGENT, "running")
    assert len(core.json("agents", "tools", AGENT)["tools"]) == 5
    return second


def roll_back_by_itself(core, repository, good):
    """A version that is a program which fails: crashing needs no build."""
    broken = repository / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    write_hello_tools(
        repository, version="0.3.0", permissions=[READ], entrypoint={"type": "command", "value": "broken"}
    )
    bad = commit(repository, "Does not start")
    assert core.json("agents", "update", AGENT, "--yes", timeout=300)["state"] == "pending"
    core.done("agents", "update", AGENT, "--apply", "--approve", READ)

    def current():
        return core.json("agents", "info", AGENT)["source"]["git_commit"]

    def has_ended():
        # After the last crash the version before may be there already, and run.
        return core.last_run(AGENT)["status"] not in ("starting", "running") or current() == good

    for _ in range(5):
        core.run("agents", "run", AGENT)
        until(has_ended, "it crashed")
    until(lambda: current() == good, "the Core switched back")
    assert core.audit(event_type="agent.crash_loop")
    assert bad != good
    # The version before comes back with the approval that was its own.
    assert core.json("agents", "info", AGENT)["permissions"]["enablement"] == "active"


def nobody_else_may_read(core):
    for path in core.home.rglob("*"):
        mode = path.lstat().st_mode
        assert stat.S_ISLNK(mode) or mode & 0o077 == 0, f"{path} is {mode:o}"


def stop_and_remove(core):
    if core.last_run(AGENT)["status"] not in ("starting", "running"):
        core.done("agents", "restart", AGENT)
    run = core.wait_for_run(AGENT, "running")
    core.done("tools", "call", f"{AGENT}/hello_world")
    core.done("agents", "stop", AGENT)
    until(lambda: not is_alive(run["pid"]), "the stopped agent's process is gone")
    assert "--yes" in core.refused("agents", "uninstall", AGENT)
    core.done("agents", "uninstall", AGENT, "--yes")
    assert not (core.home / "agents" / AGENT).exists()


def test_an_agent_is_found_built_approved_run_called_updated_rolled_back_and_removed(own_core, published):
    core, (registry, repository) = own_core, published
    find_and_fetch(core, registry, repository)
    build_and_enable(core)
    pid = run_to_five_tools(core)
    call_every_way(core)
    cancel_both_ways(core)
    revoke_during_a_call(core, pid)
    good = update_with_one_more_permission(core, repository)
    roll_back_by_itself(core, repository, good)
    nobody_else_may_read(core)
    stop_and_remove(core)
    assert "all as written" in core.done("audit", "verify")
    told = {event["event_type"] for event in map(json.loads, core.done("audit", "export").splitlines())}
    assert {
        "registry.synced", "agent.installed", "agent.built", "agent.enabled", "agent.run_started",
        "agent.connected", "tool.registered", "tool.call_routed", "tool.call_completed",
        "agent.permissions_revoked", "agent.crash_loop", "agent.run_stopped", "agent.uninstalled",
        "security.denied",
    } <= told  # fmt: skip


