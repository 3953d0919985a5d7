"""Sends what no honest client would, and says what is wrong with the answers."""

from support.checks import expect, problem_faults
from support.openapi import JSON

PLANTED = "pl4nted-s3cret-val8e"

# What the protocol itself may answer to any request, documented at an operation or not.
PROTOCOL_ERRORS = {400, 404, 405, 408, 413, 414, 415, 417, 422, 431}

# Operations that would end the sessions by which we test, when they succeed.
ENDS_SESSIONS = {
    "POST /api/v1/auth/logout",
    "PUT /api/v1/auth/password",
    "DELETE /api/v1/auth/sessions/{session_id}",
}


class Attack:
    """Collects the faults of many answers, so that one run shows them all."""

    def __init__(self, subjects):
        self.subjects = subjects
        self.faults = []
        self.sent = 0

    def with_bodies(self):
        """(operation, path) of all operations that take JSON."""
        for operation in self.subjects.operations:
            if operation.body_schema is not None:
                yield operation, self.subjects.target(operation)

    def send(self, operation, path, body=None, headers=None, what=""):
        """The answer of one request, after the checks that any answer must pass."""
        client = self.subjects.client_for(operation)
        if isinstance(body, bytes):
            headers = {"Content-Type": JSON} | (headers or {})
        answer = client.send(operation.method, path, body, headers)
        self.sent += 1
        self.check(answer, f"{operation} {what}", operation.errors)
        return answer

    def check(self, answer, what, documented=frozenset()):
        if answer is None:
            return self.faults.append(f"{what}: closed without an answer")
        if answer.status >= 500:
            self.faults.append(f"{what}: {answer}")
        elif answer.status >= 400:
            self.faults += [f"{what}: {fault}" for fault in problem_faults(answer)]
            if answer.status not in documented | PROTOCOL_ERRORS:
                self.faults.append(f"{what}: {answer.status} is not documented")
            if PLANTED.encode() in answer.content:
                self.faults.append(f"{what}: echoes a value: {answer}")

    def expect(self, answer, statuses, what, pointer=None):
        """Notes a fault unless the answer has one of `statuses`, and names the field at fault."""
        if answer is None or answer.status not in statuses:
            return self.faults.append(f"{what}: expected {statuses}, got {answer}")
        if pointer is None or answer.status != 422:
            return None
        named = [error["pointer"] for error in answer.json().get("errors", [])]
        if not any(each == pointer or each.startswith(pointer + "/") for each in named):
            self.faults.append(f"{what}: does not point at {pointer}: {answer}")

    def finish(self):
        """Fails with every fault; also checks that the server is still well."""
        expect(self.subjects.anonymous.get("/health/ready"), 200)
        assert self.subjects.registry.process.poll() is None
        shown = "\n".join(self.faults[:40])
        assert not self.faults, f"{len(self.faults)} faults in {self.sent} requests:\n{shown}"
