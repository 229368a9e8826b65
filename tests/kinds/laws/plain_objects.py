"""The objects of `full_account` that take one call, and to which nothing refers."""

from __future__ import annotations

from tests.export.account import Accounts, reference
from tests.kinds.strategies import SOON


def oauth_client(accounts: Accounts) -> str:
    """An OAuth client; its id."""
    client = {
        "name": "one",
        "client_id": "pd",
        "client_secret": "hush",
        "scope": "read",
        "token_url": "https://login.acme.example/token",
        "grant_type": "client_credentials",
    }
    return accounts.make("oauth_client", "/webhook_subscriptions/oauth_clients", client)


def plain_objects(accounts: Accounts, team: str, service: str) -> None:
    attack = {
        "name": "one",
        "display_name": "Attack",
        "description": "Somebody attacks",
        "parent_type": "incident_default",
    }
    accounts.make("incident_type", "/incidents/types", attack)
    custom = {
        "name": "one",
        "display_name": "Tier",
        "description": "How much it matters",
        "data_type": "string",
        "field_type": "single_value_fixed",
        "enabled": False,
        "field_options": [{"data": {"data_type": "string", "value": value}} for value in ("gold", "iron")],
    }
    custom |= {"default_value": "iron"}
    accounts.make("incident_field", "/incidents/types/incident_default/custom_fields", custom, "field")
    del custom["default_value"]
    accounts.make("service_field", "/services/custom_fields", custom, "field")
    policy = accounts.all("escalation_policy")[0]
    grouped = [accounts.service(name, policy, []) for name in ("three", "four")]
    grouping = {
        "name": "one",
        "description": "For the bank",
        "type": "content_based",
        "config": {"aggregate": "all", "fields": ["component"], "time_window": 600},
        "services": [reference("service", id_) for id_ in grouped],
    }
    accounts.make("grouping", "/alert_grouping_settings", grouping, "alert_grouping_setting")
    region = {"name": "two", "display_name": "Region", "data_type": "string", "field_type": "single_value"}
    accounts.make("service_field", "/services/custom_fields", region, "field")
    values = {"custom_fields": [{"name": "two", "value": "eu"}]}
    accounts.pagerduty("PUT", f"/services/{service}/custom_fields/values", values)
    off = {"enablement": {"enabled": False}}
    for path in (f"/services/{service}", f"/event_orchestrations/{accounts.all('routing')[0]}"):
        accounts.pagerduty("PUT", f"{path}/enablements/aiops", off)
    window = {
        "type": "maintenance_window",
        "description": "one",
        "start_time": f"{SOON}T09:00:00Z",
        "end_time": f"{SOON}T11:00:00Z",
        "services": [reference("service", service)],
    }
    accounts.make("maintenance_window", "/maintenance_windows", window, From="maya@acme.example")
    runner = {
        "runner_type": "runbook",
        "name": "one",
        "description": "In the data centre",
        "runbook_base_uri": "acme",
        "runbook_api_key": "hush",
        "teams": [reference("team", team)],
    }
    action = {
        "name": "one",
        "description": "Mends it",
        "action_type": "script",
        "action_data_reference": {"script": "#!/bin/sh\nmend\n", "invocation_command": "/bin/sh"},
        "runner": accounts.make("runner", "/automation_actions/runners", runner),
        "action_classification": "remediation",
        "services": [reference("service", service)],
        "teams": [reference("team", team)],
        "only_invocable_on_unresolved_incidents": True,
        "allow_invocation_manually": False,
        "allow_invocation_from_event_orchestration": False,
    }
    accounts.make("action", "/automation_actions/actions", action)
    (schema,) = (
        each["id"]
        for each in accounts.pagerduty("GET", "/extension_schemas")["extension_schemas"]
        if each["key"] == "servicenow_v7"
    )
    extension = {
        "type": "extension",
        "name": "one",
        "extension_schema": reference("extension_schema", schema),
        "extension_objects": [reference("service", service)],
        "endpoint_url": "https://acme.example/hook",
        "config": {"snow_user": "pd", "sync_options": "sync_all", "more": [{"a": 1, "b": None}]},
    }
    accounts.make("extension", "/extensions", extension)
    shifts = {"name": "one", "time_zone": "Europe/Berlin", "description": "By shifts"}
    schedule = accounts.make(
        "by_shifts", "/v3/schedules", shifts | {"teams": [reference("team", team)]}, "schedule"
    )
    _rotation(accounts, schedule)
    page = {"type": "incident_show_addon", "name": "one", "src": "https://acme.example/status"}
    accounts.make("addon", "/addons", page)
    texts = {"email_subject": "Down", "email_body": "<p>Down</p>", "message": "Down"}
    template = {"name": "one", "description": "For all", "template_type": "status_update"}
    accounts.make("template", "/templates", template | {"templated_fields": texts})


def _rotation(accounts: Accounts, schedule: str) -> None:
    (user,) = accounts.all("user")[:1]
    path = f"/v3/schedules/{schedule}/rotations"
    rotation = accounts.pagerduty("POST", path, {})["rotation"]["id"]
    member = {"type": "user_member", "user_id": user}
    event = {
        "name": "Weekly",
        "start_time": {"date_time": "2026-01-05T08:00:00Z", "time_zone": "Europe/Berlin"},
        # Three weeks, of which the next shift begins after one: so the person has a shift on any day.
        "end_time": {"date_time": "2026-01-26T08:00:00Z", "time_zone": "Europe/Berlin"},
        "effective_since": "2026-01-05T08:00:00Z",
        "effective_until": f"{SOON}T09:00:00Z",
        "recurrence": ["RRULE:FREQ=WEEKLY;WKST=SU", "EXDATE:20260112T080000Z"],
        "assignment_strategy": {
            "type": "rotating_member_assignment_strategy",
            "shifts_per_member": 2,
            "members": [member, {"type": "empty_member"}],
        },
    }
    accounts.pagerduty("POST", f"{path}/{rotation}/events", {"event": event})
    _exceptions(accounts, schedule, rotation, accounts.all("user"))


def _exceptions(accounts: Accounts, schedule: str, rotation: str, people: list[str]) -> None:
    one, other = ({"type": "user_member", "user_id": id_} for id_ in people[:2])
    span = {"start_time": f"{SOON}T10:00:00Z", "end_time": f"{SOON}T12:00:00Z"}
    shift = {"type": "custom_shift", **span, "assignments": [{"type": "shift_assignment", "member": other}]}
    override = {"type": "override_shift", "rotation_id": rotation, "overridden_member": one, **span}
    for name, made in (("custom_shifts", shift), ("overrides", {**override, "overriding_member": other})):
        accounts.pagerduty("POST", f"/v3/schedules/{schedule}/{name}", {name: [made]})
