"""A reference to a thing of another kind, or in another form, gets the reference to write."""

from __future__ import annotations

import pytest

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.config.load import load_texts
from pdslack_cli.errors import ConfigError, Severity

STACK = """\
owner: acme
slack: {{workspace: T0ACME}}
people: {{p: p@acme.example}}
teams: {{t: {{members: {{responder: [{person}]}}}}}}
schedules:
  s:
    time_zone: Etc/UTC
    layers: [{{start: 2026-01-05T09:00:00, rotate: 1 week, people: [{on_call}]}}]
escalation_policies:
  e: {{team: {team}, levels: [{{notify: [{notify}], escalate_after: 15m}}]}}
channels: {{c: {{members: [{member}]}}}}
services: {{v: {{escalation_policy: {policy}, channels: [{channel}]}}}}
routing: {{r: {{routes: [{{if: event.class matches 'x', to: {service}}}]}}}}
notification_rules: {{n: {{from: {source}, to: {channel_2}, urgency: high}}}}
webhooks: {{w: {{url: 'https://x.example', from: {webhook}, events: [incident.triggered]}}}}
"""
RIGHT = {
    "person": "p",
    "on_call": "p",
    "team": "t",
    "notify": "schedule/s",
    "member": "team/t",
    "policy": "e",
    "channel": "c",
    "service": "v",
    "source": "service/v",
    "channel_2": "c",
    "webhook": "team/t",
}
SECTIONS = {
    "person": "people",
    "team": "teams",
    "schedule": "schedules",
    "escalation_policy": "escalation_policies",
    "channel": "channels",
    "service": "services",
}
KINDS = {
    "person": "p",
    "team": "t",
    "schedule": "s",
    "escalation_policy": "e",
    "channel": "c",
    "service": "v",
}
TAKES = {
    "person": {"person": "p"},
    "on_call": {"person": "p"},
    "team": {"team": "t"},
    "notify": {"schedule": "schedule/s", "person": "person/p"},
    "member": {"person": "p", "team": "team/t"},
    "policy": {"escalation_policy": "e"},
    "channel": {"channel": "c"},
    "service": {"service": "v"},
    "source": {"service": "service/v", "team": "team/t"},
    "channel_2": {"channel": "c"},
    "webhook": {"service": "service/v", "team": "team/t"},
}


def cures(field: str, written: str) -> list[str]:
    """What a stack is told that has this in the place of a right reference; nothing where it is taken."""
    try:
        load_texts({"a.yaml": STACK.format(**RIGHT | {field: written})}, {})
    except ConfigError as error:
        # In some places the right reference makes two rules for one channel.
        return [found.hint for found in error.problems if "mean the same object" not in found.message]
    return []


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", TAKES)
def test_another_spelling_of_a_reference_is_taken_or_gets_the_right_one(field: str, kind: str) -> None:
    key = KINDS[kind]
    for written in (key, f"{kind}/{key}", f"{SECTIONS[kind]}/{key}", *(f"{other}/{key}" for other in KINDS)):
        found = cures(field, written)
        if kind in TAKES[field]:
            assert not found or found == [f"write {TAKES[field][kind]}"], (written, found)
        else:
            assert found, written
            title = kind.replace("_", " ")
            assert any(
                f"{key!r} is a {title}" in cure or f"{key!r} is an {title}" in cure for cure in found
            ), found


FORMS = [
    *("'{kind}:{key}'", "{kind}.{key}", "{key} ({kind})", "pagerduty_{kind}.{key}.id", "'{kind}->{key}'"),
    *("{{{kind}: {key}}}", "{{type: {kind}_reference, id: {key}}}", "{{ref: {key}}}", "[{kind}, {key}]"),
    *("{kind}/{key}/", "'<{key}>'", "{key}!"),
]


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", [field for field in TAKES if field not in {"source", "webhook"}])
def test_a_reference_in_the_form_of_another_tool_gets_the_right_one(field: str, form: str) -> None:
    for kind, right in TAKES[field].items():
        found = cures(field, form.format(kind=kind, key=KINDS[kind]))
        assert {f"write {right}", f"write {kind}/{KINDS[kind]}"} & {*found}, (form, kind, found)


