"""A Redis server of our own: a Unix socket in a temporary folder, no port, gone afterwards."""

import signal
import subprocess

from support.checks import eventually
from support.programs import TemporaryFolder, tied_to_us

START_SECONDS = 30
PASSWORD = "planted-redis-password-4711"


class PrivateRedis:
    def __init__(self):
        self._folder = TemporaryFolder("redis")
        self.path = self._folder.path
        self._socket = self.path / "socket"
        self._server = None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.crash()
        self._folder.__exit__()

    @property
    def url(self):
        return f"unix://:{PASSWORD}@{self._socket}"

    def start(self):
        self._server = subprocess.Popen(
            tied_to_us([
                "redis-server", "--port", "0", "--unixsocket", self._socket, "--dir", self.path,
                "--save", "", "--appendonly", "no", "--requirepass", PASSWORD,
                "--logfile", self.path / "server.log",
            ]),
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        eventually(lambda: self._is_ready(), START_SECONDS, "Redis takes connections")
        return self

    def _is_ready(self):
        assert self._server.poll() is None, (self.path / "server.log").read_text()
        return self._socket.exists() and self.ask("PING") == "PONG"

    def ask(self, *words):
        """What redis-cli prints."""
        command = ["redis-cli", "-s", self._socket, "-a", PASSWORD, "--no-auth-warning", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.strip()

    def crash(self):
        """Ends it at once, with all it held."""
        if self._server is not None and self._server.poll() is None:
            self._server.kill()
            self._server.wait()
        self._socket.unlink(missing_ok=True)

    def freeze(self):
        self._server.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._server.send_signal(signal.SIGCONT)
