"""The change feed: a copy kept by it is the registry, whatever happens in between."""

import contextlib
import threading

from support.checks import eventually, expect, expect_problem, pointers
from support.feed import CHANGES, Copy, EventStream, WebSocket, poll, poll_all
from support.parallel import Load, at_once
from support.people import all_agents, sign_up, unique
from support.registry import new_registry


def listed(client):
    return {agent["id"]: agent for agent in all_agents(client, fields="")}


def busy(writer):
    """Four threads that publish, change and delete."""
    clients = [writer.another() for _ in range(4)]

    def work(thread, count):
        client = clients[thread]
        body = {"name": unique("Busy"), "agent_type": "assistant", "description": f"{count}"}
        agent = expect(client.post("/api/v1/agents", body), 201)
        path = f"/api/v1/agents/{agent['id']}"
        if count % 3 == 0:
            expect(client.delete(path), 204)
        elif count % 3 == 1:
            expect(client.put(path, {"description": "changed"}), 200)

    return Load(4, work)


def test_a_snapshot_and_its_tail_under_concurrent_writes_are_the_registry(own_registry):
    client = own_registry.client()
    developer = sign_up(client)
    for _ in range(20):
        developer.publish()
    copy = Copy()
    with busy(developer.client) as load:
        load.wait_for(20)
        cursor = poll_all(client, "start", copy, limit=7)
        load.wait_for(120)
    eventually(lambda: poll_all(client, cursor, copy) and copy.agents == listed(client), 5,
               "the copy is the registry")  # fmt: skip


def test_a_poll_waits_for_the_first_change(client, developer):
    now = poll(client, "now")["cursor"]
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(poll(client.another(), now, wait=10)), daemon=True
    )
    waiting.start()
    agent = developer.publish()
    waiting.join(10)
    ids = [item["id"] for item in answers[0]["changes"]]
    assert agent["id"] in ids
    assert answers[0]["since"] == now and not answers[0]["is_snapshot"]


def test_a_stream_goes_on_where_it_was_after_kill_9(own_registry):
    client = own_registry.client()
    developer = sign_up(client)
    copy, last_id = Copy(), None
    for _ in range(3):
        with busy(developer.client) as load:
            stream = EventStream(own_registry.client(), last_event_id=last_id)
            for event, data in stream.events():
                if event in ("created", "updated", "deleted"):
                    copy.take(data)
                if len(load.results) >= 40:
                    break
            last_id = stream.last_id
            own_registry.kill()
        stream.close()
        own_registry.start()
        developer.client = own_registry.client(developer.access_token)
    stream = EventStream(own_registry.client(), last_event_id=last_id)
    for event, data in stream.events():
        if event == "live":
            break
        copy.take(data)
    stream.close()
    assert copy.agents == listed(own_registry.client())


def test_filters_show_what_matches_and_bury_what_leaves(client, developer):
    kind = unique("kind")
    now = poll(client, "now")["cursor"]
    agent = developer.publish(agent_type=kind, capabilities=["Reading"])
    developer.publish(agent_type=unique("other"))
    path = f"/api/v1/agents/{agent['id']}"

    def told(since, **query):
        batch = poll(client, since, wait=5, **query)
        return [(item["kind"], item["id"]) for item in batch["changes"]], batch["cursor"]

    for query in ({"agent_type": kind.upper()}, {"capability": "reading", "agent_type": kind},
                  {"owner": developer.user["id"], "agent_type": kind}):  # fmt: skip
        assert told(now, **query)[0] == [("created", agent["id"])]
        assert told("start", **query)[0] == [("created", agent["id"])]
    _, cursor = told(now, agent_type=kind)
    expect(developer.client.put(path, {"agent_type": "moved"}), 200)
    items, cursor = told(cursor, agent_type=kind)
    assert items == [("deleted", agent["id"])]
    expect(developer.client.put(path, {"agent_type": kind}), 200)
    assert told(cursor, agent_type=kind)[0] == [("updated", agent["id"])]


def test_a_deleted_agent_is_a_tombstone_that_tells_nothing_of_it(client, developer):
    before = poll(client, "now")["cursor"]
    agent = developer.publish(description="a secret plan")
    only = {"owner": developer.user["id"], "wait": 5}
    created = poll(client, before, **only)
    assert [item["kind"] for item in created["changes"]] == ["created"]
    expect(developer.client.delete(f"/api/v1/agents/{agent['id']}"), 204)
    # Also for who comes back from before it.
    poll(client, created["cursor"], **only)
    answer = client.get(CHANGES, since=before, **only)
    assert b"secret plan" not in answer.content
    answer = client.get(CHANGES, since=created["cursor"], **only)
    (item,) = [item for item in expect(answer, 200)["changes"] if item["id"] == agent["id"]]
    assert item["kind"] == "deleted" and "agent" not in item
    assert item["version"] == agent["version"] + 1
    assert b"secret plan" not in answer.content


