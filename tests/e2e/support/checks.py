"""What every answer of the registry must be, and how to wait for what takes a moment."""

import threading
import time

from support.client import PROBLEM


def expect(response, status):
    """The JSON of an answer that must have this status (None when it has no body)."""
    assert response.status == status, f"expected {status}, got {response}"
    return response.json() if response.body and "json" in (response.media_type or "") else None


def problem_faults(response, status=None):
    """What is wrong with an error answer; empty when it is as the contract says (RFC 9457)."""
    if status is not None and response.status != status:
        return [f"status {response.status} instead of {status}: {response}"]
    if response.media_type != PROBLEM:
        return [f"not {PROBLEM}: {response}"]
    problem = response.json()
    faults = []
    for member, kind in {"type": str, "title": str, "status": int, "detail": str,
                         "instance": str, "request_id": str}.items():  # fmt: skip
        if not isinstance(problem.get(member), kind):
            faults.append(f"{member} is {problem.get(member)!r}")
    if problem.get("status") != response.status:
        faults.append("status in the body differs")
    if problem.get("request_id") != response.headers.get("X-Request-Id"):
        faults.append("request_id is not X-Request-Id")
    if response.status == 503 and "Retry-After" not in response.headers:
        faults.append("503 without Retry-After")
    for error in problem.get("errors", []):
        if set(error) != {"pointer", "code", "message"}:
            faults.append(f"odd field error {error}")
    return faults


def expect_problem(response, status):
    """The problem details of an answer that must be this error."""
    assert not problem_faults(response, status), problem_faults(response, status)
    return response.json()


def pointers(response):
    return [error["pointer"] for error in response.json().get("errors", [])]


def eventually(condition, seconds, what):
    """Polls for what no event tells of; the value of `condition` once it is true."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        threading.Event().wait(0.02)
