"""Clients of earlier registries work against this one unchanged: the command line, the deployment
script, the pipelines. And what went wrong in those registries does not here."""

import uuid

import pytest

from support.earlier_clients import (
    CommandLine,
    Developer,
    card,
    deploy_register,
    detail_of,
    orchestrator_lookup,
    send,
)
from support.earlier_setup import cards, publish, registered
from support.people import agent_body, sign_up, unique


@pytest.fixture
def base(registry):
    return registry.url


@pytest.fixture
def developer(base):
    return registered(base)


def test_the_command_line_discovers_without_a_slash_and_its_offset_advances(base, developer):
    word = unique("lighthouse").replace("-", "")
    made = [publish(developer, description=f"{word} number {number}")["id"] for number in range(5)]
    cli = CommandLine(base)
    seen = []
    for offset in (0, 2, 4):
        page = cli.discover(word, limit=2, offset=offset)
        assert page["pagination"] == {
            "total_items": 5, "limit": 2, "offset": offset, "total_pages": 3,
            "current_page": offset // 2 + 1,
        }  # fmt: skip
        seen += [item["id"] for item in page["items"]]
    assert seen == made[::-1]  # What changed last comes first.
    item = cli.discover(word, active_only="True")["items"][0]
    assert item["is_active"] is True and item["origin_registry_name"] in (None, "Local")
    past = cli.discover(word, limit=100, offset=1000)
    assert past["items"] == [] and past["pagination"]["current_page"] == 11
    assert cli.discover(unique("nothing").replace("-", ""))["pagination"]["total_pages"] == 0


def test_the_command_line_resolves_a_readable_id_with_a_raw_slash(base, developer):
    made = publish(developer)
    readable = made["card_data"]["humanReadableId"]
    found = CommandLine(base).resolve(readable)
    assert found == made["card_data"] and found["url"] == "http://localhost:8001/a2a"
    assert CommandLine(base).resolve(readable.upper())["humanReadableId"] == readable
    assert CommandLine(base).resolve("org/" + unique("none")) is None


def test_the_deployment_script_makes_a_card_and_then_updates_it(base, developer):
    key = developer.new_api_key().json()["plain_api_key"]
    wanted = card("org/" + unique("deployed"))
    first = deploy_register(base, key, wanted)
    assert first.status == 201, first
    second = deploy_register(base, key, wanted | {"description": "Second", "agentVersion": "2"})
    assert second.status == 200 and second.json()["id"] == first.json()["id"]
    assert second.json()["card_data"]["agentVersion"] == "2"
    assert second.json()["description"] == "Second"


@pytest.mark.parametrize("times", [1, 2])
def test_the_pipelines_find_a_card_by_its_encoded_id(base, developer, times):
    made = publish(developer)
    readable = made["card_data"]["humanReadableId"]
    by_path, by_query = orchestrator_lookup(base, readable, times)
    assert by_path.status == 200 and by_path.json() == made
    assert by_query.status == 200 and by_query.json() == made
    missing, _ = orchestrator_lookup(base, "org/none")
    assert missing.status == 404 and "not found" in detail_of(missing)


def test_a_card_has_the_members_that_clients_read(base, developer):
    made = publish(developer)
    me = developer.get(developer.developers + "/me").json()
    assert made["developer_id"] == me["id"] and made["developer_is_verified"] is False
    assert made["is_active"] is True and made["name"] == made["card_data"]["name"]
    assert made["created_at"].endswith("Z") and made["updated_at"].endswith("Z")
    assert made["card_data"]["skills"] is None and made["card_data"]["iconUrl"] is None


def test_a_card_is_found_by_every_spelling_of_its_uuid(base, developer):
    made = publish(developer)
    plain = made["id"]
    for text in (plain, plain.upper(), plain.replace("-", ""), "%7B" + plain + "%7D",
                 "urn:uuid:" + plain, plain + "/"):  # fmt: skip
        answer = send("GET", cards(base, "/" + text))
        assert answer.status == 200 and answer.json() == made, text
    refused = send("GET", cards(base, "/not-a-uuid"))
    assert refused.status == 422 and refused.json()["error"]["code"] == "VALIDATION_FAILED"
    unknown = send("GET", cards(base, "/" + str(uuid.uuid4())))
    assert unknown.status == 404 and detail_of(unknown) == "Agent Card not found"


