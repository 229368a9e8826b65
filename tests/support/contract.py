"""Requests and answers held against PagerDuty's published schemas, wherever those are at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from pdslack_cli.sandbox.calls import RecordedCall

Json = dict[str, Any]
Direction = Literal["request", "answer"]

SCHEMAS = Path(__file__).parents[3] / "shared" / "reference" / "openapi"
DOCUMENTS = {
    "/pagerduty": "pagerduty-rest.json",
    "/pagerduty-app": "pagerduty-slack.json",
    "/pagerduty-events": "pagerduty-events.json",
}
"""The document that describes each mount of the sandbox."""

UNDOCUMENTED = {("DELETE", "/services/x/integrations/x"): "used by Terraform's provider every day"}
"""Calls that PagerDuty answers but does not describe, with `x` for ids (pagerduty.md 5.2)."""

CLEARED = {
    ("services", "acknowledgement_timeout"): "5.1",
    ("services", "auto_resolve_timeout"): "5.1",
}
"""Fields that a null clears though their schema has none, by section of the path, and where we know it from.

In an update, any null clears what is there.
"""


class OpenApi:
    """One OpenAPI 3.0 document. Checks raise AssertionError and say where in the body it fails."""

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_text(encoding="utf-8"))
        correct(document)
        self._base = urlsplit(document["servers"][0]["url"]).path.rstrip("/")
        templates = sorted(document["paths"], key=lambda template: template.count("{"))
        self._patterns = [(path, re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path))) for path in templates]
        self._operations: Json = document["paths"]
        self.document = document
        self._translators = {
            "request": Translator(document, "readOnly"),
            "answer": Translator(document, "writeOnly"),
        }
        self._validators: dict[str, Draft202012Validator] = {}

    def check_request(self, method: str, path: str, body: Any) -> None:
        """Hold a request's body against the operation's schema. Raises AssertionError."""
        operation = self._operation(method, path)
        if operation is not None and "requestBody" in self._at(operation):
            self._check("request", f"{operation}/requestBody", body, f"{method} {path}")

    def check_query(self, method: str, path: str, query: str) -> None:
        """Hold a request's parameters against those of the operation. Raises AssertionError."""
        operation = self._operation(method, path)
        if operation is None:
            return
        described = {each["name"]: each["schema"] for each in self._parameters(operation)}
        for name, value in parse_qsl(query, keep_blank_values=True):
            assert name in described, f"{method} {path}: no parameter {name!r}, but {', '.join(described)}"
            schema = dereferenced(self.document, described[name])
            words = dereferenced(self.document, schema.get("items", schema)).get("enum", [value])
            assert value in words, f"{method} {path}: {name} is {value!r}, not one of {words}"

    def words(self, method: str, path: str, name: str) -> list[str]:
        """What a query parameter may say; nothing where the operation has none of that name."""
        operation = self._operation(method, path)
        for each in self._parameters(operation) if operation else ():
            if each["name"] == name:
                schema = dereferenced(self.document, each["schema"])
                return list(dereferenced(self.document, schema.get("items", schema)).get("enum", ()))
        return []

    def _parameters(self, operation: str) -> Iterable[Json]:
        """The query parameters of an operation, and those of its path."""
        for pointer in (operation.rpartition("/")[0], operation):
            for each in self._at(pointer).get("parameters", ()):
                parameter = dereferenced(self.document, each)
                if parameter["in"] == "query":
                    yield parameter

    def check_answer(self, method: str, path: str, status: int, body: Any) -> None:
        """Hold an answer against the schema of its status. Raises AssertionError.

        Any 2xx may stand for any other (pagerduty.md 4.1 and 8.1); undescribed errors are not checked.
        """
        operation = self._operation(method, path)
        if operation is None:
            return
        described = self._at(operation)["responses"]
        codes = [code for code in described if code == str(status)]
        if status < 300:
            codes = codes or [code for code in described if code.startswith("2")]
            assert codes, f"{method} {path}: no success is described"
        if codes:
            self._check("answer", f"{operation}/responses/{codes[0]}", body, f"{method} {path} {status}")

    def has_schema(self, method: str, path: str) -> bool:
        """Whether the document says what the body of a success is, be it nothing."""
        operation = self._operation(method, path)
        answers = self._at(operation)["responses"] if operation else {}
        return any(
            code == "204"
            or "schema" in dereferenced(self.document, answer).get("content", {}).get("application/json", {})
            for code, answer in answers.items()
            if code.startswith("2")
        )

    def _operation(self, method: str, path: str) -> str | None:
        """The pointer to the operation; None for one known to be undocumented."""
        local = path.removeprefix(self._base)
        for template, pattern in self._patterns:
            if pattern.fullmatch(local) and method.lower() in self._operations[template]:
                return f"#/paths/{template.replace('~', '~0').replace('/', '~1')}/{method.lower()}"
        shape = re.sub(r"(?<=/)(?=[^/]*[0-9A-Z])[^/]+", "x", local)
        assert (method, shape) in UNDOCUMENTED, f"{method} {path} is not described"
        return None

    def _at(self, pointer: str) -> Any:
        return resolve(self.document, pointer)

    def _check(self, direction: Direction, pointer: str, body: Any, what: str) -> None:
        described = dereferenced(self.document, self._at(pointer))
        schema = described.get("content", {}).get("application/json", {}).get("schema")
        if schema is None or (body is None and pointer.endswith("/204")):
            return
        if pointer not in self._validators:
            self._validators[pointer] = self._translators[direction].validator(schema)
        error = best_match(self._validators[pointer].iter_errors(body))
        assert error is None, f"{what}: {where(error)}: {error.message[:300]}"


