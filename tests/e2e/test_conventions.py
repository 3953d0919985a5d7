"""What holds for every route, whatever it is for; the routes come from /openapi.json."""

import gzip
import re

import pytest

from support.checks import expect, expect_problem, problem_faults
from support.registry import new_registry
from support.subjects import Subjects

OTHER_METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}


@pytest.fixture(scope="module")
def subjects():
    with new_registry() as registry:
        subjects = Subjects(registry)
        for _ in range(5):
            subjects.admin.publish(description="tides " * 200)
        yield subjects


@pytest.fixture(scope="module")
def readings(subjects):
    """(operation, path) of everything that can be read; links of letters need a real token."""
    return [
        (operation, subjects.target(operation) + query(operation))
        for operation in subjects.operations
        if operation.method == "GET" and not operation.path.endswith("/verify-email")
    ]


def query(operation):
    """The required parameters, with the values of the documentation."""
    given = {
        parameter["name"]: parameter["example"]
        for parameter in operation.parameters("query")
        if parameter.get("required") or parameter["name"] == "hri"
    }
    return "?hri=" + given["hri"] if given else ""


@pytest.fixture(scope="module", autouse=True)
def the_agent_of_the_examples(subjects):
    subjects.admin.publish(humanReadableId="my-ai-assistant")


def stable(operation):
    """Whether two answers in a row are the same: no clocks and counters in them."""
    clocks = ("/metrics", "/api/v1/discovery/agents", "/api/v1/admin/dashboard",
              "/api/v1/admin/system-health", "/api/v1/federation/info",
              "/api/v1/federation/health", "/api/v1/federation/health-check")  # fmt: skip
    return operation.path not in clocks


def test_head_is_get_without_the_body(subjects, readings):
    for operation, path in readings:
        client = subjects.client_for(operation)
        got, head = client.get(path), client.head(path)
        assert (head.status, head.body) == (got.status, b""), path
        assert got.status == 200, (path, got)
        names = ["Content-Type", "ETag", "Cache-Control"]
        names += ["Content-Length"] if stable(operation) else []
        for name in names:
            assert head.headers.get(name) == got.headers.get(name), (path, name)


def test_another_method_is_405_with_the_methods_there_are(subjects):
    by_path = {}
    for operation in subjects.operations:
        by_path.setdefault(operation.path, set()).add(operation.method)
    for path, methods in by_path.items():
        operation = next(each for each in subjects.operations if each.path == path)
        target = subjects.target(operation)
        for method in OTHER_METHODS - methods:
            answer = subjects.admin.client.send(method, target)
            if answer.status != 405:  # A template such as {agent_id} may match another's path.
                assert answer.status in (400, 401, 403, 404, 415, 422), (method, target, answer)
                continue
            assert not problem_faults(answer, 405), (method, target)
            allowed = set(re.split(r", *", answer.headers["Allow"]))
            assert methods <= allowed and method not in allowed, (target, allowed)
            assert ("HEAD" in allowed) == ("GET" in allowed), (target, allowed)


def test_a_trailing_slash_makes_no_difference(subjects, readings):
    for operation, path in readings:
        client = subjects.client_for(operation)
        bare, _, search = path.partition("?")
        slashed = client.get(f"{bare}/" + (f"?{search}" if search else ""))
        assert slashed.status == 200, (path, slashed)
        if stable(operation):
            assert slashed.body == client.get(path).body, path


def test_a_request_id_is_echoed_when_well_formed_and_made_otherwise(subjects, readings):
    for operation, path in readings:
        client = subjects.client_for(operation)
        given = client.get(path, {"X-Request-Id": "abc-123_X.y"})
        assert given.headers["X-Request-Id"] == "abc-123_X.y"
        for bad in ("", "a b", "x" * 65, "<script>"):
            made = client.get(path, {"X-Request-Id": bad}).headers["X-Request-Id"]
            assert made and made != bad, path


def test_what_is_not_there_is_a_problem_with_the_request_id(subjects):
    for path in ("/nothing", "/api/v1/nothing", "/api/v2/agents", "/docs/../etc/passwd", "/docs/x.js"):
        expect_problem(subjects.anonymous.get(path), 404)
    missing = "/api/v1/agents/00000000-0000-4000-8000-000000000000"
    problem = expect_problem(subjects.anonymous.get(missing, {"X-Request-Id": "find-me"}), 404)
    assert problem["request_id"] == "find-me"
    assert problem["instance"] == missing


