"""What a file leaves out stays: of an adopted object, one changed field changes that field and the mark."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any, NamedTuple

import pytest

from pdslack_cli.config.stack import Stack
from pdslack_cli.kinds import KIND_NAMED, MANAGED_NAMED
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump
from tests.export.account import Accounts
from tests.export.exports import exported
from tests.kinds.full_account import full_account
from tests.kinds.laws.field_changes import CHANGES, NO_CHANGE, NOTHING, REPLACED, Edit
from tests.support.census import documents
from tests.support.factories import stack
from tests.support.runs import Runner

Json = dict[str, Any]


class FieldChange(NamedTuple):
    """Another value of one field of the object `one` of a kind, and the leaves that this may touch."""

    kind: str
    field: str
    edit: Edit
    expected: str


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


EVERY_CHANGE = [FieldChange(*change) for change in CHANGES]


def batches(changes: Iterable[FieldChange]) -> pytest.MarkDecorator:
    """A row for the first change of every kind, one for the second, and so on."""
    of_kinds: dict[str, list[FieldChange]] = {}
    for change in changes:
        of_kinds.setdefault(change.kind, []).append(change)
    rows = [[change for change in row if change] for row in zip_longest(*of_kinds.values())]
    return pytest.mark.parametrize("changes", rows, ids=range(len(rows)))


def files(words: Mapping[Ref, Any], changes: Iterable[FieldChange]) -> tuple[Stack, Stack]:
    """Two files that say one field of the object `one` of each of these kinds: as it is, and changed."""
    as_it_is: Json = {"owner": "acme", "slack": {"workspace": "T0SANDBOX0"}}
    for other, value in words.items():
        if other.kind == "person":
            as_it_is.setdefault(KIND_NAMED[other.kind].section, {})[other.key] = value
        elif other.kind not in NAMELESS:
            as_it_is.setdefault(KIND_NAMED[other.kind].section, {})[other.key] = {"lookup": True}
    changed = {
        section: dict(entries) if isinstance(entries, dict) else entries
        for section, entries in as_it_is.items()
    }
    for change in changes:
        kind, field = KIND_NAMED[change.kind], change.field
        # The channel `one` is private.
        keys = {"two"} if field == "archived" else {"one", "one-one", "acme.example"}
        (ref,) = [ref for ref in words if ref.kind == kind.name and ref.key in keys]
        needed = {info.alias or key for key, info in kind.spec.model_fields.items() if info.is_required()}
        needed |= {*NEEDS.get((kind.name, field), ())}
        said = {word: value for word, value in words[ref].items() if word in needed}
        current = words[ref].get(field, {"name": ref.key}.get(field))
        assert (current is None) == ((kind.name, field) in UNSAID), "the full account has everything"
        now = {} if current is None else {field: current}
        as_it_is.setdefault(kind.section, {})[ref.key] = {**said, **now}
        edited = {field: change.edit(copy.deepcopy(current))}
        changed.setdefault(kind.section, {})[ref.key] = {**said, **edited}
    return stack(dump(as_it_is)), stack(dump(changed))


def applied(runner: Runner, wanted: Stack) -> None:
    report = runner.apply(wanted, adopt=True)
    assert report.complete, [str(result.error) for result in report.results if result.error]


@pytest.mark.slow
@batches(EVERY_CHANGE)
def test_one_field_changes_and_nothing_else(full, changes):
    sandbox, snapshot, words = full
    sandbox.store.restore(snapshot)
    runner = Runner(sandbox)
    as_it_is, changed = files(words, changes)
    before = documents(sandbox)
    applied(runner, as_it_is)
    assert differences(before, documents(sandbox)) == set()
    applied(runner, changed)
    assert runner.plan(changed).changes == ()
    found = differences(before, documents(sandbox))
    for change in changes:
        touched = any(re.fullmatch(change.expected, path) for path in found)
        assert touched is (change.expected != NOTHING), change
    assert unexpected(found, changes) == []


def unexpected(paths: Iterable[str], changes: Iterable[FieldChange]) -> list[str]:
    """Those paths which none of the changes may touch."""
    expected = [change.expected for change in changes]
    return [path for path in sorted(paths) if not any(re.fullmatch(each, path) for each in expected)]


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
@batches(
    change
    for change in EVERY_CHANGE
    if KIND_NAMED[change.kind].provider == "pagerduty"  # Slack has no PUT
    # Of another name, an alert grouping is another one, for the same services.
    and (change.kind, change.field) != ("alert_grouping", "name")
)
def test_fields_that_pdslack_does_not_know_are_sent_back(full, changes):
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
    applied(Runner(sandbox), files(words, changes)[1])
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
        assert unexpected(lost, changes) == []


@pytest.mark.parametrize("name", MANAGED_NAMED)
def test_every_field_is_changed(name):
    spec = KIND_NAMED[name].spec
    changed = {change.field for change in EVERY_CHANGE if change.kind == name}
    assert changed | REPLACED.get(name, set()) | NO_CHANGE.get(name, set()) == {*spec.object_fields()}
