"""The queries: metrics of incidents, responders and users, and raw incidents (pagerduty.md 13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.routing.zones import schedule_zone
from pdslack_cli.sandbox.pagerduty.access import USER_KINDS
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.analytics import responders
from pdslack_cli.sandbox.pagerduty.families.analytics.figures import of_incident, of_many
from pdslack_cli.sandbox.pagerduty.families.analytics.on_call_time import of_people, seconds_on_call
from pdslack_cli.sandbox.pagerduty.families.people.on_call import targets
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
    "time_zone": Field(time_zone, default="Etc/UTC", nullable=False),
    "order": Field(one_of("asc", "desc"), default="desc", nullable=False),
    "order_by": Field(text()),
    "aggregate_unit": Field(one_of("day", "week", "month")),
    "starting_after": Field(text()),
    "ending_before": Field(anything),
    "limit": Field(number(1, 1000), default=100, nullable=False),
}
OF_RESPONDERS: Fields = {
    **{name: FILTERS[name] for name in ("urgency", "team_ids", "priority_ids", "priority_names")},
    "date_range_start": Field(instant),
    "date_range_end": Field(instant),
    "responder_ids": Field(list_of(text())),
}
RANGE = {"date_range_start": "created_at_start", "date_range_end": "created_at_end"}


def query_of(api: Api, filters_known: Fields = FILTERS) -> Json:
    """What is asked for. Raises Refused."""
    known = {**QUERY, "filters": Field(record(filters_known), default={}, nullable=False)}
    query = api.checked(known, api.bare_body() if api.content else {})
    filters = query["filters"] = {
        name: value for name, value in query["filters"].items() if value is not None
    }
    if api.token.kind in USER_KINDS and not (filters.get("team_ids") or filters.get("service_ids")):
        raise bad_arguments("team_ids or service_ids must be given with a user token")
    ends = [name for name in (*RANGE, *RANGE.values()) if name in filters]
    start, end = (
        next((_moment(filters[name]) for name in ends if name.endswith(which)), None)
        for which in ("start", "end")
    )
    if start and (end or api.clock.now()) - start > LONGEST:
        raise bad_arguments("The range must be one year at most")
    return query


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _figures(api: Api, filters: Json) -> list[Json]:
    """The figures of the incidents that the filters let through, oldest first."""
    found = (of_incident(api, incident) for incident in within(api, filters))
    return [one for one in found if not filters.get("major") and chosen(one, filters)]


def within(api: Api, filters: Json) -> list[Json]:
    """The incidents of the times and the urgency that are asked for."""
    start, end, updated = (
        as_stamp(filters.get(name)) for name in ("created_at_start", "created_at_end", "updated_after")
    )
    return [
        incident
        for incident in api.all("incident")
        if (start or "") <= incident["created_at"] < (end or "9")
        and incident["updated_at"] > (updated or "")
        and filters.get("urgency") in (None, incident["urgency"])
    ]


def chosen(figures: Json, filters: Json) -> bool:
    """Whether the filters by ids and names let an incident through."""
    return all(figures[field] in filters[name] for name, field in ID_FILTERS.items() if filters.get(name))


def as_stamp(value: str | None) -> str | None:
    """A time of a query, as documents have it."""
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC).strftime(STAMP)


def metrics(api: Api, each: str = "", percentiles: bool = False) -> SandboxResponse:
    """Metrics of all incidents, or of those of each service, team or policy; in ranges where asked for."""
    query = query_of(api)
    groups: dict[tuple[str | None, str], list[Json]] = {}
    for one in _figures(api, query["filters"]):
        key = one[f"{each}_id"] if each else None, _range(one["created_at"], query)
        groups.setdefault(key, []).append(one)
    rows = []
    for (_, start), members in groups.items():
        about = {name: members[0][name] for name in (f"{each}_id", f"{each}_name")} if each else {}
        span = {"range_start": start} if start else {}
        rows.append({**span, **about, **of_many(members, percentiles=percentiles)})
    _sort(rows, query)
    echoed = {name: query[name] for name in ("filters", "time_zone", "order", "order_by", "aggregate_unit")}
    return SandboxResponse({"data": rows, **echoed})


def _sort(rows: list[Json], query: Json) -> None:
    """Put rows in the order that is asked for, if it is by one of their columns."""
    order_by = query["order_by"]
    if rows and order_by in rows[0]:
        rows.sort(
            key=lambda row: (row[order_by] is not None, row[order_by]), reverse=query["order"] == "desc"
        )


def responder_metrics(api: Api, by_team: bool = False) -> SandboxResponse:
    """Metrics of all responders together, or of each, under the team of the incidents."""
    query = query_of(api, OF_RESPONDERS)
    filters = {RANGE.get(name, name): value for name, value in query["filters"].items()}
    groups: dict[tuple[str | None, ...], list[Json]] = {}
    people: set[str] = set()
    for incident in within(api, filters):
        figures = of_incident(api, incident)
        if not chosen(figures, filters):
            continue
        for person in sorted({one["responder_id"] for one in responders.responses(api, incident)}):
            of_person = responders.of_person(api, incident, person)
            if of_person and person in (filters.get("responder_ids") or [person]):
                name = api.reference("user", person)["summary"]
                key = (person, name, figures["team_id"], figures["team_name"]) if by_team else ()
                groups.setdefault(key, []).append(of_person)
                people.add(person)
    columns = ("responder_id", "responder_name", "team_id", "team_name")
    on_call = _on_call(api, query["filters"])
    rows = [
        {
            **{name: value for name, value in zip(columns, key, strict=False) if value is not None},
            **responders.of_many(members),
            **(of_people(on_call, {key[0] or ""} if key else people) if on_call is not None else {}),
        }
        for key, members in groups.items()
    ]
    _sort(rows, query)
    return SandboxResponse(
        {"data": rows, **{n: query[n] for n in ("filters", "time_zone", "order", "order_by")}}
    )


def _on_call(api: Api, filters: Json) -> Mapping[str, Mapping[str, int]] | None:
    """How long people were on call in the range that is asked for; None without its start."""
    since, until = (_moment(filters.get(f"date_range_{end}")) for end in ("start", "end"))
    if since is None:
        return None
    return seconds_on_call(api, since, min(until or api.clock.now(), api.clock.now()))


def raw_responses(api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
    """Whom an incident asked, and what they answered. This GET may have a body."""
    query = query_of(api, {})
    incident = _incident(api, id)
    found = sorted(
        responders.responses(api, incident),
        key=lambda one: str(one["requested_at"]),
        reverse=query["order"] == "desc",
    )
    answered = {name: query[name] for name in ("limit", "order", "time_zone")}
    shown = found[: query["limit"]]
    return SandboxResponse({"incident_id": id, **answered, "order_by": "requested_at", "responses": shown})


def user_metrics(api: Api) -> SandboxResponse:
    """How many people there are, and how many of them can be paged."""
    filters: Fields = {name: FILTERS[name] for name in ("created_at_start", "created_at_end", "team_ids")}
    query = query_of(api, filters)
    teams = query["filters"].get("team_ids") or []
    people = [
        user["id"]
        for user in api.all("user")
        if not teams or any(api.get("membership", f"{team}/{user['id']}") for team in teams)
    ]
    named = {target for policy in api.all("escalation_policy") for target in targets(policy)}
    counts = {
        "downloaded_mobile_app": 0,
        "on_escalation_policy": len(named.intersection(people)),
        "signed_up": len(people),
        "with_notification_methods": sum(bool(api.find("contact_method", _parent=one)) for one in people),
    }
    row: Json = {"total_user_count": len(people)}
    for name, count in counts.items():
        percentage = round(100 * count / len(people), 1) if people else 0
        row |= {f"total_{name}_count": count, f"total_{name}_percentage": percentage}
    return SandboxResponse({"data": [row], "filters": query["filters"], "time_zone": query["time_zone"]})


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
    query = query_of(api)
    order_by = query["order_by"] or "created_at"
    if order_by not in ("created_at", "seconds_to_resolve"):
        raise bad_arguments("order_by must be created_at or seconds_to_resolve")
    rows = sorted(
        _figures(api, query["filters"]),
        key=lambda row: (row[order_by] is not None, row[order_by], row["incident_number"]),
        reverse=query["order"] == "desc",
    )
    return page_after(rows, query, order_by=order_by, key="id")


def page_after(rows: Sequence[Json], query: Json, *, order_by: str, key: str) -> SandboxResponse:
    """One page of raw figures; it begins after the row whose `key` is the cursor."""
    ids = [row[key] for row in rows]
    start = ids.index(query["starting_after"]) + 1 if query["starting_after"] in ids else 0
    shown = rows[start : start + query["limit"]]
    return SandboxResponse(
        {
            "data": shown,
            "first": shown[0][key] if shown else "",
            "last": shown[-1][key] if shown else "",
            "more": start + query["limit"] < len(rows),
            "order_by": order_by,
            **{name: query[name] for name in ("limit", "order", "filters", "time_zone")},
        }
    )


def raw_incident(api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
    """The figures of one incident."""
    return SandboxResponse(of_incident(api, _incident(api, id)))


def _incident(api: Api, id_: str) -> Json:
    incident = api.get("incident", id_)
    if incident is None:
        raise not_found()
    return incident


METRICS = "/analytics/metrics/incidents"
RESPONDERS = "/analytics/metrics/responders"
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
    Rule("/analytics/raw/incidents/<id>/responses", methods=["GET"], endpoint=raw_responses),
    Rule(f"{RESPONDERS}/all", methods=["POST"], endpoint=responder_metrics),
    Rule(f"{RESPONDERS}/teams", methods=["POST"], endpoint=partial(responder_metrics, by_team=True)),
    Rule("/analytics/metrics/users/all", methods=["POST"], endpoint=user_metrics),
)
