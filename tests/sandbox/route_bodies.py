"""A body for every route of PagerDuty that takes one."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import Json

ADMIN = {"id": "@/users", "type": "user_reference"}
SERVICE = {"id": "@/services", "type": "service_reference"}
INCIDENT = {"id": "@/incidents", "type": "incident_reference"}
WORKSPACE = "/integration-slack/workspaces/*/connections"
OPTION = {"data": {"data_type": "string", "value": "eu"}}
CHANNELS = "/integration-slack/incidents/*"
FIELD = {
    "display_name": "Region",
    "name": "region",
    "data_type": "string",
    "field_type": "single_value_fixed",
    "field_options": [OPTION],
}
ANOTHER_OPTION = {"field_option": {"data": {"data_type": "string", "value": "us"}}}
COUNTED = {
    "name": "seen",
    "configuration": {"type": "external_data", "data_type": "boolean", "ttl_seconds": 60},
}
LAYER = {
    "start": "2030-01-07T00:00:00Z",
    "rotation_virtual_start": "2030-01-07T00:00:00Z",
    "rotation_turn_length_seconds": 86400,
    "users": [{"user": ADMIN}],
}
SCHEDULE = {"type": "schedule", "name": "Primary", "time_zone": "Europe/Berlin", "schedule_layers": [LAYER]}
EVENT = {
    "routing_key": "@key",
    "event_action": "trigger",
    "payload": {"summary": "Disk full", "source": "db", "severity": "critical"},
}
MEMBER = {"type": "user_member", "user_id": "@/users"}
SHIFT = {"start_time": "2030-01-08T12:00:00Z", "end_time": "2030-01-08T18:00:00Z"}
CUSTOM_SHIFT = {**SHIFT, "assignments": [{"type": "shift_assignment", "member": MEMBER}]}
MEMBERS = {"overridden_member": MEMBER, "overriding_member": MEMBER}
OVERRIDE_SHIFT = {"type": "override_shift", "rotation_id": "@/v3/schedules/*/rotations", **SHIFT, **MEMBERS}
SPAN = "?since=2030-01-07T00:00:00Z&until=2030-01-14T00:00:00Z"
SPANNED = (
    "/schedules/*/overrides",
    "/v3/schedules/*/overrides",
    "/v3/schedules/*/custom_shifts",
    "/schedules/*/users",
    "/notifications",
)

DEPENDENCY = {
    "supporting_service": {"id": "@/services", "type": "service"},
    "dependent_service": {"id": "@/business_services", "type": "business_service"},
}
DEPENDENCIES = {"relationships": [DEPENDENCY]}
SUBSCRIBERS = {"subscribers": [{"subscriber_id": "@/users", "subscriber_type": "user"}]}
SUBJECTS = {
    "subscribables": [{"subscribable_id": "@/business_services", "subscribable_type": "business_service"}]
}

MADE: list[tuple[str, Json]] = [
    ("/teams", {"team": {"type": "team", "name": "Payments"}}),
    ("/users", {"user": {"type": "user", "name": "Maya", "email": "maya@acme.example"}}),
    (
        "/users/*/contact_methods",
        {"contact_method": {"type": "email_contact_method", "label": "W", "address": "m@acme.example"}},
    ),
    (
        "/users/*/notification_rules",
        {
            "notification_rule": {
                "type": "assignment_notification_rule",
                "start_delay_in_minutes": 5,
                "urgency": "low",
                "contact_method": {"id": "@/users/*/contact_methods", "type": "email_contact_method"},
            }
        },
    ),
    (
        "/users/*/oncall_handoff_notification_rules",
        {
            "oncall_handoff_notification_rule": {
                "handoff_type": "oncall",
                "notify_advance_in_minutes": 60,
                "contact_method": {"id": "@/users/*/contact_methods", "type": "email_contact_method"},
            }
        },
    ),
    (
        "/users/*/status_update_notification_rules",
        {
            "status_update_notification_rule": {
                "contact_method": {"id": "@/users/*/contact_methods", "type": "email_contact_method"}
            }
        },
    ),
    ("/tags", {"tag": {"type": "tag", "label": "Batman"}}),
    ("/schedules", {"schedule": SCHEDULE}),
    ("/schedules/preview" + SPAN, {"schedule": SCHEDULE}),
    (
        "/schedules/*/overrides",
        {"overrides": [{"start": "2030-01-08T12:00:00Z", "end": "2030-01-08T18:00:00Z", "user": ADMIN}]},
    ),
    ("/v3/schedules", {"schedule": {"name": "Shifts", "time_zone": "Europe/Berlin"}}),
    ("/v3/schedules/*/rotations", {}),
    (
        "/v3/schedules/*/rotations/*/events",
        {
            "event": {
                "name": "Weekly",
                "start_time": {"date_time": "2026-01-05T08:00:00Z", "time_zone": "Europe/Berlin"},
                "end_time": {"date_time": "2026-01-12T08:00:00Z", "time_zone": "Europe/Berlin"},
                "effective_since": "2090-01-05T08:00:00Z",
                "recurrence": ["RRULE:FREQ=WEEKLY"],
                "assignment_strategy": {
                    "type": "rotating_member_assignment_strategy",
                    "shifts_per_member": 1,
                    "members": [MEMBER],
                },
            }
        },
    ),
    ("/v3/schedules/*/custom_shifts", {"custom_shifts": [CUSTOM_SHIFT]}),
    ("/v3/schedules/*/overrides", {"overrides": [OVERRIDE_SHIFT]}),
    (
        "/escalation_policies",
        {
            "escalation_policy": {
                "type": "escalation_policy",
                "name": "Payments",
                "escalation_rules": [{"escalation_delay_in_minutes": 30, "targets": [ADMIN]}],
            }
        },
    ),
    *(
        (f"/{kind}/*/change_tags", {"add": [{"type": "tag_reference", "id": "@/tags"}]})
        for kind in ("users", "teams", "escalation_policies")
    ),
    (
        "/services",
        {
            "service": {
                "type": "service",
                "name": "API",
                "escalation_policy": {"id": "@/escalation_policies", "type": "escalation_policy_reference"},
            }
        },
    ),
    ("/business_services", {"business_service": {"name": "Checkout"}}),
    ("/service_dependencies/associate", DEPENDENCIES),
    ("/business_services/*/subscribers", SUBSCRIBERS),
    ("/business_services/*/account_subscription", {}),
    ("/users/*/notification_subscriptions", SUBJECTS),
    ("/teams/*/notification_subscriptions", SUBJECTS),
    (
        "/services/*/integrations",
        {"integration": {"type": "events_api_v2_inbound_integration", "name": "Events"}},
    ),
    ("/services/*/rules", {"rule": {"actions": {"suppress": {"value": True}}}}),
    ("/services/custom_fields", {"field": FIELD}),
    ("/services/custom_fields/*/field_options", ANOTHER_OPTION),
    (
        "/alert_grouping_settings",
        {
            "alert_grouping_setting": {
                "name": "G",
                "type": "time",
                "config": {"timeout": 900},
                "services": [SERVICE],
            }
        },
    ),
    ("/event_orchestrations", {"orchestration": {"name": "Production"}}),
    ("/event_orchestrations/*/integrations", {"integration": {"label": "Alertmanager"}}),
    (
        "/event_orchestrations/*/integrations/migration",
        {
            "source_id": "@/event_orchestrations",
            "source_type": "orchestration",
            "integration_id": "@/event_orchestrations/*/integrations",
        },
    ),
    ("/event_orchestrations/*/cache_variables", {"cache_variable": COUNTED}),
    ("/event_orchestrations/services/*/cache_variables", {"cache_variable": COUNTED}),
    ("/incident_workflows", {"incident_workflow": {"name": "Major", "steps": [], "team": {"id": "@/teams"}}}),
    (
        "/incident_workflows/triggers",
        {"trigger": {"trigger_type": "manual", "workflow": {"id": "@/incident_workflows"}, "services": []}},
    ),
    ("/incident_workflows/triggers/*/services", {"service": {"id": "@/services"}}),
    (
        "/webhook_subscriptions/oauth_clients",
        {
            "oauth_client": {
                "name": "Status page",
                "client_id": "pd",
                "client_secret": "hush",
                "token_url": "https://login.acme.example/token",
                "grant_type": "client_credentials",
            }
        },
    ),
    (
        "/webhook_subscriptions",
        {
            "webhook_subscription": {
                "type": "webhook_subscription",
                "delivery_method": {"type": "http_delivery_method", "url": "http://127.0.0.1:9/"},
                "events": ["service.updated"],
                "filter": {"type": "account_reference"},
            }
        },
    ),
    ("/webhook_subscriptions/*/enable", {}),
    (
        "/extensions",
        {
            "extension": {
                "type": "extension",
                "name": "ServiceNow",
                "endpoint_url": "https://acme.example",
                "extension_schema": {"id": "@/extension_schemas", "type": "extension_schema_reference"},
                "extension_objects": [SERVICE],
            }
        },
    ),
    ("/extensions/*/enable", {}),
    (
        "/addons",
        {"addon": {"type": "full_page_addon", "name": "Status", "src": "https://status.acme.example"}},
    ),
    ("/webhook_subscriptions/*/ping", {}),
    (
        WORKSPACE,
        {
            "slack_connection": {
                "channel_id": "@channel",
                "source_id": "@/services",
                "source_type": "service_reference",
                "config": {"events": ["incident.triggered"]},
            }
        },
    ),
    (
        "/maintenance_windows",
        {
            "maintenance_window": {
                "type": "maintenance_window",
                "start_time": "2036-01-05T09:00:00Z",
                "end_time": "2036-01-05T10:00:00Z",
                "services": [SERVICE],
            }
        },
    ),
    (
        "/automation_actions/runners",
        {"runner": {"runner_type": "sidecar", "name": "West", "description": "x"}},
    ),
    ("/automation_actions/runners/*/teams", {"team": {"id": "@/teams", "type": "team_reference"}}),
    (
        "/automation_actions/actions",
        {
            "action": {
                "name": "Restart",
                "description": "x",
                "action_type": "script",
                "action_data_reference": {"script": "true"},
            }
        },
    ),
    ("/automation_actions/actions/*/teams", {"team": {"id": "@/teams", "type": "team_reference"}}),
    ("/automation_actions/actions/*/services", {"service": SERVICE}),
    ("/incidents", {"incident": {"type": "incident", "title": "Down", "service": SERVICE}}),
    (
        "/automation_actions/actions/*/invocations",
        {"invocation": {"metadata": {"incident_id": "@/incidents"}}},
    ),
    ("/v2/enqueue", EVENT),
    (f"{CHANNELS}/dedicated_channel", {"channel": {"name": "inc-1", "privacy": "public"}}),
    (f"{CHANNELS}/notification_channels", {"channel": {"id": "@channel"}}),
    (
        "/incidents/types",
        {
            "incident_type": {
                "name": "security",
                "display_name": "Security",
                "parent_type": "incident_default",
            }
        },
    ),
    ("/incidents/types/*/custom_fields", {"field": FIELD}),
    ("/incidents/types/*/custom_fields/*/field_options", ANOTHER_OPTION),
    ("/incidents/custom_fields", {"field": {**FIELD, "display_name": "Zone", "name": "zone"}}),
    ("/incidents/custom_fields/*/field_options", ANOTHER_OPTION),
    ("/templates", {"template": {"name": "Customers", "template_type": "status_update"}}),
    ("/templates/*/render", {"incident_id": "@/incidents", "status_update": {"message": "Soon"}}),
    ("/incidents/*/notes", {"note": {"content": "Looking"}}),
    ("/incidents/*/status_updates/subscribers", SUBSCRIBERS),
    ("/incidents/*/status_updates", {"message": "Soon"}),
    (
        "/incidents/*/responder_requests",
        {
            "requester_id": "@/users",
            "message": "Help",
            "responder_request_targets": [{"responder_request_target": ADMIN}],
        },
    ),
    ("/incident_workflows/*/instances", {"incident_workflow_instance": {"id": "P1", "incident": INCIDENT}}),
    *(
        (f"/analytics/metrics/incidents/{of}", {})
        for of in (
            "all",
            "services",
            "services/all",
            "teams",
            "teams/all",
            "escalation_policies",
            "escalation_policies/all",
        )
    ),
    ("/analytics/raw/incidents", {}),
    ("/analytics/metrics/responders/all", {}),
    ("/analytics/metrics/responders/teams", {}),
    ("/analytics/metrics/users/all", {}),
    ("/analytics/raw/users", {}),
    ("/analytics/raw/responders/*/incidents", {}),
    ("/v2/change/enqueue", {name: value for name, value in EVENT.items() if name != "event_action"}),
]
"""What is made, in this order. `*` and `@…` are ids of what was made at that path before."""

SENT: list[tuple[str, Any]] = [
    ("/incidents/*/business_services/*/impacts", {"relation": "impacted"}),
    ("/business_services/priority_thresholds", {"global_threshold": {"id": "P1", "order": 64}}),
    ("/v3/schedules/*", {"schedule": {"name": "By shifts"}}),
    (
        "/users/*/status_update_notification_rules/*",  # which are read under another name
        {
            "status_update_notification_rule": {
                "contact_method": {"id": "@/users/*/contact_methods", "type": "email_contact_method"}
            }
        },
    ),
    (
        "/services/*",
        {"service": {"name": "Ledger"}},
    ),  # the grouping that is read, sent back, moves its setting
    ("/teams/*/users/*", {"role": "responder"}),
    ("/teams/*/escalation_policies/*", None),
    ("/event_orchestrations/*/cache_variables/*/data", {"cache_variable_data": True}),
    ("/event_orchestrations/services/*/cache_variables/*/data", {"cache_variable_data": True}),
    (
        "/event_orchestrations/*/router",
        {
            "orchestration_path": {
                "sets": [{"id": "start", "rules": []}],
                "catch_all": {"actions": {"route_to": "unrouted"}},
            }
        },
    ),
    *(
        (path, {"orchestration_path": {"sets": [{"id": "start", "rules": []}], "catch_all": {"actions": {}}}})
        for path in (
            "/event_orchestrations/*/global",
            "/event_orchestrations/*/unrouted",
            "/event_orchestrations/services/*",
        )
    ),
    ("/event_orchestrations/services/*/active", {"active": True}),
    ("/incidents/custom_fields/*/field_options/*", ANOTHER_OPTION),
    ("/services/*/enablements/aiops", {"enablement": {"enabled": False}}),
    ("/event_orchestrations/*/enablements/aiops", {"enablement": {"enabled": False}}),
    ("/services/*/custom_fields/values", {"custom_fields": [{"name": "region", "value": "eu"}]}),
    ("/incidents/*/custom_fields/values", {"custom_fields": [{"name": "region", "value": "eu"}]}),
    ("/incidents", {"incidents": [{**INCIDENT, "status": "acknowledged"}]}),
    ("/incidents/*/responder_requests/cancel", {"responder_request_targets": [ADMIN]}),
    (
        "/incidents/*/alerts",
        {"alerts": [{"id": "@/incidents/*/alerts", "type": "alert", "incident": INCIDENT}]},
    ),
    ("/incidents/*/notes/*", {"note": {"content": "Found"}}),
    ("/incidents/*/merge", {"source_incidents": [{**INCIDENT, "id": "@merged"}]}),
]
"""The updates whose bodies are not what a read answers."""

ENDED: list[tuple[str, Json]] = [
    ("/service_dependencies/disassociate", DEPENDENCIES),
    ("/business_services/*/unsubscribe", SUBSCRIBERS),
    ("/incidents/*/status_updates/unsubscribe", SUBSCRIBERS),
    ("/users/*/notification_subscriptions/unsubscribe", SUBJECTS),
    ("/teams/*/notification_subscriptions/unsubscribe", SUBJECTS),
]
"""What ends by a POST, before anything is deleted."""
