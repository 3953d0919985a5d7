"""Searching with peers: three real registries, and some that are not to be trusted."""

import concurrent.futures
import json
import time

import pytest

from support.checks import eventually, expect, expect_problem
from support.hostile_peer import answers, hostile_peer, is_huge, is_slow, self_signed
from support.people import make_admin, sign_up, unique
from support.registry import new_registry

ADMIN = "/api/v1/admin/federation/peers"
SEARCH = "/api/v1/discovery/agents"
DEADLINE_MS = 2_000
SECONDS = 10


def token_of(*names):
    """What two registries present to each other."""
    return "token-of-" + "-and-".join(sorted(names))


def settings_named(name):
    return {
        "AGENTVAULT_ALLOW_PRIVATE_PEERS": "1",
        "AGENTVAULT_PUBLIC_URL": "",
        "AGENTVAULT_REGISTRY_NAME": name,
        "FEDERATION_QUERY_TIMEOUT": str(DEADLINE_MS),
    }


class Site:
    """A running registry with its administrator and a publisher."""

    def __init__(self, name, registry):
        self.name = name
        self.registry = registry
        self.url = registry.url
        self.client = registry.client()
        self.admin = make_admin(registry).client
        self.publisher = sign_up(registry.client())

    def peers_in_memory(self):
        text = self.client.get("/metrics").content.decode()
        line = next(line for line in text.splitlines() if line.startswith("registry_federation_peers "))
        return float(line.split()[1])

    @property
    def peers(self):
        return expect(self.admin.get(ADMIN), 200)["items"]

    def add_peer(self, name, url):
        before = self.peers_in_memory()
        body = {"name": name, "registry_url": url, "federation_access_token": token_of(self.name, name)}
        made = expect(self.admin.post(ADMIN, body), 201)
        eventually(lambda: self.peers_in_memory() > before, SECONDS, "the server knows the peer")
        return made

    def remove_peer(self, name):
        before = self.peers_in_memory()
        peer = next(each for each in self.peers if each["name"] == name)
        expect(self.admin.delete(f"{ADMIN}/{peer['id']}"), 204)
        eventually(lambda: self.peers_in_memory() < before, SECONDS, "the server forgot the peer")

    def search(self, words, **more):
        query = {"q": words, "include_federated": "true"} | more
        return expect(self.registry.client().get(SEARCH, **query), 200)


def names(page):
    return sorted(each["name"] for each in page["agents"])


def row(page, name):
    return next(each for each in page["federation_status"]["peers"] if each["name"] == name)


@pytest.fixture(scope="module")
def sites():
    """Home, with the peers East and West; each knows each."""
    with (
        new_registry(settings_named("Home")) as home,
        new_registry(settings_named("East")) as east,
        new_registry(settings_named("West")) as west,
    ):
        made = {name: Site(name, registry) for name, registry in (("Home", home), ("East", east), ("West", west))}
        for name, site in made.items():
            for other, there in made.items():
                if other != name:
                    site.add_peer(other, there.url)
        yield made


@pytest.fixture
def home(sites):
    return sites["Home"]


def publish_everywhere(sites):
    """One agent at each registry, found by one new word."""
    word = unique("lighthouse").replace("-", "x")
    for name, site in sites.items():
        site.publisher.publish(name=f"{word} {name}")
    return word, sorted(f"{word} {name}" for name in sites)


def test_one_search_finds_the_agents_of_three_registries(sites, home):
    word, everywhere = publish_everywhere(sites)
    page = home.search(word)
    assert names(page) == everywhere
    assert page["pagination"]["total"] == 3
    status = page["federation_status"]
    assert (status["peers_queried"], status["peers_responded"]) == (2, 2)
    assert status["query_time_ms"] < DEADLINE_MS
    assert [(each["name"], each["url"], each["status"], each["agents"], each["cached"]) for each in status["peers"]] == [
        ("East", sites["East"].url, "ok", 1, False),
        ("West", sites["West"].url, "ok", 1, False),
    ]
    east = next(each for each in page["agents"] if each["name"].endswith("East"))
    assert east["is_federated"] and east["origin_registry_name"] == "East" and east["registry_url"] == sites["East"].url
    ours = next(each for each in page["agents"] if each["name"].endswith("Home"))
    assert not ours["is_federated"] and "origin_registry_name" not in ours and "staleness_seconds" not in ours


def test_lists_and_searches_with_a_body_ask_peers_too(sites, home):
    word, everywhere = publish_everywhere(sites)
    listed = expect(home.client.get("/api/v1/agents", include_federated="true", q=word), 200)
    assert names(listed) == everywhere and listed["federation_status"]["peers_queried"] == 2
    body = {"query": word, "include_federated": True}
    found = expect(home.client.post("/api/v1/discovery/search", body), 200)
    assert names(found) == everywhere
    alone = expect(home.client.get(SEARCH, q=word), 200)
    assert len(alone["agents"]) == 1 and alone["federation_status"]["peers_queried"] == 0


def test_a_query_never_goes_round(sites, home):
    word, _ = publish_everywhere(sites)
    asking = {"Authorization": f"Bearer {token_of('East', 'Home')}"}
    answer = sites["East"].client.post(
        "/api/v1/internal/federation/query", {"search": word}, asking
    )
    assert [each["name"] for each in expect(answer, 200)["items"]] == [f"{word} East"]
    by_arguments = sites["East"].client.post(
        f"/internal/federation/query?search={word}&limit=5", None, asking
    )
    assert expect(by_arguments, 200)["pagination"]["total_items"] == 1
    expect_problem(home.client.post("/api/v1/internal/federation/query", {"search": word}), 401)


