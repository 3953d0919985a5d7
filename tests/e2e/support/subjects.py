"""Everything that exists on a server so that each operation of its API has something to act on."""

import urllib.parse

from support.checks import expect
from support.openapi import fetch, operations
from support.people import agent_token, log_in, make_admin, sign_up, unique


class Subjects:
    """Signed-in clients for each kind of access, and real values for path parameters."""

    def __init__(self, registry):
        self.registry = registry
        self.anonymous = registry.client()
        self.admin = make_admin(registry)
        self.agent = self.admin.publish(card={"name": "Tide Table"})
        self.onboarded = self.admin.onboard()
        self.agent_client = self.anonymous.another(agent_token(self.anonymous, self.onboarded))
        self.document = fetch(self.anonymous)
        self.operations = operations(self.document)
        makers = {
            "agent_id": lambda: self.agent["id"],
            "human_readable_id": lambda: self.agent["humanReadableId"],
            "did": lambda: self.agent["did"],
            "card_id": lambda: self.agent["id"],
            "event_type": lambda: "AGENT_ONBOARDED",
            "key_number": self._new_key_number,
            "key_id": lambda: self.admin.api_key("agents:read")["id"],
            "session_id": self._new_session,
            "token_id": self._new_bootstrap_token,
            "template": self._template,
            "name": self._artifact,
        }
        self._makers = makers

    def operation(self, name):
        """The operation that reads so: "GET /health"."""
        return next(each for each in self.operations if str(each) == name)

    def client_for(self, operation):
        if operation.path.endswith("/internal/federation/query"):
            return self.anonymous.another(self._pair_token())
        by_access = {"anonymous": self.anonymous, "agent": self.agent_client}
        return by_access.get(operation.security, self.admin.client)

    def value(self, parameter, path=""):
        """A value of a path parameter, of something that exists and may be deleted; for operations
        that act on a peer, of one in the status they act on."""
        if parameter == "peer_id":
            return self._new_peer(path.rpartition("/")[2])
        assert parameter in self._makers, f"say in {__file__} how to make a value for {parameter!r}"
        return urllib.parse.quote(self._makers[parameter](), safe=":")

    def target(self, operation):
        return operation.target(lambda parameter: self.value(parameter, operation.path))

    def sign_in_again(self):
        """After an operation that ended the session of the administrator."""
        signed_in = expect(log_in(self.anonymous, self.admin.email, self.admin.password), 200)
        self.admin.client.token = signed_in["access_token"]
        self.admin.refresh_token = signed_in["refresh_token"]

    def _new_session(self):
        expect(log_in(self.anonymous, self.admin.email, self.admin.password), 200)
        listed = expect(self.admin.client.get("/api/v1/auth/sessions"), 200)["sessions"]
        return next(session["id"] for session in listed if not session["current"])

    def _new_key_number(self):
        answer = self.admin.client.post("/api/v1/developers/me/apikeys", {})
        return str(expect(answer, 201)["api_key_info"]["id"])

    def _new_bootstrap_token(self):
        answer = self.admin.client.post("/api/v1/onboard/bootstrap/request-token", {})
        return expect(answer, 200)["token_id"]

    def _new_peer(self, action):
        name = unique("peer")
        body = {"name": name, "registry_url": f"https://{name}.example.com"}
        path = "/api/v1/admin/federation/peers"
        if action in ("approve", "reject"):
            developer = sign_up(self.anonymous).client
            return expect(developer.post("/api/v1/federation/peers", body), 201)["id"]
        made = expect(self.admin.client.post(path, body), 201)["id"]
        if action == "reactivate":
            expect(self.admin.client.post(f"{path}/{made}/deactivate"), 200)
        return made

    def _pair_token(self):
        """What an active peer presents."""
        name = unique("asking")
        body = {"name": name, "registry_url": f"https://{name}.example.com"}
        made = self.admin.client.post("/api/v1/admin/federation/peers", body)
        return expect(made, 201)["federation_access_token"]

    def _artifact(self):
        path = f"/api/v1/agents/{self.agent['id']}/artifacts/notes.txt"
        answer = self.admin.client.put(path, b"The tide is high at noon.")
        assert answer.status in (200, 201), answer
        return "notes.txt"

    def _template(self):
        return expect(self.anonymous.get("/api/v1/discovery/templates"), 200)["templates"][0]["id"]
