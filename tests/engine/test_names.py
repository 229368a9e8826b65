"""Whatever exchange of names a plan asks for, no two objects bear one name at any moment of its apply."""

from __future__ import annotations

import graphlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.engine.names import temporary_names
from pdslack_cli.engine.order import Phase, PlanStep, ordered_steps
from pdslack_cli.engine.plan import make_plan
from tests.support.factories import live_state, live_team, mark, stack

NAMES = ["Ada", "Bea", "Cyd", "Dot", "Eve", "Fay"]
KEYS = ["a", "b", "c", "d", "e"]

names = st.permutations(NAMES)


@st.composite
def worlds(draw):
    """The names of what is live and of what is wanted, by key, the keys with a leftover, and the parents."""
    live = dict(zip(draw(st.lists(st.sampled_from(KEYS), unique=True)), draw(names), strict=False))
    wanted = dict(zip(draw(st.lists(st.sampled_from(KEYS), unique=True)), draw(names), strict=False))
    leftovers = draw(st.sets(st.sampled_from(KEYS)))
    wanted = {key: name.upper() if draw(st.booleans()) else name for key, name in wanted.items()}
    order = draw(st.permutations(list(wanted)))  # no team is below itself
    parents = {key: draw(st.sampled_from(order[:place])) for place, key in enumerate(order) if place}
    kept = draw(st.sets(st.sampled_from(KEYS)))
    parents = {key: parent for key, parent in parents.items() if key in kept}
    return live, wanted, leftovers & live.keys() & wanted.keys(), parents


def place_of(step: PlanStep) -> tuple[str, str]:
    """The id of the object of a step, and the phase."""
    live = step.change.live
    return live.id if live else f"P{step.change.ref.key}", step.phase.value


@pytest.mark.slow
@given(worlds(), st.randoms(use_true_random=False))
def test_no_two_objects_bear_one_name_at_any_moment(world, random):
    before, after, leftovers, parents = world
    called = {f"P{key}": name for key, name in before.items()}
    called |= {f"L{key}": before[key] for key in leftovers}
    lives = [live_team(id_, name, mark(f"acme/{id_[1:]}", name)) for id_, name in called.items()]
    below = {key: f", parent: {parent}" for key, parent in parents.items()}
    entries = "".join(f"  {key}: {{name: {name}{below.get(key, '')}}}\n" for key, name in after.items())
    plan = make_plan(stack(f"owner: acme\nteams:\n{entries or '  {}'}"), live_state(*lives))
    # Only the name of an object that goes is refused: the entry may be that object under a new key.
    freed = {name for key, name in before.items() if key not in after}
    new = {name for key, name in after.items() if key not in before}
    assert bool(plan.problems) == bool(freed & new)
    if plan.problems:
        return
    sorter = graphlib.TopologicalSorter(ordered_steps(plan.changes))
    sorter.prepare()
    ready = sorted(sorter.get_ready(), key=place_of)
    while ready:
        step = ready.pop(random.randrange(len(ready)))
        id_, _ = place_of(step)
        if step.phase is Phase.REMOVE:
            del called[id_]
        else:
            is_temporary = step.phase is Phase.RENAME_TEMPORARILY
            name = temporary_names(step.change)["name"] if is_temporary else step.change.after.name
            called[id_] = name
            assert [id_] == [other for other, its in called.items() if its.casefold() == name.casefold()]
        sorter.done(step)
        ready += sorted(sorter.get_ready(), key=place_of)
    assert sorted((id_[1:], name) for id_, name in called.items()) == sorted(after.items())
