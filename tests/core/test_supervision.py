"""Processes end when they are told to, when the Core ends, and when they will not."""

import json
import os
import signal
import subprocess
import threading
import time

import pytest

from support.agents import write_agent
from support.core import FAILED, is_alive, processes_of
from support.waiting import until

SECONDS_WITHOUT_A_CORE = 2.0


def run_id_of(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read()
    except OSError:
        return b""


def processes_of_run(core, run_id):
    """All that carry the run's id in their environment, wherever they went in the process tree."""
    wanted = f"OPENSENTIENCE_RUN_ID={run_id}".encode()
    return [pid for pid in processes_of(core) if wanted in run_id_of(pid)]


def test_a_stubborn_agent_and_all_it_left_behind_end_when_it_is_stopped(core):
    agent = core.add_agent("com.example.stubborn", "stubborn")
    run = core.run_agent(agent)
    pids = until(
        lambda: len(found := processes_of_run(core, run["run_id"])) >= 4 and found,
        "the agent and three orphans",
    )
    core.done("agents", "stop", agent)
    until(lambda: not any(map(is_alive, pids)), "all of them are gone", patience=10)
    ended = core.wait_for_run(agent, "stopped")
    assert ended["signal"] == signal.SIGKILL


def test_what_an_agent_left_behind_ends_when_it_crashes(core):
    agent = core.add_agent("com.example.stubborn_crash", "stubborn")
    run = core.run_agent(agent)
    pids = until(
        lambda: len(found := processes_of_run(core, run["run_id"])) >= 4 and found,
        "the agent and three orphans",
    )
    os.kill(run["pid"], signal.SIGKILL)
    until(lambda: not any(map(is_alive, pids)), "all of them are gone", patience=10)
    core.wait_for_run(agent, "crashed")


def test_an_agent_that_ends_by_itself_is_told_apart_from_one_that_crashed(core):
    agent = core.add_running_agent("com.example.ending")
    core.call(f"{agent}/end", {"status": 0})
    assert core.wait_for_run(agent, "exited")["exit_code"] == 0
    core.run_agent(agent)
    answer = core.call(f"{agent}/end", {"status": 7})
    assert answer.json["error"]["code"] == "agent.disconnected"
    assert answer.json["error"]["retryable"] is True
    assert core.wait_for_run(agent, "crashed")["exit_code"] == 7


@pytest.mark.parametrize(
    ("policy", "status", "comes_back"),
    [("never", 1, False), ("on-failure", 0, False), ("on-failure", 1, True), ("always", 0, True)],
)
def test_an_agent_comes_back_as_its_restart_policy_says(core, policy, status, comes_back):
    agent = core.add_agent(f"com.example.restart_{policy.replace('-', '_')}_{status}")
    first = core.run_agent(agent, restart=policy)
    core.call(f"{agent}/end", {"status": status})
    if comes_back:
        until(lambda: core.last_run(agent)["run_id"] != first["run_id"], "another run")
        core.wait_for_run(agent, "running")
        assert core.call(f"{agent}/echo").status == 200
        core.post(f"/agents/{agent}/stop")
    else:
        core.wait_for_run(agent, "exited", "crashed")
        assert core.get(f"/agents/{agent}")["run"] in ("stopped", "crashed")
        assert len(core.get(f"/agents/{agent}/runs")["runs"]) == 1


def test_an_agent_that_crashes_again_and_again_is_held(core):
    agent = core.add_agent("com.example.crashing", "crash")
    for _ in range(5):
        core.request("POST", f"/api/v1/agents/{agent}/run", {})
        until(lambda: core.last_run(agent)["status"] == "crashed", "it crashed")
    answer = core.request("POST", f"/api/v1/agents/{agent}/run", {})
    assert answer.code == "agent.crash_loop"
    assert core.audit(event_type="agent.crash_loop")
    (core.projects / agent / "mode").write_text("")
    core.done("agents", "restart", agent)
    core.wait_for_run(agent, "running")


def test_an_agent_that_is_disabled_stops_and_is_enabled_as_it_was(core):
    permission = "filesystem:read:~/notes/**"
    agent = core.add_running_agent("com.example.disabled", permissions=[permission])
    pid = core.last_run(agent)["pid"]
    core.done("agents", "disable", agent)
    until(lambda: not is_alive(pid), "its process is gone")
    assert core.call(f"{agent}/echo").code in ("agent.not_enabled", "agent.not_running")
    core.done("agents", "enable", agent)
    core.run_agent(agent)
    assert core.call(f"{agent}/guarded").status == 200


# --- Logs ------------------------------------------------------------------------------------


def test_what_an_agent_prints_is_in_its_log_with_its_stream(core, echo):
    core.call(f"{echo}/say", {"text": "good morning"})

    def lines():
        told = core.get(f"/agents/{echo}/logs")["lines"]
        return {(line["stream"], line["text"]) for line in told}

    until(lambda: {("stdout", "good morning"), ("stderr", "good morning")} <= lines(), "both lines")
    assert "good morning" in core.done("agents", "logs", echo)


def test_a_log_is_followed_as_it_grows(core):
    agent = core.add_running_agent("com.example.followed")
    command, environment = core.command("agents", "logs", agent, "-f")
    follower = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(iter(follower.stdout.readline, "")))
    reader.start()
    try:
        until(lambda: any("ready" in line for line in lines), "what was printed before")
        core.call(f"{agent}/say", {"text": "something new"})
        until(lambda: any("something new" in line for line in lines), "what is printed meanwhile")
        follower.send_signal(signal.SIGINT)
        assert follower.wait(timeout=30) == 0
    finally:
        follower.kill()
        follower.wait()
        reader.join()
        follower.stdout.close()
        follower.stderr.close()


