"""Random damage to good requests. MUTATION_SEED repeats a run, MUTATION_COUNT makes it longer."""

import json
import os
import random

import pytest

from support.hostile import ENDS_SESSIONS, PLANTED, Attack
from support.openapi import sample
from support.registry import new_registry
from support.subjects import Subjects

SEED = int(os.environ.get("MUTATION_SEED", "20250617"))
COUNT = int(os.environ.get("MUTATION_COUNT", "2000"))

ODD = [None, True, 0, -1, 2**31, 2**53 + 1, 2**64, -0.0, 1e308, "", " ", "\0", "\ud83d\ude00", "%s%n",
       "../../etc/passwd", "\u202etxt", "x" * 3000, [], {}, [[]], {"": ""}, [None] * 200,
       {"$ref": "#"}, PLANTED, "' OR 1=1 --", "a" * 255, "did:agentvault:x"]  # fmt: skip


def mutate_value(rng, value):
    """`value` with one thing in it changed."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        changed, name = dict(value), rng.choice(sorted(value))
        action = rng.randrange(4)
        if action == 0:
            del changed[name]
        elif action == 1:
            changed[rng.choice(["", "__proto__", "x" * 300, name + " ", name.upper()])] = changed[name]
        else:
            changed[name] = mutate_value(rng, changed[name])
        return changed
    if isinstance(value, list) and value and rng.random() < 0.7:
        index = rng.randrange(len(value))
        return value[:index] + [mutate_value(rng, value[index])] * rng.choice([1, 2, 150])
    return rng.choice(ODD)


def mutate_bytes(rng, text):
    """`text` with some bytes changed, cut out or doubled."""
    text = bytearray(text)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text) + 1)
        action = rng.randrange(4)
        if action == 0:
            text[at:at] = bytes([rng.randrange(256)])
        elif action == 1:
            del text[at : at + rng.randint(1, 8)]
        elif action == 2:
            text[at:at] = text[max(0, at - 20) : at]
        else:
            text[at : at + 1] = bytes([rng.choice(b'"\\{}[],:0\x00\xff\x7f\n')])
    return bytes(text)


def mutate_path(rng, path):
    junk = ["%00", "%zz", "//", "/..", "?", "&", "=", "%", ";", "x" * 200, "?page=", "/%2e", "?fields="]
    at = rng.randrange(1, len(path) + 1)
    return path[:at] + rng.choice(junk) + path[at:]


def mutated_headers(rng):
    if rng.random() < 0.7:
        return {}
    return rng.choice([
        {"If-Match": rng.choice(['"', "*", "W/", '"a","b"', "," * 500])},
        {"If-None-Match": "x" * rng.choice([1, 4000])},
        {"Idempotency-Key": rng.choice(["", "k", "x" * 300, "\xe9"])},
        {"Accept-Encoding": rng.choice(["gzip;q=nan", "*;q=0", "," * 300, "gzip, identity;q=0"])},
        {"Content-Type": rng.choice(["", ";", "application/json;charset=\xff", "multipart/form-data"])},
        {"X-Api-Key": rng.choice(["", "avreg_", "avreg_" + "x" * 43])},
        {"traceparent": rng.choice(["00", "00-" + "0" * 32 + "-" + "0" * 16 + "-00", "-" * 200])},
        {"Range": "bytes=0-,5-,-1"},
    ])  # fmt: skip


@pytest.fixture(scope="module")
def subjects():
    with new_registry() as registry:
        yield Subjects(registry)


def test_no_mutated_request_gets_anything_but_its_answer(subjects):
    rng = random.Random(SEED)
    attack = Attack(subjects)
    targets = {
        str(operation): subjects.target(operation)
        for operation in subjects.operations
        if str(operation) not in ENDS_SESSIONS
    }
    operations = [operation for operation in subjects.operations if str(operation) in targets]
    for number in range(COUNT):
        operation = rng.choice(operations)
        path, body = targets[str(operation)], None
        if operation.body_schema is not None:
            body = operation.example_body or sample(operation.body_schema, subjects.document)
            body = json.dumps(mutate_value(rng, body)).encode()
            if rng.random() < 0.4:
                body = mutate_bytes(rng, body)
        if rng.random() < 0.3:
            path = mutate_path(rng, path)
        attack.send(operation, path, body, mutated_headers(rng), f"seed {SEED}, request {number}")
    print(f"{attack.sent} requests of seed {SEED}")
    attack.finish()
