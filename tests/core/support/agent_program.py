"""An agent in one file, which the tests copy into the folders of agents: it speaks the runtime
protocol and needs nothing but Python. The file `mode` beside it says how it is to misbehave."""

import json
import os
import select
import signal
import socket
import struct
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN = os.environ.get("OPENSENTIENCE_SESSION_TOKEN", "")
AGENT = os.environ.get("OPENSENTIENCE_AGENT_ID", "")
CHANNELS = ("stdout", "stderr", "log")


def beside(name):
    try:
        with open(os.path.join(HERE, name), encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError:
        return ""


def leave(name, text):
    """A file in the agent's private folder, where a test finds it."""
    path = os.path.join(os.environ["HOME"], name)
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".part", path)


def leave_or_stay():
    """When the Core says goodbye."""
    if beside("mode") != "stubborn":
        sys.exit(0)
    while True:
        signal.pause()


def new_id():
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


class Agent:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(os.environ["OPENSENTIENCE_SOCKET"])
        self.received = b""
        self.session = ""
        self.next_beat = float("inf")
        self.beat_seconds = 5.0
        self.sleepers = {}  # call_id -> (when it wakes, the call)

    def send(self, kind, payload, call=None):
        message = {
            "v": 1,
            "type": kind,
            "id": new_id(),
            "ts": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            "payload": payload,
        }
        for name in ("request_id", "correlation_id", "causation_id"):
            if call and name in call:
                message[name] = call[name]
        body = json.dumps(message).encode()
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def messages(self):
        """Those that came; waits for the first until it is time for something else."""
        due = min([self.next_beat, *(when for when, _ in self.sleepers.values())])
        patience = None if due == float("inf") else max(0.0, due - time.monotonic())
        if not select.select([self.socket], [], [], patience)[0]:
            return
        data = self.socket.recv(1 << 20)
        if not data:
            leave_or_stay()
        self.received += data
        while len(self.received) >= 4:
            (length,) = struct.unpack(">I", self.received[:4])
            if len(self.received) < 4 + length:
                return
            frame, self.received = self.received[4 : 4 + length], self.received[4 + length :]
            yield json.loads(frame)

    def hello(self, token):
        self.send(
            "agent.hello",
            {
                "session_token": token,
                "agent_id": AGENT,
                "agent_version": "1.0.0",
                "manifest_hash": os.environ["OPENSENTIENCE_MANIFEST_HASH"],
                "protocol": {"supported_versions": [1], "capabilities": ["invoke"]},
            },
        )

    def serve(self):
        while True:
            for message in self.messages():
                self.hear(message)
            now = time.monotonic()
            for call_id in [c for c, (when, _) in self.sleepers.items() if when <= now]:
                _, call = self.sleepers.pop(call_id)
                self.succeed(call, {"slept": True})
            if now >= self.next_beat:
                self.beat()

    def beat(self):
        self.next_beat = time.monotonic() + self.beat_seconds
        beat = {"session_id": self.session, "uptime_ms": 1, "inflight_calls": len(self.sleepers)}
        self.send("agent.heartbeat", beat | {"status": "ok"})

    def hear(self, message):
        kind, payload = message["type"], message["payload"]
        if kind == "core.welcome":
            self.welcome(message)
        elif kind == "core.tools.registered":
            print("ready", flush=True)
        elif kind == "core.tool.call":
            self.call(message)
        elif kind == "core.tool.cancel":
            self.cancel(payload["call_id"])
        elif kind == "core.ping":
            self.send("agent.pong", {"nonce": payload["nonce"]})
        elif kind == "core.goodbye":
            leave_or_stay()

    def welcome(self, message):
        if "error" in message or "error" in message["payload"]:
            error = message.get("error") or message["payload"]["error"]
            leave("refused", error["code"])
            sys.exit(3)
        self.session = message["payload"]["session_id"]
        self.beat_seconds = message["payload"]["heartbeat_interval_ms"] / 1000
        self.send("agent.tools.register", {"tools": [tool(name) for name in TOOLS]})
        self.beat()

    def succeed(self, call, output):
        result = {"call_id": call["payload"]["call_id"], "status": "succeeded", "output": output}
        self.send("agent.tool.result", result, call)

    def fail(self, call, code, text):
        result = {"call_id": call["payload"]["call_id"], "status": "failed"}
        self.send("agent.tool.result", result | {"error": {"code": code, "message": text}}, call)

    def stream(self, call, seq, channel, data):
        chunk = {"call_id": call["payload"]["call_id"], "seq": seq, "channel": channel}
        self.send("agent.tool.stream", chunk | {"data": data}, call)

    def cancel(self, call_id):
        if call_id in self.sleepers:
            _, call = self.sleepers.pop(call_id)
            self.send("agent.tool.cancel_ack", {"call_id": call_id, "accepted": True}, call)
            self.send("agent.tool.result", {"call_id": call_id, "status": "canceled"}, call)

    def call(self, call):
        name = call["payload"]["tool_id"].split("/", 1)[1]
        TOOLS[name][0](self, call, call["payload"]["input"])

    # --- The tools ---------------------------------------------------------------------------

    def echo(self, call, given):
        self.succeed(call, given)

    def retell(self, call, given):
        self.stream(call, 1, "partial_result", {"json": given})
        self.succeed(call, given)

    def count(self, call, given):
        for i in range(1, given["n"] + 1):
            self.stream(call, i, "stdout", {"text": f"{i}\n"})
        self.succeed(call, {"count": given["n"]})

    def sleep(self, call, given):
        self.stream(call, 1, "status", {"text": "sleeping"})
        wakes = time.monotonic() + given["ms"] / 1000
        self.sleepers[call["payload"]["call_id"]] = (wakes, call)

    def end(self, call, given):
        os._exit(given["status"])

    def say(self, call, given):
        """Everything an agent can say, everywhere it can say it."""
        text = given["text"]
        print(text, flush=True)
        print(text, file=sys.stderr, flush=True)
        for seq, channel in enumerate(CHANNELS, start=1):
            self.stream(call, seq, channel, {"text": text})
        self.stream(call, 4, "partial_result", {"json": {"said": text}})
        if given.get("as") == "error":
            self.fail(call, "tool.failed", text)
        elif given.get("as") == "code":
            self.fail(call, text, "It did not work.")
        else:
            self.succeed(call, {"said": text})

    def environment(self, call, _):
        self.succeed(call, {"environment": dict(os.environ)})


