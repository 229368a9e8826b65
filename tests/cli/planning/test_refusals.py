"""What an apply would refuse, the plan tells in every format; a saved plan remembers what was allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow_after(2)

PEOPLE = """\
owner: payments
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
escalation_policies: {on-call: {levels: [{notify: [person/maya]}]}}
"""


def services(count: int) -> str:
    return PEOPLE + "services:\n" + "".join(f"  s{n}: {{escalation_policy: on-call}}\n" for n in range(count))


@pytest.fixture
def many(cli):
    """Fourteen services, of which the file keeps one."""
    cli.write(services(14))
    cli("apply", "--sandbox", "--yes")
    cli.write(services(1))
    return cli


DELETES = "the plan deletes 13 (limit 10)"


@pytest.mark.slow
def test_text_tells_why_the_plan_cannot_be_applied(many):
    told = many("plan", "--sandbox", code=1)
    assert DELETES in told.err
    assert "--max-deletes 13" in told.err
    assert "apply --expect" not in told.out


@pytest.mark.slow
def test_json_is_not_applyable_and_says_why(many):
    told = many("plan", "--sandbox", "--format", "json", code=1).json
    assert told["applyable"] is False
    assert told["diagnostics"][0]["summary"] == DELETES


@pytest.mark.slow
def test_markdown_says_that_nothing_can_be_applied(many):
    told = many("plan", "--sandbox", "--format", "markdown", code=1).out
    assert "nothing can be applied" in told
    assert DELETES in told
    assert "fingerprint" not in told


@pytest.mark.slow
def test_github_annotates_the_reason(many, tmp_path):
    outputs = tmp_path / "outputs"
    many.patch.setenv("GITHUB_OUTPUT", str(outputs))
    told = many("plan", "--sandbox", "--format", "github", code=1).out
    assert DELETES in told
    assert "fingerprint=" not in outputs.read_text()


@pytest.mark.slow
def test_detailed_exit_code_is_1_for_what_cannot_be_applied(many):
    many("plan", "--sandbox", "--detailed-exitcode", code=1)
    many("plan", "--sandbox", "--detailed-exitcode", "--max-deletes", "13", code=2)


@pytest.mark.slow
def test_plan_that_cannot_be_applied_is_not_saved(many):
    told = many("plan", "--sandbox", "--out", "plan.json", code=1)
    assert "The plan was not saved to plan.json: it cannot be applied." in told.err
    assert not Path("plan.json").exists()


@pytest.mark.slow
def test_saved_plan_remembers_what_was_allowed(many):
    many("plan", "--sandbox", "--max-deletes", "13", "--out", "plan.json")
    assert json.loads(Path("plan.json").read_text())["saved_plan"]["request"]["max_deletes"] == 13
    refused = many("apply", "plan.json", "--max-deletes", "20", code=1)
    assert "the saved plan was made with a different --max-deletes" in refused.err
    assert "13 destroyed" in many("apply", "plan.json").out


@pytest.mark.slow
def test_green_plan_applies(many):
    many("plan", "--sandbox", "--max-deletes", "13")
    many("apply", "--sandbox", "--yes", "--max-deletes", "13")


@pytest.mark.slow
def test_open_incidents_are_told_by_the_plan_and_by_destroy(cli):
    cli.write(services(1))
    cli("apply", "--sandbox", "--yes")
    with cli.account() as clients:
        (service,) = clients.pagerduty.list("/services", "services")
        body = {
            "type": "incident",
            "title": "Down",
            "service": {"id": service["id"], "type": "service_reference"},
        }
        clients.pagerduty.create("/incidents", {"incident": body}, sender="maya@acme.example")
    cli.write(PEOPLE + "services: {}\n")

    told = cli("plan", "--sandbox", code=1)
    assert "service/s0 has 1 open incident" in told.err
    assert "service/s0 has 1 open incident" in cli("destroy", "--sandbox", "--yes", code=1).err
    cli("plan", "--sandbox", "--delete-with-open-incidents", "--out", "plan.json")
    assert "1 destroyed" in cli("apply", "plan.json").out


def test_ci_is_told_by_the_plan_that_a_secret_would_be_lost(accounts):
    cli = accounts.cli
    cli.write(
        PEOPLE + "webhooks: {sync: {url: https://a.example/x, from: account, events: [incident.triggered]}}\n"
    )
    cli.patch.setenv("CI", "true")
    told = cli("plan", code=1)
    assert "webhook/sync creates a secret that is shown only once, and CI would delete its file" in told.err
    cli.patch.setenv("PDSLACK_SECRET_FILE", "kept.json")
    cli("plan")
