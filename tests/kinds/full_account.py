"""An account with one object of every kind, called `one`, that has everything its vendor's schema allows."""

from __future__ import annotations

from typing import Any

from tests.export.account import LOOP, UPDATE, Accounts, layer, path, reference, rule, vendor
from tests.kinds.laws.plain_objects import oauth_client, plain_objects
from tests.kinds.strategies import SOON

Json = dict[str, Any]

WEEKLY = {
    "type": "weekly_restriction",
    "start_time_of_day": "09:00:00",
    "duration_seconds": 28_800,
    "start_day_of_week": 1,
}
DAILY = {"type": "daily_restriction", "start_time_of_day": "22:00:00", "duration_seconds": 3_600}
MAIL_FILTER = {
    "subject_mode": "match",
    "subject_regex": "^ALERT",
    "body_mode": "no-match",
    "body_regex": "test",
    "from_email_mode": "match",
    "from_email_regex": "@acme",
}
MAIL_PARSER = {
    "action": "trigger",
    "match_predicate": {
        "type": "all",
        "children": [{"type": "contains", "part": "subject", "matcher": "ALERT"}],
    },
    "value_extractors": [
        {
            "type": "between",
            "part": "body",
            "value_name": "incident_key",
            "starts_after": "[",
            "ends_before": "]",
        },
        {"type": "regex", "part": "subject", "value_name": "host", "regex": "on (.*)"},
    ],
}
HOOK = {
    "name": "Hook",
    "url": "https://acme.example/hook",
    "auto_send": True,
    "headers": [{"key": "X-Env", "value": "prod"}],
    "parameters": [{"key": "host", "value": "{{event.source}}"}],
    "trigger_types": ["alert_suppressed"],
}
ON_ALERTS = {
    "severity": "critical",
    "event_action": "trigger",
    "variables": [{"name": "host", "path": "event.source", "type": "regex", "value": "^(.*)$"}],
    "extractions": [
        {"target": "event.group", "source": "event.component", "regex": "(.*)"},
        {"target": "event.summary", "template": "{{variables.host}}"},
    ],
}


def full_account(accounts: Accounts) -> None:
    """Make it; what names it is the same every time."""
    accounts.sandbox.seed({"custom_fields": ["impact"], "automation_actions": ["Restart"]})
    for person in ("maya", "tom", "ines"):
        accounts.person(f"{person}@acme.example")
    maya, tom, ines = accounts.all("user")
    accounts.team("one", "Its people", {maya: "manager", tom: "responder", ines: "observer"})
    accounts.team("two", "Others", {})
    team = accounts.all("team")[0]
    accounts.edit("pagerduty.team", team, lambda document: document.update(default_role="none"))
    above = accounts.all("team")[1]
    accounts.pagerduty("PUT", f"/teams/{team}", {"team": {"parent": reference("team", above)}})
    _schedule(accounts, [maya, tom, ines], team)
    _policies(accounts, [maya, tom], team)
    policy = accounts.all("escalation_policy")[0]
    for tagged in (f"/teams/{team}", f"/escalation_policies/{policy}"):
        accounts.pagerduty("POST", f"{tagged}/change_tags", {"add": [{"type": "tag", "label": "gold"}]})
    service = _service(accounts, policy, ines)
    other = accounts.service("two", policy, [])
    on_incidents = _on_incidents(accounts, policy)
    (action,) = accounts.pagerduty("GET", "/automation_actions/actions")["actions"]
    run = {
        "pagerduty_automation_actions": [{"action_id": action["id"], "trigger_types": ["alert_suppressed"]}]
    }
    on_service = {**on_incidents, **run}
    accounts.service_rules(
        service,
        {
            **path(
                ("start", [_rule("first", on_service, "later"), _rule("second", ON_ALERTS, "nested-7")]),
                ("stray", [_rule("stray", {"severity": "info"}, "strayed")]),
                ("nested-7", [_rule("inner", ON_ALERTS, "later")]),
                ("later", [_rule("later", {**on_incidents, "suppress": True})]),
                ("strayed", [_rule("astray", {"severity": "warning"})]),
            ),
            "catch_all": {"actions": {**on_service, "suspend": 300}},
        },
        active=True,
    )
    documents = _documents(on_incidents, service, other)
    accounts.orchestration("one", "All alerts", team, ["Alertmanager", "Grafana"], documents)
    _cache_variables(accounts, service)
    scope = reference("service", service)
    accounts.webhook(
        "https://acme.example/one",
        scope,
        {"X-Env": "prod"},
        events=["incident.triggered", "incident.resolved"],
        description="Keeps in step",
        active=False,
        oauth_client_id=oauth_client(accounts),
    )
    _workflow(accounts, team, service)
    desk = {"name": "one", "description": "Cards", "point_of_contact": "the desk", "team": {"id": team}}
    business = accounts.make("business_service", "/business_services", desk)
    _dependencies(accounts, service, other, business)
    plain_objects(accounts, team, service)
    accounts.channel(
        "one",
        private=True,
        by_bot=True,
        topic="Cards & <banks>",
        purpose="See https://acme.example and :fire:",
        people=tuple(accounts.all("slack_user")[:2]),
        bookmarks=(("Wiki", "https://acme.example/wiki"), ("Board", "https://acme.example/board")),
    )
    channel = accounts.all("channel")[0]
    for bookmark in accounts.slack("bookmarks.list", "BOT", channel_id=channel)["bookmarks"]:
        accounts.slack(
            "bookmarks.edit", "BOT", channel_id=channel, bookmark_id=bookmark["id"], emoji=":book:"
        )
    welcome = accounts.slack("chat.postMessage", "BOT", channel=channel, text="Welcome & read on")
    accounts.slack("pins.add", "BOT", channel=channel, timestamp=welcome["ts"])
    accounts.channel("two", by_bot=True)
    words = {"name": "one", "handle": "one-group", "description": "Cards &amp; banks"}
    group = accounts.slack("usergroups.create", "BOT", **words, channels=channel)["usergroup"]
    people_there = ",".join(accounts.all("slack_user")[:2])
    accounts.slack("usergroups.users.update", "BOT", usergroup=group["id"], users=people_there)
    accounts.connection(
        scope,
        channel,
        audience="stakeholder",
        urgency="high",
        priorities=[_priority(accounts, "P2"), "no_priority"],
        events=["incident.triggered", "incident.resolved", "incident.reopened"],
    )


