"""The API over TCP: who gets in, from where, and what a page of a stranger can do."""

import contextlib
import http.client
import ipaddress
import json
import os
import shutil
import socket
import subprocess

import pytest

from support.core import Answer
from support.waiting import until

JSON = {"Content-Type": "application/json"}


def token_of(core):
    return (core.home / "state" / "admin.token").read_text().strip()


def bearer(core):
    return {"Authorization": f"Bearer {token_of(core)}"}


class Browser:
    """Keeps its cookie and its CSRF token."""

    def __init__(self, core):
        self.core = core
        answer = core.web("POST", "/api/v1/auth/login", {"token": token_of(core)})
        assert answer.status == 200, answer.text
        self.set_cookie = answer.headers["Set-Cookie"]
        self.cookie = self.set_cookie.split(";")[0]
        self.csrf = answer.json["csrf_token"]

    def send(self, method, target, body=None, headers=None):
        return self.core.web(method, target, body, {"Cookie": self.cookie} | (headers or {}))

    def csrf_header(self):
        return {"X-CSRF-Token": self.csrf}


@pytest.fixture(scope="module")
def browser(shared_core):
    return Browser(shared_core)


def test_only_this_machine_reaches_it(core):
    """A listening socket of the daemon is on a loopback address or none at all."""
    sockets = set()
    for name in os.listdir(f"/proc/{core.daemon.pid}/fd"):
        with contextlib.suppress(OSError):
            sockets.add(os.readlink(f"/proc/{core.daemon.pid}/fd/{name}"))
    listening = []
    for table in ("tcp", "tcp6"):
        with open(f"/proc/net/{table}", encoding="ascii") as file:
            for row in list(file)[1:]:
                fields = row.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                    listening.append(fields[1])
    addresses = {ipaddress.ip_address(bytes.fromhex(one.split(":")[0])[::-1]) for one in listening}
    assert addresses == {ipaddress.ip_address("127.0.0.1")}


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/api/v1/agents"), ("GET", "/api/v1/status"), ("GET", "/api/v1/metrics"),
        ("GET", "/api/v1/events"), ("GET", "/api/v1/audit"), ("GET", "/api/v1/audit/export"),
        ("POST", "/api/v1/agents/scan"), ("POST", "/api/v1/auth/token/rotate"),
        ("POST", "/api/v1/tools/com.example.echo/echo/call"), ("DELETE", "/api/v1/agents/com.x.y"),
    ],
)  # fmt: skip
def test_nothing_is_told_or_done_without_a_token(core, method, target):
    body = {} if method == "POST" else None
    for headers in ({}, {"Authorization": "Bearer " + "x" * 43}, {"Cookie": "opensentience_session=x"}):
        answer = core.web(method, target, body, headers)
        assert answer.status == 401, (headers, answer.text)


def test_a_token_opens_the_api(core):
    answer = core.web("GET", "/api/v1/status", headers=bearer(core))
    assert answer.status == 200 and answer.json["pid"] == core.daemon.pid


def test_a_problem_says_whose_it_is(core):
    for method, target, status, kind in (
        ("GET", "/api/v1/agents/com.example.none", 404, "not_found"),
        ("POST", "/api/v1/registries", 422, "unprocessable"),
    ):
        answer = core.request(method, target, {} if method == "POST" else None)
        assert answer.status == status
        assert answer.json["type"] == f"urn:opensentience:problem:{kind}"


def test_health_tells_everybody_and_tells_little(core):
    answer = core.web("GET", "/api/v1/health")
    assert answer.status == 200 and answer.json["status"] == "ok"
    assert str(core.home) not in answer.text


def test_the_token_itself_is_told_over_the_socket_only(core):
    assert core.get("/auth/token")["token"] == token_of(core)
    for target, method in (("token", "GET"), ("login-link", "POST")):
        body = {} if method == "POST" else None
        answer = core.web(method, f"/api/v1/auth/{target}", body, bearer(core))
        assert answer.status in (403, 409) and token_of(core) not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", ""])
def test_another_host_name_is_refused(core, host):
    """A name that a stranger's DNS points at 127.0.0.1 must not make its page same-origin."""
    headers = {"Host": host.format(port=core.port)} | bearer(core)
    answer = core.web("GET", "/api/v1/status", headers=headers)
    assert answer.status in (400, 403, 421), answer.text
    assert "pid" not in answer.text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_its_own_names_are_welcome(core, name):
    headers = {"Host": f"{name}:{core.port}"} | bearer(core)
    assert core.web("GET", "/api/v1/status", headers=headers).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_origin_changes_nothing(core, browser, headers):
    answer = browser.send("POST", "/api/v1/agents/scan", {}, browser.csrf_header() | headers)
    assert answer.status == 403, answer.text
    answer = browser.send("GET", "/api/v1/agents", headers=headers)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_login_from_another_origin_is_refused(core):
    headers = {"Origin": "https://evil.example"}
    answer = core.web("POST", "/api/v1/auth/login", {"token": token_of(core)}, headers)
    assert answer.status == 403 and "Set-Cookie" not in answer.headers


