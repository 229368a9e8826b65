"""Whatever exchange a plan asks for, nothing is ever in two objects during its apply, and none is empty."""

from __future__ import annotations

import graphlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pdslack_cli.engine.order import Phase, ordered_steps
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.kinds import MANAGED
from pdslack_cli.kinds.pagerduty.grouping.alert_grouping import OWN_MARK
from pdslack_cli.kinds.pagerduty.grouping.shared_grouping import SharedGroupings
from pdslack_cli.model import Live, OwnershipMark
from tests.config.plain import dump
from tests.conftest import examples
from tests.support.factories import live_state, stack

SERVICES = [f"s{number}" for number in range(8)]
KEYS = ["a", "b", "c", "d"]
HOW = {"by": "intelligent", "window": "5m"}


def test_groupings_are_all_whose_members_are_in_one_at_most():
    assert {kind.name: kind.exclusive_fields for kind in MANAGED if kind.exclusive_fields} == {
        "alert_grouping": {"services"}
    }


@st.composite
def arrangements(draw):
    """The services of each grouping."""
    order, made = draw(st.permutations(SERVICES)), {}
    for key in draw(st.permutations(KEYS))[: draw(st.integers(0, len(KEYS)))]:
        count = draw(st.integers(2, 4))
        if len(order) >= count:
            made[key], order = sorted(order[:count]), order[count:]
    return made


def live_service(key: str) -> Live:
    raw = {"description": "", "escalation_policy": {"id": "PPOL"}}
    return Live("service", f"P{key}", key, raw)


def live_grouping(key: str, services: list[str]):
    return SharedGroupings().live(
        {
            "id": f"P{key}",
            "name": key,
            "description": str(OwnershipMark.bound("acme", key, key)._replace(key=OWN_MARK + key)),
            "services": [{"id": f"P{service}", "type": "service_reference"} for service in services],
            "type": "intelligent",
            "config": {"time_window": 300},
        }
    )


@pytest.mark.slow
@examples(100)
@given(arrangements(), arrangements(), st.randoms(use_true_random=False))
def test_nothing_is_in_two_objects_at_any_moment_and_none_is_empty(before, after, random):
    assume(before != after)
    file = {
        "owner": "acme",
        "services": {service: {"lookup": True} for service in SERVICES},
        "alert_groupings": {key: {"services": services, "grouping": HOW} for key, services in after.items()},
    }
    lives = [live_service(service) for service in SERVICES]
    lives += [live_grouping(key, services) for key, services in before.items()]
    plan = make_plan(stack(dump(file)), live_state(*lives))
    assert plan.problems == ()
    inside = {key: set(services) for key, services in before.items()}
    sorter = graphlib.TopologicalSorter(ordered_steps(plan.changes))
    sorter.prepare()
    ready = list(sorter.get_ready())
    while ready:
        step = ready.pop(random.randrange(len(ready)))
        key = step.change.ref.key
        if step.phase is Phase.REMOVE:
            del inside[key]
        elif step.phase is not Phase.DEDUPLICATE:
            inside[key] = {ref.key for ref in (step.kept or step.change.after).services}
        assert all(inside.values())
        assert sum(map(len, inside.values())) == len(set().union(*inside.values()))
        sorter.done(step)
        ready += sorter.get_ready()
    assert {key: sorted(services) for key, services in inside.items()} == after
