"""PagerDuty as its website shows it: incidents with their timelines, events, services, phones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from pdslack_cli.model import Json
from pdslack_cli.sandbox.page.incident_pane import DEVICES, IncidentPane
from pdslack_cli.sandbox.page.paging import listed_number
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.store import Store
from pdslack_cli.sandbox.store.query import among

MOST_INCIDENTS = 25
OPEN = ("triggered", "acknowledged")
MOST_EVENTS = 12
MOST_PHONES = 24
MOST_RINGS = 6
MOST_LISTED = 50

TARGETS = [
    f"pagerduty.{kind}"
    for kind in ("integration", "event_orchestration_integration", "service", "event_orchestration")
]
OPTION = Markup('<option value="{}">{}</option>')
PATHS = ("global", "router", "unrouted")


class Phone(NamedTuple):
    """What rang for a person, the newest first; nothing so far for most."""

    owner: str
    rings: list[Json]


class EventTarget(NamedTuple):
    """Something with an integration key, which the page names by the integration and never shows."""

    value: str
    label: str
    group: str


class PagerDutyPane:
    """What the templates show of the account. `address` names the open incident, and how many are listed."""

    def __init__(self, store: Store, api: Api, address: Mapping[str, str]) -> None:
        self._store, self._api, self._wanted = store, api, address.get("incident", "")
        self._listed = listed_number(address.get("incidents", ""), MOST_INCIDENTS)

    @cached_property
    def incidents(self) -> list[Json]:
        """Open incidents, the newest first, and then resolved ones."""
        kind, order = "pagerduty.incident", "seq DESC"
        still = self._store.page(kind, [among("status", OPEN)], order, self._listed, 0)
        room = self._listed - len(still)
        return still + (
            self._store.page(kind, [among("status", ["resolved"])], order, room, 0) if room else []
        )

    @property
    def unlisted(self) -> int:
        """How many incidents there are beyond those that are listed."""
        return self._store.count("pagerduty.incident", []) - len(self.incidents)

    @property
    def next_incidents(self) -> str:
        """How many are listed once somebody asks for more."""
        return str(self._listed + MOST_INCIDENTS)

    @cached_property
    def open_count(self) -> Mapping[str, int]:
        """How many incidents have which status."""
        return {one: sum(n for (_, status), n in self._open.items() if status == one) for one in OPEN}

    @cached_property
    def _open(self) -> Mapping[tuple[str, str], int]:
        """How many incidents of each service have which status."""
        return self._store.tally("pagerduty.incident", ("_service", "status"), [among("status", OPEN)])

    @cached_property
    def incident(self) -> Json | None:
        """The incident that is open on the page."""
        if self._wanted:
            return self._api.get("incident", self._wanted)
        return self.incidents[0] if self.incidents else None

    @property
    def opened(self) -> IncidentPane | None:
        """What happened to the incident that is open on the page."""
        return IncidentPane(self._api, self.incident, self.name, self.time) if self.incident else None

    def assignees(self, incident: Json) -> str:
        """The people that the incident is assigned to."""
        return ", ".join(self.name(entry["assignee"]) for entry in incident["assignments"])

    @cached_property
    def phones(self) -> list[Phone]:
        """A phone per person: the one that rang last first, and those that did not ring by name."""
        rung: dict[str, list[Json]] = {}
        for notification in self._store.newest("pagerduty.notification", MOST_PHONES * MOST_RINGS * 2):
            rung.setdefault(notification["_parent"], []).append(notification)
        people = {user["id"]: str(user["name"]) for user in self._store.all("pagerduty.user")}
        silent = sorted(people.keys() - rung.keys(), key=lambda id_: (people[id_].casefold(), id_))
        owners = [*(owner for owner in rung if owner in people), *silent]
        return [Phone(people[owner], rung.get(owner, [])[:MOST_RINGS]) for owner in owners[:MOST_PHONES]]

    def device(self, ring: Json) -> str:
        """What kind of notification it was."""
        return DEVICES.get(str(ring["type"]), "Notification")

    @cached_property
    def events(self) -> list[Json]:
        """The newest events and what became of them."""
        return [self._event(document) for document in self._store.newest("pagerduty.event", MOST_EVENTS)]

    @cached_property
    def orchestrations(self) -> list[Json]:
        """Each orchestration with its rules, and how many of the newest events each matched."""
        matched = Counter(
            (rule["owner"], rule["path"], rule["rule"]) for event in self.events for rule in event["rules"]
        )
        return [
            {"name": document["name"], "rules": self._rules(document["id"], matched)}
            for document in self._store.newest("pagerduty.event_orchestration", MOST_LISTED)
        ]

    @cached_property
    def services(self) -> list[Json]:
        """The services with their policy and how many incidents are open."""
        listed = []
        for service in self._store.newest("pagerduty.service", MOST_LISTED):
            counts = {one: self._open.get((service["id"], one), 0) for one in OPEN}
            worst = next((one for one, count in counts.items() if count), "")
            policy = self.name(service["escalation_policy"])
            named = {"name": service["name"], "policy": policy}
            listed.append({**named, "open": sum(counts.values()), "worst": worst})
        return sorted(listed, key=lambda service: (-service["open"], service["name"].casefold()))

    @property
    def targets(self) -> Markup:
        """Where an event can be sent, as options: orchestrations first, for they route."""
        return self._store.derived("page targets", TARGETS, self._options)

    def _options(self) -> Markup:
        groups = groupby(self._targets(), key=lambda target: target.group)
        return Markup().join(
            Markup('<optgroup label="{}">{}</optgroup>').format(
                group, Markup().join(OPTION.format(target.value, target.label) for target in targets)
            )
            for group, targets in groups
        )

    def _targets(self) -> list[EventTarget]:
        found = [
            EventTarget(
                f"event_orchestration_integration/{one['id']}", self._called(one, parent), "Orchestrations"
            )
            for one in self._api.all("event_orchestration_integration")
            if one.get("_key") and (parent := self._api.peek("event_orchestration", one["_parent"]))
        ]
        found += [
            EventTarget(f"integration/{one['id']}", self._called(one, parent), "Services")
            for one in self._api.all("integration")
            if one.get("_key") and (parent := self._api.peek("service", one["_parent"]))
        ]
        return sorted(found, key=lambda target: (target.group, target.label.casefold()))

    def name(self, reference: Json | None) -> str:
        """What people call the object of a reference."""
        if not reference:
            return ""
        kind = str(reference["type"]).removesuffix("_reference")
        found = self._api.peek(kind, reference["id"])
        return str(found["name"]) if found and "name" in found else str(reference["id"])

    def time(self, stamp: str) -> str:
        """A time as the page shows it, with the day where that is not today."""
        return shown_time(datetime.fromisoformat(stamp), self._api.clock.now())

    def _called(self, integration: Json, parent: Json) -> str:
        own = integration.get("label") or integration.get("name") or ""
        return f"{parent['name']} ({own})" if own and own != parent["name"] else str(parent["name"])

    def _event(self, document: Json) -> Json:
        event, result = document["event"], document["result"] or {}
        payload = event.get("payload") or {}
        service = result.get("service")
        return {
            "id": document["id"],
            "at": self.time(document["received_at"]),
            "action": event.get("event_action"),
            "summary": payload.get("summary") or event.get("dedup_key"),
            "severity": payload.get("severity"),
            "outcome": str(result.get("outcome", "")).replace("_", " "),
            "service": self.name({"id": service, "type": "service"}) if service else "",
            "incident": self._api.get("incident", result["incident"]) if result.get("incident") else None,
            "rules": result.get("rules", ()),
        }

    def _rules(self, orchestration: str, matched: Counter[tuple[str, str, str]]) -> list[Json]:
        """The rules of its paths in the order in which an event meets them."""
        listed = []
        for path in PATHS:
            document = self._api.get("path", f"{path}/{orchestration}") or {"sets": []}
            for rule in (rule for rules in document["sets"] for rule in rules["rules"]):
                name = _rule_name(rule)
                target = (rule.get("actions") or {}).get("route_to")
                listed.append(
                    {
                        "path": path,
                        "name": name,
                        "target": self.name({"id": target, "type": "service"}) if target else "",
                        "count": matched[orchestration, path, name],
                    }
                )
        return listed


def shown_time(moment: datetime, now: datetime) -> str:
    """Hour and minute, with the day where it is not that of `now`; all in UTC."""
    moment = moment.astimezone(UTC)
    return moment.strftime("%H:%M" if moment.date() == now.astimezone(UTC).date() else "%a %d %b %H:%M")


def _rule_name(rule: Json) -> str:
    """What people call a rule: its label, or else its conditions."""
    conditions = " or ".join(condition["expression"] for condition in rule.get("conditions") or ())
    return str(rule.get("label") or conditions or "always")
