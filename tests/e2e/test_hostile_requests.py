"""Paths, queries, headers and framing that are wrong: a 4xx, never a crash, never an echo."""

import pytest

from support.checks import expect, problem_faults
from support.client import exchange
from support.hostile import PLANTED, Attack
from support.registry import new_registry
from support.subjects import Subjects


@pytest.fixture(scope="module")
def subjects():
    with new_registry() as registry:
        yield Subjects(registry)


@pytest.fixture
def attack(subjects):
    attack = Attack(subjects)
    yield attack
    attack.finish()


SEGMENTS = ["%zz", "%", "%2", "%00", "a%00b", "%ff%fe", "%c0%af", "%ed%a0%80", "%2e%2e%2f", "..",
            "%0d%0aX-Planted:%20yes", "'%20OR%20'1'='1", "%25", "_", "x" * 5000, "not-a-uuid",
            "00000000-0000-0000-0000-000000000000", "%F0%9F%98%80", "a;b=c", "a%2Fb"]  # fmt: skip


# A name that is not known is an empty list there, not an error.
TAKES_ANY_NAME = {"GET /api/v1/system/activity-feed/by-type/{event_type}"}


def test_no_path_segment_does_harm(attack):
    for operation in attack.subjects.operations:
        if not operation.parameters("path"):
            continue
        for segment in SEGMENTS:
            path = operation.target(lambda _name: segment)  # noqa: B023  called at once
            answer = attack.send(operation, path, operation.example_body, what=segment[:40])
            if answer.status < 400 and str(operation) not in TAKES_ANY_NAME:
                attack.faults.append(f"{operation} {segment[:40]}: {answer}")
            if "X-Planted" in answer.headers:
                attack.faults.append(f"{operation} lets a header be injected")


QUERIES = ["a=%zz", "%", "a=%ff", "a=%00", "=", "&&&", "?", "a" * 8000, "page=" + "9" * 400,
           "page=0", "page=-1", "page=1.5", "page=1e3", "page=abc", "page=%201", "page=1000000000000",
           "per_page=0", "per_page=101", "per_page=-5", "per_page=99999999999999999999",
           f"cursor={PLANTED}", "cursor=" + "A" * 3000, "cursor=AAAA", "cursor=%00", "fields=",
           "fields=" + ",".join(["id"] * 500), f"fields={PLANTED}", "fields=password_hash",
           f"sort={PLANTED}", f"status={PLANTED}", f"verified={PLANTED}", f"price_max={PLANTED}",
           "price_max=NaN", "price_max=1e999", "facets=" + ",".join("abcdefghijkl"),
           "tags=" + ",".join(["t"] * 300), "q=" + "x" * 9000, "&".join(["q=x"] * 500)]  # fmt: skip


def test_no_query_does_harm(attack):
    for operation in attack.subjects.operations:
        if operation.method != "GET":
            continue
        path = attack.subjects.target(operation)
        for query in QUERIES:
            attack.send(operation, f"{path}?{query}", what=query[:40])


def test_bounds_of_paging_are_told_with_a_pointer(attack):
    wrong = {"page": ["0", "-1", "abc", "1.5"], "per_page": ["0", "101", "x"], "cursor": ["AAAA"]}
    for operation in attack.subjects.operations:
        known = {parameter["name"] for parameter in operation.parameters("query")}
        for name in known & wrong.keys():
            for value in wrong[name]:
                path = f"{attack.subjects.target(operation)}?{name}={value}"
                answer = attack.send(operation, path, what=path)
                attack.expect(answer, {422}, f"{operation} {name}={value}", f"?{name}")


def test_metacharacters_of_sql_and_like_are_plain_text(attack):
    client = attack.subjects.anonymous
    agent = attack.subjects.agent
    for text in ("%", "_", "'", '"', "\\", "' OR '1'='1", "'; DROP TABLE agents; --", "*", "(", "NOT"):
        for name in ("tags", "capabilities", "agent_type", "developer", "registry"):
            page = expect(client.get("/api/v1/discovery/agents", **{name: text}), 200)
            if page["agents"]:
                attack.faults.append(f"{name}={text} matches")
        attack.check(client.get("/api/v1/discovery/agents", q=text), f"q={text}")
        answer = client.get("/api/v1/agents/by-hri", hri=text)
        attack.expect(answer, {404, 422}, f"hri={text}")
    wild = agent["humanReadableId"][:-1] + "_"
    attack.expect(client.get("/api/v1/agents/by-hri", hri=wild), {404}, "a LIKE pattern")


