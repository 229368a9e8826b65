"""Lookups of who is notified by what, shared by several families."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.oncall import DAY, SimulatedLayer, SimulatedSchedule, on_call, read_schedule
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


def newest_layer_first(schedule: Json) -> Json:
    """A schedule with its layers as answers have them; they are kept oldest first."""
    return {**schedule, "schedule_layers": schedule["schedule_layers"][::-1]}


def as_simulated(api: Api, schedule: Json) -> SimulatedSchedule:
    """A schedule for `routing/`: its layers, and each override as a layer above all others."""
    simulated = read_schedule(newest_layer_first(schedule))
    overrides = tuple(_as_layer(override) for override in api.find("override", _parent=schedule["id"]))
    return replace(simulated, layers=(*(simulated.layers or ()), *overrides))


def _as_layer(override: Json) -> SimulatedLayer:
    start, end = (datetime.fromisoformat(override[name]) for name in ("start", "end"))
    return SimulatedLayer((override["user"]["id"],), start, start, turn=DAY, end=end)


def person_on_call(api: Api, schedule: Json, at: datetime) -> str | None:
    """The id of the person who is on call in a schedule; an override comes before every layer."""
    return on_call(as_simulated(api, schedule), at)
