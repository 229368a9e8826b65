"""What holds for every kind: what is applied is there, stays, changes field by field, and goes again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import zip_longest
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds import MANAGED
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump
from tests.kinds.examples import EXAMPLES, WORLD
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow_after(2)


Entries = Mapping[Kind, Any]
"""What a file has as the entry `one` of some kinds; None: no entry, though its section is there."""


def all_said(entries: Entries, two: Entries = MappingProxyType({})) -> Stack:
    """The stack of the world and an entry of each of these kinds; of some, an entry `two` as well."""
    file = dict(WORLD)
    for key, said_of in (("one", entries), ("two", two)):
        for kind, entry in said_of.items():
            file[kind.section] = {**file.get(kind.section, {}), **({} if entry is None else {key: entry})}
    return stack(dump(file))


def said(kind: Kind, entry: object, **more: object) -> Stack:
    """The stack of the world and one entry; None: without it, though its section is there."""
    section = {**WORLD.get(kind.section, {}), **({} if entry is None else {"one": entry}), **more}
    return stack(dump({**WORLD, kind.section: section}))


def examples_of(kinds: Iterable[Kind]) -> dict[Kind, Any]:
    return {kind: yaml.safe_load(EXAMPLES[kind.name].entry) for kind in kinds}


def planned(runner: Runner, wanted: Stack, *, after: Stack, changed: Iterable[Kind]) -> Plan:
    """A plan without problems that changes these kinds alone; of a stack `after`, nothing is left to do."""
    live = runner.read(wanted, runner.clients(wanted))
    read = live
    if {kind.provider for kind in changed} != {"pagerduty"}:  # of Slack, only people in the file are read
        read = runner.read(after, runner.clients(after))
    assert left_to_do(after, read) == []
    plan = make_plan(wanted, live)
    assert plan.problems == ()
    assert {change.ref.kind for change in plan.changes} == {kind.name for kind in changed}
    return plan


def of_kind(plan: Plan, kind: Kind) -> list[Change]:
    return [change for change in plan.changes if change.ref.kind == kind.name]


def carry_out(runner: Runner, wanted, plan: Plan | None = None) -> None:
    """Apply, or do what a plan says."""
    report = runner.carry_out(plan, wanted) if plan else runner.apply(wanted)
    assert report.complete, [str(result.error) for result in report.results if result.error]


def left_to_do(wanted, live: LiveState) -> list[tuple[str, Action, tuple[str, ...]]]:
    return [(str(change.ref), change.action, change.fields) for change in make_plan(wanted, live).changes]


def settle(runner: Runner, wanted, plan: Plan | None = None) -> None:
    """Apply, or do what a plan says, and see that nothing is left to do."""
    carry_out(runner, wanted, plan)
    assert left_to_do(wanted, runner.read(wanted, runner.clients(wanted))) == []


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(dump(WORLD)))
        yield runner


every_kind = pytest.mark.parametrize("kind", MANAGED, ids=lambda kind: kind.name)


def in_two_worlds(kinds: Iterable[Kind]) -> pytest.MarkDecorator:
    """A row for each world: in one, schedules of both sorts would clash, and channels with user groups."""
    chosen = set(kinds)
    worlds = [[kind for kind in MANAGED[start::2] if kind in chosen] for start in (0, 1)]
    return pytest.mark.parametrize("kinds", worlds, ids=["even", "odd"])


together = in_two_worlds(MANAGED)


@pytest.mark.slow
@together
def test_entries_are_made_changed_field_by_field_and_deleted(kinds, runner):
    none, entries = dict.fromkeys(kinds), examples_of(kinds)
    carry_out(runner, all_said(none))
    plan = planned(runner, all_said(entries), after=all_said(none), changed=kinds)
    assert {kind.name: [change.action for change in of_kind(plan, kind)] for kind in kinds} == {
        kind.name: [Action.CREATE] for kind in kinds
    }
    carry_out(runner, all_said(entries), plan)

    for changes in zip_longest(*(EXAMPLES[kind.name].changes.items() for kind in kinds)):
        changed = {kind: change for kind, change in zip(kinds, changes, strict=True) if change}
        before = entries
        entries = {
            **before,
            **{
                kind: {**before[kind], name: yaml.safe_load(value)} for kind, (name, value) in changed.items()
            },
        }
        plan = planned(runner, all_said(entries), after=all_said(before), changed=changed)
        for kind, (name, _) in changed.items():
            assert_shows(of_kind(plan, kind), kind, name)
        carry_out(runner, all_said(entries), plan)

    plan = planned(runner, all_said(none), after=all_said(entries), changed=kinds)
    assert {kind.name: [change.action for change in of_kind(plan, kind)] for kind in kinds} == {
        kind.name: [Action.DELETE] for kind in kinds
    }
    settle(runner, all_said(none), plan)


def assert_shows(changes: list[Change], kind: Kind, name: str) -> None:
    """Whether these changes of an object are what becomes of another value of one field."""
    example = EXAMPLES[kind.name]
    attributes = {info.alias or name: name for name, info in kind.spec.model_fields.items()}
    if name in example.identity:
        assert {change.action for change in changes} == {Action.CREATE, Action.DELETE}, (kind.name, name)
    else:
        moved = {attributes[name], example.moves.get(name, attributes[name])}
        assert [set(change.fields) for change in changes] == [moved], (kind.name, name)


@every_kind
def test_the_example_changes_every_field(kind):
    example = EXAMPLES[kind.name]
    names = {
        info.alias or name for name, info in kind.spec.model_fields.items() if name not in kind.spec.ABOUT
    }
    assert example.changes.keys() | example.still == names | example.still


@pytest.mark.slow
@together
def test_what_a_plan_prints_is_what_a_file_could_say(kinds, runner):
    none = dict.fromkeys(kinds)
    settle(runner, all_said(none))
    plan = planned(runner, all_said(examples_of(kinds)), after=all_said(none), changed=kinds)
    for kind in kinds:
        (change,) = of_kind(plan, kind)
        again = kind.spec.model_validate(yaml.safe_load(dump(change.after_content)))
        written = change.after.model_dump(exclude_unset=True, include=set(change.after.managed))
        assert again.model_dump(exclude_unset=True) == written, kind.name


@every_kind
def test_the_schema_takes_what_the_file_says_and_no_other_key(kind):
    example = EXAMPLES[kind.name]
    entry = yaml.safe_load(example.entry)
    checker = Draft202012Validator(kind.spec.model_json_schema())
    checker.check_schema(checker.schema)
    checker.validate(entry)
    for name, value in example.changes.items():
        checker.validate({**entry, name: yaml.safe_load(value)})
    with pytest.raises(ValidationError):
        checker.validate({**entry, "descripton": "a typing mistake"})


LISTS = [(kind, part) for kind in MANAGED for part in kind.parts if part.empty is not None]


@pytest.mark.parametrize(
    ("kind", "part"), LISTS, ids=[f"{kind.name}-{min(part.fields)}" for kind, part in LISTS]
)
def test_an_empty_list_of_a_part_decodes_to_what_the_part_declares(kind, part):
    parts = {stored: [] for stored in (each.stored for each in kind.parts) if stored}
    raw = {part.listed: [], "time_zone": "UTC"}

    fields = part.decode(Live(kind.name, "P1", "one", raw, None, parts=parts), IdIndex())

    assert fields == dict.fromkeys(part.fields, part.empty)


@pytest.mark.parametrize("kind", [kind for kind in MANAGED if kind.parts], ids=lambda kind: kind.name)
def test_what_has_parts_is_found_without_any_other_object(kind):
    """So that its parts are read while the other vendor still lists."""
    spec = kind.spec.model_validate(yaml.safe_load(EXAMPLES[kind.name].entry))

    assert kind.wanted_identity(spec, IdIndex()) is not None


@pytest.mark.slow
@in_two_worlds(kind for kind in MANAGED if kind.name != "incident_type")  # whose names have no white space
def test_white_space_after_a_name_is_no_change_for_ever(kinds, runner):
    entries = {}
    for kind, entry in examples_of(kinds).items():
        spaced = {**entry, "name": f"{kind.name}  "}
        with suppress(ConfigError):  # some others refuse it too
            said(kind, spaced)
            entries[kind] = spaced
    assert len(entries) > 5
    runner.seed(all_said(entries))
    settle(runner, all_said(entries))
