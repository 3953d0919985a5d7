"""A PostgreSQL server of our own with the same agents: a Unix socket in a temporary folder, no port.
Finds agents as an application would that keeps them there: full text over a weighted tsvector with
a GIN index, or ILIKE over the same text."""

import collections
import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess

from harness import processes
from harness.processes import ALL_CPUS, LOAD_CPU, SERVER_CPU, Broken
from harness.queries import PER_PAGE

_START_SECONDS = 60
# Generous for a table of some 200 MB; jit only costs time in queries this short, and one process
# does a query's work, as in the registry.
_SETTINGS = {
    "listen_addresses": "", "shared_buffers": "512MB", "work_mem": "64MB",
    "maintenance_work_mem": "256MB", "effective_cache_size": "1GB", "max_wal_size": "2GB",
    "jit": "off", "max_parallel_workers_per_gather": "0", "max_connections": "10",
    "fsync": "off", "autovacuum": "off",
}  # fmt: skip

# Nothing is compressed or stored out of line: ILIKE reads the text of every row, ts_rank the document
# of every match.
_TABLE = """
CREATE TABLE agents (
  id bigint PRIMARY KEY, name text NOT NULL, human_readable_id text NOT NULL,
  description text NOT NULL, capabilities text[] NOT NULL, tags text[] NOT NULL,
  status text NOT NULL, created_at timestamptz NOT NULL,
  words text, document tsvector) WITH (toast_tuple_target = 8160);
"""
_INDEXES = """
UPDATE agents SET words = concat_ws(' ', name, human_readable_id, array_to_string(tags, ' '),
                                    array_to_string(capabilities, ' '), description),
  document =
  setweight(to_tsvector('english', name), 'A') ||
  setweight(to_tsvector('english', translate(human_readable_id, '/-', '  ')), 'B') ||
  setweight(to_tsvector('english', translate(array_to_string(tags, ' '), '-', ' ')), 'B') ||
  setweight(to_tsvector('english', translate(array_to_string(capabilities, ' '), '-', ' ')), 'B') ||
  setweight(to_tsvector('english', description), 'D');
VACUUM FULL agents;
CREATE INDEX ON agents USING gin (document) WITH (fastupdate = off);
CREATE INDEX ON agents USING gin (tags) WITH (fastupdate = off);
CREATE INDEX ON agents USING gin (capabilities) WITH (fastupdate = off);
CREATE INDEX ON agents (created_at DESC);
VACUUM ANALYZE agents;
"""
_COLUMNS = "id, name, human_readable_id, description, capabilities, tags, status, created_at"


def full_text(query, counted):
    """The best matches and, when `counted`, how many there are: what the registry answers."""
    words = query.text.split()
    terms = " & ".join(words) + (":*" if query.kind == "prefix" else "")
    match = f"document @@ to_tsquery('english', '{terms}')"
    page = (
        f"SELECT {_COLUMNS} FROM agents WHERE {match} AND {_filters(query)} "
        f"ORDER BY ts_rank(document, to_tsquery('english', '{terms}')) DESC, id LIMIT {PER_PAGE}"
    )
    return _with_count(page, f"{match} AND {_filters(query)}", counted)


def substring(query, counted):
    match = " AND ".join(f"words ILIKE '%{word}%'" for word in query.text.split())
    where = f"{match} AND {_filters(query)}"
    page = f"SELECT {_COLUMNS} FROM agents WHERE {where} ORDER BY created_at DESC LIMIT {PER_PAGE}"
    return _with_count(page, where, counted)


def _filters(query):
    filters = "status = 'active'"
    if query.field:
        filters += f" AND {query.field} @> ARRAY['{query.value}']"
    return filters


def _with_count(page, where, counted):
    if not counted:
        return f"{page};\n"
    return f"SELECT (SELECT count(*) FROM agents WHERE {where}), found.* FROM ({page}) found;\n"


