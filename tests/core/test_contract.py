"""The nine cases of the runtime protocol's contract, against the daemon: with an agent in C++ that
can break every rule, and with one written with the Elixir SDK, which breaks those that it can."""

import http.client
import json
import os
import shutil
import signal

import pytest

from conftest import new_core
from support.agents import commit, entry, make_registry, make_repository, write_manifest
from support.core import BIN_DIR, ROOT, is_alive
from support.waiting import until

FAKE_AGENT = BIN_DIR.parent / "tests" / "fake_agent"
CONTRACT_AGENT = ROOT / "tests" / "core" / "support" / "contract_agent"
SDK = ROOT / "sdk" / "elixir" / "opensentience_agent_sdk"
CPP, ELIXIR = "com.example.contract_cpp", "com.example.contract_elixir"
HEARTBEAT_SECONDS = 0.4
FRAME_BYTES = 256 * 1024
UNAPPROVED = "filesystem:read:~/notes/**"
SECRET = "hunter2-of-the-contract"


@pytest.fixture(scope="module")
def contract_core():
    with new_core(start=False) as core:
        core.settings = {
            "OPENSENTIENCE_HEARTBEAT_MILLISECONDS": str(int(HEARTBEAT_SECONDS * 1000)),
            "OPENSENTIENCE_MAX_FRAME_BYTES": str(FRAME_BYTES),
        }
        yield core.start()


@pytest.fixture(scope="module")
def cpp_agent(contract_core):
    folder = contract_core.projects / CPP
    folder.mkdir()
    write_manifest(folder, CPP)
    shutil.copy2(FAKE_AGENT, folder / "agent")
    contract_core.post("/agents/scan")
    contract_core.enable(CPP)
    return CPP


@pytest.fixture(scope="module")
def elixir_agent(contract_core):
    if not shutil.which("mix"):
        pytest.skip("Elixir is not installed")
    core = contract_core
    repository = make_repository(core.work / "contract_agent")
    left_out = shutil.ignore_patterns("_build", "deps", "test")
    shutil.copytree(CONTRACT_AGENT, repository, dirs_exist_ok=True, ignore=left_out)
    vendored = repository / "vendor" / "opensentience_agent_sdk"
    shutil.copytree(SDK, vendored, ignore=left_out)
    entrypoint = {"type": "mix_task", "value": "opensentience.agent"}
    write_manifest(repository, ELIXIR, entrypoint=entrypoint, permissions=[UNAPPROVED])
    commit(repository)
    registry = make_registry(core.work / "contract", {ELIXIR: entry(ELIXIR, repository)})
    core.done("registry", "add", "contract", f"file://{registry}", "--allow-file")
    core.done("registry", "sync", "contract")
    core.done("agents", "install", ELIXIR)
    core.done("agents", "build", ELIXIR, "--yes", timeout=300)
    core.enable(ELIXIR, permissions=[])
    return ELIXIR


def begin(core, agent, mode=""):
    """A new run, which begins as `mode` says; `mode` is the first thing that it reads."""
    private = core.private(agent)
    home = private / "home"
    for folder in (private.parent, private, home):
        folder.mkdir(mode=0o700, exist_ok=True)
    (home / "mode").write_text(mode)
    return core.post(f"/agents/{agent}/run")


def end(core, agent):
    """No run of it is left."""
    if core.get(f"/agents/{agent}/runs")["runs"]:
        core.request("POST", f"/api/v1/agents/{agent}/stop", {})
        run = core.last_run(agent)
        until(lambda: not is_alive(run["pid"]), f"{agent} is gone")
        core.wait_for_run(agent, "stopped", "exited", "crashed")


@pytest.fixture(params=["cpp", "elixir"])
def agent(request):
    """The id of either agent, which does not run."""
    agent_id = request.getfixturevalue(f"{request.param}_agent")
    core = request.getfixturevalue("contract_core")
    yield agent_id
    end(core, agent_id)


@pytest.fixture
def core(contract_core):
    return contract_core


@pytest.fixture
def running(core, agent):
    begin(core, agent)
    core.wait_for_run(agent, "running")
    return agent


@pytest.fixture
def breaking(core, cpp_agent):
    """The agent that breaks rules, running."""
    begin(core, cpp_agent)
    core.wait_for_run(cpp_agent, "running")
    yield cpp_agent
    end(core, cpp_agent)


def events(core, kind, agent):
    return [event for event in core.audit(event_type=kind) if agent in json.dumps(event)]


def is_late(core, call_id):
    """Whether a result of the call that came too late is in the audit log."""
    return call_id in json.dumps(core.audit(event_type="tool.late_result"))


