"""The registry under test: made-up agents, kept between runs, and servers on copies of them."""

import contextlib
import hashlib
import http.client
import json
import os
import select
import shutil
import subprocess
import time
import urllib.parse

from harness import processes
from harness.processes import Broken

READY = b"agentvault-registry listening on "
START_SECONDS = 60
PASSWORD = "three slow boats upriver"
EMAIL = "load@example.com"


class DemoData:
    """`count` made-up agents in a database and as JSON lines, made once for each form that the
    program gives them."""

    def __init__(self, program, cache, count, seed):
        self.program, self.count, self.seed = program, count, seed
        self.folder = cache / f"{count}-{seed}-{self._form()}"
        self.store = self.folder / "store"
        self.lines = self.folder / "agents.jsonl"

    def prepare(self):
        if self.lines.exists():
            return self
        # Only one form is worth its disk space.
        shutil.rmtree(self.folder.parent, ignore_errors=True)
        self.store.mkdir(parents=True)
        self._make(self.store, self.count)
        unfinished = self.folder / "unfinished"
        unfinished.write_text(self._export(self.store))
        unfinished.rename(self.lines)
        return self

    def agents(self):
        with self.lines.open() as lines:
            for line in lines:
                yield json.loads(line)

    def copy_store(self, target):
        shutil.copytree(self.store, target)
        return target

    def _form(self):
        """Tells versions of the program apart whose made-up agents differ."""
        version = processes.run([self.program, "--version"]).strip()
        with processes.temporary_folder() as folder:
            self._make(folder, 100)
            sample = self._export(folder)
        return hashlib.sha256((version + sample).encode()).hexdigest()[:16]

    def _make(self, store, count):
        arguments = ["demo-data", "--count", count, "--seed", self.seed, "--data-dir", store]
        processes.run([self.program, *arguments], timeout=300)

    def _export(self, store):
        return processes.run([self.program, "export", "-", "--data-dir", store])


class Registry:
    """`agentvault-registry serve` on a free port."""

    def __init__(self, program, store, log, cpus, arguments):
        command = [program, "serve", "--listen", "127.0.0.1:0", "--data-dir", store,
                   "--rate-limits", "off", "--log-access", "off", *arguments]  # fmt: skip
        self._log = log
        started = time.monotonic()
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(
                processes.on_cpus(cpus, command), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=errors, env=processes.clean_environment(),
            )  # fmt: skip
        self.url = self._wait_until_ready()
        self.start_seconds = time.monotonic() - started
        self.start_cpu_seconds = processes.total_cpu_seconds(self.pid)

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
                raise Broken(f"the registry did not start:\n{self._log.read_text()[-1500:]}")
            text += chunk
        return text.removeprefix(READY).decode().strip()

    def client(self):
        return Client(self.url)


@contextlib.contextmanager
def serving(program, store, cpus, arguments=()):
    registry = Registry(program, store, store.with_name(store.name + ".log"), cpus, arguments)
    try:
        yield registry
    finally:
        processes.stop(registry.process)
        registry.process.stdout.close()


class Client:
    """One kept-alive connection."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)

    def exchange(self, method, path, body=None, headers=None):
        """Status, headers and bytes of the answer, whatever the status."""
        headers = dict(headers or {})
        if body is not None:
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def send(self, method, path, body=None, headers=None):
        status, _, content = self.exchange(method, path, body, headers)
        if status >= 300:
            raise Broken(f"{method} {path} was answered {status}: {content[:300]!r}")
        return content

    def get(self, path):
        return self.send("GET", path)

    def json(self, method, path, body=None, headers=None):
        return json.loads(self.send(method, path, body, headers))


def sign_up(client):
    """A new account; the Authorization header of its access token."""
    account = {"email": EMAIL, "username": "loadtest", "password": PASSWORD}
    client.send("POST", "/api/v1/auth/register", account)
    login = {"email": EMAIL, "password": PASSWORD}
    session = client.json("POST", "/api/v1/auth/login", login)
    return {"Authorization": f"Bearer {session['access_token']}"}


def make_api_key(client, authorization):
    body = {"name": "load", "scopes": ["agents:read"]}
    answer = client.json("POST", "/api/v1/auth/api-keys", body, authorization)
    return {"X-Api-Key": answer["key"]}
