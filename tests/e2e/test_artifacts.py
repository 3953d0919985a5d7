"""Artifacts through the real program, kept as files and in an S3 server that checks signatures."""

import base64
import contextlib
import hashlib
import http.client
import os
import socket
import sqlite3
import urllib.parse

import pytest

from support.checks import eventually, expect, expect_problem
from support.client import read_response
from support.people import make_admin, sign_up
from support.postgres import PrivatePostgres
from support.registry import new_registry
from support.s3 import PrivateS3

LIMITS = {
    "AGENTVAULT_ARTIFACTS_MAX_BYTES": str(40 << 20),
    "AGENTVAULT_ARTIFACTS_AGENT_BYTES": str(60 << 20),
    "AGENTVAULT_ARTIFACTS_ACCOUNT_BYTES": str(80 << 20),
}


@pytest.fixture(scope="module")
def s3():
    with PrivateS3() as server:
        yield server


@pytest.fixture(scope="module")
def file_registry():
    with new_registry(LIMITS) as registry:
        yield registry


@pytest.fixture(scope="module")
def s3_registry(s3):
    """Artifacts in S3 and rows in PostgreSQL, as replicas would have them."""
    with PrivatePostgres() as database:
        settings = LIMITS | s3.settings() | {"DATABASE_URL": database.new_schema()}
        with new_registry(settings) as registry:
            yield registry


@pytest.fixture(params=["files", "s3"])
def registry(request):
    return request.getfixturevalue("file_registry" if request.param == "files" else "s3_registry")


@pytest.fixture
def ada(registry):
    return sign_up(registry.client())


@pytest.fixture
def place(ada):
    """Where a new agent's artifacts are."""
    return f"/api/v1/agents/{ada.publish()['id']}/artifacts"


def digest(body):
    return hashlib.sha256(body).hexdigest()


def put(client, path, body, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.send("PUT", path, body, {"Content-Type": "application/x-test"} | named)


def test_what_was_uploaded_is_downloaded_by_anyone(ada, place):
    body = os.urandom(300_000)
    stored = put(ada.client, f"{place}/model.bin", body)
    answer = expect(stored, 201)
    assert stored.headers["Location"] == f"{place}/model.bin"
    assert answer["digest"] == f"sha256:{digest(body)}"
    assert answer["size"] == len(body)
    assert answer["media_type"] == "application/x-test"
    assert answer["url"].endswith(f"{place}/model.bin")
    got = ada.client.anonymous().get(f"{place}/model.bin")
    assert got.status == 200
    assert got.body == body
    assert got.headers["Content-Length"] == str(len(body))
    assert got.headers["ETag"] == stored.headers["ETag"] == f'"sha256-{digest(body)}"'
    expected = base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert got.headers["Repr-Digest"] == f"sha-256=:{expected}:"
    listed = expect(ada.client.anonymous().get(place), 200)
    assert [artifact["name"] for artifact in listed["artifacts"]] == ["model.bin"]
    assert listed["total_bytes"] == len(body)
    head = ada.client.anonymous().head(f"{place}/model.bin")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(body))


def test_a_large_file_goes_both_ways_without_being_kept_in_memory(registry, ada, place):
    body = os.urandom(1 << 20) * 33  # More than the largest part of an upload to S3.
    before = resident_bytes(registry)
    stored = put(ada.client, f"{place}/large", body, X_Content_SHA256=digest(body))
    expect(stored, 201)
    got = ada.client.get(f"{place}/large")
    assert digest(got.body) == digest(body)
    assert resident_bytes(registry) - before < len(body) // 2


