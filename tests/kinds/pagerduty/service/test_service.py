"""Services, over the sandbox's PagerDuty."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.change import Action
from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds.pagerduty.service.service import Service
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.pagerduty.account import file, service
from tests.support.factories import mark

pytestmark = pytest.mark.slow_after(2)

HOURS = "support_hours: {time_zone: Europe/Berlin, days: mon-fri, from: '08:00', to: '24:00'}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(["name: Payments API"], {"name": "Payments API"}, id="name"),
        pytest.param(
            ["description: Takes cards"],
            {"description": "Takes cards\n\n" + mark("payments/api")},
            id="description",
        ),
        pytest.param(
            ["description: Takes cards", "runbook: https://wiki/x"],
            {"description": "Takes cards\n\nRunbook: https://wiki/x\n\n" + mark("payments/api")},
            id="runbook",
        ),
        pytest.param(
            ["acknowledgement_timeout: 10m", "auto_resolve_timeout: never"],
            {"acknowledgement_timeout": 600, "auto_resolve_timeout": None},
            id="timeouts",
        ),
        pytest.param(
            [], {"acknowledgement_timeout": 1800, "auto_resolve_timeout": 14400}, id="usual timeouts"
        ),
        pytest.param(
            ["urgency: severity"],
            {
                "incident_urgency_rule": {"type": "constant", "urgency": "severity_based"},
                "support_hours": None,
            },
            id="one urgency",
        ),
        pytest.param(
            ["urgency: {support_hours: high, outside: low, raise_at: end}", HOURS],
            {
                "incident_urgency_rule": {
                    "type": "use_support_hours",
                    "during_support_hours": {"type": "constant", "urgency": "high"},
                    "outside_support_hours": {"type": "constant", "urgency": "low"},
                },
                "support_hours": {
                    "type": "fixed_time_per_day",
                    "time_zone": "Europe/Berlin",
                    "days_of_week": [1, 2, 3, 4, 5],
                    "start_time": "08:00:00",
                    "end_time": "23:59:59",
                },
                "scheduled_actions": [
                    {
                        "type": "urgency_change",
                        "at": {"type": "named_time", "name": "support_hours_end"},
                        "to_urgency": "high",
                    }
                ],
            },
            id="urgency by hours",
        ),
        pytest.param(
            ["urgency: severity", HOURS],
            {
                "incident_urgency_rule": {
                    "type": "use_support_hours",
                    "during_support_hours": {"type": "constant", "urgency": "severity_based"},
                    "outside_support_hours": {"type": "constant", "urgency": "severity_based"},
                },
            },
            id="hours that change nothing, which PagerDuty refuses beside a constant urgency",
        ),
        pytest.param(
            ["auto_pause: 5m"],
            {
                "auto_pause_notifications_parameters": {
                    "enabled": True,
                    "timeout": 300,
                    "recommended_timeout": 120,
                }
            },
            id="pause",
        ),
    ],
)
def test_a_new_service_is_what_the_file_says(account, fields, expected):
    account.made(service(*fields))
    (name,) = [field.removeprefix("name: ") for field in fields if field.startswith("name: ")] or ["api"]
    live = account.service(name)
    assert {field: live[field] for field in expected} == expected


@pytest.mark.parametrize(
    ("before", "after", "fields"),
    [
        pytest.param(["name: Old"], ["name: New"], ("name",), id="name"),
        pytest.param(["description: a"], ["description: null"], ("description",), id="description cleared"),
        pytest.param(
            ["description: a", "runbook: https://x.y"],
            ["description: b"],
            ("description",),
            id="runbook left out",
        ),
        pytest.param(["runbook: https://x.y"], ["runbook: null"], ("runbook",), id="runbook cleared"),
        pytest.param(["urgency: low"], ["urgency: severity"], ("urgency",), id="urgency"),
        pytest.param(
            ["urgency: {support_hours: high, outside: low}", HOURS],
            ["urgency: low", "support_hours: null"],
            ("urgency", "support_hours"),
            id="hours given up",
        ),
        pytest.param(
            ["urgency: {support_hours: high, outside: low, raise_at: start}", HOURS],
            ["urgency: high"],
            ("urgency",),
            id="one urgency, hours left out",
        ),
        pytest.param(["auto_pause: 5m"], ["auto_pause: null"], ("auto_pause",), id="pause cleared"),
        pytest.param(
            ["auto_resolve_timeout: 1h"],
            ["auto_resolve_timeout: never"],
            ("auto_resolve_timeout",),
            id="never",
        ),
        pytest.param(
            ["alert_grouping: {by: time}"],
            ["alert_grouping: {by: content, fields: [class, source], match: any, window: 24h}"],
            ("alert_grouping",),
            id="grouping",
        ),
        pytest.param(
            ["alert_grouping: {by: intelligent, window: 10m}"],
            ["alert_grouping: {by: intelligent, window: recommended}"],
            ("alert_grouping",),
            id="recommended window",
        ),
        pytest.param(
            ["auto_pause: recommended"], ["auto_pause: 15m"], ("auto_pause",), id="pause not recommended"
        ),
        pytest.param(
            ["alert_grouping: {by: content, fields: [class], window: recommended}"],
            ["auto_pause: recommended"],
            ("auto_pause",),
            id="recommended pause",
        ),
        pytest.param(
            [HOURS], [HOURS.replace("24:00", "20:00:30")], ("support_hours",), id="hours to the second"
        ),
        pytest.param(
            ["alert_grouping: {by: intelligent, window: 5m}"],
            ["alert_grouping: null"],
            ("alert_grouping",),
            id="grouping given up",
        ),
    ],
)
def test_an_update_changes_what_differs_and_keeps_the_rest(account, before, after, fields):
    account.made(service(*before))
    wanted = service(*after)
    (change,) = account.plan(wanted).changes
    assert (change.action, change.fields) == (Action.UPDATE, fields)
    account.made(wanted)


def test_what_the_file_leaves_out_stays_as_people_made_it(account):
    account.made(service())
    path = f"/services/{account.service('api')['id']}"
    rule = {"type": "constant", "urgency": "low"}
    body = {"type": "service", "auto_resolve_timeout": 60, "incident_urgency_rule": rule}
    account.pagerduty.update(path, {"service": body})
    account.made(service("description: new"))
    live = account.service("api")
    assert (live["auto_resolve_timeout"], live["incident_urgency_rule"]) == (60, rule)


def test_support_hours_on_which_the_urgency_depends_cannot_just_go(account):
    account.made(service("urgency: {support_hours: high, outside: low}", HOURS))
    (problem,) = account.problems(service("support_hours: null"))
    assert "the urgency depends on them" in problem


def test_an_unmarked_service_of_the_same_name_is_adopted_only_on_demand(account):
    policy = account.pagerduty.list("/escalation_policies", "escalation_policies")[0]
    reference = {"id": policy["id"], "type": "escalation_policy_reference"}
    body = {"type": "service", "name": "api", "description": "by hand", "escalation_policy": reference}
    account.pagerduty.create("/services", {"service": body})
    assert "does not manage" in account.problems(service())[0]
    account.made(service(), adopt=True)
    assert account.service("api")["description"] == "by hand\n\n" + mark("payments/api")


def test_channels_are_short_for_notification_rules(account):
    wanted = service("channels: [incidents]", channels="channels: {incidents: {}}")
    account.seed(wanted)
    account.made(wanted)
    connections = account.pagerduty.list(
        "/integration-slack/workspaces/T0ACME/connections", "slack_connections", token="user", host="app"
    )
    assert [(each["source_name"], each["channel_name"]) for each in connections] == [("api", "incidents")]


def test_a_service_that_is_not_wanted_is_deleted_with_its_alert_grouping(account):
    account.made(service("alert_grouping: {by: time}"))
    account.forget_calls()
    account.made(file("services: {}"))
    assert account.pagerduty.list("/services", "services") == []
    # By us, and while the service is still there to be found: whether PagerDuty tidies up is not known.
    deleted = [call.path.split("/")[1] for call in account.sandbox.calls if call.method == "DELETE"]
    assert deleted == ["alert_grouping_settings", "services"]


def test_services_without_rules_cost_one_list(account):
    names = "\n".join(f"  s{number}: {{escalation_policy: first}}" for number in range(3))
    account.made(file(f"services:\n{names}"))
    account.forget_calls()
    account.plan(file(f"services:\n{names}"))
    calls = account.calls()
    assert calls["GET /services"] == 1
    assert not any("/services/" in call for call in calls)


@pytest.mark.parametrize("kind", ["lost", "reset"])
def test_a_lost_answer_makes_no_second_service(account, kind):
    account.sandbox.faults.add(Fault(kind, provider="pagerduty", method="POST", path="^/services$"))
    account.made(service())
    assert len(account.pagerduty.list("/services", "services")) == 1


@pytest.mark.parametrize(
    ("field", "message", "hint"),
    [
        pytest.param(
            "urgency: {support_hours: high, outside: low}",
            "`support_hours` is not set",
            "support_hours:",
            id="no hours",
        ),
        pytest.param(
            "urgency: {support_hours: low, outside: high, raise_at: start}",
            "raise_at",
            "low to high",
            id="raise",
        ),
        pytest.param("urgency: sometimes", "must be one of", "", id="no such urgency"),
        pytest.param(
            "support_hours: {time_zone: UTC, from: '09:00', to: '09:00'}",
            "begin and end",
            '"24:00"',
            id="no hour",
        ),
        pytest.param("auto_pause: 4m", "a pause of 4m", "2m, 3m, 5m", id="pause"),
        pytest.param("alert_grouping: {by: guess}", "must be one of", "use one of", id="grouping"),
        pytest.param("alert_grouping: {by: content, window: 5m}", "no 'fields'", "`fields:`", id="no fields"),
        pytest.param(
            "alert_grouping: {by: intelligent, window: 2h}", "2h is out of range", "5m to 1h", id="window"
        ),
        pytest.param(
            "alert_grouping: {by: content, fields: [class], window: 2h}", "2h is out of", "or 24h", id="day"
        ),
        pytest.param("integrations: [{name: x}]", "needs one of `type`", "", id="integration of no kind"),
        pytest.param(
            "integrations: [{name: x, type: events-api-v3}]", "not a type", "events-api-v2", id="no such type"
        ),
        pytest.param("integrations: [generic-email]", "needs an address", "`email:", id="mail"),
        pytest.param(
            "integrations: [{name: x, email: a@b.c}]",
            "not an address at PagerDuty",
            "SUBDOMAIN",
            id="address",
        ),
        pytest.param(
            "integrations: [{name: x, type: email, email: a@b.c}]",
            "not an address at PagerDuty",
            "SUBDOMAIN",
            id="address beside a type",
        ),
        pytest.param("integrations: [nagios, nagios]", "two integrations", "another name", id="twins"),
        pytest.param(
            "description: 'See\n\n  Runbook: https://x.y'", "`Runbook:`", "`runbook: URL`", id="runbook"
        ),
        pytest.param(
            'name: "tab\\there"', "is not a valid name", "control characters", id="control character"
        ),
    ],
)
def test_a_mistake_is_told_with_its_remedy(field, message, hint):
    with pytest.raises(ConfigError) as raised:
        service(field)
    (problem,) = raised.value.problems
    assert message in problem.message
    assert hint in problem.hint


def test_a_service_needs_an_escalation_policy():
    with pytest.raises(ConfigError) as raised:
        file("services: {api: {}}")
    (problem,) = raised.value.problems
    assert problem.message == "services/api has no 'escalation_policy'"


def test_a_timeout_that_is_off_prints_as_never():
    spec = Service.model_validate({"escalation_policy": "first", "auto_resolve_timeout": None})
    assert spec.model_dump(mode="json", exclude_unset=True)["auto_resolve_timeout"] == "never"


def test_the_schema_names_what_can_be_chosen():
    schema = Service.model_json_schema()
    assert schema["required"] == ["escalation_policy"]
    pauses = ["2m", "3m", "5m", "10m", "15m", "recommended", None]
    assert schema["properties"]["auto_pause"]["anyOf"][0]["enum"] == pauses
    assert {"type": "string"} in schema["$defs"]["Integration"]["anyOf"]


@pytest.mark.slow
def test_a_null_is_sent_for_support_hours_only_where_it_clears_some(account):
    account.made(service("urgency: high"))
    account.made(service("urgency: low"))
    account.made(service("urgency: {support_hours: high, outside: low}", HOURS))
    account.made(service("urgency: low", "support_hours: null"))
    account.made(service("urgency: high", "support_hours: null"))
    sent = [
        call.request_body["service"].get("support_hours", "nothing")
        for call in account.sandbox.calls
        if call.method in {"POST", "PUT"} and call.path.startswith("/services") and call.request_body
    ]
    assert [hours if hours in (None, "nothing") else "hours" for hours in sent] == [
        "nothing",
        "nothing",
        "hours",
        None,
        "nothing",
    ]
