"""The Core: tool calls, memory, starts, launches and the audit log."""

import contextlib
import json
import os
import re
import socket
import statistics
import time

from harness import core, processes
from harness.figures import Figure, at_least, at_most, ratio_at_least
from harness.processes import Broken

BYTES = 256
IN_FLIGHT = 64
ECHOES = 8
CALLS = 20_000  # Of one round.
RUNNING = 30
FEW = 10
KNOWN = 1000
AUDIT_ROWS = 100_000
_US = 1e6


@contextlib.contextmanager
def home(bench):
    with bench.folder() as folder:
        yield core.Home(folder, bench.core_program("core_bench_agent"))


def calls(bench):
    """Through the Core from agent to agent and over HTTP, in turns with the relay."""
    count = CALLS // 5 if bench.quick else CALLS
    rounds = {}
    with home(bench) as place:
        echoes = [place.add_agent(f"com.example.echo{number}") for number in range(ECHOES)]
        tools = [f"{agent}/echo" for agent in echoes]
        driver = place.add_agent("com.example.driver", [f"tool:invoke:{tool}" for tool in tools])
        with core.serving(bench.core, place) as server:
            server.wait_for_agents(ECHOES + 1)
            server.run(driver, *echoes)
            for _ in range(bench.rounds):
                for name, measure in _cases(bench, server, driver, tools, count).items():
                    rounds.setdefault(name, []).append(measure())
                    _let_audit_settle(server)
    middle = {name: _median(samples) for name, samples in rounds.items()}
    return _call_figures(middle)


def _cases(bench, server, driver, tools, count):
    def invoke(targets, in_flight, number):
        plan = {"targets": targets, "calls": number, "in_flight": in_flight, "bytes": BYTES}
        return lambda: _costed(server, number, lambda: server.call(driver, "drive", plan))

    def over_http(targets, in_flight, number):
        command = [bench.core_program("core_http_calls"), server.home.admin_socket, number,
                   in_flight, BYTES, *targets]  # fmt: skip
        return lambda: _costed(server, number, lambda: json.loads(processes.run(command)))

    return {
        "relay": lambda: _relay(bench, 5 * count),
        "invoke": invoke(tools[:1], 1, count),
        "invoke, pipelined": invoke(tools, IN_FLIGHT, count),
        "http": over_http(tools[:1], 1, count),
        "http, pipelined": over_http(tools, IN_FLIGHT, count),
    }


def _relay(bench, frames):
    text = processes.run([bench.core_program("core_relay"), frames])
    found = re.findall(r"p50\s+([\d.]+) us\s+p99\s+([\d.]+) us\s+([\d.]+)/s", text)
    if len(found) != 2:
        raise Broken(f"the relay said something unexpected:\n{text}")
    alone, pipelined = (tuple(map(float, figures)) for figures in found)
    return {"p50_us": alone[0], "p99_us": alone[1], "per_second": pipelined[2], "failed": 0}


def _costed(server, number, measure):
    """What `measure` says, and the processor time of the Core's threads for each call."""
    before = processes.cpu_seconds(server.pid)
    sample = dict(measure())
    sample["cpu_us"] = (processes.cpu_seconds(server.pid) - before) / number * _US
    return sample


def _let_audit_settle(server):
    """Rows of one case are not written at the cost of the next."""
    written = -1
    while written != (written := _newest_audit_row(server)):
        time.sleep(0.1)


def _newest_audit_row(server):
    return server.client().json("GET", "/api/v1/audit?limit=1")["events"][0]["sequence"]


def _median(samples):
    return {name: statistics.median(sample[name] for sample in samples) for name in samples[0]}


def _call_figures(middle):
    relay = middle["relay"]
    frames, rate = relay["p50_us"], relay["per_second"]
    alone, many = middle["invoke"], middle["invoke, pipelined"]
    web, webs = middle["http"], middle["http, pipelined"]
    failed = sum(case["failed"] for case in (alone, many, web, webs))
    return [
        Figure("calls", "tool call agent to agent, 256 B, p50", alone["p50_us"], "us", "relay, p50",
               frames, target=ratio_at_least(0.5)),
        Figure("calls", "tool call agent to agent, 256 B, p99", alone["p99_us"], "us", "relay, p99",
               relay["p99_us"]),
        Figure("calls", "tool call over HTTP, 256 B, p50", web["p50_us"], "us", "relay, p50", frames),
        Figure("calls", "calls agent to agent, 64 in flight, 8 agents", many["per_second"], "/s",
               "relay, 64 in flight", rate, higher_is_better=True, target=ratio_at_least(0.4)),
        Figure("calls", "calls over HTTP, 64 in flight, 8 agents", webs["per_second"], "/s",
               "relay, 64 in flight", rate, higher_is_better=True),
        Figure("calls", "CPU of the Core for a call agent to agent", alone["cpu_us"], "us"),
        Figure("calls", "the same with 64 in flight", many["cpu_us"], "us"),
        Figure("calls", "CPU of the Core for a call over HTTP", web["cpu_us"], "us"),
        Figure("calls", "calls failed", failed, "", target=at_most(0)),
    ]  # fmt: skip


