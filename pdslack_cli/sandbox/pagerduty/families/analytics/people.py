"""The queries about people: what they are set up for, and each incident of a responder (pagerduty.md 13)."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.analytics import responders
from pdslack_cli.sandbox.pagerduty.families.analytics.figures import of_incident
from pdslack_cli.sandbox.pagerduty.families.analytics.queries import (
    FILTERS,
    as_stamp,
    chosen,
    page_after,
    query_of,
    within,
)
from pdslack_cli.sandbox.pagerduty.families.people.on_call import on_rotation, targets
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, list_of, text
from pdslack_cli.sandbox.pagerduty.refusals import bad_arguments, not_found

ACCOUNT_NUMBER = 1
OF_USERS: Fields = {
    **{name: FILTERS[name] for name in ("created_at_start", "created_at_end", "team_ids")},
    "roles": Field(list_of(text())),
}
OF_ONE: Fields = {name: check for name, check in FILTERS.items() if name != "updated_after"}
ORDERS = {"name": "user_name", "user_id": "id"}
MOVES = {
    "manual_escalations": "manual_escalated",
    "reassignments": "reassigned",
    "timeout_escalations": "timeout_escalated",
}


def raw_users(api: Api) -> SandboxResponse:
    """Each person, and whether anything would reach them; in pages."""
    query = query_of(api, OF_USERS)
    filters = query["filters"]
    start, end = (as_stamp(filters.get(name)) for name in ("created_at_start", "created_at_end"))
    roles, teams = filters.get("roles"), set(filters.get("team_ids") or ())
    rows = []
    for user in api.all("user"):
        ids = [team["id"] for team in api.all("team") if api.get("membership", f"{team['id']}/{user['id']}")]
        row = _user(api, user, ids)
        is_in_time = (start or "") <= row["created_at"] < (end or "9")
        if is_in_time and row["role"] in (roles or [row["role"]]) and (not teams or teams.intersection(ids)):
            rows.append(row)
    order_by = query["order_by"] or "name"
    column = ORDERS.get(order_by, order_by)
    if rows and column not in rows[0]:
        raise bad_arguments("order_by is invalid")
    rows.sort(key=lambda row: (row[column] is not None, str(row[column])), reverse=query["order"] == "desc")
    return page_after(rows, query, order_by=order_by, key="id")


def _user(api: Api, user: Json, teams: Sequence[str]) -> Json:
    methods = api.find("contact_method", _parent=user["id"])
    policies = [policy for policy in api.all("escalation_policy") if user["id"] in targets(policy)]
    schedules = sum(on_rotation(api, schedule, user["id"]) for schedule in api.all("schedule"))
    return {
        "id": user["id"],
        "user_name": user["name"],
        "email": user["email"],
        "account_id": ACCOUNT_NUMBER,
        "description": user["description"],
        "time_zone": user["time_zone"],
        "role": user["role"],
        "team_id": teams[0] if teams else None,
        "team_name": api.reference("team", teams[0])["summary"] if teams else None,
        "created_at": user.get("_created_at") or api.now(),  # which older state files lack
        "last_sign_in_at": None,
        "default_notification_channel_count": len(methods),
        "escalation_policies_count": len(policies),
        "schedules_count": schedules,
        "channel_types_configured": sorted({_channel(method) for method in methods}),
        "team_count": len(teams),
        "downloaded_mobile_app": False,
        "notification_methods": bool(methods),
        "on_escalation_policy": bool(policies),
        "on_schedule": schedules > 0,
        "signed_up": True,
    }


def _channel(method: Json) -> str:
    """`EmailChannel` for an `email_contact_method`."""
    kind = method["type"].removesuffix("_contact_method")
    return f"{''.join(map(str.capitalize, kind.split('_')))}Channel"


def incidents_of_responder(api: Api, responder: str) -> SandboxResponse:
    """Each incident that asked something of a person, and what; in pages."""
    query = query_of(api, OF_ONE)
    if api.get("user", responder) is None:
        raise not_found()
    rows = []
    for incident in within(api, query["filters"]):
        figures = of_incident(api, incident)
        asked = responders.of_person(api, incident, responder)
        if asked and chosen(figures, query["filters"]) and not query["filters"].get("major"):
            rows.append(_of_incident(api, incident, figures, responder, asked))
    rows.sort(key=lambda row: str(row["incident_created_at"]), reverse=query["order"] == "desc")
    found = page_after(rows, query, order_by="incident_created_at", key="incident_id")
    return SandboxResponse({**(found.body or {}), "responder_id": responder})


def _of_incident(api: Api, incident: Json, figures: Json, responder: str, asked: Json) -> Json:
    priority = api.get("priority", figures["priority_id"]) if figures["priority_id"] else None
    return {
        "responder_id": responder,
        "responder_name": api.reference("user", responder)["summary"],
        "incident_id": incident["id"],
        "incident_number": incident["incident_number"],
        "incident_created_at": incident["created_at"],
        "incident_description": incident["title"],
        "incident_urgency": incident["urgency"],
        "incident_priority_id": figures["priority_id"],
        "incident_priority_name": figures["priority_name"],
        "incident_priority_order": priority and priority["order"],
        **{name: figures[name] for name in ("service_id", "service_name")},
        "service_team_id": figures["team_id"],
        "service_team_name": figures["team_name"],
        "mean_time_to_acknowledge_seconds": asked["seconds_to_acknowledge"],
        "total_acknowledgements": asked["acknowledgements"],
        "total_engaged_seconds": asked["engaged_seconds"],
        "total_interruptions": asked["total_interruptions"],
        "total_business_hour_interruptions": asked["business_hour_interruptions"],
        "total_off_hour_interruptions": str(asked["off_hour_interruptions"]),  # a text, by its schema
        "total_sleep_hour_interruptions": asked["sleep_hour_interruptions"],
        **{
            f"total_{name}_{way}": asked[f"{move}_{way}"]
            for name, move in MOVES.items()
            for way in ("from", "to")
        },
    }


RULES = (
    Rule("/analytics/raw/users", methods=["POST"], endpoint=raw_users),
    Rule(
        "/analytics/raw/responders/<responder>/incidents", methods=["POST"], endpoint=incidents_of_responder
    ),
)
