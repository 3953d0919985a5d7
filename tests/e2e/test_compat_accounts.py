"""The developer portal of earlier registries works against this one unchanged: accounts, recovery, API
keys, the agent builder."""

import pytest

from support.earlier_clients import Developer, build, card, deploy_register, detail_of, send
from support.earlier_setup import registered
from support.people import PASSWORD, unique

NEW_PASSWORD = "nine-copper-lanterns-7"


@pytest.fixture
def base(registry):
    return registry.url


@pytest.fixture
def developer(base):
    return registered(base)


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_a_developer_registers_logs_in_by_form_and_sees_itself(base, prefix):
    developer = Developer(base, unique("old-dev"), PASSWORD, prefix)
    answer = developer.register().json()
    assert answer["message"] and len(answer["recovery_keys"]) == 3
    assert answer["user_id"] and answer["email"] == developer.email and answer["username"]
    for way in (developer.log_in, developer.log_in_by_multipart, developer.log_in_by_json):
        assert way().status == 200
    me = developer.get(developer.developers + "/me").json()
    assert isinstance(me["id"], int) and me["name"] == developer.name
    assert me["is_verified"] is False and me["is_admin"] is False and me["created_at"]
    assert developer.get(developer.developers + "/me").json()["id"] == me["id"]
    profile = developer.get(developer.auth + "/profile").json()
    assert profile["organization"] == "Example Org" and profile["role"] == "developer"
    assert developer.send("POST", developer.auth + "/logout").status == 204
    assert developer.get(developer.developers + "/me").status == 401


def test_what_is_taken_is_told_as_before(base):
    developer = registered(base, prefix="")
    again = developer.register()
    assert again.status == 400 and "already registered" in detail_of(again)
    other = Developer(base, developer.name, PASSWORD, prefix="")
    other.email = "other-" + developer.email
    assert other.register().status == 409


def test_a_wrong_password_is_401_with_the_scheme(developer):
    refused = developer.log_in(password="wrong-password-entirely")
    assert refused.status == 401 and refused.headers["WWW-Authenticate"] == "Bearer"
    assert detail_of(refused)
    anonymous = send("GET", developer.developers + "/me")
    assert anonymous.status == 401 and detail_of(anonymous)


def test_each_recovery_key_sets_a_password_once_and_its_token_too(developer):
    old_token = developer.token
    for number, key in enumerate(developer.recovery_keys):
        body = {"email": developer.email, "recovery_key": key}
        exchanged = send("POST", developer.auth + "/recover-account", body)
        assert exchanged.status == 200, exchanged
        temporary = {"Authorization": "Bearer " + exchanged.json()["access_token"]}
        url = developer.auth + "/set-new-password"
        assert send("POST", url, {"new_password": "short"}, temporary).status == 422
        assert send("GET", developer.developers + "/me", headers=temporary).status == 401
        password = f"{NEW_PASSWORD}-{number}"
        done = send("POST", url, {"new_password": password}, temporary)
        assert done.status == 200 and done.json()["message"] == "Password updated successfully."
        replay = send("POST", url, {"new_password": NEW_PASSWORD + "-again"}, temporary)
        assert replay.status == 401 and "password recovery token" in detail_of(replay)
        assert developer.log_in(password).status == 200
    developer.token = old_token
    assert developer.get(developer.developers + "/me").status == 401  # Sessions ended.
    used = developer.recover(developer.recovery_keys[0], NEW_PASSWORD)
    assert used.status == 400 and detail_of(used) == "Invalid email or recovery key."


def test_a_regular_token_sets_no_password(developer):
    body = {"new_password": NEW_PASSWORD}
    assert developer.send("POST", developer.auth + "/set-new-password", body).status == 401
    assert send("POST", developer.auth + "/set-new-password", body).status == 401


def test_api_keys_have_numbers_and_work(base, developer):
    made = developer.new_api_key()
    assert made.status == 201
    key, info = made.json()["plain_api_key"], made.json()["api_key_info"]
    assert key.startswith("avreg_") and len(key) == 49
    assert isinstance(info["id"], int) and info["description"] == "deploy script"
    assert info["is_active"] is True and info["last_used_at"] is None
    second = developer.new_api_key().json()["api_key_info"]
    url = developer.developers + "/me/apikeys"
    listed = developer.get(url).json()
    assert {each["id"] for each in listed} == {info["id"], second["id"]}
    assert key not in str(listed)
    assert deploy_register(base, key, card("org/" + unique("keyed"))).status == 201
    stranger = registered(base)
    refused = stranger.send("DELETE", f"{url}/{info['id']}")
    assert refused.status == 404 and "not owned by the current user" in detail_of(refused)
    assert developer.send("DELETE", f"{url}/{info['id']}").status == 204
    assert developer.send("DELETE", f"{url}/{info['id']}").status == 204
    assert developer.send("DELETE", f"{url}/999999999").status == 404
    assert developer.send("DELETE", f"{url}/abc").status == 422
    assert [each["id"] for each in developer.get(url).json()] == [second["id"]]
    assert deploy_register(base, key, card("org/" + unique("keyed"))).status == 401


WRAPPER = {
    "agent_name": "My Simple Wrapper",
    "agent_description": "Wraps a model",
    "agent_builder_type": "simple_wrapper",
    "wrapper_llm_backend_type": "openai_api",
    "wrapper_model_name": "a-model",
}


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_the_agent_builder_makes_a_project(base, developer, prefix):
    answer, names = build(base, developer.token, WRAPPER, prefix)
    assert answer.status == 200 and answer.headers.get_content_type() == "application/zip"
    assert 'filename="my_simple_wrapper_agent.zip"' in answer.headers["Content-Disposition"]
    assert any(name.endswith("agent-card.json") for name in names)
    assert all(name.startswith("my_simple_wrapper_agent/") for name in names)


def test_a_name_that_is_a_path_stays_in_the_project(base, developer):
    hostile = WRAPPER | {"agent_name": "../../../x"}
    answer, names = build(base, developer.token, hostile)
    assert answer.status == 200
    assert all(".." not in name and not name.startswith("/") for name in names)


@pytest.mark.parametrize(
    "changes, member",
    [
        ({"wrapper_model_name": None}, "wrapper_model_name"),
        ({"wrapper_llm_backend_type": None}, "wrapper_llm_backend_type"),
        ({"agent_builder_type": "adk_agent"}, "adk_model_name"),
        ({"wrapper_auth_type": "apiKey"}, "wrapper_service_id"),
        ({"human_readable_id": "Not/Lower"}, "human_readable_id"),
        ({"agent_name": "ab"}, "agent_name"),
    ],
)
def test_the_agent_builder_says_what_is_missing(base, developer, changes, member):
    answer, _ = build(base, developer.token, WRAPPER | changes)
    assert answer.status == 422, answer
    assert answer.json()["error"]["field"] == "/" + member
