"""What a file leaves out stays: of an adopted object, one changed field changes that field and the mark."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml

from pdslack_cli.config.stack import Stack
from pdslack_cli.kinds import KIND_NAMED, MANAGED_NAMED
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.server import Sandbox
from tests.census import documents
from tests.export.account import Accounts
from tests.export.test_export import exported
from tests.factories import stack
from tests.kinds.full_account import full_account
from tests.runs import Runner

Json = dict[str, Any]


MARK = re.compile(r"\s*\[pdslack:[^\]]*\]\s*\Z")
MOVING = re.compile(r".*\.(version|updated|updated_at|last_set|_read|ts)")  # with any write


Edit = Callable[[Any], Any]


def to(value: Any) -> Edit:
    return lambda words: value


def at(*place: Any, value: Any) -> Edit:
    """A change deep in a field: at that place, to that value."""

    def edit(words: Any) -> Any:
        inner = words = copy.deepcopy(words)
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value
        return words

    return edit


def moved(words: Any) -> Any:
    return [words[1], words[0], *words[2:]]


START = r"pagerduty\.path\.sets"
CHANGES: list[tuple[str, str, Edit, str]] = [
    ("team", "name", to("Renamed"), r"pagerduty\.team\.name"),
    ("team", "description", to("Other"), r"pagerduty\.team\.description"),
    (
        "team",
        "members",
        to({"manager": ["maya"], "observer": ["tom", "ines"]}),
        r"pagerduty\.membership(\.role)?",
    ),
    ("schedule", "name", to("Renamed"), r"pagerduty\.schedule\.name"),
    ("schedule", "description", to("Other"), r"pagerduty\.schedule\.description"),
    ("schedule", "teams", to(["two"]), r"pagerduty\.schedule\.teams\[0\]\.id"),
    (
        "schedule",
        "layers",
        at(1, "people", value=["maya", "ines"]),
        r"pagerduty\.schedule\.schedule_layers\[2\]\.users.*",
    ),
    (
        "schedule",
        "layers",
        at(0, "only", 1, "from", value="21:00"),
        r"pagerduty\.schedule\.schedule_layers\[1\]\.restrictions.*",
    ),
    ("escalation_policy", "name", to("Renamed"), r"pagerduty\.escalation_policy\.name"),
    ("escalation_policy", "description", to("Other"), r"pagerduty\.escalation_policy\.description"),
    ("escalation_policy", "team", to(None), r"pagerduty\.escalation_policy\.teams.*"),
    ("escalation_policy", "repeat", to(3), r"pagerduty\.escalation_policy\.num_loops"),
    (
        "escalation_policy",
        "handoff_notifications",
        to("if_has_services"),
        r"pagerduty\.escalation_policy\.on_call_handoff_notifications",
    ),
    (
        "escalation_policy",
        "levels",
        at(1, "escalate_after", value="45m"),
        r"pagerduty\.escalation_policy\.escalation_rules\[1\]\.escalation_delay_in_minutes",
    ),
    ("service", "name", to("Renamed"), r"pagerduty\.service\.name"),
    ("service", "description", to("Other"), r"pagerduty\.service\.description"),
    ("service", "runbook", to("https://acme.example/r"), r"pagerduty\.service\.description"),
    ("service", "escalation_policy", to("two"), r"pagerduty\.service\.escalation_policy\.id"),
    (
        "service",
        "urgency",
        to({"support_hours": "high", "outside": "severity"}),
        r"pagerduty\.service\.(incident_urgency_rule\.outside_support_hours\.urgency|scheduled_actions.*)",
    ),
    ("service", "support_hours", at("to", value="19:00"), r"pagerduty\.service\.support_hours\.end_time"),
    ("service", "acknowledgement_timeout", to("20m"), r"pagerduty\.service\.acknowledgement_timeout"),
    ("service", "auto_resolve_timeout", to("never"), r"pagerduty\.service\.auto_resolve_timeout"),
    (
        "service",
        "auto_pause",
        to("10m"),
        r"pagerduty\.service\.auto_pause_notifications_parameters\.timeout",
    ),
    (
        "service",
        "alert_grouping",
        at("window", value="15m"),
        r"pagerduty\.alert_grouping_setting\.config\.time_window",
    ),
    (
        "service",
        "integrations",
        at(0, "email", value="two@sandbox.pagerduty.com"),
        r"pagerduty\.integration\.integration_email",
    ),
    (
        "service",
        "rules",
        at(0, "then", "note", value="There"),
        START + r"\[0\]\.rules\[0\]\.actions\.annotate",
    ),
    (
        "service",
        "rules",
        at(0, "then", "webhook", 1, "url", value="https://acme.example/2"),
        START + r"\[0\]\.rules\[0\]\.actions\.automation_actions\[1\]\.url",
    ),
    (
        "service",
        "rules",
        at(1, "rules", 0, "then", "severity", value="info"),
        START + r"\[2\]\.rules\[0\]\.actions\.severity",
    ),
    ("service", "rules", moved, START + r"\[0\]\.rules\[[01]\].*"),
    (
        "service",
        "rules",
        at(2, "otherwise", "pause", value="10m"),
        r"pagerduty\.path\.catch_all\.actions\.suspend",
    ),
    ("routing", "name", to("Renamed"), r"pagerduty\.event_orchestration\.name"),
    ("routing", "description", to("Other"), r"pagerduty\.event_orchestration\.description"),
    ("routing", "team", to("two"), r"pagerduty\.event_orchestration\.team\.id"),
    (
        "routing",
        "integrations",
        lambda words: [*words, "Sentry"],
        r"pagerduty\.event_orchestration_integration",
    ),
    (
        "routing",
        "rules",
        at(0, "then", "severity", value="info"),
        START + r"\[2\]\.rules\[0\]\.actions\.severity",
    ),
    ("routing", "dynamic", at("regex", value="(.*)"), START + r"\[0\]\.rules\[0\].*\.regex"),
    (
        "routing",
        "routes",
        at(1, "if", value="event.class exists"),
        START + r"\[0\]\.rules\[2\]\.conditions.*",
    ),
    ("routing", "otherwise", to("unrouted"), r"pagerduty\.path\.catch_all\.actions\.route_to"),
    (
        "routing",
        "unrouted",
        at(0, "label", value="Renamed"),
        START + r"\[0\]\.rules\[0\]\.label",
    ),
    ("channel", "name", to("renamed"), r"slack\.channel\.(name|previous_names.*|name_normalized)"),
    ("channel", "topic", to("Other"), r"slack\.channel\.topic.*"),
    ("channel", "purpose", to("Other"), r"slack\.channel\.purpose.*"),
    ("channel", "members", lambda words: [*words, "ines"], r"slack\.channel\.members.*|slack\.member.*"),
    (
        "channel",
        "bookmarks",
        at("Wiki", value="https://acme.example/2"),
        r"slack\.bookmark\.(link|date_updated|last_updated_by.*)",
    ),
    (
        "channel",
        "bookmarks",
        to({"Pages": "https://acme.example/wiki", "Board": "https://acme.example/board"}),
        r"slack\.bookmark\.(title|date_updated|last_updated_by.*)",
    ),
    ("notification_rule", "urgency", to("low"), r"pagerduty\.slack_connection\.config\.urgency"),
    ("notification_rule", "priorities", to(None), r"pagerduty\.slack_connection\.config\.priorities.*"),
    ("notification_rule", "events", to(["triggered"]), r"pagerduty\.slack_connection\.config\.events.*"),
    ("notification_rule", "audience", to("responder"), r"pagerduty\.slack_connection\.notification_type"),
    ("webhook", "events", to(["service.created"]), r"pagerduty\.webhook_subscription\.events.*"),
    ("webhook", "active", to(True), r"pagerduty\.webhook_subscription\.active"),
    ("webhook", "description", to("Other"), r"pagerduty\.webhook_subscription\.description"),
    ("workflow", "name", to("Renamed"), r"pagerduty\.incident_workflow\.name"),
    ("workflow", "description", to("Other"), r"pagerduty\.incident_workflow\.description"),
    ("workflow", "team", to("two"), r"pagerduty\.incident_workflow\.team\.id"),
    ("workflow", "enabled", to(True), r"pagerduty\.incident_workflow\.is_enabled"),
    (
        "workflow",
        "steps",
        at(1, "inputs", "Maximum loops", value="5"),
        r"pagerduty\.incident_workflow\.steps\[1\]\.action_configuration\.inputs\[2\]\.value",
    ),
    (
        "workflow",
        "steps",
        at(1, "inputs", "Actions", 0, "inputs", "Message", value="Up"),
        r"pagerduty\.incident_workflow\.steps\[1\]\.action_configuration\.inline_steps_inputs.*\.value",
    ),
    (
        "workflow",
        "triggers",
        at(2, "services", value=["one", "two"]),
        r"pagerduty\.workflow_trigger\.services.*",
    ),
]

# What can only be changed by a new object, or is another object then.
REPLACED = {"webhook": {"url", "from", "headers"}, "notification_rule": {"from", "to"}}
NO_CHANGE = {
    "webhook": {"name"},
    "notification_rule": {"name", "via", "severities"},
    "channel": {"private"},
    "schedule": {"time_zone"},  # it moves the layers, which are wall clocks in it
}

KNOWS_NEW = re.compile(
    r"pagerduty\.(schedule|escalation_policy|service|path|incident_workflow|slack_connection"
    r"|alert_grouping_setting|integration)"
)
NEEDS = {("service", "urgency"): ("support_hours",)}  # what a file cannot leave out beside a field


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}")
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{place}]")
    else:
        yield path, MARK.sub("", value) if isinstance(value, str) else value


def differences(before: Json, after: Json) -> set[str]:
    """Where two moments of an account differ: leaves by kind and place, and kinds of new or lost objects."""
    found = {kind for kind, id_ in before.keys() ^ after.keys()}
    for key in before.keys() & after.keys():
        old, new = (dict(leaves(state[key], key[0])) for state in (before, after))
        found |= {path for path in old.keys() | new.keys() if old.get(path, ()) != new.get(path, ())}
    return {path for path in found if not MOVING.fullmatch(path) and not path.startswith("slack.message")}


@pytest.fixture(scope="module")
def full():
    """A sandbox with the full account, its snapshot, and what an export says of it."""
    with Sandbox() as sandbox:
        full_account(Accounts(sandbox))
        words = {entry.ref: entry.words for entry in exported(sandbox).entries}
        yield sandbox, sandbox.snapshot(), words


every_change = pytest.mark.parametrize(
    ("name", "field", "edit", "expected"),
    CHANGES,
    ids=[f"{name}-{field}-{number}" for number, (name, field, *_) in enumerate(CHANGES)],
)


def files(words: Mapping[Ref, Any], name: str, field: str, edit: Edit) -> tuple[Stack, Stack]:
    """Two files that say one field of the object `one` of a kind: as it is, and changed."""
    kind = KIND_NAMED[name]
    (ref,) = [ref for ref in words if ref.kind == name and ref.key in {"one", "one-one", "acme.example"}]
    needed = {info.alias or key for key, info in kind.spec.model_fields.items() if info.is_required()}
    needed |= {*NEEDS.get((name, field), ())}
    said = {word: value for word, value in words[ref].items() if word in needed}
    current = words[ref].get(field, {"name": ref.key}.get(field))
    assert current is not None, "the full account has everything"
    file: Json = {"owner": "acme", "slack": {"workspace": "T0SANDBOX0"}}
    for other, value in words.items():
        section = KIND_NAMED[other.kind].section
        if other.kind == "person":
            file.setdefault(section, {})[other.key] = value
        elif other != ref and other.kind not in {"webhook", "notification_rule"}:
            file.setdefault(section, {})[other.key] = {"lookup": True}

    def with_field(value: Any) -> Stack:
        entries = {**file.get(kind.section, {}), ref.key: {**said, field: value}}
        return stack(yaml.safe_dump({**file, kind.section: entries}))

    return with_field(current), with_field(edit(copy.deepcopy(current)))


def applied(runner: Runner, wanted: Stack) -> None:
    report = runner.apply(wanted, adopt=True)
    assert report.complete, [str(result.error) for result in report.results if result.error]


@pytest.mark.slow
@every_change
def test_one_field_changes_and_nothing_else(full, name, field, edit, expected):
    sandbox, snapshot, words = full
    sandbox.store.restore(snapshot)
    runner = Runner(sandbox)
    as_it_is, changed = files(words, name, field, edit)
    before = documents(sandbox)
    applied(runner, as_it_is)
    assert differences(before, documents(sandbox)) == set()
    applied(runner, changed)
    assert runner.plan(changed).changes == ()
    found = differences(before, documents(sandbox))
    assert found
    assert [path for path in sorted(found) if not re.fullmatch(expected, path)] == []


def with_unknown_fields(value: Any, *, is_whole: bool = True) -> Any:
    """The same with a field more in every object within it."""
    if isinstance(value, list):
        return [with_unknown_fields(item, is_whole=False) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {name: with_unknown_fields(item, is_whole=False) for name, item in value.items()}
    return inner if is_whole else {**inner, "x-new": 1}


def document_of(call: RecordedCall, stored: Mapping[tuple[str, str], Json]) -> tuple[str, Json]:
    """What a PUT writes over: the kind of the document, and what it held; nothing where that is flat."""
    *_, above, last = call.path.split("/")
    place = f"service/{last}" if above == "services" and "event_orch" in call.path else f"{last}/{above}"
    found = ((kind, held) for (kind, id_), held in stored.items() if id_ in (place, last))
    return next(found, ("", {}))


@pytest.mark.slow
@every_change
def test_fields_that_pdslack_does_not_know_are_sent_back(full, name, field, edit, expected):
    sandbox, snapshot, words = full
    sandbox.store.restore(snapshot)
    stored = {
        key: with_unknown_fields(held)
        for key, held in documents(sandbox).items()
        if key[0].startswith("pagerduty.") and KNOWS_NEW.fullmatch(key[0])
    }
    for (kind, id_), held in stored.items():
        sandbox.store.replace(kind, id_, held)
    sandbox.calls.clear()
    applied(Runner(sandbox), files(words, name, field, edit)[1])
    for call in sandbox.calls:
        if call.method != "PUT" or call.provider != "pagerduty" or not call.request_body:
            continue
        (body,) = call.request_body.values()
        if not isinstance(body, dict):
            continue
        kind, held = document_of(call, stored)
        kept = {path for part in body for path, _ in leaves(body[part], f"{kind}.{part}")}
        there = {path for part in body for path, _ in leaves(held.get(part), f"{kind}.{part}")}
        # Of what a reference names instead, nothing is known.
        lost = {path.replace(".x-new", ".id") for path in there - kept if path.endswith(".x-new")}
        assert [path for path in sorted(lost) if not re.fullmatch(expected, path)] == []


@pytest.mark.parametrize("name", MANAGED_NAMED)
def test_every_field_is_changed(name):
    spec = KIND_NAMED[name].spec
    changed = {field for kind, field, *_ in CHANGES if kind == name}
    assert changed | REPLACED.get(name, set()) | NO_CHANGE.get(name, set()) == {*spec.object_fields()} - {
        "channels",
        "exact",
    }
