"""Incident workflows and their triggers, over the sandbox's PagerDuty."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.report import StepOutcome
from pdslack_cli.errors import ConfigError, PlanLimitError
from pdslack_cli.sandbox.faults import Fault
from tests.support.factories import stack

pytestmark = pytest.mark.slow_after(2)

HEAD = """
owner: payments
escalation_policies: {first: {lookup: true}}
teams: {payments: {}}
services: {api: {escalation_policy: first}, auth: {escalation_policy: first}}
"""
TELL = (
    "{name: Tell, action: 'pagerduty.com:incident-workflows:send-status-update:1', inputs: {Message: Down}}"
)
BRIDGE = "{name: Bridge, action: 'pagerduty.com:incident-workflows:add-conference-bridge:1'}"
BY_HAND = "{manual: true, services: all}"
TRIGGERS = "/incident_workflows/triggers"


def workflow(*triggers: str, steps: str = TELL, fields: str = "description: Tell everyone"):
    said = f"{fields}, steps: [{steps}], triggers: [{', '.join(triggers)}]"
    return stack(f"{HEAD}workflows: {{major: {{{said}}}}}\n")


def live(account):
    found = account.pagerduty.list("/incident_workflows", "incident_workflows", **{"include[]": ["steps"]})
    return found[0] if found else None


def triggers(account):
    return account.pagerduty.list(TRIGGERS, "triggers")


def inputs(account):
    (step,) = live(account)["steps"]
    return {entry["name"]: entry["value"] for entry in step["action_configuration"]["inputs"]}


@pytest.fixture
def world(account):
    account.seed(workflow())
    return account


# --- what a file may say -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        pytest.param("{services: all}", "has no start condition", id="no start"),
        pytest.param(
            "{manual: true, created: true, services: all}",
            "a trigger has manual and created",
            id="two starts",
        ),
        pytest.param("{manual: true}", "add `services:`", id="no services"),
        pytest.param(
            "{created: true, services: all, team: payments}", "`team` cannot be combined with", id="team"
        ),
        pytest.param("{created: false, services: all}", "created", id="not"),
        pytest.param("{manual: true, services: some}", "must be all, got 'some'", id="some services"),
        pytest.param("{if: incident.priority matches, services: all}", "a value is missing", id="condition"),
        pytest.param(
            "{incident_types: [], services: all}", "at least one is required, got none", id="no type"
        ),
    ],
)
def test_a_trigger_that_cannot_be_is_a_problem(trigger, message):
    with pytest.raises(ConfigError) as caught:
        workflow(trigger)
    (problem,) = caught.value.problems
    assert message in f"{problem.message} ({problem.hint})"


@pytest.mark.parametrize("services", ["[api]", "all", "[auth, api]"])
def test_two_triggers_for_the_same_service_are_a_problem(services):
    first, second = "{manual: true, services: [api]}", f"{{manual: true, services: {services}}}"
    with pytest.raises(ConfigError, match="start the workflow for the same service") as caught:
        workflow(first, second)
    (problem,) = caught.value.problems
    before = f"workflows: {{major: {{description: Tell everyone, steps: [{TELL}], triggers: [{first}, "
    assert problem.location.column == len(before) + 1


@pytest.mark.slow
def test_two_triggers_that_differ_only_in_services_stay_two(world):
    each = [f"{{created: true, services: [{service}]}}" for service in ("api", "auth")]
    world.made(workflow(*each))
    ids = [trigger["id"] for trigger in triggers(world)]
    assert len(ids) == 2
    world.made(workflow(*each, BY_HAND))
    assert {*ids} < {trigger["id"] for trigger in triggers(world)}
    world.made(workflow(each[1], BY_HAND))
    assert ids[1] in {trigger["id"] for trigger in triggers(world)}
    assert len(triggers(world)) == 2


@pytest.mark.slow
def test_an_input_that_names_an_object_gets_its_id(world):
    said = TELL.replace("Down", "service/api")
    world.made(workflow(steps=said))
    (api,) = (one for one in world.pagerduty.list("/services", "services") if one["name"] == "api")
    assert inputs(world)["Message"] == api["id"]
    assert world.plan(workflow(steps=TELL.replace("Down", api["id"]))).changes == ()
    (change,) = world.plan(workflow(steps=TELL.replace("Down", "team/payments"))).changes
    assert change.fields == ("steps",)
    with pytest.raises(ConfigError, match="unknown service 'apj'"):
        workflow(steps=TELL.replace("Down", "service/apj"))


@pytest.mark.parametrize(
    ("step", "message"),
    [
        pytest.param("{name: Tell, action: send-status-update}", "not the id of an action", id="bare name"),
        pytest.param("{name: Tell, action: 'a:b:c'}", "with its version", id="no version"),
        pytest.param(
            "{name: Tell, action: 'a:b:c:1', inputs: {A: {b: c}}}", "expected text, got {", id="a mapping"
        ),
    ],
)
def test_a_step_that_cannot_be_is_a_problem(step, message):
    with pytest.raises(ConfigError) as caught:
        workflow(steps=step)
    (problem,) = caught.value.problems
    assert message in f"{problem.message} ({problem.hint})"


def test_an_action_that_pagerduty_does_not_have_is_a_problem(world):
    (problem,) = world.problems(workflow(steps="{name: Tell, action: 'pagerduty.com:nothing:here:1'}"))
    assert "pagerduty.com:nothing:here:1" in problem


# --- steps -------------------------------------------------------------------------------------------


def test_inputs_that_pagerduty_adds_are_no_difference(world):
    world.made(workflow(steps=BRIDGE))
    assert inputs(world)["Overwrite existing conference bridge"] == "No"


@pytest.mark.slow
def test_inputs_that_the_file_does_not_name_keep_their_values(world):
    world.made(workflow(steps=BRIDGE.replace("}", ", inputs: {Conference Number: 555}}")))
    assert inputs(world)["Conference Number"] == "555"
    world.made(workflow(steps=BRIDGE.replace("}", ", inputs: {Conference URL: 'https://a.example'}}")))
    assert inputs(world)["Conference Number"] == "555"
    assert inputs(world)["Conference URL"] == "https://a.example"


@pytest.mark.slow
def test_a_step_keeps_its_id_wherever_it_goes(world):
    world.made(workflow(steps=TELL))
    (tell,) = live(world)["steps"]
    world.made(workflow(steps=f"{BRIDGE}, {TELL}"))
    assert [step["name"] for step in live(world)["steps"]] == ["Bridge", "Tell"]
    assert live(world)["steps"][1]["id"] == tell["id"]


@pytest.mark.slow
def test_the_team_is_taken_off(world):
    world.made(workflow(fields="team: payments"))
    assert live(world)["team"]["summary"] == "payments"
    world.made(workflow(fields="team: null"))
    assert live(world)["team"] is None


@pytest.mark.slow
def test_only_what_changed_is_sent(world):
    world.made(workflow(BY_HAND))
    world.forget_calls()
    world.made(workflow(BY_HAND, fields="description: Others"))
    (sent,) = [call.request_body["incident_workflow"] for call in world.sandbox.calls if call.method == "PUT"]
    assert sent.keys() == {"type", "name", "description"}


# --- triggers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        pytest.param(
            "{if: incident.priority matches 'P1', services: [auth, api]}",
            {"trigger_type": "conditional", "condition": "incident.priority matches 'P1'"},
            id="condition",
        ),
        pytest.param(
            "{created: true, services: [api]}", {"trigger_type": "conditional", "condition": ""}, id="created"
        ),
        pytest.param(BY_HAND, {"trigger_type": "manual", "is_subscribed_to_all_services": True}, id="manual"),
        pytest.param(
            "{incident_types: [Incident_Default], services: all}",
            {"trigger_type": "incident_type", "services": []},
            id="type",
        ),
    ],
)
def test_triggers_of_every_sort_are_made(world, trigger, expected):
    world.made(workflow(trigger))
    (found,) = triggers(world)
    assert {name: found[name] for name in expected} == expected


def test_a_manual_trigger_can_be_for_a_team_alone(world):
    world.made(workflow("{manual: true, services: all, team: payments}"))
    (found,) = triggers(world)
    (team,) = [each for each in world.pagerduty.list("/teams", "teams") if each["name"] == "payments"]
    assert found["permissions"] == {"restricted": True, "team_id": team["id"]}


@pytest.mark.slow
def test_services_of_a_trigger_change_in_place(world):
    world.made(workflow("{created: true, services: [api]}"))
    (before,) = triggers(world)
    for services in ("[auth, api]", "all", "[auth]"):
        world.made(workflow(f"{{created: true, services: {services}}}"))
    (after,) = triggers(world)
    assert after["id"] == before["id"]
    assert [service["summary"] for service in after["services"]] == ["auth"]


@pytest.mark.slow
def test_a_trigger_with_another_start_is_another_trigger(world):
    world.made(workflow(BY_HAND))
    (before,) = triggers(world)
    world.made(workflow("{created: true, services: all}"))
    (after,) = triggers(world)
    assert after["id"] != before["id"]


def test_a_second_trigger_of_the_same_sort_is_taken_away(world):
    world.made(workflow(BY_HAND))
    body = {"trigger_type": "manual", "workflow": {"id": live(world)["id"]}, "services": []}
    world.pagerduty.create(TRIGGERS, {"trigger": body})
    world.made(workflow(BY_HAND))
    assert len(triggers(world)) == 1


def test_triggers_that_the_file_does_not_manage_are_left_alone(world):
    world.made(workflow(BY_HAND))
    world.made(stack(f"{HEAD}workflows: {{major: {{description: Others, steps: [{TELL}]}}}}\n"))
    assert len(triggers(world)) == 1


def test_a_lost_answer_makes_no_second_trigger(world):
    world.sandbox.faults.add(Fault("lost", method="POST", path=TRIGGERS))
    world.made(workflow(BY_HAND, "{created: true, services: [api]}"))
    assert len(triggers(world)) == 2


def test_a_trigger_whose_service_could_not_be_made_waits_for_the_next_run(world):
    wanted = workflow("{created: true, services: [api]}")
    world.sandbox.faults.add(Fault("reset", method="POST", path="^/services", times=9))
    report = world.apply(wanted)
    assert {str(result.ref): result.outcome for result in report.results}[
        "workflow/major"
    ] is StepOutcome.SKIPPED
    world.sandbox.faults.clear()
    world.made(wanted)


def test_triggers_go_with_their_workflow(world):
    world.made(workflow(BY_HAND))
    world.made(stack(f"{HEAD}workflows: {{}}\n"))
    assert (live(world), triggers(world)) == (None, [])


def test_reading_costs_one_list_of_workflows_and_one_of_triggers(world):
    world.made(workflow(BY_HAND))
    world.forget_calls()
    world.plan(workflow(BY_HAND))
    asked = {call: count for call, count in world.calls().items() if "workflows" in call}
    assert asked == {
        "GET /incident_workflows": 1,
        "GET /incident_workflows/triggers": 1,
        "GET /incident_workflows/actions": 1,
    }


def test_an_account_without_workflows_is_told_so(world):
    world.take_away("incident_workflows")
    results = world.apply(workflow(BY_HAND)).results
    (error,) = [result.error for result in results if str(result.ref) == "workflow/major"]
    assert isinstance(error, PlanLimitError)
