"""Conversion of events between PD-CEF and the Events API v2 (orchestration.md 1.5, 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pdslack_cli.model import Json

_PAYLOAD = ("summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details")


def from_events_api(body: Mapping[str, Any]) -> Json:
    """Convert a body of the Events API v2 to PD-CEF. Absent fields stay absent: (unverified)."""
    event = {name: value for name, value in body.items() if name not in ("payload", "routing_key")}
    return {**event, **(body.get("payload") or {})}


def to_events_api(event: Mapping[str, Any]) -> Json:
    """Convert an event to a body of the Events API v2, without its routing key."""
    body = {name: value for name, value in event.items() if name not in _PAYLOAD}
    return {
        "event_action": "trigger",
        **body,
        "payload": {name: event[name] for name in _PAYLOAD if name in event},
    }
