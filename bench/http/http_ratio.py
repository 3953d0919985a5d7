#!/usr/bin/env python3
"""Compares the HTTP transport with nginx (one worker each) on this machine: requests/s and CPU
microseconds per request, under wrk with one thread and 64 keep-alive connections.

usage: http_ratio.py PATH_TO/http_bench_server [--seconds 3] [--rounds 3]
Runs interleaved rounds and prints medians. wrk itself takes a core, so compare CPU per request."""
import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.request

BODY_BYTES = 1700
ETAG_HEADER = ["-H", 'If-None-Match: "bench-1"']

NGINX_CONF = """
worker_processes 1; daemon off; master_process off; pid {home}/pid; error_log {home}/error crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  default_type application/json; open_file_cache max=100;
  client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
  uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{
    listen 127.0.0.1:{port};
    location /fixed {{ root {home}; }}
    location /memory {{ return 200 "{body}"; }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_nginx(home):
    body = "x" * BODY_BYTES
    (home / "fixed").write_text(body)
    port = free_port()
    (home / "conf").write_text(NGINX_CONF.format(home=home, port=port, body=body))
    process = subprocess.Popen(["nginx", "-p", str(home), "-c", str(home / "conf")],
                               preexec_fn=pin(0))
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, port
        except OSError:
            time.sleep(0.02)
    raise SystemExit("nginx did not start")


def start_ours(program):
    process = subprocess.Popen([program, "1"], stdout=subprocess.PIPE, text=True,
                               preexec_fn=pin(0))
    return process, int(process.stdout.readline())


def cpu_seconds(pid):
    threads = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def pin(cpu):
    """For subprocess: the server and wrk each get a core, where there are two."""
    return lambda: os.sched_setaffinity(0, {cpu % os.cpu_count()})


def measure(pid, url, seconds, extra):
    before = cpu_seconds(pid)
    output = subprocess.run(["wrk", "-t1", "-c64", f"-d{seconds}s", *extra, url],
                            capture_output=True, text=True, check=True,
                            preexec_fn=pin(1)).stdout
    used = cpu_seconds(pid) - before
    requests = int(re.search(r"(\d+) requests in", output).group(1))
    if "Socket errors" in output:
        raise SystemExit(output)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    return rate, used / requests * 1e6


def nginx_etag(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/fixed") as answer:
        return answer.headers["ETag"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    home = pathlib.Path(tempfile.mkdtemp(prefix="http-ratio-"))
    nginx, nginx_port = start_nginx(home)
    ours, our_port = start_ours(options.program)
    try:
        etag = nginx_etag(nginx_port)
        cases = {
            "ours 200": (ours.pid, f"http://127.0.0.1:{our_port}/fixed", []),
            "nginx static": (nginx.pid, f"http://127.0.0.1:{nginx_port}/fixed", []),
            "nginx memory": (nginx.pid, f"http://127.0.0.1:{nginx_port}/memory", []),
            "ours 304": (ours.pid, f"http://127.0.0.1:{our_port}/fixed", ETAG_HEADER),
            "nginx 304": (nginx.pid, f"http://127.0.0.1:{nginx_port}/fixed",
                          ["-H", f"If-None-Match: {etag}"]),
        }
        samples = {name: [] for name in cases}
        for _ in range(options.rounds):
            for name, (pid, url, extra) in cases.items():
                samples[name].append(measure(pid, url, options.seconds, extra))
        report(samples)
    finally:
        for process in (nginx, ours):
            process.send_signal(signal.SIGTERM)
            process.wait()
        shutil.rmtree(home)


def report(samples):
    median = {name: [statistics.median(column) for column in zip(*rows)]
              for name, rows in samples.items()}
    print(f"{'':14} {'requests/s':>11} {'CPU us/request':>15}")
    for name, (rate, cpu) in median.items():
        print(f"{name:14} {rate:11.0f} {cpu:15.2f}")
    for ours, theirs in (("ours 200", "nginx static"), ("ours 200", "nginx memory"),
                         ("ours 304", "nginx 304")):
        rate = median[ours][0] / median[theirs][0]
        cpu = median[theirs][1] / median[ours][1]
        print(f"{ours} over {theirs}: {rate:.2f} in requests/s, {cpu:.2f} in requests per CPU second")


if __name__ == "__main__":
    main()
