"""What a plan stands on: its fingerprint is the same exactly while that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.storage.saved import Basis
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.model import Live
from tests.support.factories import live_person, live_state, live_team, mark, stack

TEXT = """
    owner: acme
    people: {maya: maya@acme.example}
    teams:
      platform: {lookup: true, name: Platform}
    escalation_policies:
      payments: {name: Payments, description: Now, team: platform, levels: [{notify: [person/maya]}]}
"""
MAYA = live_person("PMAYA", "maya@acme.example")
PLATFORM = live_team("PPLAT", "Platform", "Runs things")


def policy(description: str, id_: str = "PPOL", repeat: int = 0) -> Live:
    """An escalation policy of ours, as a list gives it."""
    text, owned = split_mark(f"{description}\n\n{mark('acme/payments', 'Payments')}")
    level = {"escalation_delay_in_minutes": 30, "targets": [{"id": "PMAYA", "type": "user_reference"}]}
    raw = {
        "id": id_,
        "name": "Payments",
        "description": text,
        "num_loops": repeat,
        "teams": [{"id": "PPLAT"}],
        "escalation_rules": [level],
    }
    return Live("escalation_policy", id_, "Payments", raw, owned)


def basis(*lives: Live, text: str = TEXT) -> Basis:
    plan = make_plan(stack(text), live_state(*lives, MAYA))
    assert plan.problems == ()
    return Basis.of(plan)


BEFORE = basis(policy("Before"), PLATFORM)


def test_same_files_and_objects_have_the_same_fingerprint():
    again = basis(policy("Before"), PLATFORM)

    assert again.fingerprint == BEFORE.fingerprint
    assert list(BEFORE.differences(again)) == []


def test_objects_that_the_plan_does_not_touch_do_not_matter():
    other = live_team("POTHER", "Other", "Anything")

    assert basis(policy("Before"), PLATFORM, other).fingerprint == BEFORE.fingerprint


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        pytest.param(
            basis(policy("By hand"), PLATFORM),
            "escalation_policy/payments has changed: description",
            id="the changed field has another value",
        ),
        pytest.param(
            basis(policy("Before", repeat=3), PLATFORM),
            "escalation_policy/payments has changed: repeat",
            id="a field that the plan leaves alone has another value",
        ),
        pytest.param(
            basis(policy("Before", id_="PPOL2"), PLATFORM),
            "escalation_policy/payments is another object now (PPOL2, was PPOL)",
            id="the changed object was made anew",
        ),
        pytest.param(
            basis(policy("Before"), live_team("PPLAT", "Platform", "Runs all things")),
            "team/platform, which a change refers to, has changed: description",
            id="a referenced object has another value",
        ),
        pytest.param(
            basis(PLATFORM),
            "escalation_policy/payments would now be created, expected updated",
            id="the changed object is gone",
        ),
        pytest.param(
            basis(policy("Now"), PLATFORM),
            "escalation_policy/payments would no longer be updated",
            id="somebody did it already",
        ),
        pytest.param(
            basis(policy("Before"), PLATFORM, text=TEXT.replace("Now", "Later")),
            "escalation_policy/payments would be changed differently now: description",
            id="the file changed",
        ),
        pytest.param(
            basis(policy("Before"), policy("Before", id_="PPOL2"), PLATFORM),
            "escalation_policy/payments has 2 changes now, expected 1",
            id="there are two of it",
        ),
    ],
)
def test_what_moved_is_named_and_changes_the_fingerprint(now, sentence):
    assert list(BEFORE.differences(now)) == [sentence]
    assert now.fingerprint != BEFORE.fingerprint


def test_plan_of_another_owner_has_another_fingerprint():
    empty = [basis(text=f"owner: {owner}\nteams: {{}}") for owner in ("one", "two")]

    assert empty[0].fingerprint != empty[1].fingerprint


def test_a_stranger_of_the_same_name_is_another_object():
    def strangers(id_: str) -> Basis:
        live = policy("Before")
        target = {"id": id_, "type": "user_reference", "summary": "John Smith"}
        rule = {"escalation_delay_in_minutes": 30, "targets": [target]}
        return basis(replace(live, raw={**live.raw, "escalation_rules": [rule]}), PLATFORM)

    was, now = strangers("PJOHN1"), strangers("PJOHN2")

    assert [change.before for change in was.changes] == [change.before for change in now.changes]
    assert list(was.differences(now)) == [
        "escalation_policy/payments now refers to other objects outside of the stack (PJOHN2)"
    ]
