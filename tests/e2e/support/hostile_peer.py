"""Peers that are slow, huge, lying or confused: small HTTP servers that answer every query alike, and
nothing else."""

import contextlib
import http.server
import json
import ssl
import subprocess
import threading
import time

HUGE_BYTES = 100 * 1024 * 1024
BLOCK = b" " * 65536


class HostilePeer:
    """`behave(handler)` answers a query; a peer remembers how many it had."""

    def __init__(self, behave):
        self.behave = behave
        self.asked = 0
        self.url = None


def answers(document, status=200, **headers):
    """The same JSON, or bytes, to every request."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()

    def behave(handler):
        handler.send_response(status)
        for name, value in ({"Content-Length": len(body)} | headers).items():
            handler.send_header(name, str(value))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def is_slow(seconds):
    def behave(handler):
        time.sleep(seconds)  # What makes it hostile.
        answers({"items": []})(handler)

    return behave


def is_huge(handler):
    """Without a Content-Length, so that only the bytes themselves tell."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b'{"items":[')
    for _ in range(HUGE_BYTES // len(BLOCK)):
        handler.wfile.write(BLOCK)


@contextlib.contextmanager
def hostile_peer(behave, certificate=None):
    """`certificate`: a file with key and certificate; https then."""
    peer = HostilePeer(behave)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            peer.asked += 1
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with contextlib.suppress(OSError):  # The other side may have had enough.
                peer.behave(self)

        def do_GET(self):
            answers({}, 404)(self)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_):
            pass  # A handshake that the other side refuses is what the test is about.

    server = Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    scheme = "http" if certificate is None else "https"
    peer.url = f"{scheme}://127.0.0.1:{server.server_port}"
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def self_signed(folder):
    """A certificate that nobody vouches for, with its key, in one file."""
    path = folder / "self-signed.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    names = ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(path), "-out", str(folder / "certificate.pem")]
    subprocess.run(command + names + files, check=True, capture_output=True)
    path.write_text(path.read_text() + (folder / "certificate.pem").read_text())
    return path
