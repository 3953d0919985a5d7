"""Load by wrk, and percentiles of what was measured."""

import dataclasses
import re
import statistics

from harness import processes
from harness.processes import LOAD_CPU, Broken

CONNECTIONS = 64
_MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6}


@dataclasses.dataclass
class Sample:
    """One run of wrk. Latencies as wrk saw them, in microseconds."""

    requests_per_second: float
    cpu_us_per_request: float
    p50_us: float
    p99_us: float
    requests: int
    failed: int


def wrk(pid, url, seconds, headers=None, script=None, connections=CONNECTIONS, cpus=LOAD_CPU):
    """Loads `url`, served by process `pid`, over kept-alive connections."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    command += ["-s", script] if script else []
    before = processes.cpu_seconds(pid)
    text = processes.run([*command, url], cpus, timeout=seconds + 30)
    used = processes.cpu_seconds(pid) - before
    requests = int(_find(r"(\d+) requests in", text))
    if requests == 0:
        raise Broken(f"wrk got no answer from {url}:\n{text}")
    return Sample(
        requests_per_second=float(_find(r"Requests/sec:\s+([\d.]+)", text)),
        cpu_us_per_request=used / requests * 1e6,
        p50_us=_latency("50", text),
        p99_us=_latency("99", text),
        requests=requests,
        failed=_failures(text),
    )


def all_answered(sample):
    if sample.failed:
        raise Broken(f"{sample.failed} of {sample.requests} requests failed")
    return sample


def rounds(cases, count):
    """Runs the functions of `cases`, a dictionary, in turns, so that a neighbour's load or a change
    of clock speed meets all alike: {name: [sample of each round]}."""
    samples = {name: [] for name in cases}
    for _ in range(count):
        for name, measure in cases.items():
            samples[name].append(all_answered(measure()))
    return samples


def median(samples, field):
    return statistics.median(getattr(sample, field) for sample in samples)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _find(pattern, text):
    match = re.search(pattern, text)
    if match is None:
        raise Broken(f"wrk said something unexpected:\n{text}")
    return match[1]


def _latency(percent, text):
    match = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)$", text, re.MULTILINE)
    if match is None:
        raise Broken(f"wrk gave no latencies:\n{text}")
    return float(match[1]) * _MICROSECONDS[match[2]]


def _failures(text):
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"Socket errors: (.*)", text)
    counts = re.findall(r"\d+", errors[1]) if errors else []
    return sum(map(int, counts)) + (int(refused[1]) if refused else 0)