def _dependencies(accounts: Accounts, service: str, other: str, business: str) -> None:
    one, two = {"id": service, "type": "service"}, {"id": other, "type": "service"}
    cards = {"id": business, "type": "business_service"}
    pairs = ((one, two), (cards, one))
    used = [{"dependent_service": user, "supporting_service": used} for user, used in pairs]
    accounts.pagerduty("POST", "/service_dependencies/associate", {"relationships": used})
    told = [{"subscriber_id": accounts.all("user")[0], "subscriber_type": "user"}]
    accounts.pagerduty("POST", f"/business_services/{business}/subscribers", {"subscribers": told})


def _schedule(accounts: Accounts, people: list[str], team: str) -> None:
    maya, tom, ines = people
    nights = layer(
        [tom, maya, tom], name="Nights", restrictions=[WEEKLY, DAILY, {**WEEKLY, "start_day_of_week": 3}]
    )
    days = layer(
        [maya, tom, ines],
        name="Days",
        rotation_virtual_start="2026-01-06T08:00:00Z",
        end="2031-01-05T09:00:00Z",
    )
    accounts.schedule("one", "Who is on call", [layer([ines], name="Over"), nights, days], [team])
    (schedule,) = accounts.all("schedule")

    def age(document: Json) -> None:
        for each in document["schedule_layers"]:
            each["start"] = "2026-01-05T09:00:00Z"
        document["schedule_layers"][0]["end"] = "2026-02-05T09:00:00Z"

    accounts.edit("pagerduty.schedule", schedule, age)
    stand_in = {"start": f"{SOON}T09:00:00Z", "end": f"{SOON}T17:00:00Z", "user": reference("user", tom)}
    accounts.pagerduty("POST", f"/schedules/{schedule}/overrides", {"override": stand_in})


def _policies(accounts: Accounts, people: list[str], team: str) -> None:
    everyone = [reference("user", people[1]), reference("user", people[0])]
    on_call = [reference("schedule", accounts.all("schedule")[0]), reference("user", people[0])]
    fields = {
        "description": "Who is called",
        "num_loops": 2,
        "on_call_handoff_notifications": "always",
        "teams": [reference("team", team)],
    }
    accounts.policy("one", [everyone, on_call, everyone], **fields)
    accounts.policy("two", [everyone])
    policy = accounts.all("escalation_policy")[0]

    def turn(document: Json) -> None:
        document["escalation_rules"][0]["escalation_rule_assignment_strategy"] = {"type": "round_robin"}

    accounts.edit("pagerduty.escalation_policy", policy, turn)


