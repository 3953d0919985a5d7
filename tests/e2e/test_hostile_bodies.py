"""Bodies that are wrong in every way a body can be: a documented 4xx, the field named, no echo."""

import json

import pytest

from support.hostile import ENDS_SESSIONS, PLANTED, Attack
from support.openapi import resolve, types_of, wrong_types
from support.registry import new_registry
from support.subjects import Subjects

MIB = 1024 * 1024
DEEPEST = 64


@pytest.fixture(scope="module")
def subjects():
    with new_registry() as registry:
        yield Subjects(registry)


@pytest.fixture
def attack(subjects):
    attack = Attack(subjects)
    yield attack
    attack.finish()


def members(operation):
    """(name, schema) of each member that the body's schema names."""
    for name, schema in operation.body_schema.get("properties", {}).items():
        yield name, resolve(schema, operation.document)


def test_a_member_of_a_wrong_type_is_named(attack):
    for operation, path in attack.with_bodies():
        for name, schema in members(operation):
            for value in wrong_types(schema, operation.document):
                body = operation.example_body | {name: value}
                what = f"{name} = {value!r}"
                answer = attack.send(operation, path, body, what=what)
                attack.expect(answer, {422}, f"{operation} {what}", f"/{name}")


def test_a_member_that_is_too_long_is_named(attack):
    for operation, path in attack.with_bodies():
        for name, schema in members(operation):
            if "string" in types_of(schema) and "maxLength" in schema:
                value = PLANTED + "x" * schema["maxLength"]
            elif "array" in types_of(schema) and "maxItems" in schema:
                value = [PLANTED] * (schema["maxItems"] + 1)
            else:
                continue
            answer = attack.send(operation, path, operation.example_body | {name: value}, what=name)
            attack.expect(answer, {422}, f"{operation} long {name}", f"/{name}")


def test_an_unknown_member_of_a_closed_body_is_named(attack):
    for operation, path in attack.with_bodies():
        if operation.body_schema.get("additionalProperties") is False:
            body = operation.example_body | {"unheard_of": PLANTED}
            answer = attack.send(operation, path, body)
            attack.expect(answer, {422}, f"{operation} unknown member", "/unheard_of")


def test_a_required_member_that_is_missing_is_named(attack):
    for operation, path in attack.with_bodies():
        for name in operation.body_schema.get("required", []):
            body = {key: value for key, value in operation.example_body.items() if key != name}
            answer = attack.send(operation, path, body, what=f"without {name}")
            attack.expect(answer, {422}, f"{operation} without {name}", f"/{name}")


def test_nul_in_any_string_is_refused(attack):
    for operation, path in attack.with_bodies():
        for name, schema in members(operation):
            if "string" in types_of(schema):
                body = operation.example_body | {name: PLANTED + "\0"}
                answer = attack.send(operation, path, body, what=f"NUL in {name}")
                attack.expect(answer, {422}, f"{operation} NUL in {name}")


def nested(depth):
    return b"[" * depth + b"]" * depth


