"""Peering: two registries and their administrators, on the command line and over HTTP."""

import json

import pytest

from support.checks import eventually, expect, expect_problem, pointers
from support.fake_peer import INFO, QUERY, fake_peer
from support.people import make_admin, sign_up, unique
from support.registry import new_registry

ADMIN = "/api/v1/admin/federation/peers"
PUBLIC = "/api/v1/federation/peers"
TOKEN = "fed_token_secure_string"
SECONDS = 5


def settings_named(name):
    # Its own public URL is where it listens, so that the peer finds it there.
    return {
        "AGENTVAULT_ALLOW_PRIVATE_PEERS": "1",
        "AGENTVAULT_PUBLIC_URL": "",
        "AGENTVAULT_REGISTRY_NAME": name,
    }


def peer(registry, *arguments, stdin="", url=None):
    """Runs `agentvault-registry peer ...` as the administrator of a running registry does."""
    own = ["--public-url", url or registry.url or "https://own.example.com"]
    return registry.command("peer", *arguments, *own, stdin=stdin)


def succeeded(done):
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def registry():
    with new_registry(settings_named("Test Registry")) as started:
        yield started


@pytest.fixture(scope="module")
def admin(registry):
    return make_admin(registry).client


def add_peer(admin, **members):
    name = unique("peer")
    body = {"name": name, "registry_url": f"https://{name}.example.com"} | members
    return expect(admin.post(ADMIN, body), 201)


def peers_in_memory(registry):
    text = registry.client().get("/metrics").content.decode()
    return float(next(line for line in text.splitlines() if line.startswith("registry_federation_peers ")).split()[1])


def test_two_registries_are_peered_by_one_command_each():
    with new_registry(settings_named("Coast")) as coast, new_registry(settings_named("Hills")) as hills:
        made = json.loads(succeeded(peer(coast, "add", hills.url, "--json")))
        token = made["federation_access_token"]
        assert made["name"] == "Hills" and made["status"] == "ACTIVE"
        added = succeeded(peer(hills, "add", coast.url, "--token-stdin", stdin=token + "\n"))
        assert "Added Coast" in added and token not in added
        for here, there, name in ((coast, hills, "Hills"), (hills, coast, "Coast")):
            client = here.client()
            listed = expect(client.get(PUBLIC), 200)["items"]
            assert [(each["name"], each["registry_url"]) for each in listed] == [(name, there.url)]
            eventually(lambda: peers_in_memory(here) == 1, SECONDS, "the server knows the peer")  # noqa: B023
            key = expect(there.client().get(INFO), 200)["public_key"]
            known = json.loads(succeeded(peer(here, "list", "--json")))["items"][0]
            assert known["public_key"] == key


def test_a_peer_is_told_what_to_do_on_the_other_side(registry):
    with fake_peer() as other:
        shown = succeeded(peer(registry, "add", other.url, "--name", unique("told")))
    assert f"peer add {registry.url} --token-stdin" in shown
    assert shown.splitlines()[-1].strip().startswith("avfed_")


def test_check_finds_nothing_wrong_with_a_good_peer(registry):
    with fake_peer() as other:
        succeeded(peer(registry, "add", other.url, "--token-stdin", stdin=TOKEN))
        shown = succeeded(peer(registry, "check", "fake registry"))
        assert "all is well" in shown and "41 agents" in shown
        report = json.loads(succeeded(peer(registry, "check", other.url, "--json")))
        assert [check["passed"] for check in report[0]["checks"]] == [True, True, True]
        assert json.loads(other.asked[-1][1]) == {"limit": 1}
        succeeded(peer(registry, "remove", other.url))


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ({QUERY: (401, {})}, "does not accept our token"),
        ({QUERY: (404, {})}, "does not answer the queries"),
        ({QUERY: (200, b"<html>")}, "something else than a list"),
        ({INFO: (404, {})}, "no registry that federates"),
        ({INFO: (200, b"[]")}, "something else than a registry does"),
        ({INFO: (302, {})}, "answers 302"),
    ],
)
def test_check_says_what_is_wrong(registry, trouble, says):
    name = unique("trouble")
    with fake_peer() as other:
        succeeded(peer(registry, "add", other.url, "--name", name, "--token-stdin", stdin=TOKEN))
        other.answers |= trouble
        done = peer(registry, "check", name)
        assert done.returncode == 1 and says in done.stdout, done.stdout
        assert TOKEN not in done.stdout + done.stderr
        succeeded(peer(registry, "remove", name))


