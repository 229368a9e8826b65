"""The queries: metrics of all, of each service, team and policy, and raw incidents (pagerduty.md 13)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.routing.zones import schedule_zone
from pdslack_cli.sandbox.pagerduty.access import USER_KINDS
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.analytics.figures import of_incident, of_many
from pdslack_cli.sandbox.pagerduty.fields import (
    Field,
    Fields,
    anything,
    boolean,
    instant,
    list_of,
    number,
    one_of,
    record,
    text,
    time_zone,
)
from pdslack_cli.sandbox.pagerduty.refusals import bad_arguments, not_found

LONGEST = timedelta(days=366)
ID_FILTERS = {
    "service_ids": "service_id",
    "team_ids": "team_id",
    "escalation_policy_ids": "escalation_policy_id",
    "priority_ids": "priority_id",
    "priority_names": "priority_name",
}
FILTERS: Fields = {
    "created_at_start": Field(instant),
    "created_at_end": Field(instant),
    "updated_after": Field(instant),
    "urgency": Field(one_of("high", "low")),
    "major": Field(boolean),
    **{name: Field(list_of(text())) for name in ID_FILTERS},
}
QUERY: Fields = {
    "filters": Field(record(FILTERS), default={}, nullable=False),
    "time_zone": Field(time_zone, default="Etc/UTC", nullable=False),
    "order": Field(one_of("asc", "desc"), default="desc", nullable=False),
    "order_by": Field(text()),
    "aggregate_unit": Field(one_of("day", "week", "month")),
    "starting_after": Field(text()),
    "ending_before": Field(anything),
    "limit": Field(number(1, 1000), default=100, nullable=False),
}


def _query(api: Api) -> Json:
    """What is asked for. Raises Refused."""
    query = api.checked(QUERY, api.bare_body() if api.content else {})
    filters = query["filters"] = {
        name: value for name, value in query["filters"].items() if value is not None
    }
    if api.token.kind in USER_KINDS and not (filters.get("team_ids") or filters.get("service_ids")):
        raise bad_arguments("team_ids or service_ids must be given with a user token")
    start, end = _moment(filters.get("created_at_start")), _moment(filters.get("created_at_end"))
    if start and (end or api.clock.now()) - start > LONGEST:
        raise bad_arguments("The range must be one year at most")
    return query


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _figures(api: Api, filters: Json) -> list[Json]:
    """The figures of the incidents that the filters let through, oldest first."""
    start, end, updated = (
        _text(filters.get(name)) for name in ("created_at_start", "created_at_end", "updated_after")
    )
    chosen = [
        incident
        for incident in api.all("incident")
        if (start or "") <= incident["created_at"] < (end or "9")
        and incident["updated_at"] > (updated or "")
        and filters.get("urgency") in (None, incident["urgency"])
    ]
    found = (of_incident(api, incident) for incident in chosen)
    return [one for one in found if not filters.get("major") and _chosen(one, filters)]


def _chosen(figures: Json, filters: Json) -> bool:
    return all(figures[field] in filters[name] for name, field in ID_FILTERS.items() if filters.get(name))


def _text(value: str | None) -> str | None:
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC).strftime(STAMP)


def metrics(api: Api, each: str = "", percentiles: bool = False) -> SandboxResponse:
    """Metrics of all incidents, or of those of each service, team or policy; in ranges where asked for."""
    query = _query(api)
    groups: dict[tuple[str | None, str], list[Json]] = {}
    for one in _figures(api, query["filters"]):
        key = one[f"{each}_id"] if each else None, _range(one["created_at"], query)
        groups.setdefault(key, []).append(one)
    rows = []
    for (_, start), members in groups.items():
        about = {name: members[0][name] for name in (f"{each}_id", f"{each}_name")} if each else {}
        span = {"range_start": start} if start else {}
        rows.append({**span, **about, **of_many(members, percentiles=percentiles)})
    order_by = query["order_by"]
    if rows and order_by in rows[0]:
        rows.sort(
            key=lambda row: (row[order_by] is not None, row[order_by]), reverse=query["order"] == "desc"
        )
    echoed = {name: query[name] for name in ("filters", "time_zone", "order", "order_by", "aggregate_unit")}
    return SandboxResponse({"data": rows, **echoed})


def _range(created_at: str, query: Json) -> str:
    """The start of the day, week or month that a time is in; empty where nothing is aggregated."""
    at = datetime.fromisoformat(created_at).astimezone(schedule_zone(query["time_zone"]) or UTC)
    day = at.replace(hour=0, minute=0, second=0)
    match query["aggregate_unit"]:
        case "week":
            day -= timedelta(days=day.weekday())
        case "month":
            day = day.replace(day=1)
        case None:
            return ""
    return day.isoformat()


def raw(api: Api) -> SandboxResponse:
    """The figures of each incident, in pages that begin after an incident."""
    query = _query(api)
    order_by = query["order_by"] or "created_at"
    if order_by not in ("created_at", "seconds_to_resolve"):
        raise bad_arguments("order_by must be created_at or seconds_to_resolve")
    rows = sorted(
        _figures(api, query["filters"]),
        key=lambda row: (row[order_by] is not None, row[order_by], row["incident_number"]),
        reverse=query["order"] == "desc",
    )
    ids = [row["id"] for row in rows]
    start = ids.index(query["starting_after"]) + 1 if query["starting_after"] in ids else 0
    shown = rows[start : start + query["limit"]]
    return SandboxResponse(
        {
            "data": shown,
            "first": shown[0]["id"] if shown else "",
            "last": shown[-1]["id"] if shown else "",
            "more": start + query["limit"] < len(rows),
            "order_by": order_by,
            **{name: query[name] for name in ("limit", "order", "filters", "time_zone")},
        }
    )


def raw_incident(api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
    """The figures of one incident."""
    incident = api.get("incident", id)
    if incident is None:
        raise not_found()
    return SandboxResponse(of_incident(api, incident))


METRICS = "/analytics/metrics/incidents"
RULES = (
    Rule(f"{METRICS}/all", methods=["POST"], endpoint=partial(metrics, percentiles=True)),
    *(
        rule
        for plural, kind in (
            ("services", "service"),
            ("teams", "team"),
            ("escalation_policies", "escalation_policy"),
        )
        for rule in (
            Rule(f"{METRICS}/{plural}", methods=["POST"], endpoint=partial(metrics, each=kind)),
            Rule(f"{METRICS}/{plural}/all", methods=["POST"], endpoint=metrics),
        )
    ),
    Rule("/analytics/raw/incidents", methods=["POST"], endpoint=raw),
    Rule("/analytics/raw/incidents/<id>", methods=["GET"], endpoint=raw_incident),
)