MALFORMED = {
    "empty": (b"", {400, 422}),
    "cut short": (b'{"name":', {400}),
    "not JSON": (b"name=planted", {400}),
    "a raw NUL": (b'{"name":"a\0b"}', {400, 422}),
    "invalid UTF-8": (b'{"name":"\xff\xfe"}', {400, 422}),
    "an encoded surrogate": (b'{"name":"\xed\xa0\x80"}', {400, 422}),
    "a lone surrogate": (b'{"name":"\\ud800"}', {400, 422}),
    "an overlong form": (b'{"name":"\xc0\xaf"}', {400, 422}),
    "a duplicate name": (b'{"name":"a","name":"b"}', {400, 422}),
    "two documents": (b"{}{}", {400}),
    "a comment": (b'{"name":"a"/* no */}', {400}),
    "a trailing comma": (b'{"name":"a",}', {400}),
    "not a number": (b'{"name":NaN}', {400}),
    "a byte order mark": (b'\xef\xbb\xbf{"name":"a"}', {400, 422}),
    "an array": (b"[]", {422}),
    "a string": (b'"planted"', {422}),
    "null": (b"null", {422}),
    "too deep": (b'{"name":' + nested(DEEPEST) + b"}", {422}),
    "far too deep": (nested(200_000), {400, 422}),
    "a huge number": (b'{"name":1e999}', {400, 422}),
    "a long number": (b'{"name":' + b"9" * 5000 + b"}", {400, 422}),
    "over 1 MiB": (b'{"name":"' + b"x" * MIB + b'"}', {413}),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_body_that_is_not_a_proper_document_is_refused(attack, what):
    body, statuses = MALFORMED[what]
    for operation, path in attack.with_bodies():
        optional = not operation.raw["requestBody"].get("required", False)
        if what == "empty" and optional:
            continue
        answer = attack.send(operation, path, body, what=what)
        attack.expect(answer, statuses, f"{operation} {what}")


def test_exactly_1_mib_is_read_and_one_byte_more_is_not(attack):
    operation = attack.subjects.operation("POST /api/v1/agents")
    start, end = b'{"agent_type":7,"x":"', b'"}'
    for extra, status in ((0, 422), (1, 413)):
        body = start + b"x" * (MIB - len(start) - len(end) + extra) + end
        answer = attack.send(operation, operation.path, body, what=f"{len(body)} bytes")
        attack.expect(answer, {status}, f"{len(body)} bytes")


def test_64_levels_are_read_and_65_are_not(attack):
    operation = attack.subjects.operation("POST /api/v1/agents")
    for depth, pointer in ((DEEPEST, "/agent_type"), (DEEPEST + 1, None)):
        body = b'{"agent_type":7,"metadata":{"x":' + nested(depth - 2) + b"}}"
        answer = attack.send(operation, operation.path, body, what=f"{depth} levels")
        attack.expect(answer, {422}, f"{depth} levels", pointer)


def test_another_content_type_is_refused(attack):
    for operation, path in attack.with_bodies():
        if str(operation) in ENDS_SESSIONS:
            continue
        body = json.dumps(operation.example_body).encode()
        kinds = ["text/plain", "application/xml", "nonsense", "a/b/c"]
        if "application/x-www-form-urlencoded" not in operation.raw["requestBody"]["content"]:
            kinds += ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
        for kind in kinds:
            answer = attack.send(operation, path, body, {"Content-Type": kind}, what=kind)
            attack.expect(answer, {415}, f"{operation} as {kind}")


FORMS = {
    "a bad escape": b"username=%zz&password=x",
    "invalid UTF-8": b"username=%ff&password=x",
    "NUL": b"username=a%00&password=x",
    "too many fields": b"&".join(b"f%d=x" % n for n in range(5000)),
    "no fields": b"",
}


@pytest.mark.parametrize("what", FORMS)
def test_a_broken_form_is_refused(attack, what):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for operation, path in attack.with_bodies():
        if "application/x-www-form-urlencoded" in operation.raw["requestBody"]["content"]:
            answer = attack.send(operation, path, FORMS[what], form, what=what)
            attack.expect(answer, {400, 401, 422}, f"{operation} {what}")


@pytest.mark.parametrize(
    "body",
    [b"", b"--edge", b"--edge--", b"--edge\r\n\r\n", b"--edge\r\nContent-Disposition: form-data\r\n\r\n"
     b"x\r\n--edge--", b'--edge\r\nContent-Disposition: form-data; name="username"; filename="a"\r\n'
     b"\r\nx\r\n--edge--", b"\r\n" * 5000, b"--edge\r\n" * 5000],
)  # fmt: skip
def test_a_broken_multipart_body_is_refused(attack, body):
    for parameters in ("; boundary=edge", "", '; boundary="'):
        kind = "multipart/form-data" + parameters
        operation = attack.subjects.operation("POST /api/v1/auth/login")
        answer = attack.send(operation, operation.path, body, {"Content-Type": kind}, what=kind)
        attack.expect(answer, {400, 415, 422}, f"{kind} {body[:20]}")
