"""An HTTP client on one kept-alive connection, and exchanges of raw bytes."""

import gzip
import http.client
import json
import socket
import urllib.parse

TIMEOUT_SECONDS = 15
PROBLEM = "application/problem+json"


class Response:
    def __init__(self, raw, body):
        self.status = raw.status
        self.headers = raw.headers  # Names without regard to case.
        self.body = body

    @property
    def media_type(self):
        return self.headers.get_content_type() if "Content-Type" in self.headers else None

    @property
    def content(self):
        """The body as it was before it was compressed for the way."""
        is_packed = self.headers.get("Content-Encoding") == "gzip"
        return gzip.decompress(self.body) if is_packed else self.body

    def json(self):
        return json.loads(self.content)

    def __repr__(self):
        return f"<{self.status} {self.media_type} {self.body[:600]!r}>"


class Client:
    """Not for several threads at once: give each its own by `another()`."""

    def __init__(self, url, token=None):
        self.url = url
        self.token = token
        parts = urllib.parse.urlsplit(url)
        self._connection = http.client.HTTPConnection(
            parts.hostname, parts.port, timeout=TIMEOUT_SECONDS
        )

    def another(self, token=None):
        return Client(self.url, token or self.token)

    def anonymous(self):
        return Client(self.url)

    def send(self, method, path, body=None, headers=None):
        """`body`: bytes go as they are, anything else as JSON."""
        headers = dict(headers or {})
        if self.token and not {"authorization", "x-api-key"} & {name.lower() for name in headers}:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            self._connection.request(method, path, body, headers)
            raw = self._connection.getresponse()
            return Response(raw, raw.read())
        except BaseException:
            self._connection.close()  # The next request starts on a new connection.
            raise

    def get(self, path, headers=None, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query, doseq=True)
        return self.send("GET", path, headers=headers)

    def head(self, path, headers=None):
        return self.send("HEAD", path, headers=headers)

    def post(self, path, body=None, headers=None):
        return self.send("POST", path, body, headers)

    def put(self, path, body=None, headers=None):
        return self.send("PUT", path, body, headers)

    def delete(self, path, headers=None):
        return self.send("DELETE", path, headers=headers)

    def post_form(self, path, fields, headers=None):
        body = urllib.parse.urlencode(fields).encode()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, body, form | (headers or {}))

    def open_socket(self):
        parts = urllib.parse.urlsplit(self.url)
        return socket.create_connection((parts.hostname, parts.port), TIMEOUT_SECONDS)


def read_response(connection, method="GET"):
    """The next response on a socket on which a request was written."""
    raw = http.client.HTTPResponse(connection, method=method)
    raw.begin()
    return Response(raw, raw.read())


def exchange(client, request):
    """Writes `request`, bytes of any kind, on a connection of its own; the response, or None when
    the server only closed it."""
    with client.open_socket() as connection:
        try:
            connection.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # It has refused already; the answer may still be there to read.
        try:
            return read_response(connection)
        except (http.client.BadStatusLine, ConnectionResetError):
            return None