def tool(name):
    _, schema, extra = TOOLS[name]
    description = beside("description") or f"The tool {name} of a test."
    fields = {"tool_id": f"{AGENT}/{name}", "name": name, "description": description}
    return fields | {"input_schema": {"type": "object"} | schema} | extra


def integer(name, **limits):
    return {"properties": {name: {"type": "integer"} | limits}, "required": [name]}


def requires_first_permission():
    with open(os.path.join(HERE, "opensentience.agent.json"), encoding="utf-8") as file:
        return {"required_permissions": json.load(file)["permissions"][:1]}


TOOLS = {
    "echo": (Agent.echo, {}, {}),
    "retell": (Agent.retell, {}, {"capabilities": ["streaming"]}),
    "guarded": (Agent.echo, {}, requires_first_permission()),
    "changing": (Agent.echo, {}, {"side_effects": True}),
    "count": (Agent.count, integer("n", minimum=1), {"capabilities": ["streaming"]}),
    "sleep": (Agent.sleep, integer("ms", minimum=0), {"capabilities": ["cancellation"]}),
    "end": (Agent.end, integer("status"), {}),
    "say": (Agent.say, {}, {"capabilities": ["streaming"]}),
    "environment": (Agent.environment, {}, {}),
}


# --- How to misbehave ------------------------------------------------------------------------


def stubborn(agent):
    """Ignores SIGTERM, and leaves children that do, in sessions of their own, without a parent."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() != 0:
                os._exit(0)
            while True:
                signal.pause()
        os.wait()
    agent.hello(TOKEN)


def wrong_token(agent):
    agent.hello("A" * len(TOKEN))


def replayed(agent):
    """Says hello twice with the token, the second time on a connection of its own."""
    agent.hello(TOKEN)
    while not agent.session:
        for message in agent.messages():
            agent.hear(message)
    second = Agent()
    second.hello(TOKEN)
    answer = next(second.messages())
    error = answer.get("error") or answer["payload"].get("error") or {}
    leave("second", error.get("code", answer["type"]))


def given_away(_):
    """Another process, not of this tree, is to try the token."""
    leave("token", "\n".join([TOKEN, os.environ["OPENSENTIENCE_MANIFEST_HASH"]]))
    while True:
        signal.pause()


def silent(_):
    while True:
        signal.pause()


def crash(_):
    sys.exit("it crashed on purpose")


def quit_at_once(_):
    sys.exit(0)


MODES = {
    "stubborn": stubborn,
    "wrong_token": wrong_token,
    "replayed": replayed,
    "given_away": given_away,
    "silent": silent,
    "crash": crash,
    "quit": quit_at_once,
}


if __name__ == "__main__":
    mode = beside("mode")
    if mode in ("given_away", "silent", "crash", "quit"):
        MODES[mode](None)
    one = Agent()
    MODES.get(mode, lambda agent: agent.hello(TOKEN))(one)
    one.serve()
