"""People are looked up in both products, and who cannot be found is told why."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

BO = {"name": "bo", "email": "bo@acme.example", "deleted": True}


def file(*people: str) -> str:
    named = ", ".join(f"{person}: {person}@acme.example" for person in people)
    return f"""
owner: acme
slack: {{workspace: T0ACME}}
people: {{{named}}}
channels: {{ops: {{members: [{", ".join(people)}]}}}}
"""


@pytest.mark.parametrize(
    "people", [("ana", "bo"), ("ana", "bo", "cy", "di", "ed")], ids=["looked up one by one", "listed"]
)
def test_a_deactivated_slack_user_is_called_that(people):
    wanted = stack(file(*people))
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        active = [{"name": person, "email": f"{person}@acme.example"} for person in people if person != "bo"]
        sandbox.seed({"workspace": "T0ACME", "people": [*active, BO]})
        (problem,) = runner.plan(wanted).problems
    assert problem.message == "slack_user/bo: the Slack user 'bo@acme.example' is deactivated"
    assert "reactivate it" in problem.hint


def test_somebody_who_never_was_in_slack_is_called_that():
    with Sandbox() as sandbox:
        sandbox.seed({"workspace": "T0ACME", "people": [{"name": "ana", "email": "ana@acme.example"}]})
        (problem,) = Runner(sandbox).plan(stack(file("ana", "bo"))).problems
    assert problem.message == "slack_user/bo: there is no Slack user 'bo@acme.example'"


RETIRED = """
owner: acme
slack: {workspace: T0ACME}
people: {ana: ana@acme.example, bo: bo@acme.example}
channels:
  alerts: {lookup: true}
  exact: {members: [ana, bo], exact: true}
  open: {members: [ana, bo]}
user_groups: {oncall: {members: [ana, bo], channels: [alerts]}}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "change", "told"),
    [
        pytest.param(
            "slack.user", {"deleted": True}, "Slack user 'bo@acme.example' is deactivated", id="person"
        ),
        pytest.param("slack.channel", {"is_archived": True}, "channel 'alerts' is archived", id="channel"),
    ],
)
def test_what_is_put_away_is_a_problem_and_no_difference_of_what_refers_to_it(kind, change, told):
    wanted = stack(RETIRED)
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        assert runner.apply(wanted).complete
        name = "bo" if kind == "slack.user" else "alerts"
        (found,) = [one for one in sandbox.store.all(kind) if one["name"] == name]
        sandbox.store.replace(kind, found["id"], {**found, **change})

        plan = runner.plan(wanted)

    (problem,) = plan.problems
    assert told in problem.message
    assert plan.changes == ()
