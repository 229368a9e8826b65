"""What a file leaves out stays: of an adopted object, one changed field changes that field and the mark."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from pdslack_cli.config.stack import Stack
from pdslack_cli.kinds import KIND_NAMED, MANAGED_NAMED
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.server import Sandbox
from tests.census import documents
from tests.config.plain import dump
from tests.export.account import Accounts
from tests.export.exports import exported
from tests.factories import stack
from tests.kinds.full_account import full_account
from tests.kinds.laws.field_changes import CHANGES, NO_CHANGE, NOTHING, REPLACED, Edit
from tests.runs import Runner

Json = dict[str, Any]


NAMELESS = {"webhook", "notification_rule", "maintenance_window"}  # no file looks them up by name
MARK = re.compile(r"\s*\[pdslack:[^\]]*\]\s*\Z")
MOVING = re.compile(
    r".*\.(version|updated(_at|_by)?|modify_time|date_update|last_set|_read|ts)"
)  # with any write
KNOWS_NEW = re.compile(
    r"pagerduty\.(schedule|escalation_policy|service|path|incident_workflow|slack_connection"
    r"|alert_grouping_setting|schedule_v3|schedule_rotation|maintenance_window|integration|cache_variable)"
)
NEEDS = {
    ("service", "urgency"): ("support_hours",),
    ("automation_runner", "host"): ("type",),
    ("automation_runner", "api_key"): ("type", "host"),
    **dict.fromkeys(
        (
            ("automation_action", field)
            for field in ("name", "description", "command", "classification", "teams")
        ),
        ("script",),
    ),
    **dict.fromkeys(
        (("automation_action", field) for field in ("manual", "from_rules", "unresolved_only")), ("script",)
    ),
}  # what a file cannot leave out beside a field
UNSAID = {
    ("channel", "canvas"),
    ("channel", "connect"),
    ("channel", "pinned"),
    ("channel", "archived"),
    ("automation_runner", "api_key"),
    ("oauth_client", "client_secret"),
    ("extension", "endpoint"),
}  # of which an export of the full account says nothing: the first file leaves it out too


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
    # Slack announces changes of a channel in it.
    found = {key[0] for key in before.keys() ^ after.keys() if "subtype" not in (before | after)[key]}
    for key in before.keys() & after.keys():
        if before[key] == after[key]:
            continue
        old, new = (dict(leaves(state[key], key[0])) for state in (before, after))
        found |= {path for path in old.keys() | new.keys() if old.get(path, ()) != new.get(path, ())}
    return {path for path in found if not MOVING.fullmatch(path)}


@pytest.fixture(scope="module")
def full():
    """A sandbox with the full account, its snapshot, and what an export says of it."""
    with Sandbox() as sandbox:
        full_account(Accounts(sandbox))
        words = {entry.ref: entry.content for entry in exported(sandbox).entries}
        yield sandbox, sandbox.snapshot(), words


every_change = pytest.mark.parametrize(
    ("name", "field", "edit", "expected"),
    CHANGES,
    ids=[f"{name}-{field}-{number}" for number, (name, field, *_) in enumerate(CHANGES)],
)


def files(words: Mapping[Ref, Any], name: str, field: str, edit: Edit) -> tuple[Stack, Stack]:
    """Two files that say one field of the object `one` of a kind: as it is, and changed."""
    kind = KIND_NAMED[name]
    keys = {"two"} if field == "archived" else {"one", "one-one", "acme.example"}  # the other one is private
    (ref,) = [ref for ref in words if ref.kind == name and ref.key in keys]
    needed = {info.alias or key for key, info in kind.spec.model_fields.items() if info.is_required()}
    needed |= {*NEEDS.get((name, field), ())}
    said = {word: value for word, value in words[ref].items() if word in needed}
    current = words[ref].get(field, {"name": ref.key}.get(field))
    assert (current is None) == ((name, field) in UNSAID), "the full account has everything"
    file: Json = {"owner": "acme", "slack": {"workspace": "T0SANDBOX0"}}
    for other, value in words.items():
        section = KIND_NAMED[other.kind].section
        if other.kind == "person":
            file.setdefault(section, {})[other.key] = value
        elif other != ref and other.kind not in NAMELESS:
            file.setdefault(section, {})[other.key] = {"lookup": True}

    def saying(fields: Json) -> Stack:
        entries = {**file.get(kind.section, {}), ref.key: {**said, **fields}}
        return stack(dump({**file, kind.section: entries}))

    as_it_is = {} if current is None else {field: current}
    return saying(as_it_is), saying({field: edit(copy.deepcopy(current))})


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
    assert bool(found) is (expected != NOTHING)
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
@pytest.mark.parametrize(
    ("name", "field", "edit", "expected"),
    [
        change
        for change in CHANGES
        if KIND_NAMED[change[0]].provider == "pagerduty"  # Slack has no PUT
        and change[:2]
        != ("alert_grouping", "name")  # of another name it is another one, for the same services
    ],
)
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
    assert changed | REPLACED.get(name, set()) | NO_CHANGE.get(name, set()) == {*spec.object_fields()}
