"""Actions on incidents: notes, snoozes, responders, status updates, merges (pagerduty.md 11)."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.incidents.incidents import acting_user, field_values
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    anything,
    list_of,
    number,
    one_of,
    record,
    reference,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, invalid, not_found
from pdslack_cli.sandbox.pagerduty.runtime import changes, informing, lifecycle, timeline
from pdslack_cli.sandbox.pagerduty.runtime.outbound import publishing

LONGEST_SNOOZE = 604_800
MOST_NOTES = 2_000
MOST_MERGED_ALERTS = 1_000
ALREADY_RESOLVED, ALREADY_MERGED = 1001, 1019


def incident_of(api: Api, id_: str) -> Json:
    """The incident of a path. Raises Refused with 404."""
    return api.kinds["incident"].existing(api, id_)


def snooze(api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
    """Extend an acknowledgement."""
    user, incident = acting_user(api), incident_of(api, id)
    wanted = api.checked({"duration": Field(number(1, LONGEST_SNOOZE), required=True)}, api.bare_body())
    incident = changes.snooze(api, incident, wanted["duration"], user)
    return SandboxResponse({"incident": api.view("incident", incident)}, 201)


def list_notes(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """The notes, newest first."""
    notes = api.find("note", _parent=incident_of(api, id)["id"])
    return SandboxResponse({"notes": [shown_note(api, note) for note in reversed(notes)]})


def add_note(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Add a note; everybody involved in the incident is notified."""
    user, incident = acting_user(api), incident_of(api, id)
    if len(api.find("note", _parent=incident["id"])) >= MOST_NOTES:
        raise PagerDutyRefusal(400, "Product limit reached", 2019, ("Notes limit exceeded",))
    note = lifecycle.annotated(api, incident, content_of(api), user)
    return SandboxResponse({"note": shown_note(api, note)})


def change_note(api: Api, id: str, note: str) -> SandboxResponse:  # noqa: A002
    """Update a note."""
    acting_user(api)
    found = existing_note(api, id, note)
    changed = {**found, "content": content_of(api), "updated_at": api.now()}
    api.replace("note", changed)
    return SandboxResponse({"note": shown_note(api, changed)})


def delete_note(api: Api, id: str, note: str) -> SandboxResponse:  # noqa: A002
    """Delete a note."""
    acting_user(api)
    api.delete("note", existing_note(api, id, note)["id"])
    return SandboxResponse(None, 204)


def existing_note(api: Api, incident: str, id_: str) -> Json:
    """A note of an incident. Raises Refused with 404."""
    found = api.get("note", id_)
    if found is None or found["_parent"] != incident_of(api, incident)["id"]:
        raise not_found()
    return found


def content_of(api: Api) -> str:
    """The text of a note in a body."""
    content: str = api.checked({"content": Field(text(shortest=1), required=True)}, api.body("note"))[
        "content"
    ]
    return content


def shown_note(api: Api, note: Json) -> Json:
    """A note as it is answered; a service that wrote it, by its rules, is called a bot."""
    shown = {name: api.expanded(value) for name, value in note.items() if not name.startswith("_")}
    if note["user"]["type"] == "service_reference":
        shown["user"]["type"] = "bot_user_reference"
    return shown


