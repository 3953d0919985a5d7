"""Readers of the change feed: pages, server-sent events, a WebSocket; and a copy kept by them."""

import base64
import contextlib
import hashlib
import json
import os
import socket
import struct

from support.checks import expect

CHANGES = "/api/v1/changes"
PATIENCE_SECONDS = 15


class Copy:
    """What a reader of the feed knows: agents by id, kept as the format says."""

    def __init__(self):
        self.agents = {}
        self.versions = {}
        self.items = 0

    def take(self, item):
        self.items += 1
        if item["version"] < self.versions.get(item["id"], 0):
            return
        self.versions[item["id"]] = item["version"]
        if item["kind"] == "deleted":
            self.agents.pop(item["id"], None)
        else:
            self.agents[item["id"]] = item["agent"]


def poll(client, since="start", **query):
    return expect(client.get(CHANGES, since=since, **query), 200)


def poll_all(client, since, copy, **query):
    """Takes pages until there are no more now; the cursor behind them."""
    while True:
        batch = poll(client, since, **query)
        for item in batch["changes"]:
            copy.take(item)
        since = batch["cursor"]
        if not batch["has_more"]:
            return since


class EventStream:
    """Server-sent events over a socket of its own, which may have a small buffer."""

    def __init__(self, client, query="", last_event_id=None, buffer=None):
        self.last_id = last_event_id
        self._socket = client.open_socket() if buffer is None else _small_socket(client, buffer)
        headers = f"Last-Event-ID: {last_event_id}\r\n" if last_event_id else ""
        self._socket.sendall(
            f"GET {CHANGES}/stream{query} HTTP/1.1\r\nHost: registry\r\n{headers}\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        while self._file.readline() != b"\r\n":
            pass
        self._text = b""

    def events(self):
        """(event, data) until the stream ends."""
        while (block := self._block()) is not None:
            fields = [line.split(b": ", 1) for line in block.split(b"\n") if line[:1] != b":"]
            found = {}
            for name, value in (field for field in fields if len(field) == 2):
                found[name] = found[name] + b"\n" + value if name == b"data" in found else value
            if b"data" in found:
                self.last_id = found.get(b"id", (self.last_id or "").encode()).decode()
                yield found[b"event"].decode(), json.loads(found[b"data"])

    def _block(self):
        while b"\n\n" not in self._text:
            try:
                size = int(self._file.readline() or b"0", 16)
            except ConnectionError:
                return None
            if size == 0:
                return None
            self._text += self._file.read(size)
            self._file.read(2)
        block, self._text = self._text.split(b"\n\n", 1)
        return block

    def close(self):
        self._file.close()
        self._socket.close()


def _small_socket(client, buffer):
    host, port = client.url.rsplit("/", 1)[1].rsplit(":", 1)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(PATIENCE_SECONDS)
    connection.connect((host, int(port)))
    return connection


class WebSocket:
    """As much of RFC 6455 as the tests need; answers pings."""

    TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

    def __init__(self, client, query="", headers=""):
        self._socket = client.open_socket()
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {CHANGES}/ws{query} HTTP/1.1\r\nHost: registry\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"{headers}\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        answer = {}
        while (line := self._file.readline().strip()) != b"":
            name, value = line.split(b": ", 1)
            answer[name.lower()] = value
        if self.status == 101:
            proof = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            assert answer[b"sec-websocket-accept"] == base64.b64encode(proof)
        self.closed = None  # (code, reason) once the server has closed.

    def send(self, payload, opcode=TEXT):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        length = len(payload)
        head = bytes([0x80 | opcode, 0x80 | (length if length < 126 else 126)])
        self._socket.sendall(head + (b"" if length < 126 else struct.pack(">H", length)) + mask + masked)

    def set_filter(self, **members):
        self.send(json.dumps(members).encode())

    def receive(self):
        """The next message, or None once the server has closed."""
        while True:
            head = self._file.read(2)
            if len(head) < 2:
                return None
            opcode, length = head[0] & 15, head[1] & 127
            if length == 126:
                length = struct.unpack(">H", self._file.read(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self._file.read(8))[0]
            payload = self._file.read(length)
            if opcode == self.TEXT:
                return json.loads(payload)
            if opcode == self.PING:
                self.send(payload, self.PONG)
            if opcode == self.CLOSE:
                self.closed = (struct.unpack(">H", payload[:2])[0], payload[2:].decode())
                with contextlib.suppress(OSError):  # It may have closed the connection too.
                    self.send(payload[:2], self.CLOSE)
                return None

    def close(self):
        self._file.close()
        self._socket.close()
