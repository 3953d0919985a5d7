"""A Core with a home folder of its own: the daemon, its command line, and its API."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile

from support.agents import write_agent
from support.waiting import until

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN_DIR = pathlib.Path(os.environ.get("SOVEREIGN_BIN_DIR", ROOT / "build" / "bin")).resolve()
PROGRAM = BIN_DIR / "opensentience"
LISTENING = "opensentience listening on "

DONE, FAILED, WRONG_USE, NOT_RUNNING, REFUSED, NOT_FOUND, TOOL_FAILED, TAMPERED = range(8)

running = []  # Cores whose daemons run, for what a failed test shows.


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def code(self):
        """The stable code of a problem."""
        return self.json.get("code", "") if self.status >= 400 else ""


class Core:
    """A home folder, and the daemon when it runs. Paths are short: those of sockets must be."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="os-", dir="/tmp"))
        self.home = self.folder / "h"
        self.projects = self.folder / "p"
        self.user = self.folder / "u"
        self.work = self.folder / "w"
        for folder in (self.projects, self.user, self.work):
            folder.mkdir()
        self.daemon = None
        self.url = ""
        self.settings = {}

    # --- The daemon --------------------------------------------------------------------------

    def environment(self, **extra):
        """Nothing of the person's who runs the tests, but for what sanitizers want to know."""
        sanitizers = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
        return sanitizers | {
            "PATH": os.environ["PATH"],
            "HOME": str(self.user),
            "LANG": "C.UTF-8",
            "OPENSENTIENCE_HOME": str(self.home),
            "OPENSENTIENCE_SCAN_ROOTS": str(self.projects),
            "OPENSENTIENCE_SCAN_WATCH": "false",
        } | self.settings | extra  # fmt: skip

    def start(self, **extra):
        log = open(self.folder / "daemon.log", "ab")
        # Should the tests be killed, the kernel ends the daemon, and that its agents.
        command = ["setpriv", "--pdeathsig", "KILL", "--", str(PROGRAM), "serve", "--port", "0"]
        self.daemon = subprocess.Popen(
            command,
            env=self.environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        running.append(self)
        line = self.daemon.stdout.readline()
        if not line.startswith(LISTENING):
            self.daemon.wait()
            raise AssertionError(f"the daemon did not start: {line}{self.log()}")
        self.url = line.removeprefix(LISTENING).strip()
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def stop(self, how=signal.SIGTERM):
        """Ends the daemon; its exit status."""
        if self.daemon is None:
            return None
        if self.daemon.poll() is None:
            self.daemon.send_signal(how)
        try:
            status = self.daemon.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
            raise AssertionError("the daemon did not stop within a minute") from None
        finally:
            self.daemon.stdout.close()
            self.daemon = None
            running.remove(self)
        return status

    def log(self):
        path = self.folder / "daemon.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def end(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- The command line --------------------------------------------------------------------

    def command(self, *arguments, **extra):
        return [str(PROGRAM), *map(str, arguments)], self.environment(**extra)

    def run(self, *arguments, stdin="", timeout=120, **extra):
        """One command to its end."""
        command, environment = self.command(*arguments, **extra)
        return subprocess.run(
            command, env=environment, input=stdin, capture_output=True, text=True, timeout=timeout
        )

    def done(self, *arguments, **options):
        """What a command that must succeed prints."""
        result = self.run(*arguments, **options)
        assert result.returncode == DONE, f"{arguments}: {result}"
        return result.stdout

    def json(self, *arguments, **options):
        return json.loads(self.done("--json", *arguments, **options))

    def refused(self, *arguments, status=REFUSED, **options):
        """What a command that must fail says on standard error."""
        result = self.run(*arguments, **options)
        assert result.returncode == status, f"{arguments}: {result}"
        return result.stderr

    # --- The API -----------------------------------------------------------------------------

    def connection(self, timeout=60):
        return UnixConnection(self.home / "run" / "admin.sock", timeout)

    def request(self, method, target, body=None, headers=None):
        """Over the Unix-domain socket, as the operator."""
        connection = self.connection()
        try:
            return exchange(connection, method, target, body, headers)
        finally:
            connection.close()

    def web(self, method, target, body=None, headers=None):
        """Over TCP, as anybody."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            return exchange(connection, method, target, body, headers)
        finally:
            connection.close()

    def get(self, target):
        answer = self.request("GET", "/api/v1" + target)
        assert answer.status == 200, f"{target}: {answer.status} {answer.text}"
        return answer.json

    def post(self, target, body=None):
        answer = self.request("POST", "/api/v1" + target, body or {})
        assert answer.status < 300, f"{target}: {answer.status} {answer.text}"
        return answer.json

    # --- Agents ------------------------------------------------------------------------------

    def add_agent(self, agent_id, mode="", **changes):
        """One in development, enabled with all it asks for; returns its id."""
        write_agent(self.projects / agent_id, agent_id, mode, **changes)
        self.post("/agents/scan")
        self.enable(agent_id)
        return agent_id

    def enable(self, agent_id, permissions=None):
        wanted = self.get(f"/agents/{agent_id}/permissions")
        if permissions is None:
            permissions = [one["permission"] for one in wanted["permissions"]]
        body = {"permissions": permissions, "manifest_hash": wanted["manifest_hash"]}
        return self.post(f"/agents/{agent_id}/enable", body)

    def add_running_agent(self, agent_id, mode="", **changes):
        self.add_agent(agent_id, mode, **changes)
        self.run_agent(agent_id)
        return agent_id

    def run_agent(self, agent_id, **body):
        """Runs it and waits until its tools are there."""
        run = self.post(f"/agents/{agent_id}/run", body)
        self.wait_for_run(agent_id, "running")
        return run

    def last_run(self, agent_id):
        return self.get(f"/agents/{agent_id}/runs")["runs"][0]

    def wait_for_run(self, agent_id, *statuses):
        def reached():
            run = self.last_run(agent_id)
            return run if run["status"] in statuses else None

        return until(reached, f"{agent_id} is {statuses}")

    def call(self, tool, given=None, **options):
        """The answer to a call of `agent/tool`."""
        return self.request("POST", f"/api/v1/tools/{tool}/call", {"input": given or {}} | options)

    def private(self, agent_id):
        return self.home / "agents" / agent_id / "private"

    def left_by(self, agent_id, name):
        """A file that the agent leaves in its private folder, when it is there."""
        path = next(self.home.glob(f"agents/{agent_id}/**/{name}"), None)
        return path.read_text() if path else None

    # --- What is kept ------------------------------------------------------------------------

    def audit(self, **filters):
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        return self.get(f"/audit?limit=500&{query}")["events"]

    @contextlib.contextmanager
    def database(self):
        """The stopped daemon's, without our program in between."""
        assert self.daemon is None
        with contextlib.closing(sqlite3.connect(self.home / "state" / "core.sqlite3")) as opened:
            yield opened
            opened.commit()


def exchange(connection, method, target, body, headers):
    text = None if body is None else json.dumps(body) if not isinstance(body, str) else body
    given = {"Content-Type": "application/json"} if text is not None else {}
    connection.request(method, target, text, given | (headers or {}))
    return Answer(connection.getresponse())


def is_alive(pid):
    """Whether there is such a process that has not ended; a dead one nobody waited for has."""
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def processes_of(core):
    """Those whose environment names this home folder or lies in it, but for the daemon."""
    own = core.daemon.pid if core.daemon else -1
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == own:
            continue
        try:
            text = (entry / "environ").read_bytes()
        except OSError:
            continue
        if b"OPENSENTIENCE_SOCKET=" + bytes(core.home) in text and is_alive(int(entry.name)):
            found.append(int(entry.name))
    return found
