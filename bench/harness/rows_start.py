"""From the start of the program to its ready line, and the memory it takes with all agents."""

import statistics

from harness import processes
from harness.figures import Figure, at_most
from harness.rows_search import server_times


def start(bench):
    walls, cpus = [], []
    with bench.copy_of_agents() as store:
        for _ in range(bench.rounds):
            with bench.serving(store) as server:
                walls.append(server.start_seconds)
                cpus.append(server.start_cpu_seconds)
                server_times(server.client(), bench.queries)
                resident = processes.resident_megabytes(server.pid)
    return [
        Figure("start", "start to ready", statistics.median(walls), "s", target=at_most(2)),
        Figure("start", "start to ready, CPU of both cores", statistics.median(cpus), "s"),
        Figure("start", "resident memory after searches", resident, "MB", target=at_most(600)),
    ]  # fmt: skip