def test_an_update_merges_null_clears_and_nothing_changes_nothing(base, developer):
    made = publish(developer, iconUrl="https://example.com/icon.png")
    url = cards(base, "/" + made["id"])
    changed = developer.send("PUT", url, {"card_data": {"tags": ["new"], "iconUrl": None}})
    assert changed.status == 200, changed
    after = changed.json()["card_data"]
    assert after == made["card_data"] | {"tags": ["new"], "iconUrl": None}
    for nothing in ({}, {"card_data": None, "is_active": None}):
        same = developer.send("PUT", url, nothing)
        assert same.status == 200 and same.json() == changed.json()
    broken = developer.send("PUT", url, {"card_data": {"url": "http://example.com"}})
    assert broken.status == 422
    assert detail_of(broken).startswith("Failed to update agent card: Invalid merged Agent Card")
    stranger = registered(base)
    refused = stranger.send("PUT", url, {"card_data": {"name": "Mine"}})
    assert refused.status == 403
    assert detail_of(refused) == "Not authorized to update this agent card"
    assert send("PUT", url, {}).status == 401


def test_a_deleted_card_is_hidden_stays_readable_and_comes_back(base, developer):
    word = unique("vanish").replace("-", "")
    made = publish(developer, description=word)
    url = cards(base, "/" + made["id"])
    assert registered(base).send("DELETE", url).status == 403
    assert developer.send("DELETE", url).status == 204
    assert developer.send("DELETE", url).status == 204
    assert send("GET", url).json()["is_active"] is False
    cli = CommandLine(base)
    assert cli.discover(word)["items"] == []
    shown = cli.discover(word, active_only="false")["items"]
    assert [(item["id"], item["is_active"]) for item in shown] == [(made["id"], False)]
    assert developer.send("PUT", url, {"is_active": True}).json()["is_active"] is True
    assert len(cli.discover(word)["items"]) == 1


def test_ones_own_cards_need_a_token_and_a_bad_token_is_nobody(base, developer):
    made = publish(developer)
    publish(registered(base))
    own = developer.get(cards(base, "/?owned_only=true")).json()
    assert [item["id"] for item in own["items"]] == [made["id"]]
    for headers in ({}, {"Authorization": "Bearer expired"}):
        refused = send("GET", cards(base, "?owned_only=true"), headers=headers)
        assert refused.status == 401
        assert detail_of(refused) == "Authentication required to list owned agent cards."
        assert send("GET", cards(base), headers=headers).status == 200


def test_lists_filter_by_tags_and_trusted_environments(base, developer):
    tag = unique("tag")
    tee = {"type": "AMD SEV-SNP", "attestationEndpoint": "https://tee.example.com"}
    plain = publish(developer, tags=[tag, "a"])["id"]
    trusted = publish(
        developer, tags=[tag, "b"], capabilities={"a2aVersion": "1.0", "teeDetails": tee}
    )["id"]

    def found(**query):
        return {item["id"] for item in CommandLine(base).discover(tags=[tag], **query)["items"]}

    assert found() == {plain, trusted}
    assert found(has_tee="true") == {trusted}
    assert found(has_tee="false") == {plain}
    assert found(tee_type="amd sev-snp") == {trusted}
    assert found(tee_type="Intel TDX") == set()
    both = send("GET", cards(base, f"?tags={tag}&tags=a")).json()["items"]
    assert [item["id"] for item in both] == [plain]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=251", "skip=-1", "skip=x", "skip=99999999999999999999", "search=%00",
              "active_only=maybe", "search=" + "x" * 101, "tee_type=" + "x" * 51],
)  # fmt: skip
def test_a_list_query_out_of_bounds_is_422(base, query):
    assert send("GET", cards(base, "?" + query)).status == 422