def test_a_browser_needs_its_csrf_token_to_change_something(core, browser):
    assert browser.send("GET", "/api/v1/agents").status == 200
    assert browser.send("POST", "/api/v1/agents/scan", {}).status == 403
    wrong = {"X-CSRF-Token": "x" * len(browser.csrf)}
    assert browser.send("POST", "/api/v1/agents/scan", {}, wrong).status == 403
    assert browser.send("POST", "/api/v1/agents/scan", {}, browser.csrf_header()).status == 200


# Runs the page's script as a browser of this cookie would, and asks it to send a request.
TRY_IT_OUT = """
const [origin, cookie, script, method, target] = process.argv.slice(1);
globalThis.window = globalThis;
globalThis.location = new URL(origin + '/docs');
const real = fetch;
globalThis.fetch = (path, options) => real(new URL(path, origin), {...options, headers: {cookie}});
let settings;
globalThis.SwaggerUIBundle = (given) => { settings = given; };
(0, eval)(script);
const request = {url: new URL(target, origin).href, method, headers: {accept: '*/*'}};
Promise.resolve(settings.requestInterceptor(request)).then((sent) => console.log(JSON.stringify(sent.headers)));
"""


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
def test_the_page_of_the_api_changes_something_for_who_is_signed_in(core, browser):
    script = browser.send("GET", "/docs/start.js").text

    def headers_for(method, target):
        return json.loads(
            subprocess.run(
                ["node", "-e", TRY_IT_OUT, core.url, browser.cookie, script, method, target],
                check=True, capture_output=True, text=True, timeout=60,
            ).stdout  # fmt: skip
        )

    headers = headers_for("POST", "/api/v1/agents/scan")
    assert headers == {"accept": "*/*", "X-CSRF-Token": browser.csrf}
    answer = browser.send("POST", "/api/v1/agents/scan", {}, headers | {"Origin": core.url})
    assert answer.status == 200, answer.text
    assert headers_for("GET", "/api/v1/agents") == {"accept": "*/*"}
    # The token is for the Core alone, whatever an edited description names as its server.
    assert headers_for("POST", "https://example.org/api") == {"accept": "*/*"}
    policy = browser.send("GET", "/docs").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "connect-src 'self';" in policy


