"""Incidents, as far as configuration depends on them (pagerduty.md 11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from functools import partial
from typing import Any, ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.access import USER_KINDS
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.people.on_call import targets
from pdslack_cli.sandbox.pagerduty.families.people.users import requester
from pdslack_cli.sandbox.pagerduty.fields import (
    Field,
    Fields,
    anything,
    list_of,
    number,
    one_of,
    record,
    reference,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, bad_arguments, invalid
from pdslack_cli.sandbox.pagerduty.resource import RestResource

STATUSES = ("triggered", "acknowledged", "resolved")
USUAL_SPAN = timedelta(days=30)
LONGEST_SPAN = timedelta(days=184)
MOST_AT_ONCE = 250
SORT = re.compile(r"(incident_number|created_at|resolved_at|urgency)(:asc|:desc)?")

ASSIGNMENT: Fields = {"assignee": Field(reference("user"), required=True)}


class IncidentsApi(RestResource):
    """What went wrong. The state of a new one follows its service."""

    name = "incident"
    plural = "incidents"
    path = "/incidents"
    site = "/incidents/{id}"
    methods = frozenset({"index", "create", "show", "update"})
    fields: ClassVar[Fields] = {
        "title": Field(text(shortest=1), required=True),
        "service": Field(reference("service"), required=True),
        "status": Field(one_of(*STATUSES), default="triggered", nullable=False),
        "urgency": Field(one_of("high", "low")),
        "priority": Field(reference("priority")),
        "incident_key": Field(text(255)),
        "body": Field(anything),
        "assignments": Field(list_of(record(ASSIGNMENT)), default=[], nullable=False),
        "escalation_policy": Field(reference("escalation_policy")),
        "escalation_level": Field(number(1)),
        "conference_bridge": Field(anything),
    }

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, and the update of many."""
        yield from super().rules()
        yield Rule("/incidents", methods=["PUT"], endpoint=self.update_many)

    def update_many(self, api: Api) -> SandboxResponse:
        """All or nothing."""
        check_actor(api)
        wanted = api.bare_body().get("incidents")
        if not isinstance(wanted, list) or not wanted:
            raise invalid("Incidents can't be blank")
        if len(wanted) > MOST_AT_ONCE:
            raise PagerDutyRefusal(413, "Request Entity Too Large", 2001)
        changed = [self.changed(api, self.existing(api, str(body.get("id"))), body) for body in wanted]
        return SandboxResponse({"incidents": [self.view(api, document) for document in changed]})

    def create(self, api: Api, parent: str = "") -> SandboxResponse:
        """By hand, in somebody's name."""
        check_actor(api)
        return super().create(api)

    def update(self, api: Api, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """By hand, in somebody's name."""
        check_actor(api)
        return self.answer(api, self.changed(api, self.existing(api, id), self.body(api)))

    def changed(self, api: Api, old: Json, body: Json) -> Json:
        """A new state of an incident, kept."""
        named = {name: field for name, field in self.fields.items() if name in body}
        new = {**old, **api.checked(named, body), "updated_at": api.now()}
        if new["status"] != old["status"]:
            new["last_status_change_at"] = api.now()
            new["resolved_at"] = api.now() if new["status"] == "resolved" else None
        api.replace(self.name, new)
        return new

    def existing(self, api: Api, id: str, parent: str = "") -> Json:  # noqa: A002
        """By id or by number."""
        for document in api.all(self.name):
            if id == str(document["incident_number"]):
                return document
        return super().existing(api, id)

    def documents(self, api: Api, parent: str = "") -> list[Json]:
        """Those of the last month, unless the request asks for another span."""
        since, until = span(api)
        found = [incident for incident in api.all(self.name) if since <= incident["created_at"] <= until]
        for order in reversed(orders(api)):
            name, _, direction = order.partition(":")
            found.sort(key=partial(_rank, name), reverse=direction == "desc")
        return found

    def selects(self, api: Api, document: Json) -> bool:
        """Status, urgency, key, service, team and person."""
        asked = api.arguments
        choices = {
            "statuses[]": {document["status"]},
            "urgencies[]": {document["urgency"]},
            "incident_key": {document["incident_key"]},
            "service_ids[]": {document["service"]["id"]},
            "team_ids[]": set(document["_teams"]),
            "user_ids[]": {assignment["assignee"]["id"] for assignment in document["assignments"]},
        }
        wanted = ((set(asked.getlist(name)), actual) for name, actual in choices.items())
        return all(not choice or choice & actual for choice, actual in wanted)

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Fill in what follows from the service."""
        service = api.get("service", new["service"]["id"]) or {}
        policy_reference = new["escalation_policy"] or service["escalation_policy"]
        policy = api.get("escalation_policy", policy_reference["id"]) or {"escalation_rules": [], "teams": []}
        same_key = [i for i in api.find("incident", _service=service["id"]) if i["status"] != "resolved"]
        if new["incident_key"] and any(i["incident_key"] == new["incident_key"] for i in same_key):
            raise invalid("Incident with the same incident key and service is already open")
        if service["status"] == "disabled":
            raise invalid("Service is disabled")
        now = api.now()
        api.replace("service", {**service, "_last_incident": now})
        return {
            **new,
            "incident_number": len(api.all("incident")) + 1,
            "incident_key": new["incident_key"] or ids.hexadecimal(api.store, 32),
            "status": "triggered",
            "urgency": new["urgency"] or usual_urgency(service),
            "escalation_policy": policy_reference,
            "assignments": new["assignments"] or first_level(policy, now),
            "created_at": now,
            "updated_at": now,
            "last_status_change_at": now,
            "resolved_at": None,
            "incident_type": {"name": "incident_default"},
            "_service": service["id"],
            "_teams": [team["id"] for team in policy["teams"]],
            # An open incident goes on with the policy as it was (pagerduty.md 4.3).
            "_snapshot": sorted(targets(policy)),
        }

    def new_id(self, store: Any) -> str:
        """`Q` and more characters than others have."""
        return "Q" + ids.ulid(store)[:13]

    def summary(self, document: Json) -> str:
        """Number and title."""
        return f"[#{document['incident_number']}] {document['title']}"

    def computed(self, api: Api, document: Json) -> Json:
        """Teams, and counts of alerts."""
        statuses = [alert["status"] for alert in api.find("alert", _parent=document["id"])]
        counts = {status: statuses.count(status) for status in ("triggered", "resolved")}
        return {
            "teams": [{"id": team, "type": "team_reference"} for team in document["_teams"]],
            "alert_counts": {"all": len(statuses), **counts},
            "is_mergeable": True,
            "assigned_via": "escalation_policy",
            "acknowledgements": [],
            "pending_actions": [],
        }


def check_actor(api: Api) -> None:
    """Writes are somebody's: the user of the token, or of `From`. Raises Refused."""
    if api.token.kind not in USER_KINDS:
        requester(api, needed=True)


def usual_urgency(service: Json) -> str:
    """What an incident made by hand gets; severities are for alerts."""
    return "low" if service["incident_urgency_rule"].get("urgency") == "low" else "high"


def first_level(policy: Json, now: str) -> list[Json]:
    """The people whom the first level names directly."""
    people = [rule["targets"] for rule in policy["escalation_rules"]][:1]
    return [
        {"at": now, "assignee": target}
        for level in people
        for target in level
        if target["type"] == "user_reference"
    ]


def orders(api: Api) -> list[str]:
    """`sort_by`: up to two fields, each with a direction. Raises Refused for others."""
    asked = [order for value in api.arguments.getlist("sort_by") for order in value.split(",")]
    if len(asked) > 2 or any(not SORT.fullmatch(order) for order in asked):
        raise bad_arguments("sort_by is invalid")
    return asked


def _rank(name: str, incident: Json) -> tuple[bool, Any]:
    """A place in the order of that field; null comes first."""
    return incident[name] is not None, incident[name]


def span(api: Api) -> tuple[str, str]:
    """The first and last moment that the request asks for. Raises Refused if they are too far apart."""
    if api.arguments.get("date_range") == "all":
        return "", "9999"
    until = api.instant("until") or api.clock.now()
    since = api.instant("since") or until - USUAL_SPAN
    if until - since > LONGEST_SPAN:
        raise bad_arguments("Time range must be at most 6 months")
    return since.astimezone(UTC).strftime(STAMP), until.astimezone(UTC).strftime(STAMP)
