"""Every documented operation is called as its documentation shows, and the answer is checked against
the schema that is documented for it. An operation that is new here needs nothing, unless its path
or its body names something that must exist first: see support/subjects.py and `live_body`."""

import datetime
import json
import urllib.parse
import uuid

import jsonschema
import pytest

from support.checks import expect
from support.hostile import ENDS_SESSIONS
from support.mailbox import recovery_token, verification_token
from support.openapi import JSON, resolve
from support.people import agent_token, sign_up, unique
from support.registry import new_registry
from support.subjects import Subjects

formats = jsonschema.FormatChecker(formats=[])


@formats.checks("uuid", raises=ValueError)
def _is_uuid(value):
    return not isinstance(value, str) or str(uuid.UUID(value)) == value


@formats.checks("date-time", raises=ValueError)
def _is_date_time(value):
    if not isinstance(value, str):
        return True
    return value.endswith("Z") and bool(datetime.datetime.fromisoformat(value[:-1] + "+00:00"))


@pytest.fixture(scope="module")
def subjects():
    with new_registry() as registry:
        yield Subjects(registry)


def live_body(subjects, operation):
    """The example, with what must be real put in; None when there is no body."""
    admin, body = subjects.admin, operation.example_body
    if body is None:
        return None
    fresh = sign_up(subjects.anonymous)

    def recovery():
        expect(subjects.anonymous.post("/api/v1/auth/recover", {"email": fresh.email}), 202)
        return recovery_token(subjects.registry, fresh.email)

    live = {
        "/api/v1/auth/login": lambda: {"email": fresh.email, "password": fresh.password},
        "/api/v1/auth/refresh": lambda: {"refresh_token": fresh.refresh_token},
        "/api/v1/auth/password": lambda: {"current_password": admin.password},
        "/api/v1/auth/recover/confirm": lambda: {"token": recovery()},
        "/api/v1/auth/recover/key": lambda: {
            "email": fresh.email,
            "recovery_key": fresh.recovery_keys[0],
        },
        "/api/v1/auth/recover-account": lambda: {
            "email": fresh.email,
            "recovery_key": fresh.recovery_keys[1],
        },
        "/api/v1/onboard/register": lambda: {"token": admin.bootstrap_token()},
        "/api/v1/onboard/create_agent": lambda: {"token": admin.bootstrap_token()},
        "/api/v1/auth/agent/token": lambda: {
            "client_id": subjects.onboarded["client_id"],
            "client_secret": subjects.onboarded["client_secret"],
        },
    }
    known = live.get(operation.path)
    return body | (known() if known else {})


def password_token(subjects):
    """What a recovery key is exchanged for."""
    fresh = sign_up(subjects.anonymous)
    body = {"email": fresh.email, "recovery_key": fresh.recovery_keys[0]}
    return expect(subjects.anonymous.post("/api/v1/auth/recover-account", body), 200)["access_token"]


def live_query(subjects, operation):
    """The documented example of the query."""
    given = {}
    for parameter in operation.parameters("query"):
        if "example" in parameter:
            value = parameter["example"]
            given[parameter["name"]] = ",".join(value) if isinstance(value, list) else value
    if operation.path.endswith("/verify-email"):
        given["token"] = verification_token(subjects.registry, sign_up(subjects.anonymous).email)
    return "?" + urllib.parse.urlencode(given) if given else ""


def faults_of(value, schema, document, ignored=()):
    """Where `value` is not what `schema` says."""
    whole = {"components": document["components"], **schema}
    validator = jsonschema.Draft202012Validator(whole, format_checker=formats)
    return [
        f"{error.json_path}: {error.message[:200]}"
        for error in validator.iter_errors(value)
        if error.validator not in ignored
    ]


