"""What happened in the sandbox, in a few words: for tests, and for people at a terminal."""

from __future__ import annotations

from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.store import Store

MOST = 100  # of each


def events(store: Store, dedup_key: str = "") -> list[Json]:
    """The last events, the newest first, each with what became of it and who is paged."""
    fields = {"_key": dedup_key} if dedup_key else {}
    return [_event(store, one) for one in store.newest("pagerduty.event", MOST, **fields)]


def _event(store: Store, document: Json) -> Json:
    result = document["result"] or {}
    alert = store.get("pagerduty.alert", result.get("alert") or "")
    incident = store.get("pagerduty.incident", (alert or {}).get("_parent") or result.get("incident") or "")
    return {
        "received_at": document["received_at"],
        "event": document["event"],
        "outcome": result.get("outcome"),
        "reason": result.get("reason"),
        "service": _name(store, "service", result.get("service")),
        "rules": result.get("rules") or [],
        "incident": incident and _incident(store, incident),
    }


def incidents(store: Store) -> list[Json]:
    """The last incidents, the newest first."""
    return [_incident(store, one) for one in store.newest("pagerduty.incident", MOST)]


def _incident(store: Store, incident: Json) -> Json:
    priority = incident.get("priority") or {}
    return {
        "id": incident["id"],
        "number": incident["incident_number"],
        "title": incident["title"],
        "status": incident["status"],
        "urgency": incident["urgency"],
        "priority": _name(store, "priority", priority.get("id")),
        "service": _name(store, "service", incident["service"]["id"]),
        "created_at": incident["created_at"],
        "assigned": [
            _name(store, "user", one["assignee"]["id"]) for one in incident.get("assignments") or ()
        ],
    }


def notifications(store: Store) -> list[Json]:
    """Whom PagerDuty would have notified, the newest first."""
    return [
        {
            **{name: value for name, value in one.items() if not name.startswith("_")},
            "user": _name(store, "user", (one.get("user") or {}).get("id")),
        }
        for one in store.newest("pagerduty.notification", MOST)
    ]


def messages(store: Store, channel: str) -> list[Json]:
    """The messages of a channel, the oldest first. Raises KeyError where there is no such channel."""
    named = store.find("slack.channel", name=channel.removeprefix("#"))
    found = named[0] if named else store.get("slack.channel", channel)
    if found is None:
        raise KeyError(f"there is no channel {channel!r}")
    return [one for one in store.all("slack.message") if one["channel"] == found["id"]]


def _name(store: Store, kind: str, id_: Any) -> str | None:
    document = store.get(f"pagerduty.{kind}", str(id_)) if id_ else None
    return str(document["name"]) if document else None
