"""A second agent comes in by a bootstrap token and keeps a session of its own; API keys."""

import re

from support.checks import expect, expect_problem, pointers
from support.people import agent_body, agent_token, sign_up

REGISTER = "/api/v1/onboard/register"


def test_an_onboarded_agent_signs_in_and_shows_that_it_lives(client, developer):
    onboarded = developer.onboard()
    assert onboarded["developer_id"] == developer.user["id"]
    agent = client.another(agent_token(client, onboarded))
    assert expect(agent.get("/api/v1/agents/me"), 200)["id"] == onboarded["id"]
    expect(agent.post("/api/v1/agents/heartbeat"), 200)
    expect_problem(agent.post("/api/v1/agents", agent_body()), 403)
    expect_problem(developer.client.get("/api/v1/agents/me"), 403)
    assert expect(client.get(f"/api/v1/agents/{onboarded['id']}"), 200)["did"] == onboarded["did"]


def test_a_bootstrap_token_works_in_the_header_and_has_the_seeds_form(client, developer):
    answer = developer.client.post(
        "/api/v1/onboard/bootstrap/request-token", {"requested_by": "tests", "expires_in": 60}
    )
    issued = expect(answer, 200)
    assert re.fullmatch(r"BST_[A-Za-z0-9]{32}", issued["token"])
    assert issued["bootstrap_token"] == issued["token"]
    assert issued["expires_in"] == 60
    header = {"Bootstrap-Token": issued["token"]}
    expect(client.post(REGISTER, agent_body(), header), 201)
    expect_problem(client.post(REGISTER, agent_body(), header), 409)


def test_an_invalid_registration_does_not_burn_the_token(client, developer):
    token = developer.bootstrap_token()
    refused = client.post(REGISTER, agent_body(name="") | {"token": token})
    expect_problem(refused, 422)
    assert pointers(refused) == ["/name"]
    taken = agent_body(humanReadableId=developer.publish()["humanReadableId"])
    expect_problem(client.post(REGISTER, taken | {"token": token}), 409)
    expect(client.post(REGISTER, agent_body() | {"token": token}), 201)


def test_unknown_and_revoked_tokens_are_refused(client, developer):
    unknown = {"token": "BST_" + "a" * 32}
    expect_problem(client.post(REGISTER, agent_body() | unknown), 401)
    expect_problem(client.post(REGISTER, agent_body()), 401)
    token = developer.bootstrap_token()
    listed = expect(developer.client.get("/api/v1/onboard/bootstrap/tokens"), 200)["tokens"]
    assert token not in str(listed)
    path = f"/api/v1/onboard/bootstrap/tokens/{listed[0]['token_id']}"
    expect_problem(sign_up(client).client.delete(path), 404)
    expect(developer.client.delete(path), 204)
    expect_problem(client.post(REGISTER, agent_body() | {"token": token}), 401)


def test_the_client_secret_must_be_right(client, developer):
    onboarded = developer.onboard()
    fields = {
        "grant_type": "client_credentials",
        "client_id": onboarded["client_id"],
        "client_secret": onboarded["client_secret"][:-1] + "?",
    }
    expect_problem(client.post_form("/api/v1/auth/agent/token", fields), 401)


def test_an_api_key_does_what_its_scopes_say_until_it_is_revoked(client, developer):
    made = developer.api_key("agents:read", "agents:write")
    key = made["key"]
    assert re.fullmatch(r"avreg_[A-Za-z0-9_-]{43}", key)
    by_bearer = client.another(key)
    agent = expect(by_bearer.post("/api/v1/agents", agent_body()), 201)
    assert agent["developer_id"] == developer.user["id"]
    path = f"/api/v1/agents/{agent['id']}"
    by_header = client.put(path, {"description": "By key"}, {"X-Api-Key": key})
    expect(by_header, 200)
    no_scope = by_bearer.post("/api/v1/onboard/bootstrap/request-token", {})
    expect_problem(no_scope, 403)
    listed = expect(developer.client.get("/api/v1/auth/api-keys"), 200)
    assert key not in str(listed)
    expect(developer.client.delete(f"/api/v1/auth/api-keys/{made['id']}"), 204)
    expect_problem(by_bearer.put(path, {"description": "Again"}), 401)
    expect_problem(client.put(path, {"description": "Again"}, {"X-Api-Key": key}), 401)


def test_an_api_key_cannot_have_more_than_its_owner(developer):
    answer = developer.client.post("/api/v1/auth/api-keys", {"name": "x", "scopes": ["admin"]})
    assert answer.status in (403, 422), answer