def stream(core, tool, given):
    """The events of a streaming call, as (event, data)."""
    connection = core.connection()
    headers = {"Accept": "text/event-stream", "Content-Type": "application/json"}
    body = json.dumps({"input": given})
    connection.request("POST", f"/api/v1/tools/{tool}/call", body, headers)
    return connection, read_events(connection.getresponse())


def read_events(response):
    kind = ""
    for line in response:
        line = line.decode().rstrip("\n")
        if line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            yield kind, json.loads(line[6:])


def texts(seen):
    return [data["text"].strip() for kind, data in seen if kind == "stream"]


def kept(core, call_id):
    """What the Core remembers of a call."""
    calls = [one for one in core.get("/calls")["calls"] if one.get("call_id") == call_id]
    assert len(calls) == 1
    return calls[0]


def status_of(core, call_id):
    return kept(core, call_id)["status"]


# --- 1: the handshake -------------------------------------------------------------------------


def test_1_a_good_hello_is_welcomed(core, running):
    run = core.last_run(running)
    assert run["status"] == "running"
    assert core.get(f"/agents/{running}")["health"] == "ok"
    until(lambda: events(core, "agent.connected", running), "it is audited")


# --- 2: a bad token ---------------------------------------------------------------------------


def test_2_a_bad_token_is_refused_and_the_agent_ends(core, agent):
    def refusals():
        # Who it was is not known: no row names the agent.
        return len(core.audit(event_type="agent.handshake_failed"))

    before = refusals()
    begin(core, agent, "wrong_token")
    core.wait_for_run(agent, "crashed", "exited")
    until(lambda: refusals() > before, "it is audited")
    assert core.call(f"{agent}/echo").code == "agent.not_running"


# --- 3: registration --------------------------------------------------------------------------


def names(core, agent):
    return {tool["name"] for tool in core.get(f"/tools?agent={agent}")["tools"]}


def rejection(core, agent):
    return until(lambda: events(core, "tool.register_rejected", agent), "it is audited")


def test_3_tools_are_registered_and_rejected_one_by_one(core, cpp_agent):
    begin(core, cpp_agent, "strange_tools")
    core.wait_for_run(cpp_agent, "running")
    try:
        assert names(core, cpp_agent) == {"echo"}
        assert core.call(f"{cpp_agent}/echo", {"a": 1}).json["output"] == {"a": 1}
        rejected = json.dumps(rejection(core, cpp_agent))
        assert "com.other/stolen" in rejected and "permission.denied" in rejected
    finally:
        end(core, cpp_agent)


def test_3_a_tool_that_needs_what_was_not_approved_costs_only_itself(core, elixir_agent):
    begin(core, elixir_agent)
    core.wait_for_run(elixir_agent, "running")
    try:
        assert names(core, elixir_agent) == {"echo", "stream_counter", "sleep", "large_output", "broken"}
        rejected = json.dumps(rejection(core, elixir_agent))
        assert f"{elixir_agent}/guarded" in rejected and "permission." in rejected
    finally:
        end(core, elixir_agent)


# --- 4: a call --------------------------------------------------------------------------------


def test_4_a_call_is_answered_by_exactly_one_result(core, running):
    given = {"text": "héllo", "list": [1, 2.5, None], "nested": {"a": {"b": True}}}
    answer = core.call(f"{running}/echo", given)
    assert (answer.status, answer.json["status"]) == (200, "succeeded")
    assert answer.json["output"] == given
    assert status_of(core, answer.json["call_id"]) == "succeeded"


def test_4_a_second_result_is_dropped_and_audited(core, breaking):
    answer = core.call(f"{breaking}/twice").json
    assert answer["output"] == {"result": 1}
    until(lambda: is_late(core, answer["call_id"]), "it is audited")


# --- 5: streaming -----------------------------------------------------------------------------


def test_5_stream_messages_come_in_order_before_the_result(core, running):
    connection, seen = stream(core, f"{running}/stream_counter", {"count": 200})
    seen = list(seen)
    connection.close()
    assert texts(seen) == [str(i) for i in range(1, 201)]
    assert seen[-1][0] == "result" and seen[-1][1]["status"] == "succeeded"


def test_5_what_does_not_rise_or_comes_after_the_result_is_dropped(core, breaking):
    connection, seen = stream(core, f"{breaking}/disorder", {})
    seen = list(seen)
    connection.close()
    assert texts(seen) == ["1", "2", "7"]


# --- 6: cancellation --------------------------------------------------------------------------


