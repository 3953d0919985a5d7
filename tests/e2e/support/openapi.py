"""The operations of /openapi.json, with values for what they take."""

import copy
from dataclasses import dataclass, field

from support.checks import expect

METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"


@dataclass
class Operation:
    method: str
    path: str
    raw: dict
    document: dict = field(repr=False)

    @property
    def name(self):
        return self.raw["operationId"]

    def __str__(self):
        return f"{self.method} {self.path}"

    def parameters(self, place):
        return [each for each in self.raw.get("parameters", []) if each["in"] == place]

    @property
    def body_schema(self):
        """The schema of the JSON body, without references; None when there is no body."""
        content = self.raw.get("requestBody", {}).get("content", {})
        return resolve(content[JSON]["schema"], self.document) if JSON in content else None

    @property
    def example_body(self):
        """The documented example, else one made of the examples and bounds of the schema."""
        media = self.raw.get("requestBody", {}).get("content", {}).get(JSON)
        if media is None:
            return None
        return copy.deepcopy(media.get("example")) or sample(self.body_schema, self.document)

    @property
    def success(self):
        """(status, media type, schema) of the documented success; the last two may be None."""
        for status, answer in self.raw["responses"].items():
            if status.startswith("2"):
                for media_type, media in answer.get("content", {}).items():
                    return int(status), media_type, media.get("schema")
                return int(status), None, None
        raise AssertionError(f"{self} documents no success")

    @property
    def errors(self):
        return {int(status) for status in self.raw["responses"] if status[0] in "45"}

    @property
    def security(self):
        """anonymous, optional, user or agent."""
        schemes = self.raw.get("security", [])
        if not schemes:
            return "anonymous"
        if {} in schemes:
            return "optional"
        return "user" if {"api_key": []} in schemes else "agent"

    def target(self, values):
        """The path with its parameters filled in."""
        path = self.path
        for parameter in self.parameters("path"):
            path = path.replace("{%s}" % parameter["name"], values(parameter["name"]))
        return path


def fetch(client):
    return expect(client.get("/openapi.json"), 200)


def operations(document):
    """All but those whose answers do not end, which test_changes.py reads."""
    return [
        Operation(method.upper(), path, raw, document)
        for path, item in document["paths"].items()
        for method, raw in item.items()
        if method in METHODS and not is_endless(raw)
    ]


def is_endless(raw):
    answers = raw["responses"]
    return "101" in answers or "text/event-stream" in answers.get("200", {}).get("content", {})


def resolve(schema, document):
    while "$ref" in schema:
        node = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        schema = node
    return schema


def types_of(schema):
    kinds = schema.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


def sample(schema, document):
    """A value that `schema` allows."""
    schema = resolve(schema, document)
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    kinds = types_of(schema)
    if "object" in kinds:
        members = schema.get("properties", {})
        return {name: sample(members[name], document) for name in schema.get("required", [])}
    if "array" in kinds:
        return [sample(schema["items"], document)] * schema.get("minItems", 0)
    if "string" in kinds:
        known = {"uuid": "550e8400-e29b-41d4-a716-446655440000", "date-time": "2030-01-31T12:00:00Z"}
        return known.get(schema.get("format"), "x" * max(8, schema.get("minLength", 0)))
    if "integer" in kinds or "number" in kinds:
        return schema.get("minimum", 1)
    return True


def wrong_types(schema, document):
    """Values that are of no type that `schema` allows."""
    kinds = types_of(resolve(schema, document))
    if not kinds:
        return []
    values = {"string": "planted", "integer": 7, "boolean": True, "array": [], "object": {}}
    allowed = set(kinds) | ({"integer"} if "number" in kinds else set())
    return [value for kind, value in values.items() if kind not in allowed]
