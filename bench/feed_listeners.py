#!/usr/bin/env python3
"""Measures what listeners of the change feed cost a running registry: resident memory, processor time
and how late changes arrive.

    bench/feed_listeners.py [--listeners 1000] [--rate 100] [--seconds 20]

Starts the registry of build/bin in a temporary folder; ends it.
"""

import argparse
import concurrent.futures
import multiprocessing
import pathlib
import selectors
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from support.checks import expect  # noqa: E402
from support.people import sign_up  # noqa: E402
from support.registry import new_registry  # noqa: E402

MEBIBYTE = 1024 * 1024
WRITERS = 8


def resident(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


class Listeners(multiprocessing.Process):
    """Reads all of the streams in a process of its own; of the first, when each change came."""

    def __init__(self, client, count):
        super().__init__(daemon=True)
        self.client, self.count = client, count
        self.connected, self.stopping = multiprocessing.Event(), multiprocessing.Event()
        self.results = multiprocessing.Queue()
        self.arrived = {}
        self.text = b""

    def run(self):
        selector = selectors.DefaultSelector()
        for index in range(self.count):
            connection = self.client.open_socket()
            connection.sendall(
                b"GET /api/v1/changes/stream?since=now HTTP/1.1\r\nHost: registry\r\n\r\n"
            )
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ, index)
        self.connected.set()
        total = 0
        while not self.stopping.is_set():
            for key, _ in selector.select(0.2):
                received = key.fileobj.recv(256 * 1024)
                total += len(received)
                if key.data == 0:
                    self.read_marks(received)
        self.results.put((total, self.arrived))

    def read_marks(self, received):
        now = time.monotonic()
        *parts, self.text = (self.text + received).split(b"\n\n")
        for part in parts:
            if (at := part.find(b'"mark ')) >= 0:
                self.arrived.setdefault(int(part[at + 6 :].split(b'"')[0]), now)

    def finish(self):
        """Bytes received, and when each mark arrived."""
        self.stopping.set()
        return self.results.get()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--listeners", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    with new_registry() as registry:
        pid = registry.process.pid
        developer = sign_up(registry.client())
        agents = [developer.publish()["id"] for _ in range(100)]
        before = resident(pid)
        listeners = Listeners(registry.client(), options.listeners)
        listeners.start()
        listeners.connected.wait()
        time.sleep(1)
        connected, used = resident(pid), processor_seconds(pid)
        sent, began = {}, time.monotonic()
        peak = connected

        def change(count, client):
            sent[count] = time.monotonic()
            path = f"/api/v1/agents/{agents[count % len(agents)]}"
            expect(client.put(path, {"description": f"mark {count}"}), 200)

        def write(first):
            client = developer.client.another()
            for count in range(first, options.rate * options.seconds, WRITERS):
                time.sleep(max(0, began + count / options.rate - time.monotonic()))
                change(count, client)

        with concurrent.futures.ThreadPoolExecutor(WRITERS) as writers:
            writing = [writers.submit(write, first) for first in range(WRITERS)]
            while not all(each.done() for each in writing):
                peak = max(peak, resident(pid))
                time.sleep(0.5)
            for each in writing:
                each.result()
        took = time.monotonic() - began
        time.sleep(1)
        processor = (processor_seconds(pid) - used) / took
        received, arrived = listeners.finish()
        late = sorted(arrived[mark] - sent[mark] for mark in arrived)
        print(f"{options.listeners} listeners, {len(sent) / took:.0f} changes/s for {took:.0f} s")
        print(f"resident: {before / MEBIBYTE:.1f} MiB before, {connected / MEBIBYTE:.1f} MiB with "
              f"listeners, {peak / MEBIBYTE:.1f} MiB at most with changes")  # fmt: skip
        print(f"processor: {processor:.2f} s a second")
        print(f"delivered: {received / MEBIBYTE / took:.1f} MiB/s")
        if late:
            print(f"request to event: {statistics.median(late) * 1e3:.1f} ms median, "
                  f"{late[len(late) * 99 // 100] * 1e3:.1f} ms p99")  # fmt: skip


if __name__ == "__main__":
    main()
