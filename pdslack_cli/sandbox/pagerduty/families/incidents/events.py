"""Events API v2 (orchestration.md 3)."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import Rule, Subdomain

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.incidents import change_events
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, PlainlyRefused
from pdslack_cli.sandbox.pagerduty.runtime.arrival import pipeline

ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "warning", "error", "info")
LARGEST = 512 * 1024
KEY_LENGTH = 32


def enqueue(api: Api) -> SandboxResponse:
    """Accept an alert event. 202 means that it is well formed, not that it had an effect."""
    key = accept(api, read_event(api))
    return SandboxResponse({"status": "success", "message": "Event processed", "dedup_key": key}, 202)


def accept(api: Api, event: Json) -> str:
    """Let an event have its effect; return its dedup key. Raises Refused."""
    payload = event.get("payload")
    errors = [*key_errors(event), *link_errors(event)]
    if event.get("event_action") not in ACTIONS:
        errors.append(not_one_of("event_action", ACTIONS))
    elif event["event_action"] == "trigger":
        errors += payload_errors(payload, ("summary", "source"))
        if isinstance(payload, dict) and payload.get("severity") not in SEVERITIES:
            errors.append(not_one_of("payload.severity", SEVERITIES))
    elif not event.get("dedup_key"):
        errors.append("'dedup_key' is missing or blank")
    if event.get("dedup_key") in (None, ""):
        event.pop("dedup_key", None)
    if not isinstance(event.get("dedup_key", ""), str) or len(event.get("dedup_key", "")) > 255:
        errors.append("Length of 'dedup_key' is incorrect (should be at most 255 characters)")
    refuse(errors)
    event.setdefault("dedup_key", ids.hexadecimal(api.store, 32))
    store_event(api, event, pipeline.process(api, event))
    return str(event["dedup_key"])


def key_of(api: Api, to: str) -> str:
    """The routing key of a service or orchestration, by its name or by a key. Raises ValueError."""
    for kind, parent in (
        ("integration", "service"),
        ("event_orchestration_integration", "event_orchestration"),
    ):
        if api.find(kind, _key=to):
            return to
        for document in api.find(parent, name=to):
            for integration in api.find(kind, _parent=document["id"]):
                if integration.get("_key"):
                    return str(integration["_key"])
            raise ValueError(f"{to!r} has no integration that takes events")
    raise ValueError(f"no service, orchestration or integration key is called {to!r}")


def enqueue_change(api: Api) -> SandboxResponse:
    """Take a change event; it pages nobody. Keys of orchestrations take none."""
    event = read_event(api)
    errors = [*key_errors(event), *link_errors(event), *payload_errors(event.get("payload"), ("summary",))]
    if str(event.get("routing_key", "")).startswith("R"):
        errors.append("'routing_key' is not for change events")
    refuse(errors)
    change_events.record(api, event)
    return SandboxResponse({"status": "success", "message": "Change event processed"}, 202)


def read_event(api: Api) -> Json:
    """The body. Raises Refused in this API's own shape."""
    if len(api.content) > LARGEST:
        raise refusal(413, "invalid event", "Event object is too large", "Event must be at most 512 KB")
    try:
        return api.bare_body()
    except PagerDutyRefusal:
        unrecognized = "Event object format is unrecognized"
        raise refusal(400, "Unrecognized object", unrecognized, "JSON parse error") from None


def key_errors(event: Json) -> list[str]:
    """The key is 32 characters; whether anybody has it is found out later."""
    key = event.get("routing_key")
    if isinstance(key, str) and len(key) == KEY_LENGTH:
        return []
    return [f"Length of 'routing_key' is incorrect (should be {KEY_LENGTH} characters)"]


def payload_errors(payload: Any, needed: tuple[str, ...]) -> list[str]:
    """What every payload must have."""
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    blank = [name for name in needed if not isinstance(payload.get(name), str) or not payload[name].strip()]
    errors = [f"'payload.{name}' is missing or blank" for name in blank]
    if len(str(payload.get("summary", ""))) > 1024:
        errors.append("Length of 'payload.summary' is incorrect (should be at most 1024 characters)")
    return errors


def link_errors(event: Json) -> list[str]:
    """Links lead somewhere, images come from somewhere."""
    errors = []
    for field, needed in (("links", "href"), ("images", "src")):
        entries = event.get(field) or []
        if not isinstance(entries, list) or any(
            not isinstance(e, dict) or not e.get(needed) for e in entries
        ):
            errors.append(f"'{field}' is invalid (each must have '{needed}')")
    return errors


def not_one_of(field: str, allowed: tuple[str, ...]) -> str:
    """The vendor's sentence for an unknown word."""
    quoted = [f"'{word}'" for word in allowed]
    listed = f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    return f"'{field}' is invalid (must be one of the following: {listed})"


def refuse(errors: list[str]) -> None:
    """Raise Refused where there are errors."""
    if errors:
        raise refusal(400, "invalid event", "Event object is invalid", *errors)


def refusal(status: int, word: str, message: str, *errors: str) -> PagerDutyRefusal:
    """An error in this API's own shape."""
    return PlainlyRefused(status, {"status": word, "message": message, "errors": list(errors)})


def store_event(api: Api, event: Json, result: Json) -> None:
    """Store an event with the time it came, and what became of it."""
    id_ = ids.long(api.store)
    api.insert(
        "event",
        {
            "id": id_,
            "_key": event.get("dedup_key"),
            "received_at": api.now(),
            "event": event,
            "result": result,
        },
    )


RULES = (
    Subdomain(
        "events",
        [
            Rule("/v2/enqueue", methods=["POST"], endpoint=enqueue),
            Rule("/v2/change/enqueue", methods=["POST"], endpoint=enqueue_change),
        ],
    ),
)