def memory(bench):
    """Idle; and what one more running agent takes, once the code that runs agents is in memory."""
    with home(bench) as place:
        agents = [place.add_agent(f"com.example.agent{number}") for number in range(RUNNING)]
        with core.serving(bench.core, place) as server:
            server.wait_for_agents(RUNNING)
            idle = processes.resident_megabytes(server.pid)
            few = _resident_with(server, agents[:FEW])
            all_of_them = _resident_with(server, agents[FEW:])
    each = (all_of_them - few) / (RUNNING - FEW) * 1000
    return [
        Figure("core-memory", "resident memory of the Core, no agent runs", idle, "MB",
               target=at_most(20)),
        Figure("core-memory", f"with {RUNNING} running agents", all_of_them, "MB",
               target=at_most(20 + 0.05 * RUNNING)),
        Figure("core-memory", "for one more running agent", each, "kB", target=at_most(50)),
    ]  # fmt: skip


def _resident_with(server, agents):
    server.run(*agents)
    return processes.resident_megabytes(server.pid)


def start(bench):
    """With agents known and a long audit log: from starting the program to its first answer."""
    count = AUDIT_ROWS // 10 if bench.quick else AUDIT_ROWS
    walls, cpus = [], []
    with home(bench) as place:
        _fill(bench, place, count)
        for _ in range(2 * bench.rounds + 1):
            with core.serving(bench.core, place) as server:
                health = server.client().json("GET", "/api/v1/health")
                walls.append(time.monotonic() - server.started)
                cpus.append(processes.total_cpu_seconds(server.pid))
                if health["status"] != "ok" or server.status()["agents_known"] < KNOWN:
                    raise Broken(f"the Core is not as it was: {health}")
    return [
        Figure("core-start", "start to healthy, 1 000 agents, 100 000 audit rows",
               statistics.median(walls) * 1e3, "ms", target=at_most(100)),
        Figure("core-start", "the same, CPU of both cores", statistics.median(cpus) * 1e3, "ms"),
    ]  # fmt: skip


def _fill(bench, place, rows):
    """Agents are found by a scan, audit rows come from calls: two of each."""
    for number in range(KNOWN):
        place.add_manifest(f"com.example.known{number}")
    echo = place.add_agent("com.example.echo")
    driver = place.add_agent("com.example.driver", [f"tool:invoke:{echo}/echo"])
    plan = {"targets": [f"{echo}/echo"], "calls": 2000, "in_flight": 8, "bytes": BYTES}
    with core.serving(bench.core, place) as server:
        server.wait_for_agents(KNOWN + 2)
        server.run(driver, echo)
        while _newest_audit_row(server) < rows:
            server.call(driver, "drive", plan)
            _let_audit_settle(server)


def launch(bench):
    """From asking the Core to run an agent until that has connected, less the same without it."""
    tries = 5 if bench.quick else 20
    with home(bench) as place:
        agent = place.add_agent("com.example.agent")
        program = place.agents / agent / "agent"
        with core.serving(bench.core, place) as server:
            server.wait_for_agents(1)
            server.enable(agent)
            through = [_launch_through(server, agent) for _ in range(tries)]
        outside = [_launch_outside(program, place.root / "bench.sock") for _ in range(tries)]
    connected = statistics.median(times[0] for times in through)
    ready = statistics.median(times[1] for times in through)
    alone = statistics.median(outside)
    return [
        Figure("launch", "agent launched and connected, added by the Core", connected - alone, "ms",
               target=at_most(5)),
        Figure("launch", "agent launched and connected", connected, "ms", "posix_spawn and connect",
               alone),
        Figure("launch", "agent launched, tools registered", ready, "ms"),
    ]  # fmt: skip


def _launch_through(server, agent):
    client = server.client()
    client.json("GET", "/api/v1/health")  # Connected before the clock runs.
    started = time.monotonic()
    client.json("POST", f"/api/v1/agents/{agent}/run", {})
    processes.wait_until(lambda: server._has_tools(agent), 20, f"{agent} is ready")
    times = server.call(agent, "times", {})
    client.json("POST", f"/api/v1/agents/{agent}/stop", {"reason": "benchmark"})
    return [times[name] / 1e3 - started * 1e3 for name in ("connected_us", "ready_us")]


def _launch_outside(program, path):
    """The agent ends once it has printed when it was connected."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        reading, writing = os.pipe()
        started = time.monotonic()
        pid = os.posix_spawn(program, [program], {"OPENSENTIENCE_SOCKET": str(path)},
                             file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)])  # fmt: skip
        os.close(writing)
        with open(reading) as output:
            printed = output.read()
        os.waitpid(pid, 0)
    return int(printed) / 1e3 - started * 1e3


def audit(bench):
    """Rows posted as the router does until they are durable; and verified."""
    rows = 20_000 if bench.quick else 200_000
    with bench.folder() as folder:
        text = processes.run([bench.core_program("audit_bench"), rows], cwd=folder)
    found = dict(re.findall(r"^(appended|verified)\s+(\d+) rows/s", text, re.MULTILINE))
    if len(found) != 2 or "intact" not in text:
        raise Broken(f"audit_bench said something unexpected:\n{text}")
    return [
        Figure("audit", "audit rows appended, durable", float(found["appended"]), "/s",
               higher_is_better=True, target=at_least(20_000)),
        Figure("audit", "audit rows verified", float(found["verified"]), "/s",
               higher_is_better=True, target=at_least(200_000)),
    ]  # fmt: skip