def test_access_is_checked_on_every_route(subjects):
    for operation in subjects.operations:
        target = subjects.target(operation)
        if operation.security in ("user", "agent"):
            answer = subjects.anonymous.send(operation.method, target, operation.example_body)
            assert not problem_faults(answer, 401), operation
        if operation.security == "agent":
            answer = subjects.admin.client.send(operation.method, target, operation.example_body)
            assert not problem_faults(answer, 403), operation
        if operation.security == "user":
            answer = subjects.agent_client.send(operation.method, target, operation.example_body)
            assert not problem_faults(answer, 403), operation


def test_cors_is_off_by_default(subjects, readings):
    origin = {"Origin": "https://evil.example.com"}
    for operation, path in readings:
        answer = subjects.client_for(operation).get(path, origin)
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    asked = origin | {"Access-Control-Request-Method": "POST"}
    answer = subjects.anonymous.send("OPTIONS", "/api/v1/agents", headers=asked)
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_an_etag_seen_before_is_answered_304(subjects, readings):
    tagged = []
    for operation, path in readings:
        client = subjects.client_for(operation)
        etag = client.get(path).headers.get("ETag")
        if etag is None:
            continue
        tagged.append(operation.path)
        for known in (etag, f'"other", {etag}', "*"):
            answer = client.get(path, {"If-None-Match": known})
            assert (answer.status, answer.body) == (304, b""), (path, known, answer)
            assert answer.headers["ETag"] == etag
        assert client.get(path, {"If-None-Match": '"other"'}).status == 200, path
    expected = {"/api/v1/agents", "/api/v1/agents/{agent_id}", "/api/v1/discovery/agents",
                "/api/v1/agents/by-hri", "/api/v1/agents/id/{human_readable_id}"}  # fmt: skip
    assert expected <= set(tagged)
    assert subjects.anonymous.get("/openapi.json").headers["ETag"]


def test_an_etag_changes_with_what_it_stands_for(subjects):
    client, agent = subjects.anonymous, subjects.admin.publish()
    paths = ["/api/v1/agents", f"/api/v1/agents/{agent['id']}", "/api/v1/discovery/agents?q=tides"]
    before = [client.get(path).headers["ETag"] for path in paths]
    changed = {"description": "tides, changed"}
    expect(subjects.admin.client.put(f"/api/v1/agents/{agent['id']}", changed), 200)
    after = [client.get(path).headers["ETag"] for path in paths]
    assert not set(before) & set(after)


def test_a_large_answer_is_compressed_for_who_takes_it(subjects):
    for path in ("/api/v1/agents", "/openapi.json", "/docs/swagger-ui-bundle.js"):
        plain = subjects.anonymous.get(path)
        small = subjects.anonymous.get(path, {"Accept-Encoding": "gzip"})
        assert small.headers["Content-Encoding"] == "gzip", path
        assert "Accept-Encoding" in small.headers["Vary"], path
        assert "Content-Encoding" not in plain.headers, path
        assert gzip.decompress(small.body) == plain.body, path
        assert len(small.body) < len(plain.body)
        refused = subjects.anonymous.get(path, {"Accept-Encoding": "gzip;q=0"})
        assert "Content-Encoding" not in refused.headers


def test_answers_say_what_may_be_cached(subjects, readings):
    for operation, path in readings:
        answer = subjects.client_for(operation).get(path)
        control = answer.headers.get("Cache-Control")
        assert control, path
        if operation.security == "user":
            assert "no-store" in control or "private" in control, (path, control)


def test_the_description_is_the_same_at_both_places_and_covers_the_seed(subjects):
    client = subjects.anonymous
    assert client.get("/openapi.json").body == client.get("/api/v1/openapi.json").body
    known = {str(operation) for operation in subjects.operations}
    for each in SEED_ROUTES:
        assert re.sub(r"\{\w+\}", "{}", each) in {re.sub(r"\{\w+\}", "{}", op) for op in known}, each
    page = client.get("/docs")
    assert page.status == 200 and page.media_type == "text/html"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


SEED_ROUTES = """
POST /api/v1/auth/register
POST /api/v1/auth/login
POST /api/v1/auth/refresh
POST /api/v1/auth/logout
GET /api/v1/auth/me
PUT /api/v1/auth/password
POST /api/v1/auth/recover
POST /api/v1/auth/recover/confirm
GET /api/v1/agents
POST /api/v1/agents
GET /api/v1/agents/{agent_id}
PUT /api/v1/agents/{agent_id}
DELETE /api/v1/agents/{agent_id}
POST /api/v1/agents/{agent_id}/verify
GET /api/v1/discovery/agents
GET /api/v1/discovery/capabilities
GET /api/v1/discovery/templates
POST /api/v1/discovery/search
POST /api/v1/onboard/bootstrap/request-token
POST /api/v1/onboard/register
GET /api/v1/onboard/bootstrap/tokens
DELETE /api/v1/onboard/bootstrap/tokens/{id}
""".split("\n")[1:-1]
