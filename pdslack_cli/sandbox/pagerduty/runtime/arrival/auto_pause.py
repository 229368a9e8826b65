"""Which new alerts a service with auto-pause holds back at first (pagerduty.md 5.4).

PagerDuty learns which alerts are transient. Here it is a stated rule: those whose last occurrence was
resolved within the time of the pause.
"""

from __future__ import annotations

from datetime import datetime

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api

KIND = "last_duration"


def resolved(api: Api, alert: Json) -> None:
    """Remember how long an alert lasted; its `_open` still holds the key it had."""
    if alert["_open"] and _seconds(api, alert):
        lasted = (api.clock.now() - datetime.fromisoformat(alert["created_at"])).total_seconds()
        api.keep(KIND, {"id": alert["_open"], "seconds": lasted})


def pause(api: Api, alert: Json) -> int:
    """For how many seconds a new alert waits; 0 where its incident opens at once."""
    seconds = _seconds(api, alert)
    last = api.get(KIND, alert["_open"]) if seconds else None
    return seconds if last and last["seconds"] <= seconds else 0


def _seconds(api: Api, alert: Json) -> int:
    service = alert["service"] and api.get("service", alert["service"]["id"])
    settings = service and service["auto_pause_notifications_parameters"]
    return int(settings["timeout"] or 0) if settings and settings["enabled"] else 0
