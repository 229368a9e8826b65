"""Who may be paged by what: look-ups that several families need."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api


def of_team(document: Json, team: str) -> bool:
    """Whether a policy or schedule belongs to the team."""
    return any(owner["id"] == team for owner in document["teams"])


def targets(policy: Json) -> set[str]:
    """The ids of everybody and everything that a policy notifies."""
    return {target["id"] for rule in policy["escalation_rules"] for target in rule["targets"]}


def on_rotation(api: Api, schedule: Json, user: str) -> bool:
    """Whether a layer that has not ended rotates through the user."""
    return user in {member["user"]["id"] for layer in live_layers(api, schedule) for member in layer["users"]}


def live_layers(api: Api, schedule: Json) -> list[Json]:
    """The layers that have not ended."""
    return [
        layer for layer in schedule["schedule_layers"] if layer["end"] is None or layer["end"] > api.now()
    ]