def undocumented(value, schema, document, where="$"):
    """Members of answers that the documentation does not name."""
    schema = resolve(schema, document)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value[:3]):
            yield from undocumented(item, schema["items"], document, f"{where}[{index}]")
    if isinstance(value, dict) and "properties" in schema:
        for name, member in value.items():
            if name not in schema["properties"]:
                yield f"{where}.{name} is not documented"
            else:
                yield from undocumented(
                    member, schema["properties"][name], document, f"{where}.{name}"
                )


def call(subjects, operation):
    path = subjects.target(operation) + live_query(subjects, operation)
    client = subjects.client_for(operation)
    if operation.path.endswith("/verify-email/resend"):
        client = sign_up(subjects.anonymous).client  # Administrators are verified.
    if operation.path.endswith("/set-new-password"):
        client = client.another(password_token(subjects))
    answer = client.send(operation.method, path, live_body(subjects, operation))
    if str(operation) in ENDS_SESSIONS:
        if operation.path.endswith("/password") and answer.status == 204:
            subjects.admin.password = operation.example_body["new_password"]
        subjects.sign_in_again()
    return answer


def faults(subjects, operation):
    answer = call(subjects, operation)
    status, media_type, schema = operation.success
    if answer.status != status:
        return [f"expected {status}, got {answer}"]
    if media_type is None:
        return ["has a body"] if answer.body else []
    if answer.media_type != media_type.split(";")[0]:
        return [f"is {answer.media_type}, not {media_type}"]
    if media_type != JSON or not schema:
        return []
    value = answer.json()
    document = subjects.document
    # Who selects fields gets only those.
    selects = any(each["name"] == "fields" and "example" in each for each in operation.parameters("query"))
    ignored = ["required"] if selects else []
    return faults_of(value, schema, document, ignored) + list(undocumented(value, schema, document))


def order(operation):
    """What is published first can be read afterwards; what ends sessions comes last."""
    ranks = {"POST": 0, "GET": 1, "PUT": 2, "DELETE": 3}
    return (str(operation) in ENDS_SESSIONS, ranks[operation.method], operation.path)


def test_every_example_works_and_its_answer_is_as_documented(subjects):
    found = {}
    for operation in sorted(subjects.operations, key=order):
        found[str(operation)] = faults(subjects, operation)
    assert len(found) > 30
    wrong = {name: texts for name, texts in found.items() if texts}
    assert not wrong, json.dumps(wrong, indent=1)


def test_every_operation_is_described(subjects):
    names = [operation.name for operation in subjects.operations]
    assert len(names) == len(set(names))
    tags = {tag["name"] for tag in subjects.document["tags"]}
    for operation in subjects.operations:
        assert operation.raw["summary"] and set(operation.raw["tags"]) <= tags, operation
        for parameter in operation.parameters("path"):
            assert "{%s}" % parameter["name"] in operation.path


def test_every_schema_is_a_schema_and_every_example_fits_its_own(subjects):
    document = subjects.document
    for name, schema in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        for member, rules in schema.get("properties", {}).items():
            for example in rules.get("examples", []):
                assert not faults_of(example, rules, document), (name, member, example)
    for operation in subjects.operations:
        if operation.body_schema is not None:
            wrong = faults_of(operation.example_body, operation.body_schema, document)
            assert not wrong, (operation, wrong)


def test_problems_are_as_documented(subjects):
    schema = {"$ref": "#/components/schemas/Problem"}
    client = subjects.anonymous
    for answer in (
        client.get("/api/v1/agents/" + unique("none")),
        client.get("/nothing"),
        client.get("/api/v1/auth/me"),
        client.post("/api/v1/auth/register", {"email": 1, "unknown": 2}),
        client.delete("/api/v1/agents"),
        client.another(agent_token(client, subjects.onboarded)).get("/api/v1/auth/me"),
    ):
        assert answer.status >= 400
        problem = answer.json()
        wrong = faults_of(problem, schema, subjects.document)
        wrong += undocumented(problem, schema, subjects.document)
        assert not wrong, (answer, wrong)
