"""Leftovers: of equal objects under one mark, one is kept, and the others go before it changes."""

from __future__ import annotations

from graphlib import TopologicalSorter

import pytest

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.order import Phase, ordered_steps
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.model import Live
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import live_person, live_state, live_team, mark, stack
from tests.support.runs import Runner

TWINS = """
    owner: acme
    people: {maya: maya@acme.example}
    teams: {ops: {name: Ops}}
    escalation_policies: {ops: {name: Ops, team: ops, levels: [{notify: [person/maya]}]}}
    services: {api: {name: API, escalation_policy: ops}}
"""


def policy(id_: str, team: str) -> Live:
    text, owned = split_mark(mark("acme/ops", "Ops"))
    level = {"escalation_delay_in_minutes": 30, "targets": [{"id": "PMAYA", "type": "user_reference"}]}
    raw = {
        "id": id_,
        "name": "Ops",
        "description": text,
        "teams": [{"id": team}],
        "escalation_rules": [level],
    }
    return Live("escalation_policy", id_, "Ops", raw, owned)


def service(policy: str) -> Live:
    text, owned = split_mark(mark("acme/api", "API"))
    raw = {"id": "PSVC", "name": "API", "description": text, "escalation_policy": {"id": policy}}
    return Live("service", "PSVC", "API", raw, owned)


@pytest.mark.parametrize("used", ["PPOL1", "PPOL2"])
def test_twins_are_let_go_of_before_they_are_removed(used):
    ours = mark("acme/ops", "Ops")
    live = live_state(
        live_person("PMAYA", "maya@acme.example"),
        live_team("PTEAM1", "Ops", ours), live_team("PTEAM2", "Ops", ours),
        policy("PPOL2", "PTEAM2"), policy("PPOL1", "PTEAM1"),
        service(used),
    )  # fmt: skip

    plan = make_plan(stack(TWINS), live)

    removals = {change.ref.kind: change for change in plan.of(Action.DELETE)}
    updates = {change.ref.kind: change.fields for change in plan.of(Action.UPDATE)}
    assert {kind: change.live.id for kind, change in removals.items()} == {
        "team": "PTEAM2",
        "escalation_policy": "PPOL2",
    }
    assert updates == ({} if used == "PPOL1" else {"service": ("escalation_policy",)})
    waits = {
        step.change.ref.kind: {before.change.ref.kind for before in needed}
        for step, needed in ordered_steps(plan.changes).items()
    }
    assert waits["team"] == {"escalation_policy"}
    assert waits["escalation_policy"] == updates.keys()


def test_leftovers_are_removed_before_the_kept_objects_are_updated():
    """Cut short between the two, equal objects would differ, and only a person could tell which is right."""
    ours = mark("acme/ops", "Ops")
    live = live_state(
        live_person("PMAYA", "maya@acme.example"),
        live_team("PTEAM1", "Ops", ours), live_team("PTEAM2", "Ops", ours),
        policy("PPOL2", "PTEAM2"), policy("PPOL1", "PTEAM1"),
        service("PPOL2"),
    )  # fmt: skip
    wanted = stack(TWINS.replace("{name: Ops}", "{name: Ops, description: x}"))

    steps = ordered_steps(make_plan(wanted, live).changes)
    done = list(TopologicalSorter(steps).static_order())

    order = [(step.change.ref.kind, step.phase) for step in done]
    assert order.index(("service", Phase.REPOINT)) < order.index(("escalation_policy", Phase.REMOVE))
    assert order.index(("escalation_policy", Phase.REMOVE)) < order.index(("team", Phase.REMOVE))
    assert order.index(("team", Phase.REMOVE)) < order.index(("team", Phase.GROW))
    (repoint,) = (step for step in done if step.phase is Phase.REPOINT)
    assert repoint.change.repointed_fields == {"escalation_policy"}


def test_no_delete_leaves_the_kept_object_as_its_leftover_is():
    ours = mark("acme/ops", "Ops")
    live = live_state(
        live_person("PMAYA", "maya@acme.example"), live_team("PTEAM1", "Ops", ours),
        live_team("PTEAM2", "Ops", ours), policy("PPOL1", "PTEAM1"), service("PPOL1"),
    )  # fmt: skip
    wanted = stack(TWINS.replace("{name: Ops}", "{name: Ops, description: x}"))

    plan = make_plan(wanted, live, delete=False)

    assert plan.changes == ()
    assert {str(ref) for ref in plan.left_out["--no-delete"]} == {"team/ops"}


@pytest.mark.slow
def test_a_leftover_that_was_put_away_is_not_put_away_again():
    wanted = stack("owner: acme\nslack: {workspace: T0ACME}\nuser_groups: {ops: {name: Ops, handle: ops}}\n")
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        assert runner.apply(wanted).complete
        (group,) = sandbox.store.find("slack.user_group", name="Ops")
        sandbox.store.insert("slack.user_group", "S0TWIN", {**group, "id": "S0TWIN"})
        assert [change.leftover for change in runner.plan(wanted).changes] == [True]
        assert runner.apply(wanted).complete
        assert runner.plan(wanted).changes == ()
        assert runner.plan(wanted).notices == ()