def test_what_is_no_cursor_is_refused(client):
    cursor = poll(client, "now")["cursor"]
    for forged in ("x", cursor[:-1], cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")):
        for path in (CHANGES, CHANGES + "/stream"):
            answer = client.get(path, since=forged)
            expect_problem(answer, 422)
            assert pointers(answer) == ["?since"]


def test_a_slow_reader_is_cut_off_and_loses_nothing(sqlite_registry):
    client = sqlite_registry.client()
    developer = sign_up(client)
    now = poll(client, "now")["cursor"]
    stream = EventStream(client, f"?since={now}", buffer=4096)
    events = stream.events()
    assert next(events)[0] == "live"
    written = []
    text = "x" * 60_000  # A megabyte of metadata in 16 agents: the ring holds some 130 of them.
    for index in range(300):
        body = {"name": unique("Large"), "agent_type": "large", "metadata": {"text": text}}
        written.append(expect(developer.client.post("/api/v1/agents", body), 201)["id"])
    seen, ending = [], None
    for event, data in events:
        if event == "cutoff":
            ending = data["cursor"]
        elif event != "position":
            seen.append(data["id"])
    stream.close()
    assert ending and len(seen) < len(written)
    rest = EventStream(client, f"?since={ending}&agent_type=large")
    for event, data in rest.events():
        if event == "live":
            break
        seen.append(data["id"])
    rest.close()
    assert set(seen) == set(written)


def test_a_websocket_tells_the_same_and_takes_filters(client, developer):
    now = poll(client, "now")["cursor"]
    with contextlib.closing(WebSocket(client, f"?since={now}")) as socket:
        assert socket.receive()["event"] == "live"
        agent = developer.publish()
        item = next(iter(lambda: socket.receive(), None))
        while item.get("id") != agent["id"]:
            item = socket.receive()
        assert item["kind"] == "created" and item["agent"]["name"] == agent["name"]
        kind = unique("kind")
        socket.set_filter(agent_type=kind)
        # Once a change of the new filter comes, the filter is set.
        wanted = developer.publish(agent_type=kind)
        item = socket.receive()
        while item.get("id") != wanted["id"]:
            item = socket.receive()
        developer.publish()
        again = developer.publish(agent_type=kind)
        assert socket.receive()["id"] == again["id"]


def test_a_websocket_is_closed_for_what_it_does_not_take(client):
    def closed_for(payload, opcode=WebSocket.TEXT):
        with contextlib.closing(WebSocket(client, "?since=now")) as socket:
            assert socket.receive()["event"] == "live"
            socket.send(payload, opcode)
            while socket.receive() is not None:
                pass
            return socket.closed[0]

    assert closed_for(b"{}", WebSocket.BINARY) == 1003
    assert closed_for(b"not a filter") == 1008
    assert closed_for(b'{"unknown": 1}') == 1008
    assert closed_for(b" " * 5000) == 1009


def test_a_websocket_needs_a_handshake_and_its_own_origin(client):
    expect_problem(client.get(CHANGES + "/ws"), 426)
    with contextlib.closing(WebSocket(client, headers="Origin: https://evil.example\r\n")) as socket:
        assert socket.status == 403
    with contextlib.closing(WebSocket(client, headers="Origin: http://registry\r\n")) as socket:
        assert socket.status == 101


def test_a_server_that_stops_tells_readers_where_to_go_on(own_registry):
    client = own_registry.client()
    socket = WebSocket(client, "?since=now")
    live = socket.receive()
    assert own_registry.stop() == 0
    assert socket.receive() is None
    assert socket.closed == (1001, live["cursor"])
    socket.close()
    own_registry.start()
    assert poll(own_registry.client(), live["cursor"])["changes"] == []


def test_replicas_give_one_order_and_take_each_others_cursors(postgres):
    settings = {
        "DATABASE_URL": postgres.new_schema(),
        "JWT_SECRET_KEY": "one key that both of the replicas know",
    }
    with new_registry(settings) as first, new_registry(settings) as second:
        here, there = first.client(), second.client()
        developer = sign_up(here)
        also = there.another(developer.access_token)
        middle = {}
        with busy(developer.client) as load, busy(also) as other:
            load.wait_for(20)
            other.wait_for(20)
            for client in (here, there):
                middle[client] = (copy := Copy(), poll_all(client, "start", copy))
            load.wait_for(60)
            other.wait_for(60)
        for client, partner in ((here, there), (there, here)):
            copy, cursor = middle[client]
            poll_all(partner, cursor, copy)
            eventually(lambda c=copy, i=cursor: poll_all(partner, i, c) and c.agents == listed(here),
                       5, "the copy is the registry")  # fmt: skip
        assert listed(here) == listed(there)


def test_a_database_replica_serves_the_start_and_old_pages(postgres):
    url = postgres.new_schema()
    settings = {"DATABASE_URL": url, "DATABASE_REPLICA_URL": url}
    with new_registry(settings) as registry:
        agent = sign_up(registry.client()).publish()
        registry.restart()
        expect(registry.client().get(f"/api/v1/agents/{agent['id']}"), 200)
        assert "database_replica_unused" not in registry.log()


def test_a_database_replica_that_is_away_is_not_used(postgres):
    away = {"DATABASE_REPLICA_URL": "postgresql://nobody@127.0.0.1:1/none"}
    with new_registry({"DATABASE_URL": postgres.new_schema()} | away) as registry:
        sign_up(registry.client()).publish()
        assert "database_replica_unused" in registry.log()


def test_four_replicas_that_start_at_once_migrate_once(postgres):
    url = postgres.new_schema()
    with contextlib.ExitStack() as stack:
        replicas = [
            stack.enter_context(
                new_registry({"DATABASE_URL": url, "JWT_SECRET_KEY": "k" * 40}, start=False)
            )
            for _ in range(4)
        ]
        answered = threading.Barrier(4)

        def start(index):
            # A program ends with the thread that started it: each stays until all have answered.
            client = replicas[index].start().client()
            status = client.get("/health/ready").status
            answered.wait(60)
            return status

        assert at_once(4, start) == [200] * 4