def cancel(core, tool, given):
    connection, seen = stream(core, tool, given)
    calls = until(
        lambda: [one for one in core.get("/calls")["calls"]
                 if one["tool_id"] == tool and one["status"] == "running"],
        "the call is under way",
    )  # fmt: skip
    core.post(f"/calls/{calls[0]['call_id']}/cancel")
    results = [data for kind, data in seen if kind == "result"]
    connection.close()
    return calls[0]["call_id"], results


def test_6_a_canceled_call_ends_canceled_once(core, running):
    call_id, results = cancel(core, f"{running}/sleep", {"ms": 60_000})
    assert [one["status"] for one in results] == ["canceled"]
    assert status_of(core, call_id) == "canceled"


def test_6_never_both_canceled_and_succeeded(core, breaking):
    call_id, results = cancel(core, f"{breaking}/undecided", {})
    assert [one["status"] for one in results] == ["canceled"]
    until(lambda: is_late(core, call_id), "the other is audited")
    assert status_of(core, call_id) == "canceled"


# --- 7: heartbeats ----------------------------------------------------------------------------


def test_7_an_agent_that_falls_silent_is_not_routed_to_until_it_beats_again(core, running):
    run = core.last_run(running)

    def health():
        return core.get(f"/agents/{running}")["health"]

    os.kill(run["pid"], signal.SIGSTOP)
    try:
        until(lambda: health() == "unhealthy", "it is unhealthy")
        refused = core.call(f"{running}/echo")
        assert refused.code == "agent.unhealthy"
        until(lambda: events(core, "agent.marked_unhealthy", running), "it is audited")
    finally:
        os.kill(run["pid"], signal.SIGCONT)
    until(lambda: health() == "ok", "it is well again")
    assert core.call(f"{running}/echo", {"a": 1}).json["output"] == {"a": 1}
    assert core.last_run(running)["run_id"] == run["run_id"]


# --- 8: framing -------------------------------------------------------------------------------


def test_8_frames_may_come_byte_by_byte(core, cpp_agent):
    begin(core, cpp_agent, "fragments")
    core.wait_for_run(cpp_agent, "running")
    try:
        given = {"text": "x" * 2000}
        assert core.call(f"{cpp_agent}/echo", given).json["output"] == given
    finally:
        end(core, cpp_agent)


def test_8_large_frames_arrive_whole(core, running):
    given = {"text": "x" * (FRAME_BYTES * 7 // 8)}
    assert core.call(f"{running}/echo", given).json["output"] == given


def test_8_an_output_that_fits_no_frame_never_leaves_a_well_written_agent(core, elixir_agent):
    begin(core, elixir_agent)
    core.wait_for_run(elixir_agent, "running")
    try:
        answer = core.call(f"{elixir_agent}/large_output", {"bytes": 2 * FRAME_BYTES}).json
        assert answer["error"]["code"] == "tool.output_too_large"
        assert core.call(f"{elixir_agent}/echo", {"a": 1}).json["output"] == {"a": 1}
    finally:
        end(core, elixir_agent)


@pytest.mark.parametrize(
    ("tool", "given", "code"),
    [
        ("no_length", {}, "protocol.bad_frame"),
        ("too_long", {}, "protocol.frame_too_large"),
        ("large_output", {"bytes": 2 * FRAME_BYTES}, "protocol.frame_too_large"),
    ],
)
def test_8_a_bad_frame_ends_the_connection_and_its_calls(core, breaking, tool, given, code):
    answer = core.call(f"{breaking}/{tool}", given).json
    assert answer["error"]["code"] == "agent.disconnected"
    assert answer["error"]["retryable"] is True
    until(lambda: code in json.dumps(events(core, "protocol.violation", breaking)), "it is audited")
    core.wait_for_run(breaking, "crashed", "exited", "stopped")


# --- 9: errors, and secrets -------------------------------------------------------------------


def kept_files(core):
    """All that the Core keeps, but for the agents' own files."""
    for folder, _, files in os.walk(core.home):
        for name in files:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and "/private/" not in path:
                with open(path, "rb") as file:
                    yield path, file.read()


def test_9_errors_have_their_shape_and_nothing_of_a_call_is_kept(core, running):
    answer = core.call(f"{running}/broken", {"password": SECRET}).json
    assert answer["status"] == "failed"
    assert answer["error"]["code"] == f"{running}.broken"
    assert answer["error"]["message"] == "It went wrong."
    assert SECRET not in json.dumps(answer)
    assert f"{running}.broken" in json.dumps(kept(core, answer["call_id"]))
    for path, content in kept_files(core):
        assert SECRET.encode() not in content, path
    assert SECRET not in core.log()
