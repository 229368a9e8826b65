"""Escalation policies (pagerduty.md 4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse, SortKey
from pdslack_cli.sandbox.pagerduty.families.account import tags
from pdslack_cli.sandbox.pagerduty.families.people.on_call import targets
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    WrongError,
    list_of,
    number,
    one_of,
    printable,
    prose,
    record,
    reference,
)
from pdslack_cli.sandbox.pagerduty.refusals import PlainlyRefused, invalid
from pdslack_cli.sandbox.pagerduty.resource import RestResource, by_name
from pdslack_cli.sandbox.settings import SandboxLimits

STRATEGIES = ("assign_to_everyone", "round_robin")
ASKS_FOR_STRATEGIES = "escalation_rule_assignment_strategies"


def strategy(value: Any, exists: Exists) -> Json:
    """`{type}`; the published schema has a string, which is wrong."""
    if not isinstance(value, dict) or value.get("type") not in STRATEGIES:
        raise WrongError(f"must have one of the types {', '.join(STRATEGIES)}")
    return {"type": value["type"]}


UPGRADED = "schedule_v3_reference"


def target(value: Any, exists: Exists) -> Json:
    """A person or a schedule. A policy whose schedule was upgraded is taken as it was answered (4.2).

    Any id may be one of those. One that is called a schedule is answered as what it is: (unverified).
    """
    if isinstance(value, dict) and value.get("type") in ("schedule", "schedule_reference"):
        id_ = value.get("id")
        if isinstance(id_, str) and not exists("schedule", id_) and exists("schedule_v3", id_):
            return {"id": id_, "type": UPGRADED}
    if isinstance(value, dict) and value.get("type") == UPGRADED and isinstance(value.get("id"), str):
        return {"id": value["id"], "type": UPGRADED}
    checked: Json = reference("user", "schedule")(value, exists)
    return checked


RULE: Fields = {
    "escalation_delay_in_minutes": Field(number(1), required=True),
    "targets": Field(list_of(target, least=1, most=10), required=True),
    "escalation_rule_assignment_strategy": Field(strategy),
}


class EscalationPoliciesApi(RestResource):
    """Who is notified, and after whom."""

    name = "escalation_policy"
    plural = "escalation_policies"
    path = "/escalation_policies"
    site = "/escalation_policies/{id}"
    by_name = True
    fields: ClassVar[Fields] = {
        "name": Field(printable(forbidden="\\/&<>"), required=True),
        "description": Field(prose()),
        "num_loops": Field(number(0, 9), default=0, nullable=False),
        "on_call_handoff_notifications": Field(
            one_of("if_has_services", "always"), default="if_has_services", nullable=False
        ),
        "escalation_rules": Field(list_of(record(RULE), least=1), required=True),
        "teams": Field(list_of(reference("team"), most=1), default=[], nullable=False),
    }

    def index(self, api: Api, parent: str = "") -> SandboxResponse:
        """The list; asking for strategies is refused where the plan has no round robin."""
        if api.included(ASKS_FOR_STRATEGIES):
            need_round_robin(api)
        return super().index(api)

    def sorts(self, api: Api) -> Mapping[str, SortKey]:
        """By name, either way."""
        return {"name": by_name}

    def selects(self, api: Api, document: Json) -> bool:
        """By name, by team, by who is notified."""
        users, teams = api.arguments.getlist("user_ids[]"), api.arguments.getlist("team_ids[]")
        return (
            super().selects(api, document)
            and (not users or bool(targets(document) & set(users)))
            and (not teams or any(team["id"] in teams for team in document["teams"]))
        )

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """The plan allows the strategies. That users must be in the policy's team is disputed."""
        if any(rule["escalation_rule_assignment_strategy"] for rule in new["escalation_rules"]):
            need_round_robin(api)
        if SandboxLimits.read(api.store).team_members_only:
            check_members(api, new)
        if "escalation_rules" in body:
            known = [rule["id"] for rule in (old or {}).get("escalation_rules", [])]
            for rule, sent in zip(new["escalation_rules"], body["escalation_rules"], strict=True):
                rule["id"] = sent["id"] if sent.get("id") in known else ids.short(api.store)
                # The vendor answers targets in an order of its own.
                rule["targets"].sort(key=lambda target: target["id"])
        return new

    def deleted(self, api: Api, document: Json) -> None:
        """Its tags are taken off."""
        tags.remove_all(api, self.name, document["id"])

    def blockers(self, api: Api, document: Json) -> Iterable[str]:
        """A service needs its policy."""
        if services_of(api, document["id"]):
            yield "Escalation policy can't be deleted if it's being used by services"

    def computed(self, api: Api, document: Json) -> Json:
        """Services; whole objects and strategies where `include[]` asks."""
        rules = [dict(rule) for rule in document["escalation_rules"]]
        for rule in rules:
            used = rule.pop("escalation_rule_assignment_strategy") or {"type": "assign_to_everyone"}
            if api.included(ASKS_FOR_STRATEGIES):
                rule["escalation_rule_assignment_strategy"] = used
            if api.included("targets"):
                rule["targets"] = [api.whole(target) for target in rule["targets"]]
        owners = [api.get("team", team["id"]) for team in document["teams"]]
        return {
            "escalation_rules": rules,
            "services": api.children("services", "service", services_of(api, document["id"])),
            "teams": api.children("teams", "team", [owner for owner in owners if owner]),
        }


def need_round_robin(api: Api) -> None:
    """Refuse as PagerDuty does on plans without it: 403, and not in JSON."""
    if not api.has_feature("round_robin"):
        raise PlainlyRefused(403, "Forbidden")


def check_members(api: Api, policy: Json) -> None:
    """Refuse people who are not in the policy's team. Raises Refused."""
    people = {
        target["id"]
        for rule in policy["escalation_rules"]
        for target in rule["targets"]
        if target["type"] == "user_reference"
    }
    for team in policy["teams"]:
        if any(api.get("membership", f"{team['id']}/{person}") is None for person in people):
            raise invalid("User must be a member of the team")


def services_of(api: Api, policy: str) -> list[Json]:
    """The services that use a policy."""
    return [service for service in api.all("service") if service["escalation_policy"]["id"] == policy]
