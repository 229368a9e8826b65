"""The life of an account under Terraform's PagerDuty provider: what it sends, and the status that it expects.

`{name}` stands for the id that the call of that name has answered. After its create, each object is read,
written whole and read again; a delete is followed by a 404.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]


class Call(NamedTuple):
    """One call; `name` keeps the id of what it answers."""

    status: int
    method: str
    path: str
    body: Json | None = None
    name: str = ""


PAGED = "limit=100&offset=0"


def ref(name: str, kind: str) -> Json:
    return {"id": f"{{{name}}}", "type": f"{kind}_reference"}


def life(path: str, wrapper: str, name: str, fields: Json, created: int = 201) -> Iterator[Call]:
    """From the create to the second read; `name` says which id it gets."""
    one = f"{path}/{{{name}}}"
    yield Call(created, "POST", path, {wrapper: fields}, name)
    yield Call(200, "GET", one)
    yield Call(200, "PUT", one, {wrapper: {**fields, "id": f"{{{name}}}"}})
    yield Call(200, "GET", f"{path}?{PAGED}")


def gone(path: str, name: str) -> Iterator[Call]:
    one = f"{path}/{{{name}}}"
    yield Call(204, "DELETE", one)
    yield Call(404, "GET", one)


LAYER = {
    "name": "Night",
    "start": "2026-11-06T20:00:00-05:00",
    "end": None,
    "rotation_virtual_start": "2026-11-06T20:00:00-05:00",
    "rotation_turn_length_seconds": 86400,
    "users": [{"user": {"id": "{user}", "type": "user"}}],
    "restrictions": [
        {"type": "daily_restriction", "start_time_of_day": "08:00:00", "duration_seconds": 32400}
    ],
}
SCHEDULE = {
    "type": "schedule",
    "name": "Nights",
    "time_zone": "America/New_York",
    "description": "Managed by Terraform",
    "teams": [ref("team", "team")],
    "schedule_layers": [LAYER],
}
POLICY = {
    "type": "escalation_policy",
    "name": "Payments",
    "description": "Managed by Terraform",
    "num_loops": 2,
    "teams": [ref("team", "team")],
    "escalation_rules": [
        {
            "escalation_delay_in_minutes": 10,
            "escalation_rule_assignment_strategy": {"type": "assign_to_everyone"},
            "targets": [ref("user", "user"), ref("schedule", "schedule")],
        }
    ],
}
SERVICE = {
    "type": "service",
    "name": "Ledger",
    "description": "Managed by Terraform",
    "auto_resolve_timeout": None,
    "acknowledgement_timeout": 600,
    "alert_creation": "create_alerts_and_incidents",
    "alert_grouping": None,
    "alert_grouping_parameters": {"type": "intelligent", "config": {"time_window": 300}},
    "auto_pause_notifications_parameters": {"enabled": True, "timeout": 300},
    "escalation_policy": ref("policy", "escalation_policy"),
    "incident_urgency_rule": {
        "type": "use_support_hours",
        "during_support_hours": {"type": "constant", "urgency": "high"},
        "outside_support_hours": {"type": "constant", "urgency": "low"},
    },
    "support_hours": {
        "type": "fixed_time_per_day",
        "time_zone": "America/Lima",
        "start_time": "09:00:00",
        "end_time": "17:00:00",
        "days_of_week": [1, 2, 3, 4, 5],
    },
    "scheduled_actions": [
        {
            "type": "urgency_change",
            "to_urgency": "high",
            "at": {"type": "named_time", "name": "support_hours_start"},
        }
    ],
}
MAIL = {
    "type": "generic_email_inbound_integration",
    "name": "Mail",
    "integration_email": "ledger@sandbox.pagerduty.com",
    "email_incident_creation": "use_rules",
    "email_filter_mode": "and-rules-email",
    "email_filters": [
        {
            "body_mode": "always",
            "from_email_mode": "match",
            "from_email_regex": "(@acme.test*)",
            "subject_mode": "match",
            "subject_regex": "(CRITICAL*)",
        }
    ],
}
RULE = {"label": "r", "conditions": [{"expression": "event.summary matches part 'x'"}], "disabled": False}
CACHED = {
    "name": "recent_host",
    "conditions": [{"expression": "event.source exists"}],
    "configuration": {"type": "recent_value", "source": "event.source", "regex": ".*"},
    "disabled": False,
}
WEBHOOK = {
    "type": "webhook_subscription",
    "delivery_method": {
        "temporarily_disabled": False,
        "type": "http_delivery_method",
        "url": "https://acme.example/hook",
        "custom_headers": [{"name": "X-Env", "value": "prod"}],
    },
    "description": "",
    "events": ["incident.acknowledged"],
    "active": True,
    "filter": ref("service", "service"),
}
STEP = {
    "name": "Tell everyone",
    "action_configuration": {
        "action_id": "pagerduty.com:incident-workflows:send-status-update:1",
        "inputs": [{"name": "Message", "value": "We are on it"}],
    },
}
WINDOW = {
    "type": "maintenance_window",
    "start_time": "2036-11-09T20:00:00-05:00",
    "end_time": "2036-11-09T22:00:00-05:00",
    "description": "Managed by Terraform",
    "services": [ref("service", "service")],
}
OPTION = {"data": {"data_type": "string", "value": "production"}}
FIELD = {"name": "stage", "display_name": "Stage", "data_type": "string", "field_type": "single_value_fixed"}


def path_of(kind: str, actions: Json, catch_all: Json) -> Json:
    sets = [{"id": "start", "rules": [{**RULE, "id": "", "actions": actions}]}]
    parent = {"id": "{orchestration}", "type": "event_orchestration_reference"}
    return {
        "orchestration_path": {
            "type": kind,
            "parent": parent,
            "sets": sets,
            "catch_all": {"actions": catch_all},
        }
    }


def of_people() -> Iterator[Call]:
    for path in ("/abilities", "/licenses", f"/license_allocations?{PAGED}", "/priorities?limit=100"):
        yield Call(200, "GET", path)
    yield Call(200, "GET", f"/vendors?query=Datadog&{PAGED}")
    yield Call(200, "GET", f"/extension_schemas?query=Generic+V2+Webhook&{PAGED}")
    user = {
        "name": "Earline",
        "email": "earline@acme.example",
        "type": "user",
        "color": "green",
        "role": "user",
        "job_title": "",
        "time_zone": "America/New_York",
        "description": "Managed by Terraform",
    }
    yield from life("/users", "user", "user", user)
    yield Call(200, "GET", f"/users?query=earline@acme.example&{PAGED}&include%5B%5D=contact_methods")
    yield Call(200, "GET", "/users/{user}/license")
    yield from life("/teams", "team", "team", {"type": "team", "name": "Payments", "description": "All"})
    yield Call(204, "PUT", "/teams/{team}/users/{user}", {"role": "manager"})
    yield Call(200, "GET", f"/teams/{{team}}/members?{PAGED}&total=true")
    yield Call(201, "POST", "/schedules?overflow=true", {"schedule": SCHEDULE}, "schedule")
    yield Call(200, "GET", "/schedules/{schedule}")
    yield Call(200, "GET", f"/schedules?query=Nights&{PAGED}")
    yield from life("/escalation_policies", "escalation_policy", "policy", POLICY)
    yield Call(200, "GET", f"/escalation_policies?query=Pay&{PAGED}&total=true&team_ids%5B%5D={{team}}")
    yield Call(201, "POST", "/tags", {"tag": {"type": "tag", "label": "prod"}}, "tag")
    yield Call(200, "POST", "/users/{user}/change_tags", {"add": [{"type": "tag_reference", "id": "{tag}"}]})
    yield Call(200, "GET", "/users/{user}/tags")


def of_services() -> Iterator[Call]:
    yield from life("/services", "service", "service", SERVICE)
    yield Call(200, "GET", "/services/{service}?include%5B%5D=auto_pause_notifications_parameters")
    for kind, name in (("generic_events_api_inbound_integration", "v1"), ("", "mail")):
        fields = {"type": kind, "name": "API"} if kind else MAIL
        path = "/services/{service}/integrations"
        yield Call(201, "POST", path, {"integration": fields}, name)
        yield Call(200, "GET", f"{path}/{{{name}}}?include%5B%5D=services&include%5B%5D=vendors")
        yield Call(200, "PUT", f"{path}/{{{name}}}", {"integration": {**fields, "id": f"{{{name}}}"}})
        yield from gone(path, name)
    yield from life(
        "/business_services",
        "business_service",
        "business",
        {"name": "Checkout", "description": "", "point_of_contact": "", "team": {"id": "{team}"}},
        200,
    )
    edge = {
        "supporting_service": {"id": "{service}", "type": "service"},
        "dependent_service": {"id": "{business}", "type": "business_service"},
    }
    yield Call(200, "POST", "/service_dependencies/associate", {"relationships": [edge]})
    yield Call(200, "GET", "/service_dependencies/business_services/{business}")
    subscribers = {"subscribers": [{"subscriber_id": "{user}", "subscriber_type": "user"}]}
    yield Call(200, "POST", "/business_services/{business}/subscribers", subscribers)
    yield Call(200, "POST", "/business_services/{business}/unsubscribe", subscribers)
    yield from life("/maintenance_windows", "maintenance_window", "window", WINDOW)
    yield from life("/webhook_subscriptions", "webhook_subscription", "webhook", WEBHOOK, 200)
    config = {"time_window": 300, "aggregate": "all", "fields": ["summary"]}
    grouping = {
        "name": "By summary",
        "type": "content_based",
        "services": [{"id": "{service}"}],
        "config": config,
    }
    yield Call(
        200,
        "PUT",
        "/services/{service}",
        {"service": {**SERVICE, "alert_grouping_parameters": {"type": None}}},
    )
    yield from life("/alert_grouping_settings", "alert_grouping_setting", "grouping", grouping)


def of_rules() -> Iterator[Call]:
    yield from life(
        "/event_orchestrations",
        "orchestration",
        "orchestration",
        {"name": "All", "description": "", "team": {"id": None}},
    )
    one = "/event_orchestrations/{orchestration}"
    yield Call(201, "POST", f"{one}/integrations", {"integration": {"label": "Alerts"}}, "integration")
    yield Call(200, "GET", f"{one}/integrations/{{integration}}")
    for kind, actions, rest in (
        ("router", {"route_to": "{service}"}, {"route_to": "unrouted"}),
        ("unrouted", {"severity": "info", "route_to": ""}, {"suppress": False}),
        ("global", {"severity": "info", "route_to": ""}, {"suppress": False}),
    ):
        yield Call(200, "GET", f"{one}/{kind}")
        yield Call(200, "PUT", f"{one}/{kind}", path_of(kind, actions, rest))
    own = "/event_orchestrations/services/{service}"
    yield Call(200, "PUT", own, path_of("service", {"annotate": "x", "variables": None}, {}))
    yield Call(200, "PUT", f"{own}/active", {"active": True})
    yield from life(f"{one}/cache_variables", "cache_variable", "cached", CACHED, 200)
    yield from gone(f"{one}/cache_variables", "cached")
    workflow = {"name": "Major", "description": "", "team": ref("team", "team"), "steps": [STEP]}
    yield from life("/incident_workflows", "incident_workflow", "workflow", workflow)
    yield Call(200, "GET", "/incident_workflows/{workflow}?include%5B%5D=steps&include%5B%5D=team")
    trigger = {
        "trigger_type": "manual",
        "workflow": {"id": "{workflow}"},
        "permissions": {"restricted": False},
        "services": [ref("service", "service")],
    }
    yield from life("/incident_workflows/triggers", "trigger", "trigger", trigger)
    yield from gone("/incident_workflows/triggers", "trigger")


def of_fields() -> Iterator[Call]:
    old = "/incidents/custom_fields"
    yield from life(old, "field", "field", {**FIELD, "description": "", "field_options": [OPTION]})
    yield Call(200, "GET", f"{old}/{{field}}?include%5B%5D=field_options")
    options = f"{old}/{{field}}/field_options"
    new = {"field_option": {"data": {"data_type": "string", "value": "test"}}}
    yield Call(201, "POST", options, new, "option")
    yield Call(
        200, "PUT", f"{options}/{{option}}", {"field_option": {**new["field_option"], "id": "{option}"}}
    )
    yield Call(200, "GET", options)
    yield Call(204, "DELETE", f"{options}/{{option}}")
    yield from gone(old, "field")


def of_the_end() -> Iterator[Call]:
    for path, name in (
        ("/incident_workflows", "workflow"),
        ("/alert_grouping_settings", "grouping"),
        ("/webhook_subscriptions", "webhook"),
        ("/maintenance_windows", "window"),
        ("/event_orchestrations", "orchestration"),
        ("/services", "service"),
        ("/business_services", "business"),
        ("/escalation_policies", "policy"),
        ("/schedules", "schedule"),
    ):
        yield from gone(path, name)
    yield Call(204, "DELETE", "/teams/{team}/users/{user}")
    for path, name in (("/teams", "team"), ("/users", "user"), ("/tags", "tag")):
        yield from gone(path, name)


CALLS = [*of_people(), *of_services(), *of_rules(), *of_fields(), *of_the_end()]
