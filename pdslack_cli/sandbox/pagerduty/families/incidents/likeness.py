"""Past, related and outlier incidents: which others are like an incident.

PagerDuty learns that; here it is a stated rule: titles are alike by the share of their words that they
have in common, and equal where they differ in numbers only.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.refusals import bad_arguments
from pdslack_cli.sandbox.store.query import QueryCondition, among, between

PAST_SPAN = timedelta(days=182)
USUAL_PAST, MOST_PAST, MOST_RELATED = 5, 999, 20
RARE = 0.1
"""The share of a service's incidents below which a kind of them is rare."""

_WORD, _NUMBER = re.compile(r"\w+"), re.compile(r"\d+")


def past_incidents(api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
    """Resolved incidents of the same service in six months, those most alike first."""
    incident = api.kinds["incident"].existing(api, id)
    limit = api.whole_argument("limit", USUAL_PAST)
    if not 1 <= limit <= MOST_PAST:
        raise bad_arguments(f"limit must be between 1 and {MOST_PAST}")
    since = datetime.fromisoformat(incident["created_at"]) - PAST_SPAN
    of_service = [among("_service", [incident["service"]["id"]]), among("status", ["resolved"])]
    others = _others(api, incident, since.strftime(STAMP), incident["created_at"], of_service)
    scored = [(score, one) for one in others if (score := _likeness(incident, one))]
    scored.sort(key=lambda pair: pair[0], reverse=True)
    shown = [{"incident": _brief(api, one), "score": round(100 * score, 4)} for score, one in scored[:limit]]
    total = len(scored) if api.arguments.get("total") == "true" else None
    return SandboxResponse({"past_incidents": shown, "total": total, "limit": limit})


def related_incidents(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Open incidents of other services whose titles are alike."""
    incident = api.kinds["incident"].existing(api, id)
    others = _others(api, incident, "", "9999", [among("status", ["triggered", "acknowledged"])])
    alike = [
        one
        for one in others
        if one["service"]["id"] != incident["service"]["id"] and _pattern(one) == _pattern(incident)
    ]
    relationship = {
        "type": "machine_learning_inferred",
        "metadata": {
            "grouping_classification": "similar_contents",
            "user_feedback": {"positive_feedback_count": 0, "negative_feedback_count": 0},
        },
    }
    shown = [{"incident": _shown(api, one), "relationships": [relationship]} for one in alike[:MOST_RELATED]]
    return SandboxResponse({"related_incidents": shown})


def outlier_incident(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """How often the service had such an incident."""
    incident = api.kinds["incident"].existing(api, id)
    until = incident["created_at"]
    since = api.instant("since") or datetime.fromisoformat(until) - PAST_SPAN
    of_service = [among("_service", [incident["service"]["id"]])]
    others = _others(api, incident, since.strftime(STAMP), until, of_service)
    count = sum(_pattern(one) == _pattern(incident) for one in others)
    frequency = count / len(others) if others else 0
    category = "novel" if not count else "rare" if frequency < RARE else "frequent"
    occurrence = {
        "count": count,
        "frequency": round(frequency, 4),
        "category": category,
        "since": since.strftime(STAMP),
        "until": until,
    }
    template = {
        "id": ids.named("template", _pattern(incident)),
        "cluster_id": ids.named("cluster", _pattern(incident)),
        "mined_text": _NUMBER.sub("<*>", incident["title"]),
    }
    outlier = {"incident": {**_shown(api, incident), "occurrence": occurrence}, "incident_template": template}
    return SandboxResponse({"outlier_incident": outlier})


def _others(api: Api, incident: Json, since: str, until: str, conditions: list[QueryCondition]) -> list[Json]:
    """The newest incidents between two moments that meet the conditions, but the given one."""
    found = api.store.page(
        "pagerduty.incident", [between("created_at", since, until), *conditions], "seq DESC", MOST_PAST + 1, 0
    )
    return [one for one in found if one["id"] != incident["id"]]


def _likeness(one: Json, other: Json) -> float:
    mine, theirs = ({*_WORD.findall(_pattern(incident))} for incident in (one, other))
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0


def _pattern(incident: Json) -> str:
    """The title without what differs from time to time."""
    return _NUMBER.sub("0", incident["title"].casefold())


def _brief(api: Api, incident: Json) -> Json:
    """The few fields by which such answers name an incident."""
    shown = api.view("incident", incident)
    return {name: shown[name] for name in ("id", "created_at", "self", "title")}


def _shown(api: Api, incident: Json) -> Json:
    """The whole incident where `additional_details[]` asks for it."""
    if "incident" in api.arguments.getlist("additional_details[]"):
        return api.view("incident", incident)
    return _brief(api, incident)


RULES = tuple(
    Rule(f"/incidents/<id>/{path}", methods=["GET"], endpoint=endpoint)
    for path, endpoint in (
        ("past_incidents", past_incidents),
        ("related_incidents", related_incidents),
        ("outlier_incident", outlier_incident),
    )
)
