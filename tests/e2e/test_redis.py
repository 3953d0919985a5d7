"""Two servers on one PostgreSQL and one Redis share limits, and hear of revocations at once; without
Redis each goes on by itself."""

import re
import time

import pytest

from support.checks import eventually, expect
from support.parallel import at_once
from support.people import PASSWORD as ACCOUNT_PASSWORD
from support.people import agent_body, log_in, sign_up, unique
from support.programs import run_registry
from support.redis import PASSWORD, PrivateRedis
from support.registry import new_registry

SECONDS = 10
SEARCHES = 40
# Refills by less than one token in the time of any test.
LIMITS = (
    f"discovery.search={SEARCHES}/day,auth.login=1000/minute,auth.register=1000/minute,"
    "agents.create=1000/minute"
)


@pytest.fixture(scope="module")
def redis():
    with PrivateRedis() as server:
        yield server


@pytest.fixture(scope="module")
def pair(postgres, redis):
    settings = {
        "DATABASE_URL": postgres.new_schema(),
        "JWT_SECRET_KEY": "one key that both of the replicas know",
        "REDIS_URL": redis.url,
        "AGENTVAULT_RATE_LIMITS": "on",
        "AGENTVAULT_RATE_LIMIT_OVERRIDES": LIMITS,
        "AGENTVAULT_LOG_LEVEL": "debug",
    }
    with new_registry(settings) as first, new_registry(settings) as second:
        yield first, second


@pytest.fixture(autouse=True)
def connected(request):
    """Each test begins with Redis there."""
    if "pair" not in request.fixturenames:
        return
    for registry in request.getfixturevalue("pair"):
        eventually(lambda: is_connected(registry), SECONDS, "Redis is connected")  # noqa: B023


def metric(registry, name):
    text = expect_text(registry.client().get("/metrics"))
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, name
    return float(found[1])


def expect_text(response):
    assert response.status == 200, response
    return response.body.decode()


def is_connected(registry):
    return metric(registry, "redis_available") == 1 and metric(registry, "redis_subscribed") == 1


def readiness(registry):
    answer = registry.client().get("/health/ready")
    found = answer.json()
    return answer.status, found["status"], {one["name"]: one for one in found["dependencies"]}


def search(client):
    return client.get("/api/v1/discovery/agents", q="x")


def counted_together(pair, ask):
    """What `ask` finds with a new account, when Redis was in time for all of it: on a machine that is
    busy with other things a replica may count a request alone, as it should."""
    for _ in range(20):
        before = [metric(one, "rate_limit_fallbacks_total") for one in pair]
        found = ask(sign_up(pair[0].client()))
        if before == [metric(one, "rate_limit_fallbacks_total") for one in pair]:
            return found
    raise AssertionError("Redis was never in time")


def statuses_of_a_race(pair, developer):
    clients = [pair[index % 2].client(developer.access_token) for index in range(SEARCHES + 20)]
    return sorted(at_once(len(clients), lambda index: search(clients[index]).status))


def test_a_budget_is_shared_exactly_by_those_who_race_for_it(pair):
    found = counted_together(pair, lambda developer: statuses_of_a_race(pair, developer))
    assert found == [200] * SEARCHES + [429] * 20


def test_what_is_left_is_the_same_at_both(pair):
    def left(developer):
        answers = [search(pair[turn % 2].client(developer.access_token)) for turn in range(6)]
        return [int(re.search(r";r=(\d+);", one.headers["RateLimit"])[1]) for one in answers]

    assert counted_together(pair, left) == [SEARCHES - 1 - turn for turn in range(6)]


# The database is looked at each second: that ten revocations in a row are all seen sooner than that
# is not its doing.
AT_ONCE_SECONDS = 0.5


def seconds_until(condition):
    begun = time.monotonic()
    eventually(condition, SECONDS, "it is refused")
    return time.monotonic() - begun


def test_a_session_that_ended_at_one_has_ended_at_the_other_at_once(pair):
    developer = sign_up(pair[0].client())
    took = []
    for _ in range(10):
        token = expect(log_in(developer.client, developer.email, ACCOUNT_PASSWORD), 200)
        here, there = (one.client(token["access_token"]) for one in pair)
        assert there.get("/api/v1/auth/me").status == 200
        expect(here.post("/api/v1/auth/logout"), 204)
        took.append(seconds_until(lambda: there.get("/api/v1/auth/me").status == 401))  # noqa: B023
    assert max(took) < AT_ONCE_SECONDS, took


def test_a_key_that_was_revoked_at_one_is_refused_by_the_other_at_once(pair):
    developer = sign_up(pair[0].client())
    there = pair[1].client()
    took = []
    for _ in range(10):
        made = developer.api_key("agents:write")
        by_key = there.another(made["key"])
        expect(by_key.post("/api/v1/agents", agent_body()), 201)  # Now it knows the key.
        expect(developer.client.delete(f"/api/v1/auth/api-keys/{made['id']}"), 204)
        send = lambda: by_key.post("/api/v1/agents", {}).status == 401  # noqa: E731, B023
        took.append(seconds_until(send))
    assert max(took) < AT_ONCE_SECONDS, took


