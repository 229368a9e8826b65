"""Services (pagerduty.md 5.1 and 5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SortKey
from pdslack_cli.sandbox.pagerduty.families.rules import paths
from pdslack_cli.sandbox.pagerduty.families.services import alert_grouping, dependencies
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    WrongError,
    boolean,
    list_of,
    number,
    one_of,
    printable,
    prose,
    record,
    reference,
    time_of_day,
    time_zone,
)
from pdslack_cli.sandbox.pagerduty.refusals import invalid, lacks_ability
from pdslack_cli.sandbox.pagerduty.resource import RestResource, by_name
from pdslack_cli.sandbox.pagerduty.runtime import maintenance

URGENCIES = ("high", "low", "severity_based")
RECOMMENDED_PAUSE = 120

CONSTANT: Fields = {
    "type": Field(one_of("constant"), default="constant"),
    "urgency": Field(one_of(*URGENCIES), required=True),
}
BY_HOURS: Fields = {
    "type": Field(one_of("use_support_hours"), required=True),
    "during_support_hours": Field(record(CONSTANT), required=True),
    "outside_support_hours": Field(record(CONSTANT), required=True),
}
HOURS: Fields = {
    "type": Field(one_of("fixed_time_per_day"), default="fixed_time_per_day"),
    "time_zone": Field(time_zone, required=True),
    "start_time": Field(time_of_day, required=True),
    "end_time": Field(time_of_day, required=True),
    "days_of_week": Field(list_of(number(1, 7), least=1, most=7, unique=True), required=True),
}
AT: Fields = {
    "type": Field(one_of("named_time"), required=True),
    "name": Field(one_of("support_hours_start", "support_hours_end"), required=True),
}
RAISE: Fields = {
    "type": Field(one_of("urgency_change"), required=True),
    "at": Field(record(AT), required=True),
    "to_urgency": Field(one_of("high"), required=True),
}
PAUSE: Fields = {
    "enabled": Field(boolean, default=False, nullable=False),
    "timeout": Field(one_of(0, 120, 180, 300, 600, 900)),
}


def urgency_rule(value: Any, exists: Exists) -> Json:
    """Constant, or by support hours; then an urgency of its own is invalid."""
    by_hours = isinstance(value, dict) and value.get("type") == "use_support_hours"
    if by_hours and value.get("urgency") is not None:
        raise WrongError("can't have an urgency of its own when it uses support hours")
    rule: Json = record(BY_HOURS if by_hours else CONSTANT)(value, exists)
    return rule


def scheduled_actions(value: Any, exists: Exists) -> list[Json]:
    """A list; Terraform's provider sends `[null]` for an empty one."""
    actions: list[Json] = list_of(record(RAISE))([] if value == [None] else value, exists)
    return actions


def timeout(value: Any, exists: Exists) -> int | None:
    """Seconds; 0 is off, as null is."""
    seconds: int = number(0)(value, exists)
    return seconds or None


def auto_pause(value: Any, exists: Exists) -> Json:
    """On with a timeout (0: the recommended one), or off without."""
    pause: Json = record(PAUSE)(value, exists)
    if not pause["enabled"] and pause["timeout"]:
        raise WrongError("can't have a timeout while it is disabled")
    if pause["enabled"] and not pause["timeout"]:
        pause["timeout"] = RECOMMENDED_PAUSE
    return {**pause, "timeout": pause["timeout"] or None, "recommended_timeout": RECOMMENDED_PAUSE}