# --- The end of the daemon -------------------------------------------------------------------


def test_twenty_agents_end_with_a_killed_daemon_and_their_runs_are_settled(own_core):
    core = own_core
    agents = [f"com.example.crowd{i}" for i in range(20)]
    for agent in agents:
        write_agent(core.projects / agent, agent)
    core.post("/agents/scan")
    for agent in agents:
        core.enable(agent)
        core.post(f"/agents/{agent}/run", {})
    for agent in agents:
        core.wait_for_run(agent, "running")
        assert core.call(f"{agent}/echo", {"a": agent}).json["output"] == {"a": agent}
    pids = processes_of(core)
    assert len(pids) == 20
    core.stop(signal.SIGKILL)
    ended = time.monotonic()
    until(lambda: not any(map(is_alive, pids)), "no agent is left", SECONDS_WITHOUT_A_CORE)
    assert time.monotonic() - ended < SECONDS_WITHOUT_A_CORE
    core.start()
    for agent in agents:
        run = core.last_run(agent)
        assert (run["status"], run["reason"].split(":")[0]) == ("crashed", "core_restarted"), run
        assert core.get(f"/agents/{agent}")["run"] != "running"
    assert core.run("audit", "verify").returncode == 0
    core.run_agent(agents[0])


def test_orphans_of_a_stubborn_agent_end_with_a_killed_daemon(own_core):
    core = own_core
    agent = core.add_agent("com.example.orphans", "stubborn")
    core.run_agent(agent)
    until(lambda: len(processes_of(core)) >= 4, "the agent and three orphans")
    pids = processes_of(core)
    core.stop(signal.SIGKILL)
    core.start()
    until(lambda: not any(map(is_alive, pids)), "what was left is gone after the restart", 10)


def test_a_stopping_daemon_ends_its_agents(own_core):
    core = own_core
    core.add_running_agent("com.example.normal")
    core.add_running_agent("com.example.stubborn", "stubborn")
    pids = processes_of(core)
    assert len(pids) >= 2
    assert core.stop() == 0
    assert not any(map(is_alive, pids))
    core.start()
    assert core.last_run("com.example.normal")["status"] == "stopped"
    assert {e["event_type"] for e in core.audit()} >= {"core.started", "core.stopped"}


def test_a_second_daemon_is_refused_and_told_of_the_first(core):
    command, environment = core.command("serve", "--port", "0")
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert second.returncode != 0
    assert str(core.daemon.pid) in second.stderr
    assert core.get("/status")["pid"] == core.daemon.pid


def test_a_port_in_use_is_a_clear_error(core, idle_core):
    command, environment = idle_core.command("serve", "--port", core.port)
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert second.returncode == FAILED and str(core.port) in second.stderr
    assert json.loads(core.web("GET", "/api/v1/health").text)["status"] == "ok"


def test_a_daemon_that_watches_folders_ends_cleanly(idle_core):
    idle_core.start(OPENSENTIENCE_SCAN_WATCH="true")
    write_agent(idle_core.projects / "watched", "com.example.watched")
    until(lambda: idle_core.get("/agents")["total"] == 1, "the new folder was noticed")
    assert idle_core.stop() == 0
