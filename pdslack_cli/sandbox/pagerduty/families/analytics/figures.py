"""The figures of incidents, computed from their timelines, and what many of them come to.

The vendor's figures lag by up to a day; these are always of now. What its documentation does not define is
left out, but for two stated rules: an incident engages people from its first acknowledgement to its end, and
a notification interrupts unless it is an e-mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import quantiles

from pdslack_cli.model import Json
from pdslack_cli.routing.zones import schedule_zone
from pdslack_cli.sandbox.pagerduty.api import Api

PERCENTILES = (50, 75, 90, 95)
BUSINESS, SLEEP_FROM, SLEEP_UNTIL = range(8, 18), 22, 8
WEEKDAYS = 5


def of_incident(api: Api, incident: Json) -> Json:
    """One incident's figures."""
    entries = api.find("log_entry", _parent=incident["id"])
    kinds = [entry["type"].removesuffix("_log_entry") for entry in entries]
    acknowledged = [entry for entry in entries if entry["type"] == "acknowledge_log_entry"]
    first = seconds(incident["created_at"], acknowledged[0]["created_at"]) if acknowledged else None
    end = seconds(incident["created_at"], incident["resolved_at"]) if incident["resolved_at"] else None
    by_time = sum(
        entry["type"] == "escalate_log_entry" and entry["channel"]["type"] == "timeout" for entry in entries
    )
    people = [
        entry["agent"]["id"] for entry in acknowledged if entry["agent"]["type"].startswith("user_reference")
    ]
    resolver = next((e["agent"] for e in reversed(entries) if e["type"] == "resolve_log_entry"), None)
    return {
        "id": incident["id"],
        "incident_number": incident["incident_number"],
        "created_at": incident["created_at"],
        "updated_at": incident["updated_at"],
        "resolved_at": incident["resolved_at"],
        "status": incident["status"],
        "urgency": incident["urgency"],
        "major": False,
        "incident_type_name": incident["incident_type"]["name"],
        **_named(api, "service", incident["service"]["id"]),
        **_named(api, "escalation_policy", incident["escalation_policy"]["id"]),
        **_named(api, "team", next(iter(incident["_teams"]), None)),
        **_named(api, "priority", incident["priority"] and incident["priority"]["id"]),
        "seconds_to_first_ack": first,
        "seconds_to_engage": first,
        "seconds_to_resolve": end,
        "engaged_seconds": 0 if first is None or end is None else max(0, end - first),
        "engaged_user_count": len(set(people)),
        "acknowledgement_count": len(acknowledged),
        "acknowledged_user_ids": list(dict.fromkeys(people)),
        "assignment_count": sum(kinds.count(kind) for kind in ("assign", "escalate", "delegate")),
        "reassignment_count": max(0, kinds.count("assign") - 1),
        "escalation_count": kinds.count("escalate"),
        "timeout_escalation_count": by_time,
        "manual_escalation_count": kinds.count("escalate") - by_time,
        "auto_resolved": bool(resolver and not resolver["type"].startswith("user")),
        **notified(api, entries),
    }


def _named(api: Api, kind: str, id_: str | None) -> Json:
    name = api.reference(kind, id_)["summary"] if id_ else None
    return {f"{kind}_id": id_, f"{kind}_name": name}


def seconds(start: str, end: str) -> int:
    return int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())


def notified(api: Api, entries: Sequence[Json]) -> Json:
    """How many notifications there were, and at what hours of their people they interrupted."""
    notified = [entry for entry in entries if entry["type"] == "notify_log_entry"]
    hours = [
        _hours(api, entry)
        for entry in notified
        if entry["channel"]["notification"]["type"] != "email_notification"
    ]
    counts = {f"{name}_hour_interruptions": hours.count(name) for name in ("business", "off", "sleep")}
    return {"total_notifications": len(notified), "total_interruptions": len(hours), **counts}


def _hours(api: Api, entry: Json) -> str:
    person = api.get("user", entry["user"]["id"]) or {}
    at = datetime.fromisoformat(entry["created_at"]).astimezone(
        schedule_zone(person.get("time_zone", "")) or UTC
    )
    if at.hour >= SLEEP_FROM or at.hour < SLEEP_UNTIL:
        return "sleep"
    return "business" if at.hour in BUSINESS and at.weekday() < WEEKDAYS else "off"


def of_many(figures: Sequence[Json], *, percentiles: bool = False) -> Json:
    """What the figures of several incidents come to."""
    answer: Json = {"total_incident_count": len(figures)}
    means = ("seconds_to_first_ack", "seconds_to_engage", "seconds_to_resolve", "engaged_seconds")
    for name in (*means, "engaged_user_count", "assignment_count"):
        known = [one[name] for one in figures if one[name] is not None]
        answer[f"mean_{name}"] = round(sum(known) / len(known)) if known else None
        if percentiles and name in ("seconds_to_first_ack", "seconds_to_resolve"):
            for percent in PERCENTILES:
                answer[f"p{percent}_{name}"] = percentile(known, percent)
    for name, counted in (
        ("acknowledged", "acknowledgement_count"),
        ("auto_resolved", "auto_resolved"),
        ("timeout_escalated", "timeout_escalation_count"),
        ("manual_escalated", "manual_escalation_count"),
        ("reassigned", "reassignment_count"),
    ):
        answer[f"total_incidents_{name}"] = sum(bool(one[counted]) for one in figures)
    for name in ("interruptions", "notifications"):
        answer[f"total_{name}"] = sum(one[f"total_{name}"] for one in figures)
    for name in ("business_hour", "off_hour", "sleep_hour"):
        answer[f"total_{name}_interruptions"] = sum(one[f"{name}_interruptions"] for one in figures)
    answer["total_engaged_seconds"] = sum(one["engaged_seconds"] for one in figures)
    answer["total_escalation_count"] = sum(one["escalation_count"] for one in figures)
    return answer


def percentile(values: Sequence[int], percent: int) -> int | None:
    """The value that `percent` of the values do not exceed; None without any."""
    if len(values) < 2:
        return values[0] if values else None
    return round(quantiles(values, n=100, method="inclusive")[percent - 1])
