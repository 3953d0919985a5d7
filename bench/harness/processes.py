"""Starts programs on chosen cores, reads what they cost, and makes sure that none outlives us."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

# The server under test and the load each get a core to themselves, where there are two.
_CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU = (_CPUS[0],)
LOAD_CPU = (_CPUS[-1],)
ALL_CPUS = tuple(_CPUS)

# The settings of the person who runs the benchmark must not change what is measured.
_SETTINGS = ("DATABASE_URL", "JWT_SECRET_KEY", "REDIS_URL", "FEDERATION_ENABLED")


class Broken(Exception):
    """A measurement could not be made; the text says why."""


def clean_environment():
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _SETTINGS and not name.startswith(("AGENTVAULT_", "PG"))
    }


def on_cpus(cpus, command, account=()):
    """`command` for subprocess: on those cores, and ended by the kernel should this process end."""
    chosen = ",".join(map(str, cpus))
    return ["taskset", "-c", chosen, "setpriv", *account, "--pdeathsig", "KILL", "--",
            *map(str, command)]  # fmt: skip


def run(command, cpus=ALL_CPUS, timeout=120, **options):
    """Runs `command` to its end; its standard output as text."""
    done = subprocess.run(
        on_cpus(cpus, command, options.pop("account", ())),
        capture_output=True, text=True, timeout=timeout, env=clean_environment(), **options,
    )  # fmt: skip
    if done.returncode != 0:
        name = pathlib.Path(str(command[0])).name
        raise Broken(f"{name} failed ({done.returncode}): {(done.stderr or done.stdout)[-1500:]}")
    return done.stdout


def stop(process, number=signal.SIGTERM, seconds=20):
    """Asks a program to end, and ends it when it does not."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def pinned(cpus):
    """Keeps this process on those cores for a while."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Broken(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def cpu_seconds(pid):
    """What the program's living threads have used so far, by the scheduler's own clock."""
    threads = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def total_cpu_seconds(pid):
    """As cpu_seconds(), with threads that have ended, to a hundredth of a second."""
    # Behind the name, which may hold anything: state is field 3, utime and stime are 14 and 15.
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise Broken(f"process {pid} has no resident memory")


@contextlib.contextmanager
def temporary_folder(parent=None):
    """A folder of ours only, removed at the end. `parent` matters where the disk is measured."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="sovereign-bench-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
