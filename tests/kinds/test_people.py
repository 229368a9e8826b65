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
