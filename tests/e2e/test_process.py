"""The server as a process: what it refuses to start on, and what signals make it do."""

import signal
import socket

from support.checks import eventually, expect
from support.client import read_response
from support.people import PASSWORD, sign_up, unique
from support.programs import run_registry
from support.registry import new_registry


def serve(data_dir, listen="127.0.0.1:0"):
    return run_registry("serve", "--data-dir", str(data_dir), "--listen", listen)


def test_a_second_server_on_the_same_data_folder_is_refused(sqlite_registry):
    done = serve(sqlite_registry.data_dir)
    assert done.returncode == 1
    assert str(sqlite_registry.data_dir) in done.stderr
    assert done.stdout == ""
    expect(sqlite_registry.client().get("/health"), 200)


def test_a_busy_port_is_refused_with_its_address(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = serve(tmp_path / "data", f"127.0.0.1:{port}")
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr and "in use" in done.stderr


def test_a_port_that_another_registry_serves_is_refused(sqlite_registry, tmp_path):
    address = sqlite_registry.url.removeprefix("http://")
    done = serve(tmp_path / "data", address)
    assert done.returncode == 1
    assert address in done.stderr


def test_a_database_that_does_not_answer_is_said_at_once(tmp_path):
    url = f"postgresql://nobody:hunter2secret@/none?host={tmp_path}"
    done = run_registry(
        "serve", "--data-dir", str(tmp_path / "data"), environment={"DATABASE_URL": url}
    )
    assert done.returncode == 1
    assert "hunter2secret" not in done.stderr
    assert done.stderr.strip()


def half_sent_login(registry):
    """A connection on which the headers and half of the body of a request are written."""
    body = b'{"email":"nobody@example.com","password":"%s"}' % PASSWORD.encode()
    head = (
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(body)
    )
    connection = registry.client().open_socket()
    connection.sendall(head)
    # Only once this has come the server is reading the body, and the request is in flight.
    assert connection.recv(1024).startswith(b"HTTP/1.1 100")
    connection.sendall(body[:10])
    return connection, body[10:]


def refuses_connections(registry):
    try:
        registry.client().open_socket().close()
        return False
    except ConnectionError:  # Reset, when the listener closes just then.
        return True


def test_sigterm_finishes_what_is_in_flight_and_exits_0(own_registry):
    sign_up(own_registry.client())
    connection, rest = half_sent_login(own_registry)
    with connection:
        own_registry.signal(signal.SIGTERM)
        eventually(lambda: refuses_connections(own_registry), 5, "no new connection is accepted")
        connection.sendall(rest)
        answer = read_response(connection, "POST")
    expect(answer, 401)
    assert answer.headers["Connection"] == "close"
    assert own_registry.wait() == 0


def test_sigint_ends_an_idle_server_with_kept_alive_clients_at_once(own_registry):
    clients = [own_registry.client() for _ in range(5)]
    for client in clients:
        expect(client.get("/health"), 200)
    own_registry.signal(signal.SIGINT)
    assert own_registry.wait() == 0


def test_what_was_stored_is_there_after_a_stop(own_registry):
    developer = sign_up(own_registry.client())
    agent = developer.publish()
    assert own_registry.stop() == 0
    own_registry.start()
    client = own_registry.client(developer.access_token)
    assert expect(client.get(f"/api/v1/agents/{agent['id']}"), 200) == agent
    expect(client.get("/api/v1/auth/me"), 200)


def test_without_a_public_url_a_registry_goes_by_its_address():
    with new_registry({"AGENTVAULT_PUBLIC_URL": ""}) as registry:
        agent = sign_up(registry.client()).publish()
        assert agent["registry_url"] == registry.url


def test_sighup_reopens_both_logs(tmp_path):
    log, access = tmp_path / "log", tmp_path / "access.log"
    settings = {"AGENTVAULT_LOG_FILE": str(log), "AGENTVAULT_ACCESS_LOG": str(access)}
    with new_registry(settings) as registry:
        expect(registry.client().get("/health", {"X-Request-Id": "before-rotation"}), 200)
        eventually(lambda: "before-rotation" in access.read_text(), 5, "the request is logged")
        log.rename(tmp_path / "log.1")
        access.rename(tmp_path / "access.log.1")
        registry.signal(signal.SIGHUP)
        eventually(lambda: access.exists() and log.exists(), 5, "new files are opened")
        expect(registry.client().get("/health", {"X-Request-Id": "after-rotation"}), 200)
        eventually(lambda: "after-rotation" in access.read_text(), 5, "the request is logged")
        assert registry.stop() == 0
        assert "stopped" in log.read_text()
        assert "after-rotation" not in (tmp_path / "access.log.1").read_text()


def test_example_agents_fill_an_empty_store_once():
    with new_registry(arguments=["--examples"]) as registry:
        listed = expect(registry.client().get("/api/v1/agents"), 200)
        assert listed["pagination"]["total"] > 0
        registry.restart()
        again = expect(registry.client().get("/api/v1/agents"), 200)
        assert again["pagination"]["total"] == listed["pagination"]["total"]


def test_nobody_signs_in_as_the_owner_of_the_examples():
    with new_registry(arguments=["--examples"]) as registry:
        agent = expect(registry.client().get("/api/v1/agents"), 200)["agents"][0]
        for password in ("", "examples", "password", unique("guess")):
            body = {"email": agent["developer_email"], "password": password}
            answer = registry.client().post("/api/v1/auth/login", body)
            assert answer.status in (401, 422), answer
