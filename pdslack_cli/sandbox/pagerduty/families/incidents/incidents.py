"""Incidents, as far as configuration depends on them (pagerduty.md 11)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.urgency import read_urgency
from pdslack_cli.sandbox.pagerduty.access import USER_KINDS
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.people.users import requester
from pdslack_cli.sandbox.pagerduty.fields import (
    Field,
    Fields,
    list_of,
    mapping,
    number,
    one_of,
    record,
    reference,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, bad_arguments, invalid
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.pagerduty.runtime import changes, lifecycle, opening, timers
from pdslack_cli.sandbox.store.query import QueryCondition, among, between, field, holds

STATUSES = ("triggered", "acknowledged", "resolved")
USUAL_SPAN = timedelta(days=30)
LONGEST_SPAN = timedelta(days=184)
MOST_AT_ONCE = 250
SORT = re.compile(r"(incident_number|created_at|resolved_at|urgency)(:asc|:desc)?")

GIVEN = ("title", "priority", "incident_key", "body", "conference_bridge", "incident_type")
PENDING = {
    "escalate": "escalate",
    "end_acknowledgement": "unacknowledge",
    "auto_resolve": "resolve",
    "raise_urgency": "urgency_change",
}
"""How answers call what timers will do."""

FILTERS = {
    "statuses[]": "status",
    "urgencies[]": "urgency",
    "incident_key": "incident_key",
    "service_ids[]": "_service",
}
LIST_FILTERS = {"team_ids[]": ("_teams", "$"), "user_ids[]": ("assignments", "$.assignee.id")}
"""The arguments of the list, and the fields that they are compared with."""

ASSIGNMENT: Fields = {"assignee": Field(reference("user"), required=True)}
CHANGES: Fields = {"resolution": Field(text())}
"""What only an update takes."""


class IncidentsApi(RestResource):
    """Incidents. The state of a new one follows its service."""

    name = "incident"
    plural = "incidents"
    path = "/incidents"
    site = "/incidents/{id}"
    methods = frozenset({"index", "create", "show", "update"})
    ahead: ClassVar[Mapping[str, str]] = {"alert": "_parent", timers.KIND: "_parent"}
    fields: ClassVar[Fields] = {
        "title": Field(text(shortest=1), required=True),
        "service": Field(reference("service"), required=True),
        "status": Field(one_of(*STATUSES), default="triggered", nullable=False),
        "urgency": Field(one_of("high", "low")),
        "priority": Field(reference("priority")),
        "incident_key": Field(text(255)),
        "body": Field(mapping),
        "assignments": Field(list_of(record(ASSIGNMENT)), default=[], nullable=False),
        "escalation_policy": Field(reference("escalation_policy")),
        "escalation_level": Field(number(1)),
        "conference_bridge": Field(mapping),
        "incident_type": Field(record({"name": Field(text(shortest=1), required=True)})),
    }

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, and the update of many."""
        yield from super().rules()
        yield Rule("/incidents", methods=["PUT"], endpoint=self.update_many)

    def update_many(self, api: Api) -> SandboxResponse:
        """Update several incidents at once: all of them, or none."""
        acting_user(api)
        wanted = api.bodies("incidents")
        if len(wanted) > MOST_AT_ONCE:
            raise PagerDutyRefusal(413, "Request Entity Too Large", 2001)
        changed = [self.changed(api, self.existing(api, str(body.get("id"))), body) for body in wanted]
        return SandboxResponse({"incidents": [self.view(api, document) for document in changed]})

    def show(self, api: Api, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002
        """The incident, with the values of custom fields where a call asks for them."""
        incident = self.existing(api, id)
        answer = self.answer(api, incident)
        if answer.body and api.included("custom_fields"):
            answer.body[self.name]["custom_fields"] = field_values(api, incident)
        return answer

    def create(self, api: Api, parent: str = "") -> SandboxResponse:
        """By hand, in somebody's name."""
        acting_user(api)
        return super().create(api)

    def update(self, api: Api, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """By hand, in somebody's name."""
        acting_user(api)
        return self.answer(api, self.changed(api, self.existing(api, id), self.body(api)))

    def body(self, api: Api) -> Json:
        """The body of a request, with its priority as a reference."""
        return with_priority(api, super().body(api))

    def changed(self, api: Api, old: Json, body: Json) -> Json:
        """Do what an update sets in motion; return the incident as it is then."""
        body = with_priority(api, body)
        named = {name: field for name, field in self.fields.items() if name in body}
        wanted = {**api.checked({**named, **CHANGES}, body), "_named": frozenset(body)}
        return changes.apply(api, old, wanted, acting_user(api))

    def existing(self, api: Api, id: str, parent: str = "") -> Json:  # noqa: A002
        """By id or by number."""
        for document in (
            api.store.find("pagerduty.incident", incident_number=int(id)) if id.isdecimal() else ()
        ):
            return document
        return super().existing(api, id)

    def index(self, api: Api, parent: str = "") -> SandboxResponse:
        """Those of the last month, unless the request asks for another span; by all that it asks for."""
        self.admitted(api, parent)
        conditions = [between("created_at", *span(api)), *asked(api)]
        directions = [order.partition(":") for order in orders(api)]
        order = ", ".join(
            [*(f"{field(name)} {'DESC' if way == 'desc' else 'ASC'}" for name, _, way in directions), "seq"]
        )
        return api.selected_page(
            self.plural, self.name, conditions, order, lambda one: self.view(api, one), self.ahead
        )

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Fill in what follows from the service."""
        service = api.get("service", new["service"]["id"]) or {}
        policy_reference = new["escalation_policy"] or service["escalation_policy"]
        policy = api.get("escalation_policy", policy_reference["id"]) or {"escalation_rules": [], "teams": []}
        same_service = api.find("incident", _open=service["id"])
        if new["incident_key"] and any(i["incident_key"] == new["incident_key"] for i in same_service):
            raise invalid("Incident with the same incident key and service is already open")
        if new["incident_type"] and not api.find("incident_type", name=new["incident_type"]["name"]):
            raise invalid("Incident type not found")
        if service["status"] == "disabled":
            raise invalid("Service is disabled")
        filled: Json = {"urgency": new["urgency"] or usual_urgency(service, api.clock.now())}
        if new["assignments"]:
            people = [given["assignee"]["id"] for given in new["assignments"]]
            filled["assigned_via"] = "direct_assignment"
        else:
            filled["_level"], people = lifecycle.first_level(api, policy) or (0, [])
        filled["assignments"] = [lifecycle.assignment(api, person) for person in people]
        given = {name: new[name] for name in GIVEN if new[name] is not None}
        return {**opening.document(api, service["id"], policy, **given, **filled), "id": new["id"]}

    def written(self, api: Api, new: Json, body: Json, old: Json | None) -> None:
        """A new incident pages people."""
        channel = {"type": "api", "summary": new["title"], "details": (new["body"] or {}).get("details")}
        lifecycle.triggered(api, new, acting_user(api), channel)

    def new_id(self, store: Any) -> str:
        """`Q` and more characters than others have."""
        return opening.long_id(store)

    def summary(self, document: Json) -> str:
        """Number and title."""
        return f"[#{document['incident_number']}] {document['title']}"

    def computed(self, api: Api, document: Json) -> Json:
        """The calculated fields: teams, counts of alerts, pending actions."""
        statuses = [alert["status"] for alert in api.find("alert", _parent=document["id"])]
        counts = {status: statuses.count(status) for status in ("triggered", "resolved")}
        pending = [
            {"type": PENDING[timer["action"]], "at": timer["_due"]}
            for timer in timers.of(api, document["id"])
            if timer["action"] in PENDING
        ]
        last = document["acknowledgements"][-1:] or [{"acknowledger": None}]
        return {
            "teams": [{"id": team, "type": "team_reference"} for team in document["_teams"]],
            "alert_counts": {"all": len(statuses), **counts},
            "is_mergeable": document["status"] != "resolved",
            "resolve_reason": document["_resolve_reason"],
            "pending_actions": sorted(pending, key=lambda action: action["at"]),
            "last_status_change_by": document.get("_resolved_by")
            or last[0]["acknowledger"]
            or document["service"],
        }


def field_values(api: Api, incident: Json) -> list[Json]:
    """A value, or null, for every enabled custom field."""
    shown = ("id", "name", "display_name", "description", "data_type", "field_type")
    return [
        {
            **{name: field[name] for name in shown},
            "type": "field_value",
            "value": incident["_fields"].get(field["name"]),
        }
        for field in api.all("incident_field")
        if field["enabled"]
    ]


def with_priority(api: Api, body: Json) -> Json:
    """A body whose priority is a reference: it may be named, and the highest of that name counts."""
    wanted = body.get("priority")
    if not isinstance(wanted, str):
        return body
    for priority in api.all("priority"):
        if priority["name"].casefold() == wanted.casefold():
            return {**body, "priority": {"id": priority["id"], "type": "priority_reference"}}
    raise invalid("Priority not found")


def acting_user(api: Api) -> Json:
    """Writes are somebody's: the user of the token, or of `From`. Raises Refused."""
    if api.token.kind in USER_KINDS:
        return {"id": api.token.user or api.all("user")[0]["id"], "type": "user_reference"}
    user = requester(api, needed=True)
    return {"id": user["id"] if user else "", "type": "user_reference"}


def usual_urgency(service: Json, at: datetime) -> str:
    """What an incident made by hand gets: severities are for alerts, support hours for all."""
    return read_urgency(service).urgency(None, at)


def orders(api: Api) -> list[str]:
    """`sort_by`: up to two fields, each with a direction. Raises Refused for others."""
    asked = [order for value in api.arguments.getlist("sort_by") for order in value.split(",")]
    if len(asked) > 2 or any(not SORT.fullmatch(order) for order in asked):
        raise bad_arguments("sort_by is invalid")
    return asked


def asked(api: Api) -> Iterator[QueryCondition]:
    """Status, urgency, key, service, team and person."""
    for argument, name in FILTERS.items():
        if values := [*filter(None, api.arguments.getlist(argument))]:
            yield among(name, values)
    for argument, (name, path) in LIST_FILTERS.items():
        if values := [*filter(None, api.arguments.getlist(argument))]:
            yield holds(name, path, values)


def span(api: Api) -> tuple[str, str]:
    """The first and last moment that the request asks for. Raises Refused if they are too far apart."""
    if api.arguments.get("date_range") == "all":
        return "", "9999"
    until = api.instant("until") or api.clock.now()
    since = api.instant("since") or until - USUAL_SPAN
    if until - since > LONGEST_SPAN:
        raise bad_arguments("Time range must be at most 6 months")
    return since.astimezone(UTC).strftime(STAMP), until.astimezone(UTC).strftime(STAMP)
