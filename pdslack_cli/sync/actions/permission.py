"""Who may act on an incident from Slack, by the template of its message."""

from __future__ import annotations

from typing import Any

from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.model import Json
from pdslack_cli.sync.current import CurrentConfig
from pdslack_cli.sync.message.rules import templates_of
from pdslack_cli.sync.storage import messages
from pdslack_cli.sync.storage.database import Database
from pdslack_cli.sync.vendors.people import PagerDutyUser
from pdslack_cli.sync.vendors.reading import IncidentReader

STRICTNESS = ("anyone", "team", "on_call")


class Permissions:
    """Decides by the strictest of the templates that an incident's messages have."""

    def __init__(
        self, database: Database, current: CurrentConfig, pagerduty: PagerDutyClient, reader: IncidentReader
    ) -> None:
        self._database, self._current = database, current
        self._pagerduty, self._reader = pagerduty, reader

    def refusal(self, user: PagerDutyUser, incident: Json) -> str:
        """Why somebody may not act on an incident; empty where they may. Raises ApiError."""
        match self._needed(str(incident["id"])):
            case "team" if not self._in_team(user, incident):
                return "only the team of the incident may do that"
            case "on_call" if not self._on_call(user, incident):
                return "only who is on call for the incident or assigned to it may do that"
        return ""

    def _needed(self, incident: str) -> str:
        templates = templates_of(self._current.stack)
        rows = self._database.read(lambda connection: messages.of_incident(connection, incident))
        needed = [templates[row.template].buttons_for for row in rows if row.template in templates]
        return max(needed, key=STRICTNESS.index, default="anyone")

    def _in_team(self, user: PagerDutyUser, incident: Json) -> bool:
        params: dict[str, Any] = {"include[]": ["teams"]}
        found = self._pagerduty.get(f"/users/{user.id}", **params)["user"]
        teams = {team["id"] for team in incident.get("teams") or ()}
        return bool(teams & {team["id"] for team in found.get("teams") or ()})

    def _on_call(self, user: PagerDutyUser, incident: Json) -> bool:
        assigned = {one["assignee"]["id"] for one in incident.get("assignments") or ()}
        on_call = self._reader.on_call(incident["escalation_policy"]["id"])
        return user.id in assigned | {entry["user"]["id"] for entry in on_call}