def test_check_says_so_when_nobody_is_there(registry):
    with fake_peer() as other:
        url = other.url
    added = succeeded(peer(registry, "add", url, "--name", "Gone Away"))
    assert "does not answer yet" in added
    done = peer(registry, "check", "gone away")
    assert done.returncode == 1 and "FAILED info" in done.stdout
    succeeded(peer(registry, "remove", "gone away"))


def test_check_sees_that_a_peer_is_another_one(registry):
    keys = ["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"]
    name = unique("impostor")
    with fake_peer() as other:
        other.answers[INFO] = (200, {"registry_name": name, "public_key": keys[0]})
        succeeded(peer(registry, "add", other.url, "--token-stdin", stdin=TOKEN))
        assert "is the one that is known" in succeeded(peer(registry, "check", name))
        other.answers[INFO] = (200, {"registry_name": name, "public_key": keys[1]})
        done = peer(registry, "check", name)
        assert done.returncode == 1 and "another one than at first" in done.stdout
        succeeded(peer(registry, "remove", name))


def test_a_running_registry_meets_a_peer_that_was_added_before_it_answered(registry, admin):
    key = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    with fake_peer() as other:
        other.answers[INFO] = (503, {})
        added = add_peer(admin, registry_url=other.url)
        other.answers[INFO] = (200, {"registry_name": "Late", "public_key": key})
        path = f"{ADMIN}/{added['id']}"
        known = lambda: expect(admin.get(path), 200).get("public_key") == key  # noqa: E731
        eventually(known, 10, "the key is known")
        expect(admin.delete(path), 204)


def test_a_proposal_becomes_a_peer_when_an_administrator_approves_it(registry, admin):
    developer = sign_up(registry.client())
    name = unique("proposal")
    body = {"name": name, "base_url": f"https://{name}.example.com", "admin_contact_email": "a@b.org"}
    proposed = expect(developer.client.post(PUBLIC, body), 201)
    path = f"{PUBLIC}/{proposed['id']}"
    assert proposed["status"] == "PENDING_APPROVAL"
    expect_problem(developer.client.get(path), 404)
    expect_problem(developer.client.post(f"{ADMIN}/{proposed['id']}/approve"), 403)
    own = expect(developer.client.get(f"{PUBLIC}/my/registrations"), 200)["items"]
    assert [each["id"] for each in own] == [proposed["id"]]
    pending = expect(admin.get(f"{ADMIN}/pending"), 200)["items"]
    assert proposed["id"] in [each["id"] for each in pending]

    approved = expect(admin.post(f"{ADMIN}/{proposed['id']}/approve"), 200)
    assert approved["federation_access_token"].startswith("avfed_")
    seen = expect(registry.client().get(path), 200)
    assert seen["status"] == "ACTIVE" and "admin_contact" not in seen
    assert "token" not in json.dumps(expect(admin.get(f"{ADMIN}/{proposed['id']}"), 200))
    expect_problem(admin.post(f"{ADMIN}/{proposed['id']}/approve"), 409)
    for action, status in (("deactivate", 404), ("reactivate", 200)):
        expect(admin.post(f"{ADMIN}/{proposed['id']}/{action}"), 200)
        assert registry.client().get(path).status == status


def test_a_rejected_proposal_is_seen_by_its_developer_only(registry, admin):
    developer = sign_up(registry.client())
    name = unique("proposal")
    body = {"name": name, "registry_url": f"https://{name}.example.com"}
    proposed = expect(developer.client.post(PUBLIC, body), 201)
    expect(admin.post(f"{ADMIN}/{proposed['id']}/reject"), 200)
    own = expect(developer.client.get(f"{PUBLIC}/my/registrations"), 200)["items"]
    assert [each["status"] for each in own] == ["REJECTED"]
    rejected = expect(admin.get(f"{ADMIN}/all", status="REJECTED"), 200)["items"]
    assert proposed["id"] in [each["id"] for each in rejected]
    expect_problem(registry.client().get(f"{PUBLIC}/{proposed['id']}"), 404)


