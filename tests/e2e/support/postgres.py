"""A PostgreSQL server of our own: a Unix socket in a temporary folder, no port, gone afterwards."""

import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess

from support.checks import eventually
from support.programs import TemporaryFolder

START_SECONDS = 60


def newest_programs():
    found = pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")
    versions = sorted(found, key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))])
    assert versions, "PostgreSQL is missing: install the package postgresql"
    return versions[-1].parent


class PrivatePostgres:
    def __init__(self):
        self._folder = TemporaryFolder("postgres")
        self.path = self._folder.path
        self._programs = newest_programs()
        self._schemas = 0
        self._server = None
        if os.geteuid() == 0:
            shutil.chown(self.path, "postgres", "postgres")

    def __enter__(self):
        try:
            self._run(
                "initdb", f"--pgdata={self.path / 'data'}", "--username=postgres", "--auth=trust",
                "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions",
                "--wal-segsize=1",
            )  # fmt: skip
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.crash()
        self._folder.__exit__()

    def _command(self, program, *arguments):
        """PostgreSQL refuses to run as root, and is to die with us."""
        account = []
        if os.geteuid() == 0:
            group = pwd.getpwnam("postgres").pw_gid
            account = ["--reuid=postgres", f"--regid={group}", "--clear-groups"]
        return ["setpriv", *account, "--pdeathsig", "QUIT", "--",
                str(self._programs / program), *arguments]  # fmt: skip

    def _run(self, program, *arguments):
        done = subprocess.run(
            self._command(program, *arguments), cwd=self.path, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{program} failed:\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self):
        # Left over by a crash; the kernel may have given its process id to somebody else.
        state = self.path / "data" / "postmaster.pid"
        state.unlink(missing_ok=True)
        with open(self.path / "server.log", "ab") as log:
            self._server = subprocess.Popen(
                self._command(
                    "postgres", "-D", str(self.path / "data"), "-k", str(self.path),
                    "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB",
                    "-c", "max_connections=60", "-c", "max_wal_size=64MB",
                ),
                cwd=self.path, stdout=log, stderr=log,
            )  # fmt: skip
        eventually(lambda: self._is_ready(state), START_SECONDS, "PostgreSQL takes connections")
        return self

    def _is_ready(self, state):
        assert self._server.poll() is None, (self.path / "server.log").read_text()
        return state.exists() and "ready" in state.read_text()

    def crash(self):
        """Ends it at once, as a power cut would; clients see their connections break."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGQUIT)
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()

    def new_schema(self):
        """The URL of a schema that nobody else uses; much cheaper than a database."""
        self._schemas += 1
        name = f"registry_{self._schemas}"
        url = f"postgresql://postgres@/postgres?host={self.path}"
        self._run("psql", "-X", "-q", "-d", url, "-c", f"CREATE SCHEMA {name}")
        return f"{url}&options=-csearch_path%3D{name}"

    def dump(self):
        """Everything that is in the server, as SQL text."""
        return self._run("pg_dump", "-d", f"postgresql://postgres@/postgres?host={self.path}")
