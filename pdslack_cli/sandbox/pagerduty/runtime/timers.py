"""Timers: what will happen to an incident or an alert unless something else happens first."""

from __future__ import annotations

from datetime import datetime, timedelta

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api

KIND = "timer"


def start(api: Api, action: str, subject: str, seconds: float, **details: str) -> None:
    """Let `action` happen to `subject` (an id) in that many seconds; it replaces an equal timer."""
    key = "/".join((subject, action, *details.values()))
    due = (api.clock.now() + timedelta(seconds=seconds)).strftime(STAMP)
    timer = {"id": key, "_parent": subject, "_due": due, "action": action, **details}
    api.keep(KIND, timer)


def stop(api: Api, subject: str, *actions: str) -> None:
    """Forget the timers of `subject`: those of the actions, or all."""
    for timer in of(api, subject):
        if not actions or timer["action"] in actions:
            api.delete(KIND, timer["id"])


def of(api: Api, subject: str) -> list[Json]:
    """The timers of an incident or alert, oldest first."""
    return api.find(KIND, _parent=subject)


def next_end(api: Api, until: datetime) -> datetime | None:
    """When the next timer ends, if it does by then."""
    for timer in api.store.due(f"pagerduty.{KIND}", until.strftime(STAMP), most=1):
        return datetime.fromisoformat(timer["_due"])
    return None


def due(api: Api, until: datetime) -> Json | None:
    """The timer that ends first, if it ends by then; it is forgotten."""
    for timer in api.store.due(f"pagerduty.{KIND}", until.strftime(STAMP), most=1):
        api.delete(KIND, timer["id"])
        return timer
    return None
