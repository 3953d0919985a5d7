"""Two servers on one PostgreSQL are one registry: what happens at one is true at the other."""

import pytest

from support.checks import eventually, expect
from support.parallel import at_once
from support.people import agent_body, all_agents, log_in, sign_up, unique
from support.registry import new_registry

SECONDS = 3


@pytest.fixture(scope="module")
def pair(postgres):
    settings = {
        "DATABASE_URL": postgres.new_schema(),
        "JWT_SECRET_KEY": "one key that both of the replicas know",
    }
    with new_registry(settings) as first, new_registry(settings) as second:
        yield first, second


@pytest.fixture
def here(pair):
    return pair[0].client()


@pytest.fixture
def there(pair):
    return pair[1].client()


def is_signed_in(client, token):
    return client.another(token).get("/api/v1/auth/me").status == 200


def test_a_write_at_one_is_found_at_the_other(here, there):
    developer = sign_up(here)
    word = unique("xylograph").replace("-", "")
    agent = developer.publish(description=f"All about {word}")

    def hits():
        page = expect(there.get("/api/v1/discovery/agents", q=word), 200)
        return [hit["id"] for hit in page["agents"]]

    eventually(lambda: hits() == [agent["id"]], SECONDS, "the agent is found")
    path = f"/api/v1/agents/{agent['id']}"
    expect(developer.client.put(path, {"description": "Changed"}), 200)
    changed = lambda: there.get(path).json()["description"] == "Changed"  # noqa: E731
    eventually(changed, SECONDS, "the change is seen")
    expect(developer.client.delete(path), 204)
    eventually(lambda: hits() == [], SECONDS, "the agent is no longer found")


def test_an_agent_can_be_changed_at_either(here, there):
    developer = sign_up(here)
    agent = developer.publish()
    path = f"/api/v1/agents/{agent['id']}"
    elsewhere = there.another(developer.access_token)
    eventually(lambda: there.get(path).status == 200, SECONDS, "the agent is known")
    for client in (elsewhere, developer.client, elsewhere):
        expect(client.put(path, {"description": unique("text")}), 200)
    eventually(
        lambda: here.get(path).json() == there.get(path).json(), SECONDS, "both say the same"
    )


def test_a_logout_at_one_ends_the_token_at_the_other(here, there):
    developer = sign_up(here)
    assert is_signed_in(there, developer.access_token)
    expect(developer.client.post("/api/v1/auth/logout"), 204)
    ended = lambda: not is_signed_in(there, developer.access_token)  # noqa: E731
    eventually(ended, SECONDS, "the token is no longer good")


def test_a_password_change_at_one_ends_sessions_at_the_other(here, there):
    developer = sign_up(here)
    other = expect(log_in(there, developer.email, developer.password), 200)["access_token"]
    assert is_signed_in(there, other)
    body = {"current_password": developer.password, "new_password": "fresh-clover-77-hills"}
    expect(developer.client.put("/api/v1/auth/password", body), 204)
    eventually(lambda: not is_signed_in(there, other), SECONDS, "the other session has ended")


def test_a_revoked_api_key_is_refused_at_the_other(here, there):
    developer = sign_up(here)
    made = developer.api_key("agents:write")
    by_key = there.another(made["key"])
    expect(by_key.post("/api/v1/agents", agent_body()), 201)
    expect(developer.client.delete(f"/api/v1/auth/api-keys/{made['id']}"), 204)
    refused = lambda: by_key.post("/api/v1/agents", agent_body()).status == 401  # noqa: E731
    eventually(refused, SECONDS, "the key is refused")


def test_one_bootstrap_token_makes_one_agent_across_both(pair):
    developer = sign_up(pair[0].client())
    token, tag = developer.bootstrap_token(), unique("race")
    clients = [pair[index % 2].client() for index in range(12)]

    def register(index):
        body = agent_body(tags=[tag]) | {"token": token}
        return clients[index].post("/api/v1/onboard/register", body).status

    assert sorted(at_once(12, register)) == [201] + [409] * 11
    for client in (pair[0].client(), pair[1].client()):
        eventually(lambda: len(all_agents(client, tags=tag)) == 1, SECONDS, "one agent")  # noqa: B023
