"""The onboarding scripts of earlier registries work against this one unchanged, and what they show of
the registry as a whole."""

import pytest

from support.earlier_clients import OnboardingScript, card, send
from support.earlier_setup import cards, registered
from support.people import make_admin, unique


@pytest.fixture
def base(registry):
    return registry.url


@pytest.fixture
def developer(base):
    return registered(base)


def test_an_agent_onboards_by_its_card_and_keeps_a_session(base, developer):
    script = OnboardingScript(base)
    key = developer.new_api_key().json()["plain_api_key"]
    issued = script.request_token({"X-API-Key": key})
    assert issued.status == 200 and issued.json()["expires_in"] == 300
    token = issued.json()["bootstrap_token"]
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    readable = "org/" + unique("onboarded")
    assert script.create_agent(None, card(readable)).status == 422
    assert script.create_agent(token, card(readable), method="web").status == 400
    assert script.create_agent(token, card(readable, url="http://example.com")).status == 422
    answer = script.create_agent(token, card(readable), key=jwk)
    assert answer.status == 201, answer
    onboarded = answer.json()
    assert onboarded["account_status"] == "active" and onboarded["client_id"].startswith("agent-")
    assert onboarded["initial_funding_status"] == "pending"
    assert "faucet_transaction_id" in onboarded and onboarded["agent_card_name"]
    assert script.create_agent(token, card(readable + "2")).status == 409
    made = send("GET", cards(base, "/" + onboarded["agent_card_id"])).json()
    me = developer.get(developer.developers + "/me").json()
    assert made["developer_id"] == me["id"] and made["did"] == onboarded["agent_did"]

    for grant in ("password", "client_credentials"):
        session = script.agent_token(onboarded, grant)
        assert session.status == 200 and session.json()["token_type"] == "bearer"
    headers = {"Authorization": "Bearer " + session.json()["access_token"]}
    own = send("GET", script.api + "/agents/me", headers=headers).json()
    assert own["did"] == onboarded["agent_did"] and own["client_id"] == onboarded["client_id"]
    assert own["status"] == "active" and own["creator_developer_id"] == me["id"]
    assert own["public_key_jwk"] == jwk and own["last_active_at"] is None
    health = send("GET", script.api + "/agents/health", headers=headers).json()
    assert health == {"status": "healthy", "did": own["did"],
                      "message": "Agent authentication successful"}  # fmt: skip
    beat = send("POST", script.api + "/agents/heartbeat", headers=headers).json()
    assert beat["status"] == "acknowledged" and beat["message"] == "Heartbeat received"
    assert send("GET", script.api + "/agents/me", headers=headers).json()["last_active_at"]
    listed = developer.get(developer.developers + "/me/agents").json()
    assert [each["client_id"] for each in listed] == [onboarded["client_id"]]
    assert isinstance(listed[0]["id"], int) and listed[0]["liquid_balance"] == 0


def test_an_agent_registers_in_the_deprecated_way(base, developer):
    script = OnboardingScript(base)
    token = script.request_token(developer.bearer()).json()["bootstrap_token"]
    answer = script.register(token)
    assert answer.status == 201, answer
    onboarded = answer.json()
    assert onboarded["agent_did"] and onboarded["client_secret"]
    assert onboarded["account_status"] == "active"
    assert onboarded["initial_funding_status"] == "pending"
    assert onboarded["faucet_transaction_id"] is None
    assert script.register(token).status == 409
    assert script.register("BST_" + "z" * 32).status == 401
    assert script.agent_token(onboarded).status == 200


def test_news_are_public_and_name_nobody(base, developer):
    script = OnboardingScript(base)
    token = script.request_token(developer.bearer()).json()["bootstrap_token"]
    onboarded = script.register(token).json()
    feed = send("GET", script.api + "/system/activity-feed?limit=1").json()
    event = feed["items"][0]
    assert feed["total"] >= 1 and event["event_type"] == "AGENT_ONBOARDED"
    assert event["event_metadata"] == {"agent_did": onboarded["agent_did"]}
    assert event["title"] and event["created_at"] and isinstance(event["id"], int)
    assert onboarded["client_id"] not in str(feed) and developer.email not in str(feed)
    by_type = script.api + "/system/activity-feed/by-type/"
    assert send("GET", by_type + "AGENT_ONBOARDED?limit=1").json()["items"] == [event]
    assert send("GET", by_type + "REWARD_CYCLE").json() == {"items": [], "total": 0}
    assert send("GET", script.api + "/system/activity-feed?limit=51").status == 422


def test_administrators_see_numbers_and_others_do_not(registry, developer):
    admin = make_admin(registry)
    headers = {"Authorization": "Bearer " + admin.access_token}
    for path in ("/dashboard", "/system-health"):
        url = registry.url + "/api/v1/admin" + path
        assert send("GET", url).status == 401
        assert developer.get(url).status == 403
        assert send("GET", url, headers=headers).json()["timestamp"]
    numbers = send("GET", registry.url + "/api/v1/admin/dashboard", headers=headers).json()
    assert numbers["developer_count"] >= 2
    for name in ("agent_count", "active_agents", "active_developers", "bootstrap_tokens_issued",
                 "tokens_used", "tokens_expired"):  # fmt: skip
        assert isinstance(numbers[name], int)