class Translator:
    """OpenAPI 3.0 schemas as JSON Schema, for one direction.

    The published schemas are looser in life than on paper: choices overlap, so one match of several is as
    good as exactly one; a property of an answer that is not required may be null, unless it is an array
    (pagerduty.md 1.4); and an answer may hold an object where its reference is meant, as `include[]` asks.
    """

    def __init__(self, document: Json, one_way: str) -> None:
        self._document = document
        self._one_way = one_way
        """The flag of properties that this direction never has."""
        self._definitions: Json = {}

    def validator(self, schema: Any) -> Draft202012Validator:
        """What judges a body."""
        return Draft202012Validator({"allOf": [self._schema(schema)], "$defs": self._definitions})

    def _schema(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        if isinstance(schema.get("$ref"), str):
            return self._reference(schema["$ref"])
        made: Json = {name: schema[name] for name in KEPT if name in schema}
        for name in ("allOf", "anyOf", "oneOf"):
            if name in schema:
                made["allOf" if name == "allOf" else "anyOf"] = [
                    self._schema(choice) for choice in schema[name]
                ]
        if "items" in schema:
            made["items"] = self._schema(schema["items"])
        if "enum" in made and self._one_way == "writeOnly":
            made["enum"] = [
                *made["enum"],
                *(str(word).removesuffix("_reference") for word in made["enum"] if word),
            ]
        if isinstance(schema.get("required"), list):
            made["required"] = self._required(schema)
        if "properties" in schema:
            made["properties"] = {
                name: self._property(value, required=name in made.get("required", ()))
                for name, value in schema["properties"].items()
            }
        return or_null(made) if schema.get("nullable") is True else made

    def _reference(self, pointer: str) -> Json:
        name = pointer.replace("~", "_").replace("/", "_").replace("%", "_")
        if name not in self._definitions:
            self._definitions[name] = {}  # schemas of mail filters contain themselves
            self._definitions[name] = self._schema(resolve(self._document, pointer))
        return {"$ref": f"#/$defs/{name}"}

    def _required(self, schema: Json) -> list[str]:
        properties = schema.get("properties", {})
        return [name for name in schema["required"] if not properties.get(name, {}).get(self._one_way)]

    def _property(self, schema: Any, *, required: bool) -> Any:
        target = dereferenced(self._document, schema)
        is_request = self._one_way == "readOnly"
        is_array = target.get("type") == "array" and not target.get("nullable")
        never_null = required or is_array or is_request
        return self._schema(schema) if never_null else or_null(self._schema(schema))


KEPT = (
    "type",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "pattern",
)
"""What means the same in both."""


def or_null(schema: Any) -> Any:
    """The schema, or null; put so that an error tells what is wrong with what is not null."""
    return {"if": {"type": "null"}, "else": schema}


def where(error: ValidationError) -> str:
    """The place in a body."""
    return (
        "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path) or "."
    )


def resolve(document: Json, pointer: str) -> Any:
    """What a local JSON pointer points at."""
    found: Any = document
    for part in pointer.removeprefix("#/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
        found = dereferenced(document, found)
        found = found[int(name)] if isinstance(found, list) else found[name]
    return found


def dereferenced(document: Json, value: Any) -> Any:
    """The value itself, whatever number of references lie before it."""
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        value = resolve(document, value["$ref"])
    return value


def as_list(value: Any) -> list[Any]:
    """A list, or none."""
    return value if isinstance(value, list) else []


ACKNOWLEDGED = "#/components/schemas/AcknowledgeLogEntry"
FORGOTTEN = ("FieldValueChange", "CustomFieldValueChange")


def correct(document: Json) -> None:
    """Mend what PagerDuty's schemas are known to say wrongly; each is named in pagerduty.md."""
    for schema in list(every_object(document)):  # before any is mended
        if schema.get("enum") == ["all, any"]:  # 5.3: two words in one string
            schema["enum"] = ["all", "any"]
        if schema.get("enum") == ["round_robin", "assign_to_everyone"]:  # 4.3: an object in life
            kinds = {"type": schema.pop("type", "string"), "enum": schema.pop("enum")}
            schema |= {"type": "object", "properties": {"type": kinds}}
        if "incident.unacknowledged" in as_list(schema.get("enum")):  # 9.4: taken, but not listed
            schema["enum"].append("incident.reopened")
        if schema.get("enum") == ["acknowledgement_log_entry"]:  # 11: elsewhere, and in life, without `-ment`
            schema["enum"] = ["acknowledge_log_entry"]
        if {"$ref": ACKNOWLEDGED} in as_list(schema.get("oneOf")):  # 11: described, but in no list
            schema["oneOf"] += [{"$ref": ACKNOWLEDGED.replace("Acknowledge", name)} for name in FORGOTTEN]
        properties = schema.get("properties", {})
        if "days_of_week" in properties:  # 5.1: marked read-only
            properties["days_of_week"].pop("readOnly", None)
        details = properties.get("details", {})
        if details.get("type") == "object" and "properties" not in details:  # 11: a text, too
            del details["type"]
        if "conditions" in properties and "disabled" in properties:  # 7.3: may be null
            properties["conditions"]["nullable"] = True
        if properties.get("vendor", {}).get("type") == "array":  # 10: every client reads one object
            properties["vendor"] = properties["vendor"]["items"]
        if properties.get("responder_id", {}).get("type") == "integer":  # 13: a text in its own example
            properties["responder_id"]["type"] = "string"
        if "reference_name" in properties:  # 8.1: its own example has outputs without a value
            schema["required"] = [name for name in schema.get("required", ()) if name != "value"]
        if {"matcher", "part"} <= properties.keys():  # 5.2: its own text says which types need them
            schema["required"] = ["type"]
        if schema.get("required") == ["id", "data", "created_at", "updated_at"]:  # 8.5: of a new one, too
            schema["required"] = ["data"]
        for name in ("value", "default_value"):  # 5.5 and 8.5: bare in life, wrapped once more on paper
            if "oneOf" in properties.get(name, {}):
                properties[name] = {"nullable": True}


def every_object(value: Any) -> Iterable[Json]:
    """Every object in a document, outer ones first."""
    if isinstance(value, dict):
        yield value
        for inner in list(value.values()):
            yield from every_object(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every_object(inner)


@cache
def openapi(name: str) -> OpenApi:
    """A document, read once. Skips the test where the schemas are not at hand."""
    if not SCHEMAS.is_dir():
        pytest.skip("PagerDuty's OpenAPI documents are not beside this project")
    return OpenApi(SCHEMAS / name)


def without_clearing(call: RecordedCall) -> Any:
    """The body without the nulls that clear something."""
    section = call.path.removeprefix("/").partition("/")[0]

    def clears(name: str, value: Any) -> bool:
        return value is None and (call.method == "PUT" or (section, name) in CLEARED)

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: kept(inner) for name, inner in value.items() if not clears(name, inner)}
        return [kept(inner) for inner in value] if isinstance(value, list) else value

    return kept(call.request_body)


def document_of(call: RecordedCall) -> OpenApi:
    """The document that describes a call; that of the Slack app covers two hosts (pagerduty.md 9.5)."""
    slack = call.path.startswith("/integration-slack/")
    return openapi(DOCUMENTS["/pagerduty-app" if slack else call.mount])


def check(call: RecordedCall, *, as_described: bool = True) -> None:
    """Hold a call of the sandbox's PagerDuty against the schemas; a refused one, only its query and answer.

    A request that is not as described on purpose has only its answer checked.
    """
    document = document_of(call)
    if call.status == 0 or call.fault in ("500", "429"):
        return
    if as_described:
        document.check_query(call.method, call.path, call.query)
        if call.status < 400 and call.request_body is not None:
            document.check_request(call.method, call.path, without_clearing(call))
    plain = call.status >= 400 and call.answer_body is None  # not all refusals are JSON (pagerduty.md 1.9)
    if call.status not in (404, 405) and not plain:
        document.check_answer(call.method, call.path, call.status, call.answer_body)