class ServicesApi(RestResource):
    """Services: what incidents happen to."""

    name = "service"
    plural = "services"
    path = "/services"
    site = "/service-directory/{id}"
    by_name = True
    ahead: ClassVar[Mapping[str, str]] = {"integration": "_parent", "incident": "_open"}
    unique_name = True
    fields: ClassVar[Fields] = {
        "name": Field(printable(255), required=True),
        "description": Field(prose()),
        "auto_resolve_timeout": Field(timeout),
        "acknowledgement_timeout": Field(timeout),
        "status": Field(one_of("active", "disabled"), default="active", nullable=False),
        "escalation_policy": Field(reference("escalation_policy"), required=True),
        "incident_urgency_rule": Field(
            urgency_rule, default={"type": "constant", "urgency": "high"}, nullable=False
        ),
        "support_hours": Field(record(HOURS)),
        "scheduled_actions": Field(scheduled_actions, default=[]),
        "alert_creation": Field(
            one_of("create_incidents", "create_alerts_and_incidents"), default="create_alerts_and_incidents"
        ),
        "auto_pause_notifications_parameters": Field(
            auto_pause,
            default={"enabled": False, "timeout": None, "recommended_timeout": RECOMMENDED_PAUSE},
            nullable=False,
        ),
    }

    def body(self, api: Api) -> Json:
        """Runtime states in an update are ignored, so that what was read can be sent back."""
        body = super().body(api)
        if body.get("status") in ("warning", "critical", "maintenance"):
            del body["status"]
        return body

    def sorts(self, api: Api) -> Mapping[str, SortKey]:
        """By name, either way."""
        return {"name": by_name}

    def selects(self, api: Api, document: Json) -> bool:
        """By part of the name, by exact name, by the team of the escalation policy."""
        arguments = api.arguments
        teams = arguments.getlist("team_ids[]")
        return (
            super().selects(api, document)
            and ("name" not in arguments or arguments["name"] == document["name"])
            and (not teams or any(team["id"] in teams for team in teams_of(api, document)))
        )

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Urgency rule, support hours and scheduled actions must fit together; the plan must have them."""
        rule, actions = new["incident_urgency_rule"], new["scheduled_actions"] or []
        new["scheduled_actions"] = actions
        if rule not in ({"type": "constant", "urgency": "high"}, (old or {}).get("incident_urgency_rule")):
            api.need("urgencies")
        if rule["type"] == "use_support_hours":
            api.need("service_support_hours")
            if new["support_hours"] is None:
                raise invalid("Support hours can't be blank when the urgency rule uses support hours")
        if actions and not raises(rule):
            raise invalid("Scheduled actions need high urgency during and low urgency outside support hours")
        if new["auto_pause_notifications_parameters"]["enabled"] and not api.has_feature("auto_pause"):
            raise lacks_ability("auto_pause_notifications")
        if old is None:
            new["created_at"] = api.now()
        return new

    def written(self, api: Api, new: Json, body: Json, old: Json | None) -> None:
        """Old alert grouping fields move the service's setting; a new service gets its orchestration path."""
        alert_grouping.apply_old_fields(api, new["id"], body)
        if old is None:
            paths.create(api, "service", new["id"])

    def deleted(self, api: Api, document: Json) -> None:
        """Its integrations, rules and path go with it, and it leaves groups; references to it stay."""
        for kind in ("integration", "service_rule", "cache_variable"):
            for child in api.find(kind, _parent=document["id"]):
                api.delete(kind, child["id"])
        paths.remove(api, "service", document["id"])
        alert_grouping.leave(api, document["id"])
        dependencies.remove_of(api, document["id"])
        for trigger in api.all("workflow_trigger"):
            kept = [service for service in trigger["services"] if service["id"] != document["id"]]
            if kept != trigger["services"]:
                api.replace("workflow_trigger", {**trigger, "services": kept})

    def computed(self, api: Api, document: Json) -> Json:
        """Runtime state, teams, integrations, alert grouping; whole objects where `include[]` asks."""
        integrations = api.find("integration", _parent=document["id"])
        open_states = {incident["status"] for incident in api.find("incident", _open=document["id"])}
        policy = document["escalation_policy"]
        shown = {
            "status": self._status(api, document, open_states),
            "last_incident_timestamp": api.store.greatest("pagerduty.incident", document["id"]),
            "escalation_policy": api.whole(policy) if api.included("escalation_policies") else policy,
            "teams": [api.whole(team) if api.included("teams") else team for team in teams_of(api, document)],
            "integrations": api.children("integrations", "integration", integrations),
            "addons": [],
            "response_play": None,
            **alert_grouping.old_fields(api, document["id"]),
        }
        if not api.included("auto_pause_notifications_parameters"):
            shown["auto_pause_notifications_parameters"] = None
        return shown

    def _status(self, api: Api, document: Json, open_states: set[str]) -> str:
        status = runtime_status(document, open_states)
        under_work = status != "disabled" and maintenance.lasts(api, document["id"])
        return "maintenance" if under_work else status

    def view(self, api: Api, document: Json) -> Json:
        """Without auto-pause, unless the request asks for it."""
        shown = super().view(api, document)
        if shown["auto_pause_notifications_parameters"] is None:
            del shown["auto_pause_notifications_parameters"]
        return shown


def raises(rule: Json) -> bool:
    """Whether a rule is high in support hours and low outside, the one that can raise urgencies."""
    urgencies = [
        rule.get(when, {}).get("urgency") for when in ("during_support_hours", "outside_support_hours")
    ]
    return urgencies == ["high", "low"]


def runtime_status(service: Json, open_states: set[str]) -> str:
    """The worst of its open incidents, unless the service is disabled."""
    if service["status"] == "disabled":
        return "disabled"
    if "triggered" in open_states:
        return "critical"
    return "warning" if "acknowledged" in open_states else "active"


def teams_of(api: Api, service: Json) -> list[Json]:
    """References to the teams of its escalation policy; a service has none of its own."""
    policy = api.peek("escalation_policy", service["escalation_policy"]["id"])
    return [] if policy is None else list(policy["teams"])
