"""The bodies that PagerDuty's documents give as examples are taken, with ids of objects that exist."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator

import pytest

from tests.sandbox.conftest import Account, Json
from tests.sandbox.route_bodies import SPAN, SPANNED
from tests.sandbox.test_every_route import Walk, filled, rules
from tests.support.contract import DOCUMENTS, SCHEMAS, dereferenced

STATE = re.compile(
    r"not found|must be a member of the account|already been taken|already merged|cannot be reassigned"
    r"|be acknowledged|in the future|external data|must be a boolean|can't be removed|must be unique"
    r"|after effective since|email is invalid",
    re.I,
)
"""Why an example may be refused: it is about other objects, another state or another account than ours."""


def examples(document: Json) -> Iterator[tuple[str, str, Json]]:
    """The method, the path with stars, and the body of each example."""
    for path, operations in document["paths"].items():
        for method in operations.keys() & {"post", "put"}:
            body = dereferenced(document, operations[method].get("requestBody") or {})
            content = body.get("content", {}).get("application/json", {})
            for one in content.get("examples", {}).values():
                yield method.upper(), re.sub(r"\{[^}]+\}", "*", path), dereferenced(document, one)["value"]


def with_our_ids(walk: Walk, value: object) -> object:
    """The body with our ids in its references, wherever we have an object of the type."""
    if isinstance(value, list):
        return [with_our_ids(walk, one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name: with_our_ids(walk, one) for name, one in value.items()}
    type_ = str(found.get("type")).removesuffix("_reference")
    collection = {"email_contact_method": "/users/*/contact_methods"}.get(type_, f"/{type_}s")
    known = walk.ids.get(collection.replace("ys", "ies"))
    return {**found, "id": known} if known and "id" in found else found


@pytest.mark.slow
def test_the_examples_of_the_documents_are_taken(account: Account) -> None:
    if not SCHEMAS.exists():
        pytest.skip("the published schemas are not at hand")
    walk, refused = filled(account), []
    walk.read("/incidents/*/alerts")
    whole = account.sandbox.store.snapshot()
    served = {(method, path) for method in ("POST", "PUT") for path in rules(method)}
    for name in DOCUMENTS.values():
        for method, path, body in examples(json.loads((SCHEMAS / name).read_text(encoding="utf-8"))):
            if (method, path) in served and path != "/change_events/*":
                account.sandbox.restore(whole)
                place = path + (SPAN if path in SPANNED else "")
                answer = walk.send(method, place, with_our_ids(walk, copy.deepcopy(body)))
                wrong = answer.json()["error"].get("errors") or [answer.text] if not answer.ok else []
                wrong = [*wrong.values()] if isinstance(wrong, dict) else wrong
                refused += [f"{method} {path}: {one}" for one in wrong if not STATE.search(str(one))]
    assert refused == []
