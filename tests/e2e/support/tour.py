"""One walk through everything that makes secrets, and all the secrets it was given."""

import json

from support.checks import expect
from support.mailbox import recovery_token, verification_token
from support.people import agent_body, agent_token, log_in, sign_up, unique

PASSWORDS = ["first-velvet-anchor-19", "second-copper-window-64", "third-paper-lantern-07"]


def take_tour(registry):
    """{what it is: the secret} of a whole life of an account, each secret used at least once."""
    client = registry.client()
    secrets = {}
    developer = sign_up(client, PASSWORDS[0])
    secrets |= {f"password {number}": text for number, text in enumerate(PASSWORDS)}
    secrets |= {f"recovery key {n}": key for n, key in enumerate(developer.recovery_keys)}
    verify = verification_token(registry, developer.email)
    secrets["verification token"] = verify
    expect(client.get(f"/auth/verify-email?token={verify}"), 200)

    secrets["api key"] = developer.api_key("agents:write")["key"]
    body = {"name": "idempotent", "scopes": ["agents:read"]}
    once = {"Idempotency-Key": unique("tour")}
    made = expect(developer.client.post("/api/v1/auth/api-keys", body, once), 201)
    assert expect(developer.client.post("/api/v1/auth/api-keys", body, once), 201) == made
    secrets["replayed api key"] = made["key"]
    headers = {"X-Api-Key": secrets["api key"]}
    expect(client.post("/api/v1/agents", agent_body(), headers), 201)

    secrets["bootstrap token"] = developer.bootstrap_token()
    body = agent_body() | {"token": secrets["bootstrap token"]}
    onboarded = expect(client.post("/api/v1/onboard/register", body), 201)
    secrets["client secret"] = onboarded["client_secret"]
    secrets["agent token"] = agent_token(client, onboarded)
    expect(client.another(secrets["agent token"]).post("/api/v1/agents/heartbeat"), 200)
    secrets["unused bootstrap token"] = developer.bootstrap_token()

    _add_peers(registry, secrets)
    _sign_in_again_and_again(registry, developer, secrets)
    return secrets


def _add_peers(registry, secrets):
    """Nobody answers at their addresses, but what is sent to them is made."""
    secrets["peer's token"] = "fed-7QmW2rTzX9bK4vLc1sHn"
    done = registry.command(
        "peer", "add", "https://given.invalid", "--token-stdin", stdin=secrets["peer's token"]
    )
    assert done.returncode == 0, done.stderr
    made = registry.command("peer", "add", "https://made.invalid", "--json")
    secrets["made peer's token"] = json.loads(made.stdout)["federation_access_token"]
    refused = registry.command("peer", "add", "https://made.invalid", "--token-stdin", stdin="short")
    assert refused.returncode == 1


def _sign_in_again_and_again(registry, developer, secrets):
    client = registry.client()
    secrets["access token"] = developer.access_token
    secrets["refresh token"] = developer.refresh_token
    body = {"refresh_token": developer.refresh_token}
    renewed = expect(client.post("/api/v1/auth/refresh", body), 200)
    secrets["second access token"] = renewed["access_token"]
    secrets["second refresh token"] = renewed["refresh_token"]
    # Tokens in places where they do not belong are secrets as well.
    client.get(f"/api/v1/agents?q=x&access_token={renewed['access_token']}")
    client.post("/api/v1/agents", {"name": 7, "password": PASSWORDS[0]})

    expect(client.post("/api/v1/auth/recover", {"email": developer.email}), 202)
    secrets["recovery token"] = recovery_token(registry, developer.email)
    body = {"token": secrets["recovery token"], "new_password": PASSWORDS[1]}
    expect(client.post("/api/v1/auth/recover/confirm", body), 204)
    body = {"email": developer.email, "recovery_key": secrets["recovery key 0"]}
    expect(client.post("/api/v1/auth/recover/key", body | {"new_password": PASSWORDS[2]}), 204)
    signed_in = expect(log_in(client, developer.email, PASSWORDS[2]), 200)
    log_in(client, developer.email, PASSWORDS[0] + "x")
    secrets["wrong password"] = PASSWORDS[0] + "x"
    secrets["last refresh token"] = signed_in["refresh_token"]
    last = client.another(signed_in["access_token"])
    expect(last.post("/api/v1/auth/logout"), 204)
    secrets["last access token"] = signed_in["access_token"]
