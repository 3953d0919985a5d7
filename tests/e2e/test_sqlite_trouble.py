"""A database file that is locked by somebody else, or a disk that is full: 503, then on as before."""

import contextlib
import resource
import sqlite3
import time

import pytest

from support.checks import eventually, expect, expect_problem
from support.people import agent_body, sign_up
from support.registry import new_registry
from support.writers import acknowledged, assert_all_there_once, publishing

ANSWER_SECONDS = 12


@pytest.fixture
def registry():
    with new_registry() as server:
        yield server


@contextlib.contextmanager
def locked(path):
    """This process holds the write lock meanwhile; it is another process than the registry."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@contextlib.contextmanager
def full_disk(registry):
    """No file of the running registry may grow, as on a full disk."""
    pid = registry.process.pid
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))


def assert_reads_go_on(registry, agent):
    client = registry.client()
    assert expect(client.get(f"/api/v1/agents/{agent['id']}"), 200) == agent
    found = expect(client.get("/api/v1/discovery/agents", q="tides"), 200)
    assert agent["id"] in [hit["id"] for hit in found["agents"]]


def publishes_again(developer):
    return developer.client.post("/api/v1/agents", agent_body()).status == 201


def test_a_locked_database_is_a_503_within_the_time_out_and_then_forgotten(registry):
    developer = sign_up(registry.client())
    agent = developer.publish()
    with locked(registry.database_path):
        started = time.monotonic()
        expect_problem(developer.client.post("/api/v1/agents", agent_body()), 503)
        assert time.monotonic() - started < ANSWER_SECONDS
        assert_reads_go_on(registry, agent)
    eventually(lambda: publishes_again(developer), 5, "publishing works again")


def test_a_full_disk_is_a_503_and_nothing_acknowledged_is_lost(registry):
    developer = sign_up(registry.client())
    agent = developer.publish()
    with publishing(registry, developer, accept=(201, 503)) as load:
        load.wait_for(30)
        with full_disk(registry):
            expect_problem(developer.client.post("/api/v1/agents", agent_body()), 503)
            assert_reads_go_on(registry, agent)
        eventually(lambda: publishes_again(developer), 10, "publishing works again")
    assert not load.failures
    names = acknowledged(load) + [agent["humanReadableId"]]
    assert_all_there_once(registry.client(), names)
    registry.restart()
    assert_all_there_once(registry.client(), names)
