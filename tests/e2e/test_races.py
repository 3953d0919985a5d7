"""What may happen only once happens once, however many ask for it at the same moment."""

import pytest

from support.checks import expect, expect_problem
from support.mailbox import recovery_token, verification_token
from support.parallel import at_once
from support.people import PASSWORD, agent_body, all_agents, unique

MANY = 20
SOME = 8


@pytest.fixture
def send_at_once(registry):
    """send(count, request): request(client, index) on as many connections at one moment."""

    def send(count, request):
        clients = [registry.client() for _ in range(count)]
        return at_once(count, lambda index: request(clients[index], index))

    return send


def statuses(answers):
    return sorted(answer.status for answer in answers)


def test_of_twenty_registrations_with_one_token_exactly_one_succeeds(
    registry, developer, send_at_once
):
    token, tag = developer.bootstrap_token(), unique("race")

    def register(client, _index):
        body = agent_body(tags=[tag]) | {"token": token}
        return client.post("/api/v1/onboard/register", body)

    answers = send_at_once(MANY, register)
    assert statuses(answers) == [201] + [409] * (MANY - 1)
    for answer in answers:
        if answer.status != 201:
            expect_problem(answer, 409)
    assert len(all_agents(registry.client(), tags=tag)) == 1


def test_one_email_address_makes_one_account(send_at_once):
    email = f"{unique('dev')}@example.com"

    def register(client, index):
        body = {"email": email, "username": unique(f"name-{index}"), "password": PASSWORD}
        return client.post("/api/v1/auth/register", body)

    assert statuses(send_at_once(SOME, register)) == [201] + [409] * (SOME - 1)


def test_one_readable_id_makes_one_agent(developer, send_at_once):
    name = unique("hri")

    def publish(client, _index):
        body = agent_body(humanReadableId=name)
        return client.another(developer.access_token).post("/api/v1/agents", body)

    assert statuses(send_at_once(SOME, publish)) == [201] + [409] * (SOME - 1)


def test_of_several_updates_of_one_version_one_succeeds(registry, developer, send_at_once):
    path = f"/api/v1/agents/{developer.publish()['id']}"
    seen = {"If-Match": registry.client().get(path).headers["ETag"]}

    def update(client, index):
        return client.another(developer.access_token).put(path, {"description": str(index)}, seen)

    answers = send_at_once(SOME, update)
    assert statuses(answers) == [200] + [412] * (SOME - 1)
    written = next(answer for answer in answers if answer.status == 200).json()
    assert expect(registry.client().get(path), 200) == written


def test_of_updates_without_if_match_each_that_succeeds_makes_one_version(
    registry, developer, send_at_once
):
    agent = developer.publish()
    path = f"/api/v1/agents/{agent['id']}"

    def update(client, index):
        return client.another(developer.access_token).put(path, {"description": str(index)})

    answers = send_at_once(SOME, update)
    assert set(statuses(answers)) <= {200, 409}  # Who loses twice in a row is told so.
    done = [answer.json() for answer in answers if answer.status == 200]
    versions = sorted(written["version"] for written in done)
    assert versions == list(range(agent["version"] + 1, agent["version"] + 1 + len(done)))
    last = max(done, key=lambda written: written["version"])
    assert expect(registry.client().get(path), 200) == last


def test_a_refresh_token_is_good_for_one_answer_only(developer, send_at_once):
    body = {"refresh_token": developer.refresh_token}
    answers = send_at_once(SOME, lambda client, _: client.post("/api/v1/auth/refresh", body))
    assert statuses(answers) == [200] + [401] * (SOME - 1)


def test_a_link_sets_one_password(registry, client, developer, send_at_once):
    expect(client.post("/api/v1/auth/recover", {"email": developer.email}), 202)
    token = recovery_token(registry, developer.email)

    def confirm(client, index):
        body = {"token": token, "new_password": f"{PASSWORD}-{index}"}
        return client.post("/api/v1/auth/recover/confirm", body)

    assert statuses(send_at_once(SOME, confirm)) == [204] + [401] * (SOME - 1)


def test_a_verification_link_works_once(registry, developer, send_at_once):
    path = f"/auth/verify-email?token={verification_token(registry, developer.email)}"
    found = statuses(send_at_once(SOME, lambda client, _: client.get(path)))
    assert found[0] == 200 and set(found[1:]) <= {404, 409}


def test_a_request_with_an_idempotency_key_is_done_once(registry, developer, send_at_once):
    tag = unique("once")
    body, key = agent_body(tags=[tag]), {"Idempotency-Key": tag}

    def publish(client, _index):
        return client.another(developer.access_token).post("/api/v1/agents", body, key)

    answers = send_at_once(SOME, publish)
    done = [answer for answer in answers if answer.status == 201]
    assert done and {answer.status for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in done}) == 1
    assert len(all_agents(registry.client(), tags=tag)) == 1
