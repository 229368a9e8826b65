"""Whether a service is under maintenance now (pagerduty.md 10.1)."""

from __future__ import annotations

from datetime import datetime

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api


def phase(api: Api, window: Json) -> str:
    """Whether a window is past, ongoing or future."""
    now = api.clock.now()
    if datetime.fromisoformat(window["end_time"]) <= now:
        return "past"
    return "ongoing" if datetime.fromisoformat(window["start_time"]) <= now else "future"


def lasts(api: Api, service: str) -> bool:
    """Whether a window of the service is ongoing."""
    return ongoing(api, service) is not None


def ongoing(api: Api, service: str) -> Json | None:
    """The ongoing window of the service that ends last; None if none is ongoing."""
    windows = [
        window
        for window in api.all("maintenance_window")
        if service in (one["id"] for one in window["services"]) and phase(api, window) == "ongoing"
    ]
    return max(windows, key=lambda one: datetime.fromisoformat(one["end_time"]), default=None)
