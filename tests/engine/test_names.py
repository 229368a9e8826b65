"""Whatever exchange of names a plan asks for, no two objects bear one name at any moment of its apply."""

from __future__ import annotations

import graphlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.engine.names import temporary_names
from pdslack_cli.engine.order import Phase, ordered_steps
from pdslack_cli.engine.plan import make_plan
from tests.factories import live_state, live_team, mark, stack

NAMES = ["Ada", "Bea", "Cyd", "Dot", "Eve", "Fay"]
KEYS = ["a", "b", "c", "d", "e"]

names = st.permutations(NAMES)


@st.composite
def worlds(draw):
    """The names of what is live, and of what is wanted, by key; some keys are only in one of them."""
    live = dict(zip(draw(st.lists(st.sampled_from(KEYS), unique=True)), draw(names), strict=False))
    wanted = dict(zip(draw(st.lists(st.sampled_from(KEYS), unique=True)), draw(names), strict=False))
    return live, {key: name.upper() if draw(st.booleans()) else name for key, name in wanted.items()}


@pytest.mark.slow
@given(worlds(), st.randoms(use_true_random=False))
def test_no_two_objects_bear_one_name_at_any_moment(world, random):
    before, after = world
    lives = [live_team(f"P{key}", name, mark(f"acme/{key}", name)) for key, name in before.items()]
    entries = "".join(f"  {key}: {{name: {name}}}\n" for key, name in after.items())
    plan = make_plan(stack(f"owner: acme\nteams:\n{entries or '  {}'}"), live_state(*lives))
    # Only the name of an object that goes is refused: the entry may be that object under a new key.
    freed = {name for key, name in before.items() if key not in after}
    new = {name for key, name in after.items() if key not in before}
    assert bool(plan.problems) == bool(freed & new)
    if plan.problems:
        return
    called = dict(before)
    sorter = graphlib.TopologicalSorter(ordered_steps(plan.changes))
    sorter.prepare()
    ready = list(sorter.get_ready())
    while ready:
        step = ready.pop(random.randrange(len(ready)))
        key = step.change.ref.key
        if step.phase is Phase.RENAME_TEMPORARILY:
            called[key] = temporary_names(step.change)["name"]
        elif step.phase is Phase.REMOVE:
            del called[key]
        else:
            called[key] = step.change.after.name
        assert len({name.casefold() for name in called.values()}) == len(called)
        sorter.done(step)
        ready += sorter.get_ready()
    assert called == after