HEADERS = {
    "a flood of headers": ("".join(f"X-H{n}: x\r\n" for n in range(500)), {431}),
    "a long header": ("X-Long: " + "x" * 20_000 + "\r\n", {431}),
    "a long token": ("Authorization: Bearer " + "x" * 10_000 + "\r\n", {200, 400, 401}),
    "a token of odd bytes": ("Authorization: Bearer \xff\xfe\r\n", {200, 400, 401}),
    "an unknown scheme": (f"Authorization: Basic {PLANTED}\r\n", {200, 401}),
    "an empty token": ("Authorization: Bearer \r\n", {200, 401}),
    "three dots": ("Authorization: Bearer ...\r\n", {200, 401}),
    "the algorithm none": (
        "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.\r\n", {200, 401}),
    "an odd request id": (f"X-Request-Id: {'y' * 300}\r\n", {200}),
    "an odd tag": ("If-None-Match: \"unclosed\r\n", {200, 400}),
    "a NUL": ("X-Nul: a\0b\r\n", {400}),
    "a bare CR": ("X-Cr: a\rb\r\n", {400}),
    "a space before the colon": ("X-Space : a\r\n", {400}),
    "a folded line": ("X-Fold: a\r\n b\r\n", {400}),
    "no colon": ("nonsense\r\n", {400}),
    "two lengths": ("Content-Length: 1\r\nContent-Length: 2\r\n", {400}),
    "a length and chunks": ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", {400}),
    "a negative length": ("Content-Length: -1\r\n", {400}),
    "a length of no number": ("Content-Length: five\r\n", {400}),
    "a huge length": ("Content-Length: 99999999999999999999\r\n", {400, 413}),
    "an odd encoding": ("Transfer-Encoding: gzip, chunked\r\n", {400, 501}),
    "an odd expectation": ("Expect: miracles\r\n", {200, 417}),
    "two hosts": ("Host: other\r\n", {400}),
}  # fmt: skip


@pytest.mark.parametrize("what", HEADERS)
def test_odd_headers_are_refused_or_ignored(attack, what):
    text, statuses = HEADERS[what]
    request = f"GET /api/v1/agents HTTP/1.1\r\nHost: x\r\n{text}Connection: close\r\n\r\n"
    answer = exchange(attack.subjects.anonymous, request.encode("latin-1"))
    if answer is not None and answer.status != 501:
        attack.check(answer, what, statuses)
    attack.expect(answer, statuses, what)


LINES = {
    "no version": (b"GET /\r\n\r\n", {400, 505}),
    "HTTP/2": (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", {400, 505}),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", {400}),
    "an unknown method": (b"BREW /api/v1/agents HTTP/1.1\r\nHost: x\r\n\r\n", {400, 405, 501}),
    "a long method": (b"A" * 5000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n", {400, 405, 431, 501}),
    "a long path": (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {414, 431}),
    "a space in the path": (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", {400, 505}),
    "odd bytes in the path": (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", {400, 404}),
    "a control character": (b"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    "another place": (
        b"GET http://evil.example.com/health HTTP/1.1\r\nHost: x\r\n\r\n", {200, 400, 404, 421}),
    "a tunnel": (b"CONNECT evil.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", {400, 404, 405, 501}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64 + b"\r\n\r\n", {400}),
    "bad chunks": (b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                   b"\r\nzz\r\n", {400}),
    "a huge chunk": (b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                     b"\r\nffffffffffffffff\r\n", {400, 413}),
}  # fmt: skip


@pytest.mark.parametrize("what", LINES)
def test_broken_requests_are_refused(attack, what):
    request, statuses = LINES[what]
    answer = exchange(attack.subjects.anonymous, request)
    attack.expect(answer, statuses, what)
    if answer is not None and answer.status >= 400:
        attack.faults += [f"{what}: {fault}" for fault in problem_faults(answer)]


def test_credentials_of_any_odd_kind_are_401_where_they_are_needed(attack):
    operation = attack.subjects.operation("GET /api/v1/auth/me")
    for name, value in {
        "Authorization": f"Bearer {PLANTED}",
        "X-Api-Key": f"avreg_{PLANTED}",
        "authorization": "Bearer avreg_" + "x" * 43,
        "Cookie": f"session={PLANTED}",
    }.items():
        answer = attack.subjects.anonymous.send("GET", operation.path, headers={name: value})
        attack.check(answer, name, operation.errors)
        attack.expect(answer, {401}, name)
        if answer.headers.get("WWW-Authenticate") is None:
            attack.faults.append(f"{name}: 401 without WWW-Authenticate")
