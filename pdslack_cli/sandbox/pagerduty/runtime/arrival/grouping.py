"""Which open incident a new alert joins, by the grouping of its service (orchestration.md 4.4).

PagerDuty's intelligent grouping learns; here it is a stated rule: alerts whose summaries are equal but for
numbers belong together.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.families.services.alert_grouping import RECOMMENDED_WINDOW, setting_of

MOST_ALERTS = 1000
OLDEST = timedelta(hours=24)
_NUMBERS = re.compile(r"\d+")


def incident_to_join(api: Api, alert: Json) -> Json | None:
    """The open incident that the alert belongs to; None where it makes one of its own."""
    setting = setting_of(api, alert["service"]["id"])
    if setting is None:
        return None
    now = api.clock.now()
    members = [member["id"] for member in setting["services"]]
    candidates = [incident for service in members for incident in api.find("incident", _open=service)]
    for incident in sorted(candidates, key=lambda one: str(one["created_at"]), reverse=True):
        alerts = api.find("alert", _parent=incident["id"])
        if alerts and len(alerts) < MOST_ALERTS and _belongs(setting, alert, alerts, now):
            return incident
    return None


def _belongs(setting: Json, alert: Json, alerts: list[Json], now: datetime) -> bool:
    config, first, last = setting["config"], _time(alerts[0]), _time(alerts[-1])
    if setting["type"] == "time":
        return not config["timeout"] or now - first <= timedelta(seconds=config["timeout"])
    window = timedelta(seconds=config.get("time_window") or RECOMMENDED_WINDOW)
    if now - last > window or now - first > OLDEST:
        return False
    by_content = setting["type"].startswith("content_based") and any(
        _same_content(config, alert, other) for other in alerts
    )
    by_likeness = "intelligent" in setting["type"] and any(_alike(alert, other) for other in alerts)
    return by_content or by_likeness


def _same_content(config: Json, alert: Json, other: Json) -> bool:
    enough = all if config["aggregate"] == "all" else any
    pairs = ((_value(alert, field), _value(other, field)) for field in config["fields"])
    return enough(mine is not None and mine == theirs for mine, theirs in pairs)


def _value(alert: Json, field: str) -> Any:
    value: Any = alert["_event"]
    for part in field.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _alike(alert: Json, other: Json) -> bool:
    return _NUMBERS.sub("#", alert["_summary"]) == _NUMBERS.sub("#", other["_summary"])


def _time(alert: Json) -> datetime:
    return datetime.fromisoformat(alert["created_at"])
