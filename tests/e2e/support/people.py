"""Accounts and agents as the suites need them, each with names of its own."""

import itertools
import threading

from support.checks import expect

PASSWORD = "quiet-harbour-88-lamps"
ADMIN_PASSWORD = "seven-granite-otters-42"

_count = itertools.count(1)
_lock = threading.Lock()


def unique(prefix):
    with _lock:
        return f"{prefix}-{next(_count)}"


def agent_body(**members):
    """A registration that is valid and unlike any other."""
    name = unique("agent")
    return {
        "name": name.replace("-", " ").title(),
        "agent_type": "assistant",
        "description": "Answers questions about tides",
        "api_endpoints": [f"https://{name}.example.com/v1"],
        "capabilities": ["nlp", "tides"],
        "tags": ["sea"],
        "humanReadableId": name,
        "pricing": {"model": "usage-based", "base_price": 0.01, "currency": "AVT"},
        "metadata": {"version": "1.0.0"},
    } | members


class Developer:
    """A signed-in account: `client` sends its access token."""

    def __init__(self, client, email, password, signed_in, recovery_keys=()):
        self.email = email
        self.password = password
        self.user = signed_in["user"]
        self.access_token = signed_in["access_token"]
        self.refresh_token = signed_in["refresh_token"]
        self.recovery_keys = list(recovery_keys)
        self.client = client.another(self.access_token)

    def publish(self, **members):
        """The agent, as it was answered."""
        return expect(self.client.post("/api/v1/agents", agent_body(**members)), 201)

    def bootstrap_token(self, **members):
        answer = self.client.post("/api/v1/onboard/bootstrap/request-token", members)
        return expect(answer, 200)["token"]

    def api_key(self, *scopes, name="tests"):
        """The API key's answer, with the key itself as `key`."""
        body = {"name": name, "scopes": list(scopes)}
        return expect(self.client.post("/api/v1/auth/api-keys", body), 201)

    def onboard(self, **members):
        """A second agent, registered by a bootstrap token; the answer has its credentials."""
        body = agent_body(**members) | {"token": self.bootstrap_token()}
        return expect(self.client.anonymous().post("/api/v1/onboard/register", body), 201)


def log_in(client, email, password):
    body = {"email": email, "password": password}
    return client.anonymous().post("/api/v1/auth/login", body)


def sign_up(client, password=PASSWORD):
    """A new developer, signed in."""
    username = unique("dev")
    email = f"{username}@example.com"
    body = {"email": email, "username": username, "password": password}
    registered = expect(client.anonymous().post("/api/v1/auth/register", body), 201)
    signed_in = expect(log_in(client, email, password), 200)
    return Developer(client, email, password, signed_in, registered["recovery_keys"])


def make_admin(registry):
    """An administrator made by the command line, signed in."""
    username = unique("admin")
    email = f"{username}@example.com"
    done = registry.command(
        "admin", "create", "--email", email, "--username", username, stdin=ADMIN_PASSWORD + "\n"
    )
    assert done.returncode == 0, done.stderr
    signed_in = expect(log_in(registry.client(), email, ADMIN_PASSWORD), 200)
    return Developer(registry.client(), email, ADMIN_PASSWORD, signed_in)


def agent_token(client, onboarded):
    """The access token of an agent, for the credentials it was onboarded with."""
    fields = {
        "grant_type": "client_credentials",
        "client_id": onboarded["client_id"],
        "client_secret": onboarded["client_secret"],
    }
    answer = client.anonymous().post_form("/api/v1/auth/agent/token", fields)
    return expect(answer, 200)["access_token"]


def all_agents(client, **query):
    """Walks the whole list by its cursors."""
    agents = []
    query = {"per_page": 100, "fields": "id,humanReadableId,version"} | query
    while True:
        page = expect(client.get("/api/v1/agents", **query), 200)
        agents += page["agents"]
        cursor = page["pagination"].get("next_cursor")
        if not cursor:
            return agents
        query["cursor"] = cursor
