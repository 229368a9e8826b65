"""The abilities of a PagerDuty plan that entries of a file need (pagerduty.md 10.4, 16).

Only those in `GET /abilities`. For other features that a plan lacks, the error comes with the list (teams,
priorities, workflows) or with the write (variables in rules, auto-pause).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.pagerduty.service.service import Service
from pdslack_cli.kinds.people import Person


class Ability(NamedTuple):
    """An ability of `GET /abilities`: its name, its display name, and the entries that use it."""

    name: str
    title: str
    is_in: Callable[[Resource], bool]


def _has_low_urgency(spec: Resource) -> bool:
    if isinstance(spec, Person):
        return any(rule.urgency == "low" for rule in spec.notification_rules)
    return isinstance(spec, Service) and spec.urgency != "high"


def _has_support_hours(spec: Resource) -> bool:
    return isinstance(spec, Service) and spec.support_hours is not None


ABILITIES = (
    Ability("urgencies", "urgencies other than high", _has_low_urgency),
    Ability("service_support_hours", "support hours", _has_support_hours),
)
