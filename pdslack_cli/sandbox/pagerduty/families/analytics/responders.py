"""What incidents asked of each person: notifications, escalations, acknowledgements (pagerduty.md 13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.families.analytics.figures import notified, seconds

HANDED = {"assign": "reassigned", "delegate": "reassigned", "escalate": "manual_escalated"}
"""How an entry of the timeline with assignees hands an incident on; by time, it is `timeout_escalated`."""

MOVES = ("reassigned", "manual_escalated", "timeout_escalated")
ASKED_BY = {"reassigned": "reassigned", "manual_escalated": "escalated", "timeout_escalated": "escalated"}


def responses(api: Api, incident: Json) -> list[Json]:
    """Whom an incident asked, when and how, and what they answered; oldest first."""
    entries = api.find("log_entry", _parent=incident["id"])
    found, holders = [], frozenset[str]()
    for number, entry in enumerate(entries):
        people = _assignees(entry)
        for person in sorted(people - holders):
            acknowledged = _first_acknowledgement(entries[number:], person)
            how = ASKED_BY.get(_move(entry), "assigned") if holders else "assigned"
            status = "joined" if acknowledged else "pending"
            found.append(_response(api, person, how, status, entry["created_at"], acknowledged))
        holders = people or holders
    for request in api.find("responder_request", _parent=incident["id"]):
        for one in request["_responders"]:
            status = one["state"] if one["state"] in ("joined", "pending") else "declined"
            answered = None if status == "pending" else one["updated_at"]
            at = request["requested_at"]
            found.append(_response(api, one["user"], "added_responder", status, at, answered))
    return found


def of_person(api: Api, incident: Json, person: str) -> Json | None:
    """What an incident asked of a person; None where it was nothing."""
    entries = api.find("log_entry", _parent=incident["id"])
    asked = [one for one in responses(api, incident) if one["responder_id"] == person]
    if not asked:
        return None
    moves, holders = Counter[str](), frozenset[str]()
    for entry in entries:
        people = _assignees(entry)
        if holders and people and (person in people) != (person in holders):
            moves[f"{_move(entry)}_{'to' if person in people else 'from'}"] += 1
        holders = people or holders
    joined = [one["responded_at"] for one in asked if one["response_status"] == "joined"]
    assigned = [one for one in asked if one["responder_type"] != "added_responder"]
    waited = [one["time_to_respond_seconds"] for one in assigned if "time_to_respond_seconds" in one]
    end = incident["resolved_at"] or api.now()
    return {
        "engaged_seconds": max(0, seconds(min(joined), end)) if joined else 0,
        "seconds_to_acknowledge": waited[0] if waited else None,
        "acknowledgements": sum(_acknowledged_by(entry, person) for entry in entries),
        **{f"{move}_{way}": moves[f"{move}_{way}"] for move in MOVES for way in ("from", "to")},
        **notified(api, [entry for entry in entries if entry.get("user", {}).get("id") == person]),
    }


def of_many(figures: Sequence[Json]) -> Json:
    """What the figures of several incidents, or of several people, come to."""
    hours = ("business_hour", "off_hour", "sleep_hour")
    counted = ("notifications", "interruptions")
    return {
        "total_incident_count": len(figures),
        "total_incidents_acknowledged": sum(bool(one["acknowledgements"]) for one in figures),
        "mean_engaged_seconds": mean(one["engaged_seconds"] for one in figures),
        "mean_time_to_acknowledge_seconds": mean(one["seconds_to_acknowledge"] for one in figures),
        "total_engaged_seconds": sum(one["engaged_seconds"] for one in figures),
        **{
            f"total_incidents_{move}_{way}": sum(bool(one[f"{move}_{way}"]) for one in figures)
            for move in MOVES
            for way in ("from", "to")
        },
        **{f"total_{name}": sum(one[f"total_{name}"] for one in figures) for name in counted},
        **{
            f"total_{name}_interruptions": sum(one[f"{name}_interruptions"] for one in figures)
            for name in hours
        },
    }


def mean(values: Iterable[int | None]) -> int:
    """The mean of the values that there are, as a whole number; 0 of none."""
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known)) if known else 0


def _assignees(entry: Json) -> frozenset[str]:
    return frozenset(one["id"] for one in entry.get("assignees", ()))


def _move(entry: Json) -> str:
    move = HANDED[entry["type"].removesuffix("_log_entry")]
    by_time = move == "manual_escalated" and entry["channel"]["type"] == "timeout"
    return "timeout_escalated" if by_time else move


def _acknowledged_by(entry: Json, person: str) -> bool:
    return bool(entry["type"] == "acknowledge_log_entry" and entry["agent"]["id"] == person)


def _first_acknowledgement(entries: Sequence[Json], person: str) -> str | None:
    return next((str(entry["created_at"]) for entry in entries if _acknowledged_by(entry, person)), None)


def _response(api: Api, person: str, how: str, status: str, requested: str, responded: str | None) -> Json:
    times = (
        {"responded_at": responded, "time_to_respond_seconds": seconds(requested, responded)}
        if responded
        else {}
    )
    return {
        "responder_id": person,
        "responder_name": api.reference("user", person)["summary"],
        "responder_type": how,
        "response_status": status,
        "requested_at": requested,
        **times,
    }