def resident_bytes(registry):
    with open(f"/proc/{registry.process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_ranges_and_conditions(ada, place):
    body = bytes(range(256)) * 40
    etag = put(ada.client, f"{place}/a", body).headers["ETag"]
    client = ada.client.anonymous()
    part = client.get(f"{place}/a", headers={"Range": "bytes=100-199"})
    assert (part.status, part.body) == (206, body[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(body)}"
    assert client.get(f"{place}/a", headers={"Range": "bytes=-10"}).body == body[-10:]
    outside = client.get(f"{place}/a", headers={"Range": f"bytes={len(body)}-"})
    expect_problem(outside, 416)
    assert outside.headers["Content-Range"] == f"bytes */{len(body)}"
    stale = client.get(f"{place}/a", headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert (stale.status, stale.body) == (200, body)
    assert client.get(f"{place}/a", headers={"If-None-Match": etag}).status == 304
    expect_problem(client.get(f"{place}/a", headers={"If-Match": '"other"'}), 412)
    expect_problem(put(ada.client, f"{place}/a", b"x", If_None_Match="*"), 412)
    expect_problem(put(ada.client, f"{place}/a", b"x", If_Match='"other"'), 412)
    assert put(ada.client, f"{place}/a", b"new", If_Match=etag).status == 200
    assert client.get(f"{place}/a").body == b"new"


def test_an_empty_file_is_a_file(ada, place):
    expect(put(ada.client, f"{place}/empty", b""), 201)
    got = ada.client.get(f"{place}/empty")
    assert (got.status, got.body, got.headers["Content-Length"]) == (200, b"", "0")


def test_what_does_not_have_its_digest_is_not_kept(ada, place):
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    for header in (
        {"Content_Digest": f"sha-256=:{wrong}:"},
        {"Digest": f"SHA-256={wrong}"},
        {"X_Content_SHA256": digest(b"other")},
    ):
        expect_problem(put(ada.client, f"{place}/a", b"altered", **header), 422)
    expect_problem(put(ada.client, f"{place}/a", b"x", Content_Digest="sha-256=:no:"), 400)
    expect_problem(ada.client.get(f"{place}/a"), 404)


def test_a_stored_page_does_not_run_on_our_origin(ada, place):
    put(ada.client, f"{place}/page.html", b"<script>1</script>", Content_Type="text/html")
    got = ada.client.anonymous().get(f"{place}/page.html")
    assert got.headers["Content-Disposition"] == 'attachment; filename="page.html"'
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_only_the_publisher_and_administrators_write(registry, ada, place):
    stranger = sign_up(registry.client())
    expect_problem(put(stranger.client, f"{place}/a", b"x"), 403)
    expect_problem(put(registry.client(), f"{place}/a", b"x"), 401)
    expect(put(ada.client, f"{place}/a", b"x"), 201)
    expect_problem(stranger.client.delete(f"{place}/a"), 403)
    admin = make_admin(registry)
    assert put(admin.client, f"{place}/a", b"y").status == 200
    assert admin.client.delete(f"{place}/a").status == 204
    expect_problem(ada.client.delete(f"{place}/a"), 404)


def test_artifacts_of_an_inactive_agent_are_its_publishers_alone(ada, place):
    put(ada.client, f"{place}/a", b"x")
    expect(ada.client.put(place.removesuffix("/artifacts"), {"status": "inactive"}), 200)
    expect_problem(ada.client.anonymous().get(f"{place}/a"), 404)
    expect_problem(ada.client.anonymous().get(place), 404)
    assert ada.client.get(f"{place}/a").body == b"x"


def test_artifacts_are_deleted_with_their_agent(ada, place):
    put(ada.client, f"{place}/a", b"x")
    assert ada.client.delete(place.removesuffix("/artifacts")).status == 204
    assert expect(ada.client.get(place), 200)["artifacts"] == []


def test_names_and_types_are_checked(ada, place):
    for name in (".hidden", "a%2Fb", "a%20b", "%C3%A4", "x" * 129):
        expect_problem(put(ada.client, f"{place}/{name}", b"x"), 422)
    expect_problem(put(ada.client, f"{place}/a", b"x", Content_Type="nonsense"), 415)
    expect_problem(put(ada.client, f"{place}/a", b"x", Content_Encoding="gzip"), 415)
    expect_problem(put(ada.client, f"{place}/a", b"x", Content_Range="bytes 0-0/9"), 400)


def test_limits_of_a_file_an_agent_and_an_account(ada, place):
    half = bytes(30 << 20)
    expect_problem(refused_upload(ada, f"{place}/huge", (40 << 20) + 1), 413)
    expect(put(ada.client, f"{place}/one", half), 201)
    expect(put(ada.client, f"{place}/two", half), 201)
    expect_problem(refused_upload(ada, f"{place}/three", 1 << 20), 409)
    other = f"/api/v1/agents/{ada.publish()['id']}/artifacts"
    expect_problem(refused_upload(ada, f"{other}/one", 30 << 20), 409)
    expect(put(ada.client, f"{place}/one", b"smaller"), 200)
    expect(put(ada.client, f"{other}/one", half), 201)


def refused_upload(developer, path, size):
    """The answer to an upload that waits for 100 Continue, and is refused before it sends."""
    with developer.client.open_socket() as connection:
        head = (
            f"PUT {path} HTTP/1.1\r\nHost: registry\r\nContent-Length: {size}\r\n"
            f"Authorization: Bearer {developer.access_token}\r\nExpect: 100-continue\r\n\r\n"
        )
        connection.sendall(head.encode())
        return read_response(connection)


def test_an_upload_of_unknown_length_is_limited_as_well(ada, place):
    parts = urllib.parse.urlsplit(ada.client.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    headers = {"Authorization": f"Bearer {ada.access_token}", "Transfer-Encoding": "chunked"}
    connection.request("PUT", f"{place}/a", iter([b"x" * 70_000, b"y"]), headers, encode_chunked=True)
    assert connection.getresponse().status == 201
    connection.close()
    assert ada.client.get(f"{place}/a").body == b"x" * 70_000 + b"y"


def test_an_upload_that_breaks_off_leaves_nothing(registry, ada, place):
    with ada.client.open_socket() as connection:
        head = (
            f"PUT {place}/a HTTP/1.1\r\nHost: registry\r\nContent-Length: 1000000\r\n"
            f"Authorization: Bearer {ada.access_token}\r\n\r\n"
        )
        connection.sendall(head.encode() + b"x" * 500_000)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)
    expect_problem(ada.client.get(f"{place}/a"), 404)
    assert list((registry.data_dir / "spool").iterdir()) == []


def test_the_card_is_given_back_byte_for_byte(ada):
    card = '{ "name":"Raw \\u0041", "url" : "https://a.example/x", "version":1.50 }'
    body = f'{{"name":"A","agent_type":"t","card":{card}}}'.encode()
    made = ada.client.send("POST", "/api/v1/agents", body, {"Content-Type": "application/json"})
    got = ada.client.anonymous().get(f"/api/v1/agents/{expect(made, 201)['id']}/card/raw")
    assert got.content == card.encode()


def test_uploads_and_removals_are_audited(file_registry):
    ada = sign_up(file_registry.client())
    agent = ada.publish()["id"]
    put(ada.client, f"/api/v1/agents/{agent}/artifacts/a", b"x")
    ada.client.delete(f"/api/v1/agents/{agent}/artifacts/a")
    with contextlib.closing(sqlite3.connect(file_registry.database_path)) as database:
        rows = database.execute(
            "SELECT action, details FROM audit_log WHERE subject = ? AND action LIKE 'artifact.%'"
            " ORDER BY sequence",
            (f"agent:{agent}",),
        ).fetchall()
    assert [action for action, _ in rows] == ["artifact.put", "artifact.delete"]
    assert digest(b"x") in rows[0][1]


def readiness(registry):
    answer = registry.client().get("/health/ready")
    states = {part["name"]: part["status"] for part in answer.json()["dependencies"]}
    return answer.status, states["blob_store"]


def test_a_registry_without_its_s3_serves_all_else(s3):
    with new_registry(s3.settings() | {"S3_ENDPOINT": "http://127.0.0.1:1"}) as registry:
        ada = sign_up(registry.client())
        answer = put(ada.client, f"/api/v1/agents/{ada.publish()['id']}/artifacts/a", b"x")
        expect_problem(answer, 503)
        assert answer.headers["Retry-After"]
        assert readiness(registry) == (200, "unavailable")


def test_an_s3_that_hangs_holds_nobody_up_for_long_and_works_again_once_it_answers():
    with PrivateS3() as server, new_registry(server.settings()) as registry:
        ada = sign_up(registry.client())
        place = f"/api/v1/agents/{ada.publish()['id']}/artifacts"
        expect(put(ada.client, f"{place}/a", b"kept"), 201)
        server.freeze()
        assert readiness(registry) == (200, "unavailable")
        expect_problem(ada.client.get(f"{place}/a"), 503)
        server.thaw()
        eventually(lambda: readiness(registry) == (200, "ok"), 30, "the store is back")
        assert ada.client.get(f"{place}/a").body == b"kept"


def test_wrong_credentials_are_named_in_the_log_and_not_to_clients(s3):
    wrong = s3.settings() | {"S3_SECRET_ACCESS_KEY": "not-the-secret"}
    with new_registry(wrong) as registry:
        ada = sign_up(registry.client())
        answer = put(ada.client, f"/api/v1/agents/{ada.publish()['id']}/artifacts/a", b"x")
        problem = expect_problem(answer, 503)
        assert "s3" not in problem["detail"].lower()
        eventually(lambda: "s3.secret_access_key" in registry.log(), 30, "a line in the log")
        assert "not-the-secret" not in registry.log()
