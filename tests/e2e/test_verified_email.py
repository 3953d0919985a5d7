"""With require_verified_email, publishing waits for the address to be confirmed."""

from support.checks import expect
from support.mailbox import verification_token
from support.people import sign_up
from support.registry import new_registry

BODY = {"name": "Late Starter", "agent_type": "service"}


def test_publishing_waits_for_the_link_in_the_letter_and_no_new_sign_in():
    with new_registry({"AGENTVAULT_REQUIRE_VERIFIED_EMAIL": "on"}) as registry:
        client = registry.client()
        developer = sign_up(client)
        mine = client.another(developer.access_token)
        refused = mine.post("/api/v1/agents", BODY)
        assert refused.status == 403
        assert "Confirm your email address" in refused.json()["detail"]
        token_path = "/api/v1/onboard/bootstrap/request-token"
        assert mine.post(token_path).status == 403
        token = verification_token(registry, developer.email)
        expect(client.get(f"/auth/verify-email?token={token}"), 200)
        expect(mine.post("/api/v1/agents", BODY), 201)
        expect(mine.post(token_path), 200)
