"""nginx with one worker: the same bytes from a file, and as many from memory."""

import contextlib
import socket
import subprocess
import urllib.request

from harness import processes
from harness.processes import SERVER_CPU, Broken

_CONFIGURATION = """
worker_processes 1; daemon off; master_process off; pid {home}/pid; error_log {home}/error crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  default_type application/json; open_file_cache max=100;
  client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
  uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{
    listen 127.0.0.1:{port};
    location = /file {{ root {home}; }}
    location = /memory {{ return 200 "{filler}"; }}
  }}
}}
"""


class Nginx:
    def __init__(self, home, body):
        self._home = home
        (home / "file").write_bytes(body)
        port = processes.free_port()
        (home / "conf").write_text(
            _CONFIGURATION.format(home=home, port=port, filler="x" * len(body))
        )
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        command = ["nginx", "-p", home, "-e", home / "error", "-c", home / "conf"]
        with open(home / "output", "wb") as output:
            self._process = subprocess.Popen(
                processes.on_cpus(SERVER_CPU, command), stdout=output, stderr=output
            )
        self.pid = self._process.pid

    def wait_until_ready(self):
        processes.wait_until(self._answers, 20, "nginx takes connections")

    def stop(self):
        processes.stop(self._process)

    def etag(self):
        with urllib.request.urlopen(f"{self.url}/file", timeout=10) as answer:
            return answer.headers["ETag"]

    def _answers(self):
        if self._process.poll() is not None:
            raise Broken(f"nginx ended: {(self._home / 'output').read_text()}")
        try:
            socket.create_connection(("127.0.0.1", self._port), 1).close()
            return True
        except OSError:
            return False


@contextlib.contextmanager
def serving(body):
    with processes.temporary_folder() as home:
        server = Nginx(home, body)
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.stop()