def update_status(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Send a status update to the subscribers."""
    user, incident = acting_user(api), incident_of(api, id)
    fields = {
        "message": Field(text(shortest=1), required=True),
        "subject": Field(text()),
        "html_message": Field(text()),
    }
    wanted = {
        name: value for name, value in api.checked(fields, api.bare_body()).items() if value is not None
    }
    if ("subject" in wanted) != ("html_message" in wanted):
        raise invalid("Subject and html message must be given together")
    update = informing.update_status(api, incident, user, **wanted)
    return SandboxResponse({"status_update": api.expanded(update)})


def responder_target(value: Any, exists: Exists) -> Json:
    """`{responder_request_target: reference}`, as the API wraps each of them."""
    if isinstance(value, dict) and isinstance(value.get("responder_request_target"), dict):
        value = value["responder_request_target"]
    checked: Json = reference("user", "escalation_policy")(value, exists)
    return checked


def request_responders(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Ask more people for help; they are paged with high urgency."""
    api.need("coordinated_responding")
    incident = incident_of(api, id)
    fields: Fields = {
        "requester_id": Field(text(shortest=1), required=True),
        "message": Field(text(shortest=1), required=True),
        "responder_request_targets": Field(list_of(responder_target, least=1), required=True),
    }
    wanted = api.checked(fields, api.bare_body())
    if not api.exists("user", wanted["requester_id"]):
        raise invalid("Requester not found")
    requester = {"id": wanted["requester_id"], "type": "user_reference"}
    targets = wanted["responder_request_targets"]
    request = informing.ask(api, incident, requester, wanted["message"], targets)
    return SandboxResponse({"responder_request": shown_request(api, request)})


def shown_request(api: Api, request: Json) -> Json:
    """A responder request as it is answered: its targets, with the state of everybody behind them."""
    kept = api.expanded({name: value for name, value in request.items() if not name.startswith("_")})
    asked = {name: kept[name] for name in ("incident", "requester", "requested_at", "message")}
    targets = []
    for target in request["_targets"]:
        responders = [
            {
                **asked,
                "state": one["state"],
                "user": api.reference("user", one["user"]),
                "updated_at": one["updated_at"],
            }
            for one in request["_responders"]
            if one["target"] == target
        ]
        targets.append(
            {"responder_request_target": {**api.expanded(target), "incident_responders": responders}}
        )
    return {**kept, "responder_request_targets": targets}


def cancel_responders(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Cancel requests that nobody has answered; what became of each target."""
    api.need("coordinated_responding")
    incident = incident_of(api, id)
    target: Fields = {
        "id": Field(text(shortest=1), required=True),
        "type": Field(one_of("user_reference", "escalation_policy_reference"), required=True),
    }
    fields: Fields = {"responder_request_targets": Field(list_of(record(target), least=1), required=True)}
    wanted = api.checked(fields, api.bare_body())["responder_request_targets"]
    results = [{**one, "result": informing.cancel(api, incident, one)} for one in wanted]
    return SandboxResponse({"responder_request_targets": results})


def merge(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Move the alerts of other incidents here, and resolve those."""
    user, target = acting_user(api), incident_of(api, id)
    source: Fields = {"source_incidents": Field(list_of(reference("incident"), least=1), required=True)}
    sources = [
        incident_of(api, one["id"]) for one in api.checked(source, api.bare_body())["source_incidents"]
    ]
    if target["status"] == "resolved":
        raise PagerDutyRefusal(400, "Incident Already Resolved", ALREADY_RESOLVED)
    if any(one["id"] == target["id"] or one.get("_merged_into") for one in sources):
        raise PagerDutyRefusal(400, "Incident already merged", ALREADY_MERGED)
    moved = [alert for one in sources for alert in api.find("alert", _parent=one["id"])]
    if len(moved) + len(api.find("alert", _parent=target["id"])) > MOST_MERGED_ALERTS:
        raise invalid("Incidents have too many alerts to be merged")
    here = {"id": target["id"], "type": "incident_reference"}
    for alert in moved:
        api.replace("alert", {**alert, "_parent": target["id"], "incident": here})
    for one in sources:
        reason = {"type": "merge_resolve_reason", "incident": here}
        if one["status"] != "resolved":
            one = lifecycle.resolved(api, one, user, changes.CHANNEL, reason)
        lifecycle.changed(api, one, _merged_into=target["id"], _resolve_reason=reason)
    return SandboxResponse({"incident": api.reference("incident", target["id"])})


def read_field_values(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """A value, or null, for every enabled field of the incident's type."""
    return SandboxResponse({"custom_fields": field_values(api, incident_of(api, id))})


def write_field_values(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Set some values, all or none; null unsets."""
    incident = incident_of(api, id)
    entry: Fields = {"id": Field(text()), "name": Field(text()), "value": Field(anything)}
    wanted = api.checked({"custom_fields": Field(list_of(record(entry)), required=True)}, api.bare_body())
    fields = {key: field for field in api.all("incident_field") for key in (field["id"], field["name"])}
    values, before = dict(incident["_fields"]), []
    for given in wanted["custom_fields"]:
        field = fields.get(given["id"] or given["name"] or "")
        if field is None:
            raise invalid("Custom field not found")
        before.append(field_value(field, values.get(field["name"])))
        values[field["name"]] = given["value"]
    incident = lifecycle.changed(api, incident, _fields=values)
    current = [
        field_value(field, values.get(field["name"]))
        for field in api.all("incident_field")
        if field["enabled"]
    ]
    data = {
        "type": "incident_field_values",
        "incident": {"id": incident["id"], "type": "incident_reference"},
        "custom_fields": current,
        "changed_custom_fields": before,
    }
    agent = acting_user(api) if api.headers.get("From") else None
    timeline.record(api, incident, "custom_field_value_change", agent)
    publishing.publish(api, "incident.custom_field_values.updated", incident, agent, data)
    return SandboxResponse(read_field_values(api, id).body, 201)


def field_value(field: Json, value: Any) -> Json:
    """A value as webhooks show it."""
    return {
        "id": field["id"],
        "name": field["name"],
        "namespace": "incidents",
        "type": "field_value",
        "field_type": field["field_type"],
        "data_type": field["data_type"],
        "value": value,
    }


ONE = "/incidents/<id>"
RULES = tuple(
    Rule(f"{ONE}/{path}", methods=[method], endpoint=endpoint)
    for method, path, endpoint in (
        ("POST", "snooze", snooze),
        ("GET", "notes", list_notes),
        ("POST", "notes", add_note),
        ("PUT", "notes/<note>", change_note),
        ("DELETE", "notes/<note>", delete_note),
        ("POST", "status_updates", update_status),
        ("POST", "responder_requests", request_responders),
        ("PUT", "responder_requests/cancel", cancel_responders),
        ("PUT", "merge", merge),
        ("GET", "custom_fields/values", read_field_values),
        ("PUT", "custom_fields/values", write_field_values),
    )
)
