"""Publishing: what was written is read back, found, guarded against stale writes, and taken out."""

from support.checks import expect, expect_problem, pointers
from support.people import agent_body, all_agents, make_admin, sign_up, unique


def search(client, words, **query):
    return expect(client.get("/api/v1/discovery/agents", q=words, **query), 200)


def ids(page):
    return [agent["id"] for agent in page["agents"]]


def test_what_was_published_is_read_back(client, developer):
    body = agent_body()
    answer = developer.client.post("/api/v1/agents", body)
    created = expect(answer, 201)
    assert created | body == created
    assert created["did"] == f"did:agentvault:{created['id']}"
    assert answer.headers["Location"] == f"/api/v1/agents/{created['id']}"
    assert expect(client.get(f"/api/v1/agents/{created['id']}"), 200) == created
    by_name = client.get(f"/api/v1/agents/id/{body['humanReadableId'].upper()}")
    assert expect(by_name, 200) == created
    assert expect(client.get("/api/v1/agents/by-hri", hri=body["humanReadableId"]), 200) == created


def test_a_card_is_kept_byte_for_byte(client, developer):
    card = '{"name" : "Tide  Teller","url":"https://tide.example.com/a2a","x":1.50,"é":"\\u00e9"}'
    body = '{"humanReadableId":"%s","card":%s}' % (unique("card"), card)
    headers = {"Content-Type": "application/json"}
    answer = developer.client.post("/api/v1/agents", body.encode(), headers)
    created = expect(answer, 201)
    assert created["name"] == "Tide  Teller"
    assert card.encode() in client.get(f"/api/v1/agents/{created['id']}").body


def test_an_update_with_if_match_succeeds_once(client, developer):
    agent = developer.publish()
    path = f"/api/v1/agents/{agent['id']}"
    etag = client.get(path).headers["ETag"]
    first = developer.client.put(path, {"description": "First"}, {"If-Match": etag})
    updated = expect(first, 200)
    assert updated["description"] == "First"
    assert updated["name"] == agent["name"]
    assert updated["version"] > agent["version"]
    assert first.headers["ETag"] != etag
    stale = developer.client.put(path, {"description": "Second"}, {"If-Match": etag})
    expect_problem(stale, 412)
    expect_problem(developer.client.delete(path, {"If-Match": etag}), 412)
    assert expect(client.get(path), 200)["description"] == "First"


def test_null_removes_a_member_and_the_others_stay(client, developer):
    agent = developer.publish()
    path = f"/api/v1/agents/{agent['id']}"
    expect(developer.client.put(path, {"pricing": None, "tags": ["new"]}), 200)
    now = expect(client.get(path), 200)
    assert now.get("pricing") is None
    assert now["tags"] == ["new"]
    assert now["capabilities"] == agent["capabilities"]


def test_a_deleted_agent_is_inactive_and_no_longer_found(client, developer):
    word = unique("zebrafish").replace("-", "")
    agent = developer.publish(description=f"Knows all about {word}")
    path = f"/api/v1/agents/{agent['id']}"
    assert ids(search(client, word)) == [agent["id"]]
    expect(developer.client.delete(path), 204)
    expect(developer.client.delete(path), 204)
    assert ids(search(client, word)) == []
    assert expect(client.get(path), 200)["status"] == "inactive"
    listed = expect(client.get("/api/v1/agents", q=word), 200)
    assert listed["agents"] == []


def test_a_search_finds_stems_prefixes_and_typing_errors(client, developer):
    word = unique("quillwort").replace("-", "x")
    agent = developer.publish(name=f"{word} Adviser")
    for text in (word, word.upper(), word[:-1], word.replace("w", "v")):
        assert agent["id"] in ids(search(client, text)), text
    hit = search(client, word)["agents"][0]
    assert hit["score"] > 0
    assert hit["matched"][0]["field"] == "name"


def test_a_readable_id_is_taken_without_regard_to_case(client, developer):
    agent = developer.publish()
    body = agent_body(humanReadableId=agent["humanReadableId"].upper())
    expect_problem(developer.client.post("/api/v1/agents", body), 409)
    other = developer.publish()
    body = {"humanReadableId": agent["humanReadableId"]}
    expect_problem(developer.client.put(f"/api/v1/agents/{other['id']}", body), 409)


def test_only_the_owner_and_administrators_write(registry, client, developer):
    agent = developer.publish()
    path = f"/api/v1/agents/{agent['id']}"
    expect_problem(client.put(path, {"description": "No"}), 401)
    expect_problem(sign_up(client).client.put(path, {"description": "No"}), 403)
    expect_problem(sign_up(client).client.delete(path), 403)
    admin = make_admin(registry)
    assert expect(admin.client.put(path, {"status": "suspended"}), 200)["status"] == "suspended"


def test_invalid_fields_are_all_named_and_nothing_is_stored(client, developer):
    body = agent_body(name="", api_endpoints=["https://ok.example.com", "ftp://no"], tags=[7])
    answer = developer.client.post("/api/v1/agents", body)
    expect_problem(answer, 422)
    assert set(pointers(answer)) == {"/name", "/api_endpoints/1", "/tags/0"}
    hri = body["humanReadableId"]
    expect_problem(client.get("/api/v1/agents/by-hri", hri=hri), 404)


def test_walking_the_cursors_visits_each_agent_once_while_others_publish(client, developer):
    tag = unique("walk")
    published = [developer.publish(tags=[tag])["id"] for _ in range(7)]
    query = {"tags": tag, "per_page": 2, "fields": "id"}
    first = client.get("/api/v1/agents", **query)
    assert 'rel="next"' in first.headers["Link"]
    page = expect(first, 200)
    assert page["pagination"]["total"] == 7
    developer.publish(tags=[tag])
    rest = all_agents(client, **query, cursor=page["pagination"]["next_cursor"])
    walked = ids(page) + [agent["id"] for agent in rest]
    assert len(walked) == len(set(walked))
    assert set(published) <= set(walked)


def test_filters_fields_facets_and_the_filter_tree(client, developer):
    tag = unique("facet")
    cheap = developer.publish(tags=[tag, "a"], pricing={"base_price": 1})
    dear = developer.publish(tags=[tag, "b"], pricing={"base_price": 9})
    page = search(client, "", tags=tag, facets="tags", fields="id,name")
    assert set(page["agents"][0]) >= {"id", "name"}
    assert "description" not in page["agents"][0]
    counts = {row["value"]: row["count"] for row in page["facets"]["tags"]}
    assert counts[tag] == 2 and counts["a"] == 1
    assert ids(search(client, "", tags=tag, price_max=5)) == [cheap["id"]]
    tree = {"all": [{"field": "tags", "value": tag}, {"not": {"field": "price", "max": 5}}]}
    found = expect(client.post("/api/v1/discovery/search", {"filters": tree}), 200)
    assert ids(found) == [dear["id"]]


def test_search_modes_that_are_not_built_say_so(client):
    for mode in ("semantic", "hybrid"):
        answer = client.get("/api/v1/discovery/agents", q="x", mode=mode)
        expect_problem(answer, 422)
        assert pointers(answer) == ["?mode"]


def test_an_idempotency_key_replays_the_first_answer(developer):
    body, key = agent_body(), {"Idempotency-Key": unique("key")}
    first = developer.client.post("/api/v1/agents", body, key)
    again = developer.client.post("/api/v1/agents", body, key)
    assert expect(first, 201) == expect(again, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    expect_problem(developer.client.post("/api/v1/agents", agent_body(), key), 422)
