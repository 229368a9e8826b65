"""What an account's plan must have for what a file uses, by PagerDuty's names (pagerduty.md 10.4, 16).

Only what `GET /abilities` tells. Lists that a plan lacks (teams, priorities, workflows) say so when they are
read, and other features (variables in rules, auto-pause) only when they are written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.pagerduty.service.service import Service


class Ability(NamedTuple):
    """One of `GET /abilities`, what people call it, and which entries use it."""

    name: str
    title: str
    is_in: Callable[[Resource], bool]


def _has_low_urgency(spec: Resource) -> bool:
    return isinstance(spec, Service) and spec.urgency != "high"


def _has_support_hours(spec: Resource) -> bool:
    return isinstance(spec, Service) and spec.support_hours is not None


ABILITIES = (
    Ability("urgencies", "urgencies other than high", _has_low_urgency),
    Ability("service_support_hours", "support hours", _has_support_hours),
)
