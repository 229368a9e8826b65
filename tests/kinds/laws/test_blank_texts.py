"""Texts that vendors take for none where they are blank: refused like empty ones, in every kind."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds import KIND_NAMED
from tests.kinds.examples import EXAMPLES, WORLD
from tests.kinds.laws.field_changes import at
from tests.support.factories import stack

Place = tuple[str | int, ...]


def texts(value: Any, place: Place = ()) -> Iterator[Place]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        if isinstance(inner, str):
            yield (*place, step)
        yield from texts(inner, (*place, step))


def refused(kind: str, entry: Any) -> bool:
    world = copy.deepcopy(WORLD)
    world.setdefault(KIND_NAMED[kind].section, {})["blank"] = entry
    try:
        stack(yaml.safe_dump(world))
    except ConfigError:
        return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_blank_text_is_refused_where_an_empty_one_is(kind):
    base = yaml.safe_load(EXAMPLES[kind].entry)
    entries = [(base, texts(base))]
    for field, value in EXAMPLES[kind].changes.items():
        changed = yaml.safe_load(value)
        entries.append(({**base, field: changed}, texts({field: changed})))
    for entry, places in entries:
        for place in places:
            if "regex" not in str(place[-1]) and refused(kind, at(*place, value="")(entry)):
                assert refused(kind, at(*place, value=" ")(entry)), place


RULE = "escalation_policy: first, rules: [{then: {%s}}]"
WEBHOOK = RULE % "webhook: {name: %s, url: 'https://a.example', headers: {%s: x}, body: {%s: x}}"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        pytest.param("oauth_client", "client_id: '', token_url: 'https://a.example'", id="id of a client"),
        pytest.param(
            "oauth_client", "client_id: a, client_secret: '', token_url: 'https://a.example'", id="secret"
        ),
        pytest.param(
            "oauth_client",
            "client_id: a, client_secret: null, token_url: 'https://a.example'",
            id="no secret",
        ),
        pytest.param("automation_runner", "type: runbook, host: acme, api_key: ' '", id="API key"),
        pytest.param("service", WEBHOOK % ("''", "A", "a"), id="name of a webhook of a rule"),
        pytest.param("service", WEBHOOK % ("Tell", "''", "a"), id="header of a webhook of a rule"),
        pytest.param("service", WEBHOOK % ("Tell", "A", "' '"), id="field of a webhook of a rule"),
        pytest.param("service", RULE % "variables: {'': event.source}", id="name of a variable"),
        pytest.param("service", RULE % "set: {event.group: ''}", id="template"),
        pytest.param("service", "escalation_policy: first, integrations: [{name: A, type: null}]", id="type"),
        pytest.param("webhook", "url: 'https://a.example', from: account, events: ['']", id="event"),
        pytest.param(
            "workflow", "steps: [{name: A, action: 'a:b:c:1', inputs: {'': x}}]", id="input of a step"
        ),
    ],
)
def test_a_text_that_the_vendor_needs_is_not_empty(kind, fields):
    assert refused(kind, yaml.safe_load(f"{{{fields}}}"))