def test_what_is_taken_is_a_conflict_that_names_the_field(admin):
    added = add_peer(admin, federation_access_token="token_of_the_first_peer")
    for member, value, pointer in (
        ("name", added["name"].upper(), "/name"),
        ("registry_url", added["registry_url"] + "/", "/registry_url"),
        ("federation_access_token", "token_of_the_first_peer", "/federation_access_token"),
    ):
        name = unique("peer")
        body = {"name": name, "registry_url": f"https://{name}.example.com"} | {member: value}
        answer = admin.post(ADMIN, body)
        expect_problem(answer, 409)
        assert pointers(answer) == [pointer]


def test_a_registry_refuses_itself_and_addresses_that_no_peer_has(registry, admin):
    answer = admin.post(ADMIN, {"name": "Myself", "registry_url": registry.url + "/"})
    expect_problem(answer, 422)
    assert pointers(answer) == ["/registry_url"]
    with new_registry() as strict:
        client = make_admin(strict).client
        for url in ("http://eu.example.com", "https://127.0.0.1:8000", "https://localhost"):
            answer = client.post(ADMIN, {"name": "Private", "registry_url": url})
            assert "AGENTVAULT_ALLOW_PRIVATE_PEERS" in expect_problem(answer, 422)["errors"][0]["message"]


def test_if_match_guards_a_peer(admin):
    added = add_peer(admin)
    path = f"{ADMIN}/{added['id']}"
    tag = admin.get(path).headers["ETag"]
    changed = admin.put(path, {"description": "First"}, {"If-Match": tag})
    expect(changed, 200)
    expect_problem(admin.put(path, {"description": "Second"}, {"If-Match": tag}), 412)
    expect_problem(admin.delete(path, {"If-Match": tag}), 412)
    expect(admin.delete(path, {"If-Match": changed.headers["ETag"]}), 204)
    expect_problem(admin.delete(path), 404)


def test_only_administrators_manage_peers(registry):
    developer = sign_up(registry.client()).client
    for send in (developer.get, developer.post):
        expect_problem(send(ADMIN), 403)
    expect_problem(registry.client().get(ADMIN), 401)
    expect_problem(registry.client().post(PUBLIC, {}), 401)


def test_a_registry_says_who_it_is(registry):
    info = expect(registry.client().get(INFO), 200)
    assert info["registry_name"] == "Test Registry" and info["registry_url"] == registry.url
    assert info["supported_auth_methods"] == ["bearer"]
    for path in ("/api/v1/federation/health", "/api/v1/federation/health-check"):
        assert expect(registry.client().get(path), 200)["status"] == "healthy"


def test_a_registry_keeps_its_identity_when_it_starts_again():
    with new_registry() as registry:
        before = expect(registry.client().get(INFO), 200)["public_key"]
        registry.restart()
        assert expect(registry.client().get(INFO), 200)["public_key"] == before


def test_without_federation_there_are_no_peers():
    with new_registry({"FEDERATION_ENABLED": "false"}) as registry:
        for path in (INFO, PUBLIC, "/api/v1/federation/health"):
            expect_problem(registry.client().get(path), 404)


def test_replicas_have_the_same_peers_and_the_same_identity(postgres):
    settings = {
        "DATABASE_URL": postgres.new_schema(),
        "JWT_SECRET_KEY": "one key that both of the replicas know",
        "AGENTVAULT_FEDERATION_KEY": "one more key that both of them know",
    }
    with new_registry(settings) as first, new_registry(settings) as second:
        keys = [expect(each.client().get(INFO), 200)["public_key"] for each in (first, second)]
        assert keys[0] == keys[1]
        admin = make_admin(first).client
        added = add_peer(admin)
        eventually(lambda: peers_in_memory(second) == 1, SECONDS, "the other replica has the peer")
        expect(admin.post(f"{ADMIN}/{added['id']}/deactivate"), 200)
        eventually(lambda: peers_in_memory(second) == 0, SECONDS, "the other replica lets it go")
