"""Searching: what the server takes, what a client gets, and PostgreSQL with the same agents."""

import itertools
import re

from harness import load, postgres
from harness.figures import Figure, at_most, ratio_at_least
from harness.processes import LOAD_CPU, Broken, pinned

# PostgreSQL finds nothing for a word with a typo, so there is nothing to compare.
COMPARED_KINDS = ("rare", "common", "two words", "prefix", "filtered")
COMPARED_QUERIES = 125  # pgbench takes 128 scripts.
_SERVER_TIME = re.compile(rb'"query_time_ms":([\d.]+)')

_SCRIPT = """
local paths, at = {{
{paths}
}}, 0
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
"""


def server_times(client, queries):
    """What the answers say they took, in milliseconds: [(query, time)]."""
    times = []
    with pinned(LOAD_CPU):
        for query in queries:
            found = _SERVER_TIME.search(client.get(query.path()))
            if found is None:
                raise Broken(f"no query_time_ms in the answer to {query.path()}")
            times.append((query, float(found[1])))
    return times


def search(bench):
    with bench.one_loop() as server:
        client = server.client()
        server_times(client, bench.queries)
        turns = 1 if bench.quick else 4
        measured = server_times(client, bench.queries * turns)
        with bench.folder() as folder:
            script = folder / "mix.lua"
            paths = ",\n".join(f'"{query.path()}"' for query in bench.queries)
            script.write_text(_SCRIPT.format(paths=paths))
            full = load.all_answered(
                load.wrk(server.pid, server.url, bench.seconds, script=script))
            single = load.all_answered(
                load.wrk(server.pid, server.url, bench.seconds, script=script, connections=1))
    times = [time for _, time in measured]
    figures = [
        Figure("search", "search, server time p50", load.percentile(times, 0.5), "ms",
               target=at_most(0.1)),
        Figure("search", "search, server time p99", load.percentile(times, 0.99), "ms",
               target=at_most(1)),
        Figure("search", "search, HTTP, 64 connections", full.requests_per_second, "/s"),
        Figure("search", "search, HTTP, CPU a request", full.cpu_us_per_request, "us"),
        Figure("search", "search, HTTP, 1 connection, round trip p50", single.p50_us, "us"),
    ]  # fmt: skip
    return figures + list(_by_kind(measured))


def _by_kind(measured):
    for kind in sorted({query.kind for query, _ in measured}):
        times = [time for query, time in measured if query.kind == kind]
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            yield Figure("search", f"search, {kind}, {name}", load.percentile(times, share), "ms")


def against_postgres(bench):
    comparable = [query for query in bench.queries if query.kind in COMPARED_KINDS]
    queries = comparable[:COMPARED_QUERIES]
    with bench.one_loop() as server:
        client = server.client()
        server_times(client, queries)
        ours = [time for _, time in server_times(client, queries * 8)]
    seconds = 4 if bench.quick else 12
    with postgres.serving() as database:
        database.load(bench.data.agents())
        name = f"PostgreSQL {database.version()}"
        figures = []
        for what, make, target in (("full text", postgres.full_text, 20),
                                   ("ILIKE", postgres.substring, 200)):  # fmt: skip
            for counted in (True, False):
                times = database.time([make(query, counted) for query in queries], seconds)
                figures += _compared(f"{name} {what}", counted, ours, times, target)
    return figures


def _compared(name, counted, ours, times, target):
    theirs = sorted(itertools.chain.from_iterable(times.values()))
    if not theirs:
        raise Broken(f"{name} answered nothing in time")
    if counted:
        return [
            Figure("postgres", "search p50", load.percentile(ours, 0.5), "ms", name,
                   load.percentile(theirs, 0.5), target=ratio_at_least(target)),
            Figure("postgres", "search p99", load.percentile(ours, 0.99), "ms", name,
                   load.percentile(theirs, 0.99)),
        ]  # fmt: skip
    return [
        Figure("postgres", "search p50", load.percentile(ours, 0.5), "ms",
               f"{name}, no total", load.percentile(theirs, 0.5)),
    ]  # fmt: skip