def test_a_form_of_a_page_is_no_request(core, browser):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {"Content-Type": kind} | browser.csrf_header()
        answer = browser.send("POST", "/api/v1/auth/login", '{"token":"x"}', headers)
        assert answer.status in (403, 415), answer.text


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(browser):
    attributes = {part.strip().lower() for part in browser.set_cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= attributes


def test_pages_cannot_be_framed_or_guessed_at(core):
    for target in ("/docs", "/api/v1/health", "/nothing/here"):
        headers = core.web("GET", target, headers=bearer(core)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")


def test_a_session_ends_with_logout(core):
    own = Browser(core)
    assert own.send("GET", "/api/v1/auth/session").json["actor"].startswith("web:")
    assert own.send("POST", "/api/v1/auth/logout", {}, own.csrf_header()).status == 204
    assert own.send("GET", "/api/v1/agents").status == 401


def test_a_login_link_signs_in_once(core):
    url = core.json("open")["url"]
    assert url.startswith(core.url)
    path = url.removeprefix(core.url)
    first = core.web("GET", path)
    assert first.status == 303
    cookie = first.headers["Set-Cookie"].split(";")[0]
    assert core.web("GET", "/api/v1/agents", headers={"Cookie": cookie}).status == 200
    again = core.web("GET", path)
    assert again.status in (401, 403) and "Set-Cookie" not in again.headers


def test_guessing_the_token_is_slowed_down(own_core):
    answers = [own_core.web("POST", "/api/v1/auth/login", {"token": f"{i}" * 43}) for i in range(8)]
    assert [answer.status for answer in answers[:5]] == [401] * 5
    assert answers[-1].status == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    # Also the right one waits: an answer that differs would tell.
    assert own_core.web("POST", "/api/v1/auth/login", {"token": token_of(own_core)}).status == 429
    failed = until(lambda: own_core.audit(event_type="admin.login_failed"), "it is audited")
    assert token_of(own_core) not in json.dumps(failed)


def test_a_new_token_ends_the_old_one_and_every_session(own_core):
    core = own_core
    old, session = bearer(core), Browser(core)
    assert "--yes" in core.refused("token", "rotate")
    assert core.web("GET", "/api/v1/status", headers=old).status == 200
    token = core.done("token", "rotate", "--yes").strip()
    assert token == token_of(core) == core.done("token", "show").strip()
    assert core.web("GET", "/api/v1/status", headers=old).status == 401
    assert session.send("GET", "/api/v1/status").status == 401
    assert core.web("GET", "/api/v1/status", headers=bearer(core)).status == 200


# --- Events ----------------------------------------------------------------------------------


class Events:
    """A stream of server-sent events."""

    def __init__(self, core, query="", last_id=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", core.port, timeout=30)
        headers = bearer(core) | {"Accept": "text/event-stream"}
        if last_id is not None:
            headers["Last-Event-ID"] = str(last_id)
        self.connection.request("GET", "/api/v1/events" + query, headers=headers)
        self.response = self.connection.getresponse()
        assert self.response.status == 200
        assert self.response.headers["Content-Type"].startswith("text/event-stream")

    def next(self):
        fields = {}
        for raw in self.response:
            line = raw.decode().rstrip("\n")
            if not line and "data" in fields:
                return fields
            name, _, value = line.partition(": ")
            if name in ("id", "event", "data"):
                fields[name] = value
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.connection.close()


def test_events_come_as_they_happen_and_are_resumed_where_they_broke_off(core, echo):
    with Events(core, "?type=call.*") as events:
        core.call(f"{echo}/echo")
        first = events.next()
        assert first["event"] == "call.started"
        assert json.loads(first["data"])["tool_id"] == f"{echo}/echo"
    core.call(f"{echo}/count", {"n": 1})
    with Events(core, "?type=call.*", last_id=first["id"]) as resumed:
        kinds = [resumed.next()["event"] for _ in range(3)]
    assert kinds[:2] == ["call.finished", "call.started"]


def test_a_client_from_another_life_of_the_daemon_is_told_of_the_gap(core, echo):
    with Events(core, last_id=10**12) as events:
        core.call(f"{echo}/echo")
        assert events.next()["event"] == "stream.gap"


def test_a_call_streams_over_http(core, echo):
    connection = http.client.HTTPConnection("127.0.0.1", core.port, timeout=30)
    headers = bearer(core) | JSON | {"Accept": "text/event-stream"}
    target = f"/api/v1/tools/{echo}/count/call"
    connection.request("POST", target, '{"input":{"n":2}}', headers)
    answer = Answer(connection.getresponse())
    connection.close()
    kinds = [line[7:] for line in answer.text.splitlines() if line.startswith("event: ")]
    assert kinds[-3:] == ["stream", "stream", "result"]


def test_a_caller_that_goes_away_cancels_its_call(core, echo):
    connection = http.client.HTTPConnection("127.0.0.1", core.port, timeout=30)
    headers = bearer(core) | JSON | {"Accept": "text/event-stream"}
    connection.request("POST", f"/api/v1/tools/{echo}/sleep/call", '{"input":{"ms":60000}}', headers)

    def sleeping():
        return [c for c in core.get("/calls")["calls"] if c["status"] == "running"]

    call = until(sleeping, "the call is under way")[0]["call_id"]
    connection.close()

    def canceled():
        return [c for c in core.get("/calls")["calls"] if c.get("call_id") == call
                and c["status"] == "canceled"]  # fmt: skip

    until(canceled, "it is canceled")


# --- The description ---------------------------------------------------------------------------


def test_what_is_described_answers_as_described(core, echo):
    described = core.web("GET", "/api/v1/openapi.json", headers=bearer(core))
    if described.status == 404:
        described = core.web("GET", "/openapi.json", headers=bearer(core))
    paths = described.json["paths"]
    assert len(paths) > 30
    values = {"agent_id": echo, "name": "echo", "registry": "none", "call_id": "none"}
    for path, operations in paths.items():
        operation = operations.get("get")
        if operation is None or path.endswith(("/events", "/export")):
            continue
        target = path
        for name, value in values.items():
            target = target.replace("{" + name + "}", value)
        if "{" in target:
            continue
        answer = core.web("GET", target, headers=bearer(core))
        assert str(answer.status) in operation["responses"], f"GET {target}: {answer.status} {answer.text}"
        kinds = operation["responses"][str(answer.status)].get("content", {})
        kind = answer.headers["Content-Type"].split(";")[0]
        assert not kinds or kind in {name.split(";")[0] for name in kinds}, f"GET {target}: {kind}"


def test_what_nobody_described_is_not_there(core):
    answer = core.web("GET", "/api/v1/no/such/thing", headers=bearer(core))
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    answer = core.web("PATCH", "/api/v1/agents", {}, bearer(core))
    assert answer.status == 405 and "GET" in answer.headers["Allow"]