class Postgres:
    def __init__(self, folder):
        self.folder = folder
        found = pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")
        versions = sorted(found, key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))])
        if not versions:
            raise Broken("PostgreSQL is missing: tools/setup bench installs it")
        self._programs = versions[-1].parent
        self._server = None
        # PostgreSQL refuses to run as root.
        self._account = []
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
            group = pwd.getpwnam("postgres").pw_gid
            self._account = ["--reuid=postgres", f"--regid={group}", "--clear-groups"]

    def start(self):
        self._run(
            "initdb", f"--pgdata={self.folder / 'data'}", "--username=postgres", "--auth=trust",
            "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions",
        )  # fmt: skip
        command = [self._programs / "postgres", "-D", self.folder / "data", "-k", self.folder]
        for name, value in _SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        with open(self.folder / "server.log", "wb") as log:
            self._server = subprocess.Popen(
                processes.on_cpus(SERVER_CPU, command, self._account), cwd=self.folder,
                stdout=log, stderr=log, env=processes.clean_environment(),
            )  # fmt: skip
        processes.wait_until(self._is_ready, _START_SECONDS, "PostgreSQL takes connections")

    def stop(self):
        if self._server is not None:
            processes.stop(self._server, signal.SIGQUIT)

    def load(self, agents):
        """Fills the table by COPY, and indexes it."""
        self._sql(_TABLE)
        rows = self.folder / "agents.copy"
        with rows.open("w") as out:
            for number, agent in enumerate(agents, 1):
                out.write("\t".join(map(_copy_text, _columns(number, agent))) + "\n")
        rows.chmod(0o644)
        self._sql(f"COPY agents ({_COLUMNS}) FROM '{rows}'")
        self._sql(_INDEXES)
        rows.unlink()

    def time(self, statements, seconds):
        """Runs the statements in a random order for that long, one after the other on one
        connection: {index of the statement: [milliseconds]}."""
        with processes.temporary_folder(self.folder) as folder:
            command = ["-n", "-M", "prepared", "-c", 1, "-T", seconds, "--random-seed=1", "-l",
                       f"--log-prefix={folder}/log", "-h", self.folder, "-U", "postgres"]  # fmt: skip
            for number, statement in enumerate(statements):
                script = folder / f"{number}.sql"
                script.write_text(statement)
                command += ["-f", script]
            folder.chmod(0o777)
            self._run("pgbench", *command, "postgres", cpus=LOAD_CPU)
            times = collections.defaultdict(list)
            for log in folder.glob("log.*"):
                for line in log.read_text().splitlines():
                    _, _, microseconds, script, *_ = line.split()
                    times[int(script)].append(int(microseconds) / 1e3)
        return times

    def version(self):
        return self._run("postgres", "--version").split()[2]

    def _sql(self, statements):
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "postgres"]
        self._run(*command, "-d", "postgres", input=statements)

    def _run(self, program, *arguments, cpus=ALL_CPUS, **options):
        return processes.run(
            [self._programs / program, *arguments], cpus, timeout=300,
            account=self._account, cwd=self.folder, **options,
        )  # fmt: skip

    def _is_ready(self):
        if self._server.poll() is not None:
            raise Broken(f"PostgreSQL ended: {(self.folder / 'server.log').read_text()}")
        state = self.folder / "data" / "postmaster.pid"
        return state.exists() and "ready" in state.read_text()


@contextlib.contextmanager
def serving():
    with processes.temporary_folder() as folder:
        server = Postgres(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _columns(number, agent):
    """In the order of _COLUMNS."""
    return (number, agent["name"], agent["humanReadableId"], agent["description"],
            _array(agent["capabilities"]), _array(agent["tags"]), agent["status"],
            agent["created_at"])  # fmt: skip


def _array(values):
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def _copy_text(value):
    escaped = str(value).replace("\\", "\\\\").replace("\t", "\\t")
    return escaped.replace("\n", "\\n").replace("\r", "\\r")
