"""The Core under test: a home folder with bench agents, its daemon, and its API over admin.sock."""

import contextlib
import http.client
import json
import os
import select
import shutil
import socket
import subprocess
import time

from harness import processes, registry
from harness.processes import Broken

READY = b"opensentience listening on "
START_SECONDS = 60
# No limit of the operator's is in the way of what is measured; every check is made all the same.
LIMITS = {
    "OPENSENTIENCE_CALLS_PER_AGENT": "256",
    "OPENSENTIENCE_HUMAN_CALLS_PER_MINUTE": "100000000",
    "OPENSENTIENCE_AGENT_CALLS_PER_MINUTE": "100000000",
    "OPENSENTIENCE_RUNNING_LIMIT": "1000",
}


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Client(registry.Client):
    def __init__(self, path):
        self._connection = UnixConnection(path)


class Home:
    """A home folder, and a folder of agents in development beside it."""

    def __init__(self, folder, agent_program):
        self.root = folder / "home"
        self.agents = folder / "agents"
        self.log = folder / "core.log"
        self._agent_program = agent_program
        self.root.mkdir(mode=0o700)
        self.agents.mkdir()

    def add_agent(self, agent, permissions=()):
        """One that runs the bench agent's program."""
        folder = self.agents / agent
        folder.mkdir()
        shutil.copy(self._agent_program, folder / "agent")
        (folder / "opensentience.agent.json").write_text(json.dumps({
            "manifest_version": 1, "id": agent, "name": agent, "version": "1.0.0",
            "description": "An agent of the benchmarks.",
            "source": {"git_url": "https://example.org/bench.git", "ref": "main"},
            "entrypoint": {"type": "command", "value": "agent"},
            "permissions": list(permissions), "capabilities": ["tools"],
        }))  # fmt: skip
        return agent

    def add_manifest(self, agent):
        """One that is only known."""
        folder = self.agents / agent
        folder.mkdir()
        (folder / "opensentience.agent.json").write_text(json.dumps({
            "manifest_version": 1, "id": agent, "name": f"Agent {agent}", "version": "1.0.0",
            "description": "Known to the Core, not running; with a description of usual length.",
            "source": {"git_url": "https://example.org/bench.git", "ref": "main"},
            "entrypoint": {"type": "mix_task", "value": "opensentience.agent"},
            "permissions": ["filesystem:read:~/Documents/**", "network:egress:api.example.com:443"],
            "capabilities": ["tools", "streaming"], "keywords": ["benchmark", "example"],
        }))  # fmt: skip

    @property
    def admin_socket(self):
        return self.root / "run" / "admin.sock"

    @property
    def agent_socket(self):
        return self.root / "run" / "core.sock"


class Core:
    """`opensentience serve` on a free port."""

    def __init__(self, program, home, cpus):
        environment = processes.clean_environment() | LIMITS | {
            "OPENSENTIENCE_HOME": str(home.root), "OPENSENTIENCE_SCAN_ROOTS": str(home.agents),
        }  # fmt: skip
        self.home = home
        # Not by on_cpus(): the processes it goes through are no part of a start.
        with open(home.log, "ab") as errors, processes.pinned(cpus):
            self.started = time.monotonic()
            self.process = subprocess.Popen(
                [program, "serve", "--port", "0"], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=errors, env=environment,
            )  # fmt: skip
        self.url = self._wait_until_ready()

    @property
    def pid(self):
        return self.process.pid

    def _wait_until_ready(self):
        output, text = self.process.stdout, b""
        deadline = time.monotonic() + START_SECONDS
        while not text.endswith(b"\n"):
            readable, _, _ = select.select([output], [], [], max(0, deadline - time.monotonic()))
            chunk = os.read(output.fileno(), 4096) if readable else b""
            if not chunk:
                processes.stop(self.process)
                raise Broken(f"the Core did not start:\n{self.home.log.read_text()[-1500:]}")
            text += chunk
        return text.removeprefix(READY).decode().strip()

    def client(self):
        return Client(self.home.admin_socket)

    def status(self):
        return self.client().json("GET", "/api/v1/status")

    def wait_for_agents(self, count):
        """The first scan, which begins with the daemon, has found so many."""
        processes.wait_until(lambda: self.status()["agents_known"] >= count, 60, "agents are known")

    def enable(self, agent):
        wanted = self.client().json("GET", f"/api/v1/agents/{agent}/permissions")
        permissions = [one["permission"] for one in wanted["permissions"]]
        body = {"permissions": permissions, "allow_dangerous": True}
        self.client().json("POST", f"/api/v1/agents/{agent}/enable", body)

    def run(self, *agents):
        """Starts them and waits until their tools are there."""
        for agent in agents:
            self.enable(agent)
            self.client().json("POST", f"/api/v1/agents/{agent}/run", {})
        for agent in agents:
            processes.wait_until(lambda: self._has_tools(agent), 20, f"{agent} is ready")

    def call(self, agent, tool, value):
        """The output of a tool."""
        body = {"input": value, "timeout_ms": 300_000}
        answer = self.client().json("POST", f"/api/v1/tools/{agent}/{tool}/call", body)
        if answer["status"] != "succeeded":
            raise Broken(f"{agent}/{tool} ended as {answer}")
        return answer["output"]

    def _has_tools(self, agent):
        tools = self.client().json("GET", f"/api/v1/tools?agent={agent}")["tools"]
        return any(tool["available"] for tool in tools)


@contextlib.contextmanager
def serving(program, home, cpus=processes.ALL_CPUS):
    core = Core(program, home, cpus)
    try:
        yield core
    finally:
        processes.stop(core.process)
        core.process.stdout.close()
