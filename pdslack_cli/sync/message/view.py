"""An incident as its message shows it: what was read from PagerDuty, and nothing decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from pdslack_cli.errors import ApiError

IncidentStatus = Literal["triggered", "acknowledged", "resolved"]

SEVERITIES = ("critical", "error", "warning", "info")  # the worst first


class IncidentPart(StrEnum):
    """A part of an incident that takes a call of its own, and without which a message can do for a while."""

    INCIDENT = "all that its event does not tell"
    EXTRAS = "custom fields and conference bridge"
    LOG = "log"
    ALERTS = "alerts"
    SERVICE = "service"
    ON_CALL = "on-call"
    ADDRESSES = "e-mail addresses"
    ACCOUNTS = "Slack accounts"


@dataclass(frozen=True)
class Linked:
    """Something of PagerDuty's that has a name and a page: a service, a team, an escalation policy."""

    id: str = ""
    name: str = ""
    url: str = ""


@dataclass(frozen=True)
class Responder:
    """Somebody at PagerDuty, with the Slack account of the same e-mail address if there is one."""

    id: str = ""
    name: str = ""
    email: str = ""
    slack_id: str = ""
    url: str = ""


@dataclass(frozen=True)
class OnDuty:
    """Who is on call now, at which level of the policy, and by which schedule ("": named directly)."""

    responder: Responder
    level: int = 1
    schedule_id: str = ""


@dataclass(frozen=True)
class AlertFacts:
    """The facts of an alert, all of them written by the sender."""

    summary: str = ""
    severity: str = ""
    source: str = ""
    component: str = ""
    group: str = ""
    class_: str = ""
    description: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()  # label and address


@dataclass(frozen=True)
class FieldValue:
    """A field with a value in this incident: `label` is for people, `name` for programs."""

    label: str
    value: Any
    name: str = ""


@dataclass(frozen=True)
class IncidentView:
    """All that a message shows of an incident.

    Every text may come from a stranger; rendering escapes and cuts it. `severity` is the worst of the alerts.
    `acknowledgers` are in the order in which they acknowledged, `on_call` is sorted by level. `unread` are
    the parts that could not be read yet, and why: their fields are empty.
    """

    id: str
    title: str
    status: IncidentStatus
    number: int = 0
    url: str = ""
    urgency: str = "high"
    priority: str = ""
    severity: str = ""
    service: Linked = Linked()
    teams: tuple[Linked, ...] = ()
    escalation_policy: Linked = Linked()
    escalation_level: int = 0
    assignees: tuple[Responder, ...] = ()
    on_call: tuple[OnDuty, ...] = ()
    runbook: str = ""
    conference_url: str = ""
    conference_number: str = ""
    custom_fields: tuple[FieldValue, ...] = ()  # in the account's order
    alerts: tuple[AlertFacts, ...] = ()
    alert_count: int = 0
    created_at: datetime | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    acknowledgers: tuple[Responder, ...] = ()
    merged_into: Linked = Linked()  # the incident that its alerts moved to
    resolved_by: Responder | None = None  # None: nobody, or PagerDuty itself
    snoozed_until: datetime | None = None
    unread: Mapping[IncidentPart, ApiError] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.status != "resolved"

    @property
    def time_to_acknowledge(self) -> timedelta | None:
        return _between(self.created_at, self.acknowledged_at)

    @property
    def time_to_resolve(self) -> timedelta | None:
        return _between(self.created_at, self.resolved_at)


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    return max(end - start, timedelta(0)) if start and end else None
