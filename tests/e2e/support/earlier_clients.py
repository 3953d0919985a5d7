"""Clients of earlier AgentVault registries, as they were shipped: their paths, parameters, headers and
what they read of the answers. Python's standard library only, and nothing of this repository, so
that they cannot know more than those clients did."""

import io
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zipfile

TIMEOUT_SECONDS = 15


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:500]!r}>"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def send(method, url, body=None, headers=None):
    """One request; redirects are answers like others. `body`: bytes, or a value to send as JSON."""
    headers = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as raw:
            return Answer(raw.status, raw.headers, raw.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.headers, refusal.read())


def detail_of(answer):
    """The error text, where one script or another looks for it; all must find the same."""
    body = answer.json()
    places = {body["detail"], body["error"]["detail"]}
    assert len(places) == 1, body
    return places.pop()


def card(readable_id, **members):
    """An agent card of schema 1.0."""
    return {
        "schemaVersion": "1.0",
        "humanReadableId": readable_id,
        "agentVersion": "1.0.0",
        "name": "Simple Wrapper " + readable_id,
        "description": "A simple wrapper agent",
        "url": "http://localhost:8001/a2a",
        "provider": {"name": "AgentVault", "support_contact": "support@example.com"},
        "capabilities": {"a2aVersion": "1.0", "supportedMessageParts": ["text"]},
        "authSchemes": [{"scheme": "none", "description": "No authentication"}],
        "tags": ["wrapper", "example"],
    } | members


class Developer:
    """The developer portal: register, log in by form, keep the token, manage keys and cards."""

    def __init__(self, base, name, password, prefix="/api/v1"):
        self.base, self.name, self.password = base, name, password
        self.auth = base + prefix + "/auth"
        self.developers = base + prefix + "/developers"
        self.email = name + "@example.com"
        self.token = None
        self.recovery_keys = None

    def register(self):
        body = {"name": self.name, "email": self.email, "password": self.password}
        answer = send("POST", self.auth + "/register", body | {"organization": "Example Org"})
        if answer.status == 201:
            self.recovery_keys = answer.json()["recovery_keys"]
        return answer

    def _log_in(self, body, content_type):
        answer = send("POST", self.auth + "/login", body, {"Content-Type": content_type})
        if answer.status == 200:
            assert answer.json()["token_type"] == "bearer"
            self.token = answer.json()["access_token"]
        return answer

    def log_in(self, password=None):
        form = {"username": self.email, "password": password or self.password}
        body = urllib.parse.urlencode(form | {"grant_type": "password"}).encode()
        return self._log_in(body, "application/x-www-form-urlencoded")

    def log_in_by_multipart(self):
        edge = uuid.uuid4().hex
        parts = ""
        for name, value in (("username", self.email), ("password", self.password)):
            parts += f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        body = (parts + f"--{edge}--\r\n").encode()
        return self._log_in(body, f"multipart/form-data; boundary={edge}")

    def log_in_by_json(self):
        body = json.dumps({"email": self.email, "password": self.password}).encode()
        return self._log_in(body, "application/json")

    def bearer(self):
        return {"Authorization": "Bearer " + self.token}

    def get(self, url):
        return send("GET", url, headers=self.bearer())

    def send(self, method, url, body=None):
        return send(method, url, body, self.bearer())

    def new_api_key(self, description="deploy script"):
        body = {"description": description}
        return self.send("POST", self.developers + "/me/apikeys", body)

    def recover(self, key, new_password):
        """Account recovery of the portal: key, temporary token, new password."""
        body = {"email": self.email, "recovery_key": key}
        answer = send("POST", self.auth + "/recover-account", body)
        if answer.status != 200:
            return answer
        temporary = {"Authorization": "Bearer " + answer.json()["access_token"]}
        body = {"new_password": new_password}
        return send("POST", self.auth + "/set-new-password", body, temporary)


class CommandLine:
    """agentvault_cli: no slash at the end, no redirects followed."""

    def __init__(self, base):
        self.cards = base + "/api/v1/agent-cards"

    def discover(self, query=None, limit=25, offset=0, active_only="true", **more):
        parameters = {"limit": limit, "offset": offset, "active_only": active_only}
        if query:
            parameters["search"] = query
        parameters |= more
        answer = send("GET", self.cards + "?" + urllib.parse.urlencode(parameters, doseq=True))
        assert answer.status == 200, answer
        page = answer.json()
        for item in page["items"]:
            assert item["id"] and item["name"] and "description" in item
        return page

    def resolve(self, readable_id):
        """The card that `run -a ID` talks to; None when the registry has none."""
        answer = send("GET", self.cards + "/id/" + readable_id)
        if answer.status == 404:
            return None
        assert answer.status == 200, answer
        return answer.json()["card_data"]


def deploy_register(base, api_key, card_data):
    """automation_scripts/deploy_register_agent.py: updates the card if it is there, else makes it."""
    headers = {"X-Api-Key": api_key}
    cards = base + "/api/v1/agent-cards"
    quoted = urllib.parse.quote(card_data["humanReadableId"], safe="")
    found = send("GET", f"{cards}/id/{quoted}")
    if found.status == 404:
        return send("POST", cards + "/", {"card_data": card_data}, headers)
    assert found.status == 200, found
    return send("PUT", f"{cards}/{found.json()['id']}", {"card_data": card_data}, headers)


def orchestrator_lookup(base, readable_id, times=1):
    """The pipelines: a liveness probe, then the card by its encoded id and by /by-hri."""
    cards = base + "/api/v1/agent-cards"
    assert send("GET", cards + "/?limit=1").status == 200
    for _ in range(times):
        readable_id = urllib.parse.quote(readable_id, safe="")
    by_path = send("GET", f"{cards}/id/{readable_id}")
    by_query = send("GET", f"{cards}/by-hri?hri={readable_id}")
    return by_path, by_query


class OnboardingScript:
    """The Genesis scripts: a token for a developer, an agent by the token, the agent's session."""

    def __init__(self, base):
        self.api = base + "/api/v1"

    def request_token(self, headers):
        body = {"agent_type_hint": "assistant", "requested_by": "script", "description": "ignored"}
        return send("POST", self.api + "/onboard/bootstrap/request-token", body, headers)

    def register(self, token):
        body = {"agent_did_method": "cos", "public_key_jwk": None, "proof_of_work_solution": None}
        return send("POST", self.api + "/onboard/register", body, {"Bootstrap-Token": token})

    def create_agent(self, token, agent_card, method="cos", key=None):
        body = {"agent_did_method": method, "public_key_jwk": key, "agent_card": agent_card}
        headers = {"Bootstrap-Token": token} if token else {}
        return send("POST", self.api + "/onboard/create_agent", body, headers)

    def agent_token(self, onboarded, grant_type="password"):
        form = {"username": onboarded["client_id"], "password": onboarded["client_secret"]}
        body = urllib.parse.urlencode(form | {"grant_type": grant_type}).encode()
        content = {"Content-Type": "application/x-www-form-urlencoded"}
        return send("POST", self.api + "/auth/agent/token", body, content)


def build(base, token, config, prefix="/api/v1"):
    """The agent builder: (filename, names in the archive)."""
    headers = {"Authorization": "Bearer " + token}
    answer = send("POST", base + prefix + "/agent-builder/generate", config, headers)
    if answer.status != 200:
        return answer, []
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert archive.testzip() is None
    return answer, archive.namelist()
