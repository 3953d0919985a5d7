"""The table of limits, each counted for an account when signed in, else for an address."""

import re

import pytest

from support.checks import expect, expect_problem
from support.people import agent_body, log_in, make_admin, sign_up
from support.registry import new_registry

ON = {"AGENTVAULT_RATE_LIMITS": "on"}
# Where a test needs accounts, more of them than the limit lets one address make.
MORE_ACCOUNTS = ON | {
    "AGENTVAULT_RATE_LIMIT_OVERRIDES": "auth.register=1000/minute,auth.login=1000/minute"
}


def policy_of(answer):
    """(name, requests, seconds, remaining)."""
    policy = re.fullmatch(r'"([\w.]+)";q=(\d+);w=(\d+)', answer.headers["RateLimit-Policy"])
    rate = re.fullmatch(r'"([\w.]+)";r=(\d+);t=(\d+)', answer.headers["RateLimit"])
    assert policy[1] == rate[1]
    return policy[1], int(policy[2]), int(policy[3]), int(rate[2])


def assert_limited(send, name, requests, seconds):
    """`send` passes `requests` times, then is 429 until some time has passed."""
    for number in range(requests):
        answer = send()
        assert answer.status != 429, f"refused request {number + 1} of {requests}"
        assert policy_of(answer) == (name, requests, seconds, requests - number - 1)
    refused = send()
    expect_problem(refused, 429)
    assert policy_of(refused)[:3] == (name, requests, seconds)
    wait = int(refused.headers["Retry-After"])
    assert 1 <= wait <= seconds // requests + 1


@pytest.fixture(scope="module")
def limited():
    with new_registry(ON) as registry:
        yield registry


@pytest.fixture(scope="module")
def with_accounts():
    with new_registry(MORE_ACCOUNTS) as registry:
        yield registry


def test_login_is_5_a_minute(limited):
    client = limited.client()
    assert_limited(lambda: log_in(client, "a@example.com", "wrong-guess-123"), "auth.login", 5, 60)


def test_register_is_3_an_hour(limited):
    client = limited.client()
    send = lambda: client.post("/api/v1/auth/register", {})  # noqa: E731
    assert_limited(send, "auth.register", 3, 3600)


def test_recover_is_5_a_minute(limited):
    client = limited.client()
    send = lambda: client.post("/api/v1/auth/recover", {"email": "a@example.com"})  # noqa: E731
    assert_limited(send, "auth.recover", 5, 60)


def test_search_is_100_a_minute(limited):
    client = limited.client()
    send = lambda: client.get("/api/v1/discovery/agents", q="x")  # noqa: E731
    assert_limited(send, "discovery.search", 100, 60)


def test_routes_without_a_limit_have_no_limit_headers(limited):
    for path in ("/health", "/api/v1/agents"):
        answer = limited.client().get(path)
        assert answer.status == 200 and "RateLimit" not in answer.headers


def test_publishing_is_10_a_minute_for_each_account(with_accounts):
    first, second = (sign_up(with_accounts.client()) for _ in range(2))
    send = lambda: first.client.post("/api/v1/agents", agent_body())  # noqa: E731
    assert_limited(send, "agents.create", 10, 60)
    expect(second.client.post("/api/v1/agents", agent_body()), 201)


def test_bootstrap_tokens_are_5_a_minute_for_each_account(with_accounts):
    developer = sign_up(with_accounts.client())
    path = "/api/v1/onboard/bootstrap/request-token"
    assert_limited(lambda: developer.client.post(path, {}), "bootstrap.request", 5, 60)


def test_an_account_and_its_api_keys_share_one_budget(with_accounts):
    developer = sign_up(with_accounts.client())
    by_key = developer.client.another(developer.api_key("agents:write")["key"])
    left = [policy_of(client.post("/api/v1/agents", agent_body()))[3]
            for client in (developer.client, by_key, developer.client)]  # fmt: skip
    assert left == [9, 8, 7]


def test_wrong_api_keys_are_limited_and_right_ones_still_work():
    with new_registry(MORE_ACCOUNTS) as registry:
        developer = sign_up(registry.client())
        good = developer.client.another(developer.api_key("agents:read")["key"])
        expect(good.get("/api/v1/auth/me"), 200)
        guess = registry.client().another("avreg_" + "x" * 43)
        statuses = [guess.get("/api/v1/auth/me").status for _ in range(35)]
        assert set(statuses) == {401, 429}
        assert statuses[:30] == [401] * 30
        expect(good.get("/api/v1/auth/me"), 200)


def test_a_forwarded_address_counts_only_from_a_trusted_proxy():
    def attempts(registry, count):
        client = registry.client()
        body = {"email": "a@example.com", "password": "wrong-guess-123"}
        return [
            client.post("/api/v1/auth/login", body, {"X-Forwarded-For": f"203.0.113.{n}"}).status
            for n in range(count)
        ]

    with new_registry(ON) as registry:
        assert attempts(registry, 6) == [401] * 5 + [429]
    with new_registry(ON | {"AGENTVAULT_TRUSTED_PROXIES": "127.0.0.1"}) as registry:
        assert attempts(registry, 6) == [401] * 6


def test_limits_can_be_set_and_switched_off(with_accounts):
    assert make_admin(with_accounts).user["role"] == "admin"
    with new_registry({"AGENTVAULT_RATE_LIMITS": "off"}) as registry:
        client = registry.client()
        answers = [log_in(client, "a@example.com", "wrong-guess-123") for _ in range(7)]
        assert {answer.status for answer in answers} == {401}
        assert "RateLimit" not in answers[0].headers
