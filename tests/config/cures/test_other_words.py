"""Keys of the sample file as people name them elsewhere: one problem, and the right key."""

from __future__ import annotations

import pytest

from tests.config.cures.test_cures import TO_CHANNEL, problems

# A key of the sample, another word for it, and where: nothing follows from it that hides the cure.
KEYS = [
    ("people:\n  maya", "users:\n  maya", "people"),
    ("people:\n  maya", "persons:\n  maya", "people"),
    ("escalation_policies:\n", "policies:\n", "escalation_policies"),
    ("routing:\n", "orchestrations:\n", "routing"),
    ("messages:\n", "templates:\n", "messages"),
    ("notification_rules:\n", "slack_connections:\n", "notification_rules"),
    ("webhooks:\n", "webhook_subscriptions:\n", "webhooks"),
    ("user_groups:\n", "groups:\n", "user_groups"),
    ("slack_app:\n", "app:\n", "slack_app"),
    ("tests:\n  -", "cases:\n  -", "tests"),
    ("vars:", "variables:", "vars"),
    ("services:\n  payments-api:\n    name", "pagerduty_service:\n  payments-api:\n    name", "services"),
    (
        "channels:\n  payments-incidents:\n    name",
        "slack_conversation:\n  payments-incidents:\n    name",
        "channels",
    ),
    ("teams:\n  payments:\n    name", "Teams:\n  payments:\n    name", "teams"),
    ("slack: {", "Slack: {", "slack"),
    ("bases:\n", "base:\n", "bases"),
    ("time_zone: Europe/Berlin\n    description", "tz: Europe/Berlin\n    description", "time_zone"),
    ("who: tom", "user: tom", "who"),
    ("people: [maya, tom]", "users: [maya, tom]", "people"),
    ("people: [maya, tom]", "members: [maya, tom]", "people"),
    ("members: [maya, team/payments]\n    on_call", "people: [maya]\n    on_call", "members"),
    ("escalation_policy: payments\n    urgency", "policy: payments\n    urgency", "escalation_policy"),
    ("to: payments-api", "service: payments-api", "to"),
    (TO_CHANNEL, TO_CHANNEL.replace("to:", "channel:"), "to"),
    (
        "from: service/payments-api\n    " + TO_CHANNEL,
        f"service: service/payments-api\n    {TO_CHANNEL}",
        "from",
    ),
    ("message: short", "template: short", "message"),
    ("tags: [gold, Europe]", "labels: [gold]", "tags"),
    ("desk\n    team: payments", "desk\n    owner: payments", "team"),
    ("point_of_contact: The payments desk", "contact: x", "point_of_contact"),
    ("otherwise: unrouted\n    unrouted", "catch_all: unrouted\n    unrouted", "otherwise"),
    ("url: https://hooks.acme.example/pagerduty", "endpoint: https://hooks.acme.example", "url"),
    ("from: 2090-01-05T22:00:00", "start_time: 2090-01-05T22:00:00", "from"),
    ("to: 2090-01-06T02:00:00", "end_time: 2090-01-06T02:00:00", "to"),
    (TO_CHANNEL, TO_CHANNEL.replace("to:", "channel_id:"), "to"),
    ("active: true\n    oauth", "is_enabled: true\n    oauth", "active"),
    ("name: Checkout\n", "title: Checkout\n", "name"),
    ("purpose: Incidents of the payments team", "description: Incidents", "purpose"),
    ("schema: ServiceNow", "extension_schema: ServiceNow", "schema"),
    ("services: [payments-api, auth]\n    endp", "extension_objects: [auth]\n    endp", "services"),
    ('endpoint: "${', 'endpoint_url: "${', "endpoint"),
    ("url: https://status.acme", "src: https://status.acme", "url"),
    ("acknowledgement_timeout: 15m", "ack_timeout: 15m", "acknowledgement_timeout"),
    ("workspace: T0SANDBOX", "team_id: T0SANDBOX", "workspace"),
    ("owner: payments\n", "name: payments\n", "owner"),
]


@pytest.mark.parametrize(
    ("key", "section"),
    [
        ("pagerduty_team_membership", "teams"),
        ("pagerduty_service_integration", "services"),
        ("pagerduty_event_orchestration_router", "routing"),
        ("pagerduty_incident_workflow_trigger", "workflows"),
    ],
)
def test_what_terraform_keeps_apart_is_a_field_of_an_entry(key: str, section: str) -> None:
    (found,) = problems("vars:", f"{key}: {{}}\nvars:")
    assert found.hint.startswith(f"it belongs to an entry of `{section}`")


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(("old", "new", "meant"), KEYS, ids=[new.strip() for _, new, _ in KEYS])
def test_another_word_for_a_key_is_one_problem(old: str, new: str, meant: str) -> None:
    (found,) = problems(old, new)
    assert found.message == f"unknown key {new.rpartition('desk')[2].partition(':')[0].strip()!r}"
    assert found.hint in {f"write `{meant}`", f"did you mean {meant!r}?"}


# Blocks and arguments of Terraform, and what is done here in their place.
URGENCY = "urgency: severity\n"
GROUPING = "alert_grouping: {by: content, fields: [component], match: all, window: 10m}"
TERRAFORM = [
    (URGENCY, f"lifecycle: {{ignore_changes: [name]}}\n    {URGENCY}", ["create_only: [FIELD]"]),
    (URGENCY, f"prevent_destroy: true\n    {URGENCY}", ["write `protect`"]),
    (URGENCY, f"ignore: [unknown-field]\n    {URGENCY}", ["write it in the rule, trigger, "]),
    (URGENCY, f"ignore_changes: [name]\n    {URGENCY}", ["write `create_only`"]),
    (
        URGENCY,
        "urgency: {type: use_support_hours, during_support_hours: high, outside_support_hours: low}\n",
        ["valid keys are outside", "write `support_hours`", "write `outside`"],
    ),
    (URGENCY, "urgency: {type: constant, urgency: high}\n", ["write high"]),
    (GROUPING, "alert_grouping: {type: content_based, config: {}}", ["write {by: content, fields: "]),
    (GROUPING, "alert_grouping: {type: intelligent}", ["write {by: intelligent, "]),
    (GROUPING, "alert_grouping: {type: time}", ["write {by: time, "]),
    ("previously: login", "previously: service/login", ["write login;"]),
    ("vars:", "moved: [{from: service.a, to: service.b}]\nvars:", ["`previously: OLD-KEY`"]),
    ("vars:", "import: [{to: service.a, id: PAPI123}]\nvars:", ["`pdslack apply --adopt`"]),
    ("vars:", "removed: [{from: service.a}]\nvars:", ["`pdslack release KIND/KEY`"]),
]


@pytest.mark.parametrize(("old", "new", "cures"), TERRAFORM, ids=[new.strip() for _, new, _ in TERRAFORM])
def test_what_terraform_says_gets_what_is_said_here(old: str, new: str, cures: list[str]) -> None:
    found = problems(old, new)
    assert len(found) == len(cures)
    assert all(cure in problem.hint for cure, problem in zip(cures, found, strict=True)), found
