"""Every list of every kind: where its order counts (a sequence), where it does not (a set), and what repeats.

The world holds each list that a file may have. One account holds what it says, a second one holds it
with every sequence that may repeat an item doing so: from there on, a row is one plan.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds import MANAGED
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.render.plan.as_markdown import plan_markdown
from pdslack_cli.render.plan.shown import ShownPlan
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import DUMPER
from tests.kinds.laws.world_of_lists import WORLD, Ordered, Sequence, Set
from tests.support.factories import stack
from tests.support.runs import Runner

Place = tuple[str | int, ...]
Edit = Callable[[Any], Any]

# Lists to which a file only adds (without `exact: true`): an item that it no longer names stays.
GROWING = {
    ("schedules", "one", "overrides"),
    ("shift_schedules", "one", "custom_shifts"),
    ("shift_schedules", "one", "overrides"),
    ("channels", "one", "members"),
    ("channels", "one", "connect"),
    ("services", "one", "integrations"),
    ("routing", "one", "integrations"),
}
# Lists that say something about the entry, or that only `pdslack serve` reads, one of at most
# one item, and shorthands: what stands for an entry of each item, and for whoever is on call.
OTHERS = {"create_only", "ignore", "severities", "on_call", "topic_on_call", "run", "channels", "from"}


def lists(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every list of the world that a row is about, with its place."""
    if isinstance(value, Sequence | Set | Ordered):
        yield place, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from lists(inner, (*place, name))


LISTS = dict(lists(WORLD))


def edited(value: Any, edits: dict[Place, Edit], place: Place = ()) -> Any:
    """The value in plain lists and mappings, with edits at some places."""
    if isinstance(value, dict):
        inner: Any = {name: edited(item, edits, (*place, name)) for name, item in value.items()}
    elif isinstance(value, list):
        inner = [edited(item, edits, (*place, index)) for index, item in enumerate(value)]
    else:
        return value
    return edits[place](inner) if place in edits else inner


def reordered(items: Any) -> Any:
    if isinstance(items, dict):
        return dict(reordered(list(items.items())))
    return [items[1], items[0], *items[2:]]


def repeated(items: Any) -> Any:
    return [*items[:2], items[0], *items[2:]]


def without_third(items: Any) -> Any:
    return [*items[:2], *items[3:]]


def without_last(items: Any) -> Any:
    return dict(list(items.items())[:-1]) if isinstance(items, dict) else items[:-1]


def world(edits: dict[Place, Edit]) -> Stack:
    return stack(yaml.dump(edited(WORLD, edits), Dumper=DUMPER, sort_keys=False))


REPEATS: dict[Place, Edit] = {
    place: repeated for place, items in LISTS.items() if isinstance(items, Sequence)
}
SETS = [place for place, items in LISTS.items() if isinstance(items, Set)]
SEQUENCES = [place for place in LISTS if place not in SETS]


def name(place: Place) -> str:
    return ".".join(map(str, place))


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Sandbox() as sandbox:
        sandbox.seed({"custom_fields": ["impact"], "automation_actions": ["Restart"]})
        runner = Runner(sandbox)
        runner.seed(world({}))
        yield runner


def applied(runner: Runner, wanted: Stack) -> LiveState:
    """What is live after an apply, which leaves nothing to do."""
    report = runner.apply(wanted)
    assert report.complete, [str(result.error) for result in report.results if result.error]
    live = runner.read(wanted, runner.clients(wanted))
    left = [(str(change.ref), change.fields) for change in make_plan(wanted, live).changes]
    assert left == []
    return live


@pytest.fixture(scope="module")
def once(runner: Runner) -> LiveState:
    """Every list as the world has it."""
    return applied(runner, world({}))


@pytest.fixture(scope="module")
def twice(runner: Runner, once: LiveState) -> LiveState:
    """Every sequence with its first item a second time, in the third place."""
    return applied(runner, world(REPEATS))


def is_visible(plan: Plan) -> bool:
    """Whether the plan has a change, and every format shows a leaf of it."""
    assert plan.problems == ()
    if not plan.changes or plan.of(Action.DELETE):
        return bool(plan.changes)
    shown = ShownPlan.of(plan)
    found = plan_json(plan)["resource_changes"]
    assert any(change["differences"] for change in found)
    assert any(line[:1] in "+-!" and line[1:].strip() for line in plan_markdown(shown).splitlines())
    return True


@pytest.mark.slow
def test_another_order_of_a_set_is_no_change(once):
    assert not is_visible(make_plan(world(dict.fromkeys(SETS, reordered)), once))


@pytest.mark.slow
def test_an_item_of_a_set_that_repeats_is_refused_or_no_change(once):
    refused = [
        place
        for place in SETS
        if place[-1] in {"manager", "responder", "observer", "integrations", "triggers"}
    ]
    taken = [place for place in SETS if place not in refused]
    assert not is_visible(make_plan(world(dict.fromkeys(taken, repeated)), once))
    for place in refused:
        with pytest.raises(ConfigError, match="two"):
            world({place: repeated})


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("place", SEQUENCES, ids=name)
def test_another_order_of_a_sequence_is_a_change(once, place):
    assert is_visible(make_plan(world({place: reordered}), once))


@pytest.mark.slow_after(3)
@pytest.mark.parametrize("place", LISTS, ids=name)
def test_an_item_that_is_dropped_is_a_change(once, place):
    plan = make_plan(world({place: without_last}), once)
    assert is_visible(plan) == (place not in GROWING)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("place", REPEATS, ids=name)
def test_dropping_one_of_two_equal_items_of_a_sequence_is_a_change(twice, place):
    assert is_visible(make_plan(world({**REPEATS, place: without_third_of_repeated}), twice))


def without_third_of_repeated(items: Any) -> Any:
    return without_third(repeated(items))


@pytest.mark.slow
def test_orders_are_written_as_the_file_has_them(runner, twice):
    applied(runner, world(dict.fromkeys(LISTS, reordered)))


def test_the_world_has_every_list_that_a_file_may_have():
    def declared(annotation: Any, model: str = "", name: str = "") -> Iterator[tuple[str, str]]:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if annotation not in seen:
                seen.add(annotation)
                annotation.model_rebuild()  # or what it refers to is not known before its first use
                for field, info in annotation.model_fields.items():
                    yield from declared(info.annotation, annotation.__name__, info.alias or field)
            return
        if typing.get_origin(annotation) is tuple and Ellipsis in typing.get_args(annotation):
            yield model, name
        for inner in typing.get_args(annotation):
            yield from declared(inner, model, name)

    def held(value: Any, model: str = "", name: str = "") -> Iterator[tuple[str, str]]:
        if isinstance(value, BaseModel):
            for field, info in type(value).model_fields.items():
                yield from held(getattr(value, field), type(value).__name__, info.alias or field)
        elif isinstance(value, tuple | dict):
            if isinstance(value, tuple) and len(value) > 1:
                yield model, name
            for inner in value.values() if isinstance(value, dict) else value:
                yield from held(inner, model, name)

    seen: set[Any] = set()
    known = {pair for kind in MANAGED for pair in declared(kind.spec) if pair[1] not in OTHERS}
    entries = [entry.spec for entry in world({}).entries.values()]
    assert known - {pair for spec in entries for pair in held(spec)} == set()