def test_cards_that_are_wrong_are_refused_with_the_member(base, developer):
    def refused(**members):
        body = {"card_data": card("org/" + unique("wrong"), **members)}
        answer = developer.send("POST", cards(base, "/"), body)
        assert answer.status == 422, answer
        return detail_of(answer)

    opening = "Failed to create agent card: Invalid Agent Card data provided: "
    assert refused(provider=None).startswith(opening + "1 validation error for AgentCard")
    assert "Agent URL must use HTTPS" in refused(url="http://localhost.evil.com/")
    assert "'tokenUrl' is required" in refused(authSchemes=[{"scheme": "oauth2"}])
    assert refused(name="")
    incomplete = card("org/x")
    del incomplete["url"]
    answer = developer.send("POST", cards(base, "/"), {"card_data": incomplete})
    assert answer.status == 422
    assert "Field required" in detail_of(answer) and "\nurl\n" in detail_of(answer)
    for body in ({}, {"card_data": "text"}, {"card_data": None}):
        assert developer.send("POST", cards(base, "/"), body).status == 422


def test_a_readable_id_is_taken_once(base, developer):
    taken = publish(developer)["card_data"]["humanReadableId"]
    for someone in (developer, registered(base)):
        again = someone.send("POST", cards(base, "/"), {"card_data": card(taken.upper())})
        assert again.status == 409 and "taken" in detail_of(again)


def test_validation_answers_200_for_good_cards_and_bad_ones(base):
    url = base + "/api/v1/utils/validate-card"
    good = send("POST", url, {"card_data": card("any text", url="HTTPS://X.example")}).json()
    assert good["is_valid"] is True and good["detail"] is None
    assert good["validated_card_data"]["url"] == "https://x.example/"
    bad = send("POST", url, {"card_data": {}})
    assert bad.status == 200 and bad.json()["is_valid"] is False
    assert bad.json()["validated_card_data"] is None
    assert bad.json()["detail"].startswith("9 validation errors for AgentCard")
    assert send("POST", url, {}).status == 422


def test_a_card_is_an_agent_and_changes_show_on_both_sides(base, developer):
    made = publish(developer, skills=[{"id": "tides", "name": "Tides", "description": "T"}])
    native = base + "/api/v1/agents/" + made["id"]
    agent = send("GET", native).json()
    assert agent["did"] == made["did"] and agent["tags"] == ["wrapper", "example"]
    assert agent["api_endpoints"] == ["http://localhost:8001/a2a"]
    assert agent["capabilities"] == ["tides"] and agent["name"] == made["name"]
    assert developer.send("PUT", native, {"name": "Renamed", "tags": ["n"]}).status == 200
    url = cards(base, "/" + made["id"])
    seen = send("GET", url).json()
    assert seen["name"] == seen["card_data"]["name"] == "Renamed"
    assert seen["card_data"]["tags"] == ["n"]
    changed = developer.send("PUT", url, {"card_data": {"description": "By card"}})
    assert changed.status == 200 and changed.json()["card_data"]["name"] == "Renamed"
    agent = send("GET", native).json()
    assert agent["description"] == "By card" and agent["name"] == "Renamed"
    assert developer.send("DELETE", native).status == 204
    assert send("GET", url).json()["is_active"] is False


def test_an_agent_without_a_card_is_seen_as_one_and_changed_as_one(client, base):
    owner = sign_up(client)
    agent = owner.publish()
    url = cards(base, "/" + agent["id"])
    seen = send("GET", url).json()
    assert seen["card_data"]["humanReadableId"] == agent["humanReadableId"]
    assert seen["card_data"]["url"] == agent["api_endpoints"][0]
    verdict = send("POST", base + "/api/v1/utils/validate-card", {"card_data": seen["card_data"]})
    assert verdict.json()["validated_card_data"] == seen["card_data"]
    headers = {"Authorization": "Bearer " + owner.access_token}
    changed = send("PUT", url, {"card_data": {"agentVersion": "7"}}, headers)
    assert changed.status == 200, changed
    assert changed.json()["card_data"] == seen["card_data"] | {"agentVersion": "7"}
    after = owner.client.get(f"/api/v1/agents/{agent['id']}").json()
    for name in ("name", "capabilities", "tags", "api_endpoints", "metadata", "pricing"):
        assert after[name] == agent[name]


