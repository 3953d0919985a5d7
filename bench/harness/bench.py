"""What all rows share: the program, the agents, where to work and for how long."""

import contextlib
import functools

from harness import processes, queries, registry
from harness.processes import ALL_CPUS, SERVER_CPU

AGENTS = 100_000
SEED = 1
# nginx has one worker, so the registry gets one loop on one core.
ONE_LOOP = ("--loops", "1")


class Bench:
    def __init__(self, options, build, work):
        self.program = options.program
        self.core = options.core
        self.work = work
        self.quick = options.quick
        self.rounds = 1 if self.quick else 3
        self.seconds = 1 if self.quick else 3  # Of one run under load.
        self._build = build

    @functools.cached_property
    def data(self):
        return registry.DemoData(self.program, self._build / "data", AGENTS, SEED)

    @functools.cached_property
    def queries(self):
        return queries.load(self.data.prepare())

    @contextlib.contextmanager
    def copy_of_agents(self):
        """A store with all agents that may be written to."""
        with self.folder() as folder:
            yield self.data.prepare().copy_store(folder / "store")

    @contextlib.contextmanager
    def one_loop(self):
        """The registry with all agents, on one core."""
        with self.copy_of_agents() as store, self.serving(store, SERVER_CPU, ONE_LOOP) as server:
            yield server

    @contextlib.contextmanager
    def all_cores(self):
        """The registry with all agents, as it runs by default."""
        with self.copy_of_agents() as store, self.serving(store) as server:
            yield server

    def serving(self, store, cpus=ALL_CPUS, arguments=()):
        return registry.serving(self.program, store, cpus, arguments)

    def core_program(self, name):
        """One of those that measure the Core, built beside it."""
        return self._build / "bin" / name

    def folder(self):
        """On the disk that the stores are on."""
        return processes.temporary_folder(self.work)
