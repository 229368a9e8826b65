"""What became of alerts that waited before they made an incident (pagerduty.md 11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.refusals import bad_arguments

LONGEST = timedelta(days=184)
NEWEST = 5


def list_alerts(api: Api) -> SandboxResponse:
    """The newest that became incidents after all, and the newest that were resolved before."""
    found = _reported(api)
    shown = {name: [_shown(one) for one in found[name][-NEWEST:][::-1]] for name in ("triggered", "resolved")}
    lists = {f"{name}_after_pause_alerts": alerts for name, alerts in shown.items()}
    return SandboxResponse({"paused_incident_reporting_alerts": {**_span(api), **lists}})


def count_alerts(api: Api) -> SandboxResponse:
    """How many of each there were."""
    found = _reported(api)
    counts = {f"{name}_after_pause_count": len(found[name]) for name in ("triggered", "resolved")}
    all_ = {"paused_count": sum(map(len, found.values()))}
    return SandboxResponse({"paused_incident_reporting_counts": {**_span(api), **all_, **counts}})


def _span(api: Api) -> Json:
    """From when to when; half a year at most, which is what is meant without a start."""
    until = api.instant("until") or api.clock.now()
    since = api.instant("since") or until - LONGEST
    if not timedelta() <= until - since <= LONGEST:
        raise bad_arguments("since must be before until, by at most 6 months")
    return {"since": since.astimezone(UTC).strftime(STAMP), "until": until.astimezone(UTC).strftime(STAMP)}


def _reported(api: Api) -> dict[str, list[Json]]:
    """The alerts of the span that were paused, by how the pause ended, oldest first."""
    span, service, by = _span(api), api.arguments.get("service_id"), api.arguments.get("suspended_by")
    found: dict[str, list[Json]] = {"waiting": [], "triggered": [], "resolved": []}
    for alert in api.all("alert"):
        if (
            alert.get("_paused_by") in ((by,) if by else ("auto_pause", "rules"))
            and span["since"] <= alert["created_at"] <= span["until"]
            and service in (None, alert["service"]["id"])
        ):
            end = (
                "triggered"
                if alert["_parent"]
                else "resolved"
                if alert["status"] == "resolved"
                else "waiting"
            )
            found[end].append(alert)
    return found


def _end(alert: Json) -> str:
    if alert["_parent"]:
        return "triggered"
    return "resolved" if alert["status"] == "resolved" else "waiting"


def _shown(alert: Json) -> Json:
    return {"id": alert["id"], "service_id": alert["service"]["id"], "created_at": alert["created_at"]}


_REPORTS: dict[str, Callable[[Api], SandboxResponse]] = {"alerts": list_alerts, "counts": count_alerts}
RULES = tuple(
    Rule(f"/paused_incident_reports/{name}", methods=["GET"], endpoint=endpoint)
    for name, endpoint in _REPORTS.items()
)
