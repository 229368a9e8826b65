"""What holds for every kind: what is applied is there, stays, changes field by field, and goes again."""

from __future__ import annotations

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.kinds import MANAGED
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump
from tests.factories import stack
from tests.kinds.examples import EXAMPLES, WORLD
from tests.runs import Runner

pytestmark = pytest.mark.slow_after(2)


def said(kind: Kind, entry: object, **more: object):
    """The stack of the world and one entry; None: without it, though its section is there."""
    section = {**WORLD.get(kind.section, {}), **({} if entry is None else {"one": entry}), **more}
    return stack(dump({**WORLD, kind.section: section}))


def planned(kind: Kind, runner: Runner, wanted, *, after=None) -> tuple[Plan, list[Change]]:
    """A plan without problems, and its changes of that kind; of a stack `after`, nothing is left to do."""
    live = runner.read(wanted, runner.clients(wanted))
    if after:  # in Slack, a run reads the people that its file names and no others
        read = runner.read(after, runner.clients(after)) if kind.provider == "slack" else live
        assert left_to_do(after, read) == []
    plan = make_plan(wanted, live)
    assert plan.problems == ()
    return plan, [change for change in plan.changes if change.ref.kind == kind.name]


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


@pytest.mark.slow
@every_kind
def test_an_entry_is_made_changed_field_by_field_and_deleted(kind, runner):
    example = EXAMPLES[kind.name]
    entry = yaml.safe_load(example.entry)
    carry_out(runner, said(kind, None))
    plan, (created,) = planned(kind, runner, said(kind, entry), after=said(kind, None))
    assert created.action is Action.CREATE
    carry_out(runner, said(kind, entry), plan)

    attributes = {info.alias or name: name for name, info in kind.spec.model_fields.items()}
    for name, value in example.changes.items():
        before, entry = entry, {**entry, name: yaml.safe_load(value)}
        plan, changes = planned(kind, runner, said(kind, entry), after=said(kind, before))
        if name in example.identity:
            assert {change.action for change in changes} == {Action.CREATE, Action.DELETE}, name
        else:
            moved = {attributes[name], example.moves.get(name, attributes[name])}
            assert [set(change.fields) for change in changes] == [moved], name
        carry_out(runner, said(kind, entry), plan)

    whole = said(kind, entry)
    assert left_to_do(whole, runner.read(whole, runner.clients(whole))) == []
    plan, (deleted,) = planned(kind, runner, said(kind, None))
    assert deleted.action is Action.DELETE
    settle(runner, said(kind, None), plan)


@every_kind
def test_the_example_changes_every_field(kind):
    example = EXAMPLES[kind.name]
    names = {
        info.alias or name for name, info in kind.spec.model_fields.items() if name not in kind.spec.ABOUT
    }
    assert example.changes.keys() | example.still == names | example.still


@every_kind
def test_what_a_plan_prints_is_what_a_file_could_say(kind, runner):
    settle(runner, said(kind, None))
    _, (change,) = planned(kind, runner, said(kind, yaml.safe_load(EXAMPLES[kind.name].entry)))
    again = kind.spec.model_validate(yaml.safe_load(dump(change.after_content)))
    written = change.after.model_dump(exclude_unset=True, include=set(change.after.managed))
    assert again.model_dump(exclude_unset=True) == written


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
