"""A running `agentvault-registry serve`, on a free port and in a folder of its own."""

import contextlib
import os
import select
import signal
import subprocess
import time

from support.client import Client
from support.programs import REGISTRY, TemporaryFolder, clean_environment, run_registry, tied_to_us

READY = b"agentvault-registry listening on "
START_SECONDS = 30
STOP_SECONDS = 15

running = []  # For the log lines that a failed test shows.


class Registry:
    """`environment` gives settings; rate limits and the access log are off unless it says more.
    The public URL stays the same when a restart, or another replica, has another port: it is the
    issuer of tokens."""

    DEFAULTS = {
        "AGENTVAULT_PUBLIC_URL": "http://registry.example.com",
        "AGENTVAULT_RATE_LIMITS": "off",
        "AGENTVAULT_ACCESS_LOG": "off",
    }

    def __init__(self, data_dir, environment=None, arguments=()):
        self.data_dir = data_dir
        self.environment = self.DEFAULTS | (environment or {})
        self.arguments = list(arguments)
        self.log_path = data_dir.with_name(data_dir.name + ".log")
        self.process = None
        self.url = None

    @property
    def database_path(self):
        return self.data_dir / "registry.db"

    def start(self):
        command = [REGISTRY, "serve", "--listen", "127.0.0.1:0", "--data-dir", self.data_dir]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                tied_to_us(command + self.arguments),
                env=clean_environment(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        running.append(self)
        self.url = self._wait_until_ready()
        return self

    def _wait_until_ready(self):
        output = self.process.stdout
        deadline = time.monotonic() + START_SECONDS
        text = b""
        while not text.endswith(b"\n"):
            readable, _, _ = select.select([output], [], [], max(0, deadline - time.monotonic()))
            chunk = os.read(output.fileno(), 4096) if readable else b""
            if not chunk:
                self.kill()
                why = "ended" if readable else f"was not ready in {START_SECONDS} s"
                raise AssertionError(f"the registry {why}:\n{self.log()}")
            text += chunk
        assert text.startswith(READY), text
        return text[len(READY) :].decode().strip()

    def client(self, token=None):
        return Client(self.url, token)

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """The exit status, once the program has ended by itself."""
        status = self.process.wait(STOP_SECONDS)
        self._forget()
        return status

    def stop(self):
        """Asks the program to end, and answers its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._forget()

    def restart(self):
        self.kill()
        return self.start()

    def _forget(self):
        if self.process is not None:
            self.process.stdout.close()
        if self in running:
            running.remove(self)

    def command(self, *arguments, stdin="", timeout=60):
        """Runs another command of the program on this registry's data."""
        settings = {name: value for name, value in self.environment.items() if name != "HOME"}
        return run_registry(
            *arguments, "--data-dir", str(self.data_dir),
            stdin=stdin, environment=settings, timeout=timeout,
        )  # fmt: skip


@contextlib.contextmanager
def new_registry(environment=None, arguments=(), start=True):
    """A registry with an empty store, started unless told otherwise; nothing of it remains."""
    with TemporaryFolder("registry") as folder:
        registry = Registry(folder / "data", environment, arguments)
        try:
            yield registry.start() if start else registry
        finally:
            registry.kill()
