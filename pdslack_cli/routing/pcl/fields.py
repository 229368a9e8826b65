"""Which fields events have, and what they hold (orchestration.md 1.5, 3.1)."""

from __future__ import annotations

import difflib

from pdslack_cli.routing.pcl.ast import FieldPath

ROOTS = frozenset({"event", "raw_event", "cache_var", "variables"})
TEXTS = ("summary", "source", "severity", "component", "group", "class", "dedup_key", "event_action")
UNCERTAIN = frozenset({"client", "client_url", "links", "images"})  # in events, but undocumented there
FIELDS = UNCERTAIN | {*TEXTS, "timestamp", "custom_details"}
REQUIRED = frozenset({"summary", "source", "severity", "event_action", "dedup_key"})  # of triggers
SETTABLE = frozenset({*TEXTS, "custom_details"}) - {"event_action"}

VALUES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("event", "severity"): ("critical", "error", "warning", "info"),
    ("event", "event_action"): ("trigger", "acknowledge", "resolve"),
    ("incident", "urgency"): ("high", "low"),
    ("incident", "status"): ("triggered", "acknowledged", "resolved"),
}


def field_of(path: FieldPath) -> str:
    """The field of `event` that a path leads to or through, empty for other paths."""
    first = path.rest[0] if path.root == "event" and path.rest else ""
    return first if isinstance(first, str) else ""


def is_free(path: FieldPath) -> bool:
    """Whether senders may put there whatever they like."""
    return path.root == "raw_event" or field_of(path) == "custom_details"


def values_of(path: FieldPath) -> tuple[str, ...]:
    """All values of a field that knows only a few, else none."""
    return VALUES.get((path.root, *(str(element) for element in path.rest)), ())


def unknown_field_hint(field: str) -> str:
    """What to write instead of a field that events lack."""
    if field == "payload":
        return "fields stand right under event: event.summary; the JSON as sent is raw_event.payload"
    near = difflib.get_close_matches(field, FIELDS, n=1)
    return f"did you mean event.{near[0]}?" if near else f"write event.custom_details.{field}"
