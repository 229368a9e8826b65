"""The fields of events and their values (orchestration.md 1.5, 3.1)."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from pdslack_cli.routing.pcl.ast import FieldPath

ROOTS = frozenset({"event", "raw_event", "cache_var", "variables"})
TEXTS = ("summary", "source", "severity", "component", "group", "class", "dedup_key", "event_action")
UNCERTAIN = frozenset({"client", "client_url", "links", "images"})  # in events, but undocumented there
FIELDS = UNCERTAIN | {*TEXTS, "timestamp", "custom_details"}
_ALWAYS_THERE = {  # by root; of events: of triggers. Priorities, resolution and custom fields may be absent
    "event": frozenset({"summary", "source", "severity", "event_action", "dedup_key"}),
    "incident": frozenset(
        {
            *("id", "number", "incident_number", "key", "incident_key", "title", "status", "urgency"),
            *("service", "service_id", "escalation_policy", "created_at", "updated_at"),
        }
    ),
}
_ALIKE = 0.75  # of a misspelt field to the right one; most other words are details of a sender
SETTABLE = frozenset({*TEXTS, "custom_details"}) - {"event_action"}

VALUES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("event", "severity"): ("critical", "error", "warning", "info"),
    ("event", "event_action"): ("trigger", "acknowledge", "resolve"),
    ("incident", "urgency"): ("high", "low"),
    ("incident", "status"): ("triggered", "acknowledged", "resolved"),
}


def field_of(path: FieldPath) -> str:
    """Return the field of `event` that a path leads to or through, empty for other paths."""
    first = path.rest[0] if path.root == "event" and path.rest else ""
    return first if isinstance(first, str) else ""


def is_always_there(path: FieldPath) -> bool:
    """Return whether every event, or every incident, has the field that a path leads to or through."""
    return bool(path.rest) and path.rest[0] in _ALWAYS_THERE.get(path.root, ())


_OF_INCIDENTS = frozenset({"priority", "urgency", "status", "title", "service", "teams"})
INCIDENT_FIELDS = _ALWAYS_THERE["incident"] | {
    *("priority", "resolved_at", "custom_fields", "incident_type", "teams", "assignees"),
    *("conference_bridge", "resolve_reason", "html_url"),
}
"""What incidents are known to have; PagerDuty lists no more than the most usual (orchestration.md 1.5)."""


def intended_path(path: FieldPath, roots: Collection[str] = ROOTS) -> str:
    """Return the path meant by a name without its root: `event.severity` for `severity`; or ""."""
    written, root = str(path), path.root.lower()
    field = path.rest[0].lower() if path.rest and isinstance(path.rest[0], str) else ""
    if "event" in roots and (root == "event" != path.root or root == "incident") and path.rest:
        of_event = {"title": "summary", "incident_key": "dedup_key"}.get(field, field)
        if of_event in FIELDS:
            return ".".join(["event", of_event, *map(str, path.rest[1:])])
    if "event" in roots and root == "details":
        return f"event.custom_details{written[len(root) :]}"
    if "event" in roots and root in _WITH_OTHERS and path.rest:
        return f"event.custom_details.{written.lower() if root != path.root else written}"
    if "event" in roots and root in FIELDS:
        return f"event.{root}{written[len(root) :]}"
    if "event" in roots and root == "payload" and path.rest:
        return f"event{written[len(root) :]}"
    if "incident" in roots and root in _OF_INCIDENTS:
        return f"incident.{root}{written[len(root) :]}"
    return ""


def is_free(path: FieldPath) -> bool:
    """Return whether senders may set the field to any value."""
    return path.root == "raw_event" or field_of(path) == "custom_details"


def values_of(path: FieldPath) -> tuple[str, ...]:
    """Return all values of an enumerated field; empty for other fields."""
    return VALUES.get((path.root, *(str(element) for element in path.rest)), ())


# Where senders put the details of an alert.
_WITH_OTHERS = frozenset({"annotations", "attributes", "commonlabels", "labels", "tags"})
_OTHER_WORDS = {
    **dict.fromkeys(("description", "headline", "message", "msg", "subject", "text", "title"), "summary"),
    **dict.fromkeys(("host", "hostname", "instance"), "source"),
    **dict.fromkeys(("level", "sev"), "severity"),
    **dict.fromkeys(("alias", "incident_key", "dedupkey"), "dedup_key"),
    **dict.fromkeys(("details", "customdetails", "custom_detail"), "custom_details"),
}


_ROOT_WORDS = {
    **dict.fromkeys(("e", "ev", "evt", "events"), "event"),
    **dict.fromkeys(("raw", "rawevent"), "raw_event"),
    **dict.fromkeys(("cache", "cachevar", "cache_variables"), "cache_var"),
    **dict.fromkeys(("incidents", "inc"), "incident"),
    **dict.fromkeys(("var", "vars", "variable"), "variables"),
}


def likely_path(path: FieldPath, roots: Collection[str] = ROOTS) -> str:
    """Return what to write for a path whose root is unknown: the path that is meant, or the most likely."""
    if intended := intended_path(path, roots):
        return intended
    written, root = str(path), path.root.lower()
    rest = written[len(path.root) :]
    near = difflib.get_close_matches(root, sorted(roots), n=1, cutoff=_ALIKE)
    likely_root = near[0] if near else _ROOT_WORDS.get(root, "")
    if likely_root in roots and path.rest:
        return likely_root + rest
    if "event" not in roots:
        return f"incident{rest}" if path.rest and path.rest[0] in INCIDENT_FIELDS else ""
    if root in _OTHER_WORDS and not path.rest:
        return f"event.{_OTHER_WORDS[root]}"
    return f"event.custom_details.{written}"


def unknown_field_hint(field: str) -> str:
    """Return what to write instead of an unknown field."""
    if field == "payload":
        return "fields are directly under event: event.summary; the JSON as sent is raw_event.payload"
    own = f"event.custom_details.{field}"
    if other := _OTHER_WORDS.get(field.lower()):
        return f"write event.{other}, or {own} if senders set that"
    near = difflib.get_close_matches(field.lower(), sorted(FIELDS), n=1, cutoff=_ALIKE)
    return f"did you mean event.{near[0]}?" if near else f"write {own}"


def unknown_incident_field_hint(field: str) -> str:
    """Return what to write instead of a field that incidents are not known to have."""
    near = difflib.get_close_matches(field, sorted(INCIDENT_FIELDS), n=1)
    if near:
        return f"did you mean incident.{near[0]}?"
    return "conditions on incidents mostly read incident.priority, incident.urgency or incident.title"