def test_the_id_of_an_object_gets_the_entry_that_names_it() -> None:
    (found,) = cures("team", "PTEAM123")
    assert found == "a reference is the key of an entry: add one with `lookup: true` and `id: PTEAM123`"


@pytest.mark.parametrize(
    ("field", "written"),
    [("on_call", "PMAYA12"), ("notify", "person/PMAYA12"), ("member", "U0MAYA1234")],
)
def test_the_id_of_a_person_gets_an_entry_as_people_have_it(field: str, written: str) -> None:
    assert cures(field, written) == ["a reference is the key of an entry: add one with their `email`"]


NAMED = """\
incident_types: {security: {label: Security breach}}
incident_custom_fields: {impact: {label: Impact, incident_type: INCIDENT_TYPE}}
automation_actions: {restart: {script: x}}
services:
  v:
    escalation_policy: e
    automation_actions: [ACTION]
    rules: [{if: event.class exists, then: {fields: {FIELD: all}, run: {action: RUN}}}]
workflows: {w: {triggers: [{incident_types: [TRIGGER], services: all}]}}
"""


@pytest.mark.parametrize(
    ("place", "written", "near"),
    [
        ("ACTION", "restrt", "restart"),
        ("RUN", "restrat", "restart"),
        ("FIELD", "imact", "impact"),
        ("INCIDENT_TYPE", "incident_defualt", "incident_default"),
        ("TRIGGER", "Securty breach", "Security breach"),
    ],
)
def test_a_name_in_the_account_that_is_nearly_an_entry_is_a_warning(place, written, near) -> None:
    right = {"ACTION": "restart", "RUN": "restart", "FIELD": "impact"}
    right |= {"INCIDENT_TYPE": "incident_default", "TRIGGER": "security"}
    text = NAMED
    for word, value in (right | {place: written}).items():
        text = text.replace(word, value)
    base = "owner: acme\npeople: {p: p@acme.example}\n"
    policy = "escalation_policies: {e: {levels: [{notify: [person/p]}]}}\n"
    (found,) = lint_stack(load_texts({"a.yaml": base + policy + text}, {}))
    assert found.hint.startswith(f"did you mean {near!r}? `pdslack list ")
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize("field", ["person", "on_call", "notify", "member"])
def test_the_address_of_a_person_gets_the_key(field: str) -> None:
    assert cures(field, "P@acme.example") == [f"write {TAKES[field]['person']}"]


@pytest.mark.parametrize(
    ("to", "cure"), [("r", "routing/r"), ("v", "service/v"), ("services/v", "service/v")]
)
def test_where_a_test_sends_to_gets_its_kind(to: str, cure: str) -> None:
    test = f"tests: [{{name: a, send: {{to: {to}, event: {{summary: x}}}}, expect: {{outcome: incident}}}}]\n"
    with pytest.raises(ConfigError) as refused:
        load_texts({"a.yaml": STACK.format(**RIGHT | {"channel": ""}) + test}, {})
    assert [problem.hint for problem in refused.value.problems] == [f"write {cure}"]


@pytest.mark.parametrize(
    "written", ["1.10", "-0", "1.0", "true", "False", "NULL", "007", "12:30:00", "0x1F", "1e3"]
)
def test_what_is_no_text_is_shown_as_it_is_written(written: str) -> None:
    text = STACK.format(**RIGHT | {"channel": ""})
    for field in ("description", "name"):
        stack = text.replace("services: {v: {", f"services: {{v: {{{field}: {written}, ")
        try:
            load_texts({"a.yaml": stack}, {})
        except ConfigError as error:
            (problem,) = error.problems
            assert f"expected text, got {written}" in problem.message or written == "NULL"
            assert problem.hint == f"put it in quotes: '{written}'" or written == "NULL"
        else:
            assert written in {"007", "12:30:00", "0x1F", "1e3"} or (written, field) == (
                "NULL",
                "description",
            )