def test_what_a_card_says_beyond_the_profile_is_kept(client, base, developer):
    made = publish(developer, extension={"deep": [1.50, "x"]})
    url = cards(base, "/" + made["id"])
    assert "extension" not in made["card_data"]
    developer.send("PUT", url, {"card_data": {"name": "Other"}})
    raw = send("GET", base + "/api/v1/agents/" + made["id"]).body
    assert b'"extension":{"deep": [1.5, "x"]}' in raw


def test_a_stale_write_is_refused_and_no_update_is_lost(base, developer):
    made = publish(developer)
    url = cards(base, "/" + made["id"])
    etag = send("GET", url).headers["ETag"]
    assert send("GET", url, headers={"If-None-Match": etag}).status == 304
    headers = developer.bearer() | {"If-Match": etag}
    assert send("PUT", url, {"card_data": {"description": "1"}}, headers).status == 200
    assert send("PUT", url, {"card_data": {"description": "2"}}, headers).status == 412
    assert send("DELETE", url, headers=headers).status == 412
    assert send("GET", url).json()["description"] == "1"


def test_head_works_and_methods_are_told(base, developer):
    made = publish(developer)
    for path in ("", "/", "/" + made["id"]):
        assert send("HEAD", cards(base, path)).status == 200
    answer = send("PATCH", cards(base))
    assert answer.status == 405 and {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_errors_echo_nothing_that_was_sent(base, developer):
    planted = "pl4nted-s3cret-val8e"
    body = {"name": "x", "email": 7, "password": planted}
    answer = send("POST", base + "/auth/register", body)
    assert answer.status == 422 and planted.encode() not in answer.body
    wrong = {"card_data": card("org/x", authSchemes=[{"scheme": planted}], url=planted)}
    for url in (cards(base, "/"), base + "/api/v1/utils/validate-card"):
        answer = developer.send("POST", url, wrong)
        assert planted.encode() not in answer.body
    nul = {"card_data": card("org/x", description="a\0b")}
    assert developer.send("POST", cards(base, "/"), nul).status == 422


def test_cards_have_limits(base, developer):
    for members in ({"tags": [f"t{number}" for number in range(300)]}, {"name": "x" * 300},
                    {"description": "x" * 9000}, {"extra": "x" * 300_000}):  # fmt: skip
        body = {"card_data": card("org/" + unique("large"), **members)}
        assert developer.send("POST", cards(base, "/"), body).status == 422, members.keys()
    huge = {"card_data": card("org/huge", extra="x" * 1_100_000)}
    assert developer.send("POST", cards(base, "/"), huge).status == 413


def test_a_long_description_is_no_trouble(base, developer):
    description = "".join(uuid.uuid4().hex for _ in range(250))
    assert publish(developer, description=description)["description"] == description


def test_a_password_counts_to_its_end(base):
    developer = Developer(base, unique("old-dev"), ("quiet-harbour-" * 6)[:80])
    assert developer.register().status == 201
    assert developer.log_in().status == 200
    assert developer.log_in(developer.password[:72]).status == 401
    weak = Developer(base, unique("old-dev"), "")
    assert weak.register().status == 422


def test_a_search_for_a_wildcard_does_not_match_everything(base, developer):
    publish(developer)
    for text in ("_", "%"):
        assert CommandLine(base).discover(text)["pagination"]["total_items"] == 0


def test_no_scheme_of_a_contact_is_believed(base, developer):
    provider = {"name": "P", "url": "javascript:alert(1)"}
    body = {"card_data": card("org/" + unique("script"), provider=provider)}
    assert developer.send("POST", cards(base, "/"), body).status == 422


def test_an_agents_did_is_no_token(base, client):
    owner = sign_up(client)
    did = owner.publish(**agent_body())["did"]
    headers = {"Authorization": "Bearer " + did}
    assert send("GET", base + "/api/v1/agents/me", headers=headers).status == 401
