"""The events of a rotation: when shifts recur, and whose turn they are (pagerduty.md 4.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    WrongError,
    instant,
    list_of,
    number,
    one_of,
    read,
    record,
    sentence,
    text,
    time_zone,
)
from pdslack_cli.sandbox.pagerduty.refusals import invalid, not_found

ROTATING = "rotating_member_assignment_strategy"
MOST_EVENTS = 5


def member(value: Any, exists: Exists) -> Json:
    """A person, or a slot that is left empty on purpose."""
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "empty_member":
        return {"type": "empty_member"}
    if kind != "user_member" or not exists("user", str(value.get("user_id"))):
        raise WrongError("must be a member of the account")
    return {"type": "user_member", "user_id": value["user_id"]}


def strategy(value: Any, exists: Exists) -> Json:
    """Who of the members has a shift: each in turn, or all."""
    rotates = isinstance(value, dict) and value.get("type") == ROTATING
    fields: dict[str, Field] = {
        "type": Field(one_of(ROTATING, "every_member_assignment_strategy"), required=True),
        "members": Field(list_of(member, least=1, most=20), required=True),
    }
    if rotates:
        fields["shifts_per_member"] = Field(number(1), required=True)
    checked: Json = record(fields)(value, exists)
    return checked


def recurrence(value: Any, exists: Exists) -> list[str]:
    """Exactly one RRULE, and dates that are left out or added."""
    lines: list[str] = list_of(text(), least=1)(value, exists)
    names = [line.partition(":")[0].partition(";")[0] for line in lines]
    if names.count("RRULE") != 1 or not set(names) <= {"RRULE", "EXDATE", "RDATE"}:
        raise WrongError("must contain exactly one RRULE")
    return lines


def in_utc(value: Any, exists: Exists) -> str:
    """A time, kept in UTC."""
    return datetime.fromisoformat(instant(value, exists)).astimezone(UTC).strftime(STAMP)


ZONED: Fields = {
    "date_time": Field(in_utc, required=True),
    "time_zone": Field(time_zone, required=True),
}
EVENT: Fields = {
    "name": Field(text(255), required=True),
    "start_time": Field(record(ZONED), required=True),
    "end_time": Field(record(ZONED), required=True),
    "effective_since": Field(in_utc, required=True),
    "effective_until": Field(in_utc),
    "recurrence": Field(recurrence, required=True),
    "assignment_strategy": Field(strategy, required=True),
}


def list_events(api: Api, parent: str, rotation: str) -> SandboxResponse:
    """All events, by when they begin."""
    found = _rotation(api, parent, rotation)["events"]
    return api.page("events", sorted(found, key=lambda one: str(one["effective_since"])), lambda one: one)


def create_event(api: Api, parent: str, rotation: str) -> SandboxResponse:
    """Create an event; one that should have begun begins now."""
    document = _rotation(api, parent, rotation)
    event = {**read(EVENT, api.body("event"), api.exists), "id": ids.short(api.store)}
    event["type"] = "schedule_event"
    event["effective_since"] = max(event["effective_since"], api.now())
    return SandboxResponse({"event": _keep(api, document, event)}, 201)


def show_event(api: Api, parent: str, rotation: str, id: str) -> SandboxResponse:  # noqa: A002
    """Show one event."""
    return SandboxResponse({"event": _event(_rotation(api, parent, rotation), id)})


def update_event(api: Api, parent: str, rotation: str, id: str) -> SandboxResponse:  # noqa: A002
    """Update an event: all of one to come, the end of one that has begun, nothing of one that is over."""
    document, body = _rotation(api, parent, rotation), api.body("event")
    old = _event(document, id)
    if _is_over(api, old):
        raise invalid("Past events cannot be modified")
    new = read(EVENT, body, api.exists, old)
    if old["effective_since"] <= api.now():
        if any(new[name] != old[name] for name in EVENT if name != "effective_until"):
            raise invalid("Only effective_until of an active event can be updated")
    else:
        new["effective_since"] = max(new["effective_since"], api.now())
    return SandboxResponse({"event": _keep(api, document, new)})


def delete_event(api: Api, parent: str, rotation: str, id: str) -> SandboxResponse:  # noqa: A002
    """Delete an event; one that has begun ends now."""
    document = _rotation(api, parent, rotation)
    event = _event(document, id)
    kept = [one for one in document["events"] if one["id"] != id]
    if event["effective_since"] < api.now():
        kept.append({**event, "effective_until": min(event["effective_until"] or api.now(), api.now())})
    api.replace("schedule_rotation", {**document, "events": kept})
    return SandboxResponse(None, 204)


def _keep(api: Api, rotation: Json, event: Json) -> Json:
    others = [one for one in rotation["events"] if one["id"] != event["id"]]
    if event["effective_until"] and event["effective_until"] < event["effective_since"]:
        raise invalid(sentence("effective_until", "must be after effective since"))
    if any(_overlap(event, other) for other in others if not _is_over(api, other)):
        raise invalid("Events of a rotation cannot overlap")
    if len([one for one in others if not _is_over(api, one)]) >= MOST_EVENTS:
        raise invalid("Events must be less than or equal to 5")
    api.replace("schedule_rotation", {**rotation, "events": [*others, event]})
    return event


def _overlap(one: Json, other: Json) -> bool:
    first, second = sorted((one, other), key=lambda event: str(event["effective_since"]))
    return first["effective_until"] is None or first["effective_until"] > second["effective_since"]


def _is_over(api: Api, event: Json) -> bool:
    return bool(event["effective_until"]) and event["effective_until"] <= api.now()


def _rotation(api: Api, schedule: str, rotation: str) -> Json:
    document: Json = api.kinds["schedule_rotation"].existing(api, rotation, schedule)
    return document


def _event(rotation: Json, id_: str) -> Json:
    found: Json | None = next((event for event in rotation["events"] if event["id"] == id_), None)
    if found is None:
        raise not_found()
    return found


_EVENTS = "/v3/schedules/<parent>/rotations/<rotation>/events"
_EVENT = f"{_EVENTS}/<id>"

RULES = (
    Rule(_EVENTS, methods=["GET"], endpoint=list_events),
    Rule(_EVENTS, methods=["POST"], endpoint=create_event),
    Rule(_EVENT, methods=["GET"], endpoint=show_event),
    Rule(_EVENT, methods=["PUT"], endpoint=update_event),
    Rule(_EVENT, methods=["DELETE"], endpoint=delete_event),
)