def test_answers_are_kept_until_the_caller_wants_fresh_ones(sites, home):
    word, everywhere = publish_everywhere(sites)
    home.search(word)
    sites["East"].publisher.publish(name=f"{word} later")
    cached = home.search(word)
    assert names(cached) == everywhere and row(cached, "East")["cached"]
    assert names(home.search(word, force_refresh="true")) == sorted([*everywhere, f"{word} later"])


def test_pages_fit_together(sites, home):
    word, everywhere = publish_everywhere(sites)
    seen, cursor = [], {}
    for _ in everywhere:
        page = home.search(word, per_page="1", **cursor)
        seen += names(page)
        cursor = {"cursor": page["pagination"].get("next_cursor")}
    assert sorted(seen) == everywhere and cursor["cursor"] is None


AGENT = {"id": "550e8400-e29b-41d4-a716-446655440000", "name": "Bad News", "agent_type": "service"}


@pytest.mark.parametrize(
    ("behave", "status"),
    [
        (answers(b"<html>Welcome</html>"), "invalid"),
        (answers({"items": "none"}), "invalid"),
        (answers({}, 500), "failed"),
        (answers({}, 302, Location="http://169.254.169.254/latest/meta-data/"), "failed"),
        (answers({}, 401), "refused"),
        (answers({}, 429), "limited"),
        (is_huge, "too_large"),
        (is_slow(5), "timed_out"),
    ],
)
def test_a_bad_peer_changes_nothing_but_its_own_row(sites, home, behave, status):
    word, everywhere = publish_everywhere(sites)
    name = unique("hostile")
    with hostile_peer(behave) as bad:
        home.add_peer(name, bad.url)
        try:
            started = time.monotonic()
            page = home.search(word)
            assert time.monotonic() - started < DEADLINE_MS / 1000 + SECONDS / 2
            assert names(page) == everywhere
            bad_row = row(page, name)
            assert (bad_row["status"], bad_row["agents"]) == (status, 0)
            assert page["federation_status"]["peers_responded"] == 2
        finally:
            home.remove_peer(name)


def test_a_dead_peer_and_one_without_a_trusted_certificate_show_as_that(sites, home, tmp_path):
    word, everywhere = publish_everywhere(sites)
    with hostile_peer(answers({"items": [AGENT]}), self_signed(tmp_path)) as secret:
        home.add_peer("secret", secret.url)
        with hostile_peer(answers({"items": []})) as dead:
            home.add_peer("dead", dead.url)
        page = home.search(word)
        home.remove_peer("secret")
        home.remove_peer("dead")
    assert names(page) == everywhere
    assert (row(page, "secret")["status"], row(page, "dead")["status"]) == ("untrusted", "unreachable")
    assert secret.asked == 0


def test_a_lying_peer_shows_only_agents_of_its_own(sites, home):
    word = unique("harbour").replace("-", "x")
    ours = home.publisher.publish(name=f"{word} ours")
    theirs = AGENT | {"name": f"{word} theirs"}
    lies = [
        {"id": ours["id"], "name": f"{word} impostor", "agent_type": "service"},
        theirs,
        theirs | {"name": f"{word} twice"},
        theirs | {"id": "550e8400-e29b-41d4-a716-446655440001", "did": "did:web:victim.example"},
        theirs | {"id": "550e8400-e29b-41d4-a716-446655440002", "registry_url": home.url},
        theirs | {"id": "550e8400-e29b-41d4-a716-446655440003", "name": word * 100},
        theirs | {"id": "550e8400-e29b-41d4-a716-446655440004", "api_endpoints": ["javascript:alert(1)"]},
        {"id": "7", "name": word},
        None,
    ]
    with hostile_peer(answers({"items": lies})) as liar:
        home.add_peer("liar", liar.url)
        page = home.search(word)
        home.remove_peer("liar")
    assert names(page) == [f"{word} ours", f"{word} theirs"]
    assert row(page, "liar")["agents"] == 2  # The impostor is an agent, and hidden by ours.


def test_a_peer_that_is_removed_while_it_answers_shows_nothing(sites, home):
    word = unique("beacon").replace("-", "x")
    body = json.dumps({"items": [AGENT | {"name": word}]}).encode()
    with concurrent.futures.ThreadPoolExecutor(1) as pool, hostile_peer(None) as peer:

        def removed_first(handler):
            pool.submit(home.remove_peer, "leaving").result(DEADLINE_MS)
            answers(body)(handler)

        peer.behave = removed_first
        home.add_peer("leaving", peer.url)
        page = home.search(word)
    assert names(page) == []
    # It is gone, or was not waited for.
    assert row(page, "leaving")["status"] in ("removed", "timed_out")


def test_peers_are_seen_in_the_metrics(sites, home):
    word, _ = publish_everywhere(sites)
    home.search(word)
    home.search(word)
    text = home.client.get("/metrics").content.decode()
    assert 'federation_query_duration_seconds_count{peer_name="East",status="ok"}' in text
    assert 'federation_cache_hits_total{peer_name="West"}' in text
    assert 'federation_peer_health{peer_name="East"} 1' in text
