"""Who is on call now and next, per level of each escalation policy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.shifts import Shift, shifts
from pdslack_cli.sandbox.page.pagerduty_pane import shown_time
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.families.people.on_call import as_simulated
from pdslack_cli.sandbox.pagerduty.families.people.shift_schedules import people_on_call

AHEAD = timedelta(days=14)
MOST_POLICIES = 40


class Duty(NamedTuple):
    """Who is reached by a target of a level, until when, and who comes after."""

    now: str
    until: str = ""
    following: str = ""
    schedule: str = ""


class DutyLevel(NamedTuple):
    """A level of a policy: whom it reaches, and after how many minutes the next one is tried."""

    number: int
    minutes: int
    duties: list[Duty]


class OnCallPane:
    """What the templates show of the account's policies."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._duties: dict[str, Duty] = {}

    @cached_property
    def policies(self) -> list[tuple[str, list[DutyLevel]]]:
        """The policies by name, each with its levels."""
        known = sorted(self._api.all("escalation_policy"), key=lambda policy: str(policy["name"]).casefold())
        return [(policy["name"], list(self._levels(policy))) for policy in known[:MOST_POLICIES]]

    @cached_property
    def more(self) -> int:
        """How many policies are not shown."""
        return max(len(self._api.all("escalation_policy")) - MOST_POLICIES, 0)

    def _levels(self, policy: Json) -> Iterator[DutyLevel]:
        for number, rule in enumerate(policy["escalation_rules"], 1):
            duties = [self._duty(target) for target in rule["targets"]]
            yield DutyLevel(number, rule["escalation_delay_in_minutes"], duties)

    def _duty(self, target: Json) -> Duty:
        if target["type"] == "user_reference":
            return Duty(self._name(target["id"]))
        if target["id"] not in self._duties:
            self._duties[target["id"]] = self._of_schedule(target["id"])
        return self._duties[target["id"]]

    def _of_schedule(self, id_: str) -> Duty:
        schedule = self._api.get("schedule", id_)
        now = self._api.clock.now()
        if schedule is None:
            shifts_of = self._api.get("schedule_v3", id_)
            people = people_on_call(self._api, shifts_of, now) if shifts_of else []
            return Duty(", ".join(map(self._name, people)) or "nobody")
        first, *later = list(shifts(as_simulated(self._api, schedule), now, now + AHEAD))
        following = next((shift for shift in later if shift.person), None)
        return Duty(
            self._name(first.person),
            shown_time(first.end, now) if later else "",
            self._following(following, now),
            schedule["name"],
        )

    def _following(self, shift: Shift | None, now: datetime) -> str:
        return f"{self._name(shift.person)} from {shown_time(shift.start, now)}" if shift else ""

    def _name(self, user: str | None) -> str:
        found = self._api.get("user", user) if user else None
        return str(found["name"]) if found else "nobody"
