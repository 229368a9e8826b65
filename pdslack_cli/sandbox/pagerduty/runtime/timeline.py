"""The timeline of an incident: log entries (pagerduty.md 11)."""

from __future__ import annotations

from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api

AUTOMATIC = {"type": "auto"}
BY_TIMEOUT = {"type": "timeout"}


def record(
    api: Api, incident: Json, what: str, agent: Json | None, channel: Json = AUTOMATIC, **details: Any
) -> Json:
    """Add an entry `{what}_log_entry`. `agent` is a reference to who did it; None is the service itself."""
    entry = {
        "id": "R" + ids.ulid(api.store)[:13],
        "type": f"{what}_log_entry",
        "_parent": incident["id"],
        "created_at": api.now(),
        "agent": agent or {"id": incident["service"]["id"], "type": "service_reference"},
        "channel": channel,
        "service": {"id": incident["service"]["id"], "type": "service_reference"},
        "incident": {"id": incident["id"], "type": "incident_reference"},
        "teams": [{"id": team, "type": "team_reference"} for team in incident["_teams"]],
        "contexts": [],
        **details,
    }
    api.insert("log_entry", entry)
    return entry