def test_requests_go_on_while_redis_is_away_and_share_again_when_it_is_back(pair, redis):
    developer = sign_up(pair[0].client())
    clients = [one.client(developer.access_token) for one in pair]
    fallbacks = [metric(one, "rate_limit_fallbacks_total") for one in pair]
    lines = [one.log().count("redis_unavailable") for one in pair]

    redis.crash()
    for registry in pair:
        eventually(lambda: readiness(registry)[1] == "degraded", SECONDS, "degraded")  # noqa: B023
        status, _, dependencies = readiness(registry)
        assert status == 200
        assert dependencies["redis"] == {
            "name": "redis", "status": "unavailable", "required": False,
        }  # fmt: skip
        assert dependencies["database"]["status"] == "ok"
    # Each counts by itself now, and nobody waits.
    for client, before, registry in zip(clients, fallbacks, pair, strict=True):
        begun = time.monotonic()
        statuses = [search(client).status for _ in range(SEARCHES + 1)]
        assert time.monotonic() - begun < 5
        assert statuses == [200] * SEARCHES + [429]
        assert metric(registry, "rate_limit_fallbacks_total") - before >= SEARCHES + 1
    # Revocations arrive by way of the database.
    expect(clients[0].post("/api/v1/auth/logout"), 204)
    ended = lambda: clients[1].get("/api/v1/auth/me").status == 401  # noqa: E731
    eventually(ended, SECONDS, "the session has ended at the other")
    for registry, before in zip(pair, lines, strict=True):
        assert registry.log().count("redis_unavailable") == before + 1

    redis.start()
    for registry in pair:
        eventually(lambda: readiness(registry)[1] == "ok", SECONDS, "ok")  # noqa: B023
        eventually(lambda: is_connected(registry), SECONDS, "connected")  # noqa: B023
    found = counted_together(pair, lambda developer: statuses_of_a_race(pair, developer))
    assert found == [200] * SEARCHES + [429] * 20


def test_a_redis_that_does_not_answer_holds_nobody_up(pair, redis):
    developer = sign_up(pair[0].client())
    client = pair[0].client(developer.access_token)
    redis.freeze()
    try:
        begun = time.monotonic()
        assert [search(client).status for _ in range(20)] == [200] * 20
        assert time.monotonic() - begun < 5
        eventually(lambda: readiness(pair[0])[1] == "degraded", SECONDS, "degraded")
    finally:
        redis.thaw()


def test_a_registry_starts_without_its_redis_and_finds_it_later():
    with PrivateRedis() as server:
        server.crash()
        with new_registry({"REDIS_URL": server.url}) as registry:
            assert readiness(registry)[:2] == (200, "degraded")
            assert registry.log().count("redis_unavailable") == 1
            server.start()
            eventually(lambda: readiness(registry)[1] == "ok", SECONDS, "Redis is found")


def test_registries_with_other_keys_share_nothing_on_one_redis(pair, redis):
    settings = {
        "REDIS_URL": redis.url,
        "AGENTVAULT_RATE_LIMITS": "on",
        "AGENTVAULT_RATE_LIMIT_OVERRIDES": "auth.recover=3/day",
    }
    body = {"email": "nobody@example.com"}
    with new_registry(settings) as first, new_registry(settings) as second:
        for registry in (first, second):
            send = lambda: registry.client().post("/api/v1/auth/recover", body).status  # noqa: B023, E731
            assert [send() for _ in range(4)][3] == 429
            assert send() == 429


def test_the_password_of_redis_is_nowhere_to_be_seen(pair, redis):
    sign_up(pair[0].client())
    redis.crash()
    eventually(lambda: readiness(pair[0])[1] == "degraded", SECONDS, "degraded")
    seen = [one.client().get(path).body.decode() for one in pair for path in ("/metrics", "/health/ready")]
    redis.start()
    seen += [one.client().get("/health/ready").body.decode() for one in pair]
    seen += [one.log() for one in pair]
    printed = run_registry("--print-config", environment={"REDIS_URL": redis.url})
    assert "redis" in printed.stdout
    seen += [printed.stdout, printed.stderr]
    seen += [open(f"/proc/{one.process.pid}/cmdline").read() for one in pair]
    assert not [text for text in seen if PASSWORD in text]


def test_a_wrong_password_is_told_by_redis_own_code(redis):
    url = redis.url.replace(PASSWORD, unique("guess"))
    with new_registry({"REDIS_URL": url}) as registry:
        assert readiness(registry)[1] == "degraded"
        assert "WRONGPASS" in registry.log()
        assert "guess" not in registry.log()


@pytest.mark.parametrize(
    "url", ["memcached://:planted@cache", "redis://", "planted", "redis://:planted@cache/x"]
)
def test_a_url_that_is_none_is_refused_at_the_start(url):
    refused = run_registry("serve", "--listen", "127.0.0.1:0", environment={"REDIS_URL": url})
    assert refused.returncode != 0
    assert "redis.url" in refused.stderr
    assert "planted" not in refused.stdout + refused.stderr