def _service(accounts: Accounts, policy: str, person: str) -> str:
    constant = {"type": "constant"}
    mail = {
        "type": "generic_email_inbound_integration",
        "name": "Mail",
        "integration_email": "one@sandbox.pagerduty.com",
        "email_incident_creation": "use_rules",
        "email_filter_mode": "and-rules-email",
        "email_filters": [MAIL_FILTER],
        "email_parsers": [MAIL_PARSER],
        "email_parsing_fallback": "discard",
    }
    datadog = {"name": "Datadog", "vendor": reference("vendor", vendor(accounts, "Datadog"))}
    service = accounts.service(
        "one",
        policy,
        [mail, datadog],
        description="  Takes cards\n\n\nRunbook: https://wiki.acme.example/one",
        auto_resolve_timeout=3_600,
        acknowledgement_timeout=600,
        incident_urgency_rule={
            "type": "use_support_hours",
            "during_support_hours": {**constant, "urgency": "high"},
            "outside_support_hours": {**constant, "urgency": "low"},
        },
        support_hours={
            "type": "fixed_time_per_day",
            "time_zone": "Europe/Berlin",
            "days_of_week": [5, 3, 1],
            "start_time": "08:00:00",
            "end_time": "20:00:00",
        },
        scheduled_actions=[
            {
                "type": "urgency_change",
                "at": {"type": "named_time", "name": "support_hours_start"},
                "to_urgency": "high",
            }
        ],
        alert_creation="create_incidents",
        auto_pause_notifications_parameters={"enabled": True, "timeout": 300},
    )
    accounts.edit("pagerduty.service", service, lambda document: document.update(status="disabled"))
    accounts.grouping(
        [service],
        name="Grouped",
        description="By component",
        type="content_based",
        config={"aggregate": "any", "fields": ["summary", "component"], "time_window": 600},
    )
    return service


def _priority(accounts: Accounts, name: str) -> str:
    priorities = accounts.pagerduty("GET", "/priorities")["priorities"]
    return str(next(each["id"] for each in priorities if each["name"] == name))


def _on_incidents(accounts: Accounts, policy: str) -> Json:
    (field,) = accounts.pagerduty("GET", "/incidents/types/incident_default/custom_fields")["fields"]
    return {
        **ON_ALERTS,
        "priority": _priority(accounts, "P1"),
        "escalation_policy": policy,
        "annotate": "Look here",
        "automation_actions": [HOOK, {**HOOK, "name": "Other"}],
        "incident_custom_field_updates": [{"id": field["id"], "value": "high"}],
    }


def _rule(label: str, actions: Json, leads_to: str = "") -> Json:
    leads = {"route_to": leads_to} if leads_to else {}
    made = rule(f"event.class matches '{label}'", "event.source exists", label=label, **actions, **leads)
    return {**made, "disabled": label == "second"}


def _documents(on_incidents: Json, service: str, other: str) -> dict[str, Json]:
    return {
        "global": path(
            ("later", [_rule("later", {"severity": "warning"})]),
            ("stray", [_rule("stray", {"severity": "info"})]),
            (
                "start",
                [
                    _rule("first", {**on_incidents, "drop_event": True}),
                    _rule("second", on_incidents, "later"),
                ],
            ),
            **on_incidents,
        ),
        "router": path(
            (
                "start",
                [
                    {
                        "actions": {
                            "dynamic_route_to": {
                                "source": "event.custom_details.service",
                                "regex": "^(.*)$",
                                "lookup_by": "service_name",
                            }
                        },
                        "label": "By name",
                    },
                    _rule("first", {"route_to": service}),
                    _rule("second", {"route_to": other}),
                ],
            ),
            route_to=other,
        ),
        "unrouted": path(
            ("start", [_rule("first", ON_ALERTS, "later")]),
            ("stray", [_rule("stray", {"severity": "info"})]),
            ("later", [_rule("later", {"severity": "warning"})]),
            **ON_ALERTS,
        ),
    }


def _cache_variables(accounts: Accounts, service: str) -> None:
    recent = {"type": "recent_value", "source": "event.source", "regex": "(.*)"}
    body = {
        "name": "last_host",
        "configuration": recent,
        "conditions": [{"expression": "event.source exists"}],
    }
    for parent in (accounts.all("routing")[0], f"services/{service}"):
        accounts.make("variable", f"/event_orchestrations/{parent}/cache_variables", body, "cache_variable")


def _workflow(accounts: Accounts, team: str, service: str) -> None:
    tell = {
        "name": "Tell",
        "action_configuration": {"action_id": UPDATE, "inputs": [{"name": "Message", "value": "Down"}]},
    }
    loop = {
        "name": "Until",
        "action_configuration": {
            "action_id": LOOP,
            "inputs": [{"name": "Condition", "value": "incident.status matches 'resolved'"}],
            "inline_steps_inputs": [{"name": "Actions", "value": {"steps": [tell]}}],
        },
    }
    services = [{"id": service}]
    accounts.workflow(
        "one",
        [tell, loop],
        [
            {
                "trigger_type": "manual",
                "services": services,
                "permissions": {"restricted": True, "team_id": team},
            },
            {
                "trigger_type": "conditional",
                "services": services,
                "condition": "incident.priority matches 'P1'",
            },
            {
                "trigger_type": "incident_type",
                "is_subscribed_to_all_services": True,
                "incident_types": [_type(accounts)],
            },
        ],
        description="Tell everyone",
        team=reference("team", team),
        is_enabled=False,
    )


def _type(accounts: Accounts) -> str:
    return str(accounts.pagerduty("GET", "/incidents/types")["incident_types"][0]["id"])
