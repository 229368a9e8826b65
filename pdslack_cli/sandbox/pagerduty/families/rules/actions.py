"""The actions that a rule may have on each path (orchestration.md 2.6)."""

from __future__ import annotations

from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.fields import (
    Check,
    Exists,
    Field,
    Fields,
    WrongError,
    boolean,
    id_of,
    list_of,
    number,
    one_of,
    record,
    text,
)

MOMENTS = ("alert_triggered", "alert_suspended", "alert_suppressed")


def moments(value: Any, exists: Exists) -> list[str]:
    """A list of one moment; Terraform's provider sends the word alone."""
    checked: list[str] = list_of(one_of(*MOMENTS), most=1)(
        [value] if isinstance(value, str) else value, exists
    )
    return checked


VARIABLE: Fields = {
    "name": Field(text(shortest=1), required=True),
    "path": Field(text(shortest=1), required=True),
    "type": Field(one_of("regex"), required=True),
    "value": Field(text(), required=True),
}
PAIR: Fields = {"key": Field(text(shortest=1), required=True), "value": Field(text(), required=True)}
DYNAMIC: Fields = {
    "source": Field(text(shortest=1), required=True),
    "regex": Field(text(shortest=1), required=True),
    "lookup_by": Field(one_of("service_name", "service_id"), required=True),
}
WEBHOOK: Fields = {
    "name": Field(text(shortest=1), required=True),
    "url": Field(text(shortest=1, pattern=r"https?://\S+"), required=True),
    "auto_send": Field(boolean, default=False, nullable=False),
    "headers": Field(list_of(record(PAIR))),
    "parameters": Field(list_of(record(PAIR))),
    "trigger_types": Field(moments),
}
AUTOMATION: Fields = {
    "action_id": Field(id_of("action"), required=True),
    "trigger_types": Field(moments),
}
FIELD_UPDATE: Fields = {
    "id": Field(id_of("incident_field"), required=True),
    "value": Field(text(), required=True),
}


def extraction(value: Any, exists: Exists) -> Json:
    """`{target, template}` or `{target, source, regex}`, not both."""
    by_regex = isinstance(value, dict) and bool(value.get("regex"))
    if by_regex and value.get("template"):
        raise WrongError("can't have both a template and a regex")
    source = {
        "source": Field(text(shortest=1), required=True),
        "regex": Field(text(shortest=1), required=True),
    }
    template = {"template": Field(text(shortest=1), required=True)}
    fields: Fields = {"target": Field(text(shortest=1), required=True), **(source if by_regex else template)}
    checked: Json = record(fields)(value, exists)
    return checked


def webhook(value: Any, exists: Exists) -> Json:
    """A call of the rule's own; one that does not wait for a click unless the alert has triggered."""
    checked: Json = record(WEBHOOK)(value, exists)
    checked = {name: kept for name, kept in checked.items() if kept is not None}
    checked = {"headers": [], "parameters": [], "trigger_types": ["alert_triggered"], **checked}
    if checked["trigger_types"] not in ([], ["alert_triggered"]) and not checked["auto_send"]:
        raise WrongError("must be sent automatically for suspended or suppressed alerts")
    return checked


def destination(value: Any, exists: Exists) -> str:
    """A service, or `unrouted`."""
    return "unrouted" if value == "unrouted" else str(id_of("service")(value, exists))


ON_ALERTS: dict[str, Check] = {
    "severity": one_of("info", "warning", "error", "critical"),
    "event_action": one_of("trigger", "resolve"),
    "variables": list_of(record(VARIABLE)),
    "extractions": list_of(extraction),
}
ON_INCIDENTS: dict[str, Check] = {
    **ON_ALERTS,
    "priority": id_of("priority"),
    "escalation_policy": id_of("escalation_policy"),
    "annotate": text(),
    "suppress": boolean,
    "suspend": number(0),
    "automation_actions": list_of(webhook),
    "incident_custom_field_updates": list_of(record(FIELD_UPDATE)),
}
TO_SET: dict[str, Check] = {"route_to": text(shortest=1)}

IN_RULES: dict[str, dict[str, Check]] = {
    "router": {"route_to": id_of("service"), "dynamic_route_to": record(DYNAMIC)},
    "global": {**TO_SET, **ON_INCIDENTS, "drop_event": boolean},
    "service": {
        **TO_SET,
        **ON_INCIDENTS,
        "pagerduty_automation_actions": list_of(record(AUTOMATION), most=1),
    },
    "unrouted": {**TO_SET, **ON_ALERTS},
}
IN_CATCH_ALL: dict[str, dict[str, Check]] = {
    "router": {"route_to": destination},
    **{path: {n: c for n, c in IN_RULES[path].items() if n != "route_to"} for path in ("global", "service")},
    # The server sets `suppress` itself there, and takes it when it is sent back.
    "unrouted": {**ON_ALERTS, "suppress": boolean},
}
KNOWN = {name for checks in (*IN_RULES.values(), *IN_CATCH_ALL.values()) for name in checks}


def actions(allowed: dict[str, Check]) -> Check:
    """An object of actions; a known one that this place does not allow is refused, an unknown one ignored.

    Clients send every action that there is, so an empty one counts as not set (orchestration.md 2.3).
    """
    fields = {name: Field(check) for name, check in allowed.items()}

    def check(value: Any, exists: Exists) -> Json:
        if not isinstance(value, dict):
            raise WrongError("must be an object")
        if misplaced := sorted(name for name in KNOWN - set(allowed) if value.get(name)):
            raise WrongError(f"can't have {', '.join(misplaced)} here")
        defined = {name: action for name, action in value.items() if action not in (None, "")}
        checked: Json = record(fields)(defined, exists)
        return {name: action for name, action in checked.items() if name in defined}

    return check
