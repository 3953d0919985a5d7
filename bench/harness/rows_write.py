"""Durable registration, against what the disk and a bare SQLite allow."""

import contextlib
import json
import os
import sqlite3
import time

from harness import load, registry
from harness.figures import Figure, at_least, at_most
from harness.processes import ALL_CPUS, Broken

BODY_BYTES = 1700
_PAGE = 4096

# The number goes where the placeholder is.
_SCRIPT = """
local start, finish, number = {start}, {finish}, 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = {authorization}
request = function()
  number = number + 1
  return wrk.format(nil, "/api/v1/agents", nil, start .. number .. finish)
end
"""


def registration_body(data):
    """The JSON of a made-up agent of the usual size, around the number in its readable id."""
    chosen = None
    for _, agent in zip(range(500), data.agents()):
        for name in ("developer", "developer_email", "created_at", "updated_at"):
            agent.pop(name, None)
        agent["humanReadableId"] = "load/agent-{number}"
        body = json.dumps(agent, separators=(",", ":"))
        if "card" in agent and (chosen is None or _miss(body) < _miss(chosen)):
            chosen = body
    return chosen.split("{number}")


def _miss(body):
    return abs(len(body) - BODY_BYTES)


def registration(bench):
    start, finish = registration_body(bench.data.prepare())
    with bench.all_cores() as server, bench.folder() as folder:
        client = server.client()
        authorization = registry.sign_up(client)["Authorization"]
        script = folder / "register.lua"
        script.write_text(
            _SCRIPT.format(start=_lua(start), finish=_lua(finish),
                           authorization=_lua(authorization)))  # fmt: skip
        before = _total(client)
        sample = load.wrk(server.pid, server.url, 2 * bench.seconds, script=script,
                          cpus=ALL_CPUS)  # fmt: skip
        stored = _total(client) - before
    if stored < sample.requests - sample.failed:
        raise Broken(f"{sample.requests} agents were acknowledged and {stored} are there")
    with bench.folder() as folder:
        transactions = sqlite_transactions(folder, start + finish, bench.seconds)
        sync = disk_sync_us(folder, bench.seconds)
    return [
        Figure("write", "registration, 64 clients", sample.requests_per_second, "/s",
               "bare SQLite, a commit each", transactions, higher_is_better=True,
               target=at_least(5000)),
        Figure("write", "registration, p99", sample.p99_us / 1e3, "ms", "write and fdatasync, p50",
               sync / 1e3, target=at_most(50)),
        Figure("write", "registration, failed", sample.failed, "", target=at_most(0)),
    ]  # fmt: skip


def _lua(text):
    """As a long bracket, which knows no escapes."""
    return f"[==[{text}]==]"


def _total(client):
    page = client.json("GET", "/api/v1/agents?per_page=1&fields=id")
    return page["pagination"]["total"]


def sqlite_transactions(folder, body, seconds):
    """Rows of the same size a second, each in a transaction that is on disk when it ends."""
    with contextlib.closing(sqlite3.connect(folder / "plain.db", isolation_level=None)) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = FULL")
        store.execute("CREATE TABLE agents (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        count, started = 0, time.monotonic()
        while time.monotonic() < started + seconds:
            store.execute("INSERT INTO agents (body) VALUES (?)", (body,))
            count += 1
        return count / (time.monotonic() - started)


def disk_sync_us(folder, seconds):
    """Median of writing a page at the end of a file and waiting until it is on disk."""
    times = []
    file = os.open(folder / "plain", os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        finish = time.monotonic() + seconds
        while time.monotonic() < finish:
            started = time.perf_counter()
            os.write(file, b"\0" * _PAGE)
            os.fdatasync(file)
            times.append((time.perf_counter() - started) * 1e6)
    finally:
        os.close(file)
    return load.percentile(times, 0.5)
