"""A registry that is not ours: it answers what a test tells it to, and remembers what it was asked."""

import contextlib
import http.server
import json
import threading

INFO = "/api/v1/federation/info"
QUERY = "/api/v1/internal/federation/query"


class FakePeer:
    """`answers`: {path: (status, JSON)}; other paths are 404. A path may also have a function of the
    request's headers."""

    def __init__(self, token):
        self.token = token
        self.asked = []
        self.answers = {
            INFO: (200, {"registry_name": "Fake Registry", "version": "9.9"}),
            QUERY: self._query,
        }
        self.url = None

    def _query(self, headers):
        if headers["Authorization"] != f"Bearer {self.token}":
            return 401, {"detail": "Wrong token."}
        return 200, {"items": [], "pagination": {"total_items": 41}}

    def answer(self, handler):
        size = int(handler.headers.get("Content-Length") or 0)
        self.asked.append((handler.path, handler.rfile.read(size)))
        answer = self.answers.get(handler.path, (404, {"detail": "No such path."}))
        status, document = answer(handler.headers) if callable(answer) else answer
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@contextlib.contextmanager
def fake_peer(token="fed_token_secure_string"):
    peer = FakePeer(token)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            peer.answer(self)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    peer.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
