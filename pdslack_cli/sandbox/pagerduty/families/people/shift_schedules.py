"""Schedules with shifts: rotations of recurring events (pagerduty.md 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import ClassVar

from pdslack_cli.model import Json
from pdslack_cli.routing.recurrence import event_shifts
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.people.on_call import targets
from pdslack_cli.sandbox.pagerduty.families.people.rendering import asked_span
from pdslack_cli.sandbox.pagerduty.families.people.shift_exceptions import (
    Sourced,
    custom_shifts,
    forget_overrides,
    overridden,
)
from pdslack_cli.sandbox.pagerduty.fields import (
    Field,
    Fields,
    list_of,
    prose,
    reference,
    sentence,
    text,
    time_zone,
)
from pdslack_cli.sandbox.pagerduty.refusals import invalid
from pdslack_cli.sandbox.pagerduty.resource import RestResource

ELSEWHERE = ("rotations", "escalation_policies")


class ShiftSchedulesApi(RestResource):
    """Who is on call when, by shifts."""

    name = "schedule_v3"
    wrapper = "schedule"
    plural = "schedules"
    path = "/v3/schedules"
    site = "/schedules/{id}"
    by_name = True
    fields: ClassVar[Fields] = {
        "name": Field(text(255, shortest=1), required=True),
        "time_zone": Field(time_zone, required=True),
        "description": Field(prose(1024)),
        "teams": Field(list_of(reference("team")), default=[], nullable=False),
    }

    def index(self, api: Api, parent: str = "") -> SandboxResponse:
        """The list: references only."""
        found = sorted(self.documents(api), key=lambda document: str(document["name"]).casefold())
        return api.page(self.plural, found, lambda document: self._reference(api, document))

    def _reference(self, api: Api, document: Json) -> Json:
        return {
            "id": document["id"],
            "type": f"{self.name}_reference",
            **self.links(api, document),
        }

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Rotations have calls of their own, and policies name their schedules."""
        if refused := [name for name in ELSEWHERE if name in body]:
            raise invalid(sentence(refused[0], "is not accepted"))
        return new

    def computed(self, api: Api, document: Json) -> Json:
        """Its rotations, the policies that use it, and who is on call in a span that the request names."""
        policies = [policy for policy in api.all("escalation_policy") if document["id"] in targets(policy)]
        rotations = api.find("schedule_rotation", _parent=document["id"])
        shown: Json = {
            "escalation_policies": [
                {"id": policy["id"], "type": "escalation_policy_reference"} for policy in policies
            ],
            "rotations": [api.view("schedule_rotation", rotation) for rotation in rotations],
        }
        if api.included("final_schedule") and (span := asked_span(api)):
            shown["final_schedule"] = _rendered(api, document, *span)
        return shown

    def blockers(self, api: Api, document: Json) -> Iterable[str]:
        """Policies keep it alive."""
        if any(document["id"] in targets(policy) for policy in api.all("escalation_policy")):
            yield "Schedule can't be deleted if it's being used by escalation policies"

    def deleted(self, api: Api, document: Json) -> None:
        """Its rotations, custom shifts and overrides go with it."""
        for kind in ("schedule_rotation", "custom_shift", "override_shift"):
            for one in api.find(kind, _parent=document["id"]):
                api.delete(kind, one["id"])


def shifts_between(api: Api, schedule: Json, since: datetime, until: datetime) -> Iterator[Sourced]:
    """Every shift that touches a span, cut to it, with its source; overrides are put over them."""
    found = [*_of_rotations(api, schedule, since, until), *custom_shifts(api, schedule)]
    for shift, source in overridden(api, schedule, found):
        cut = shift._replace(start=max(shift.start, since), end=min(shift.end, until))
        if cut.start < cut.end:
            yield cut, source


def _of_rotations(api: Api, schedule: Json, since: datetime, until: datetime) -> Iterator[Sourced]:
    for rotation in api.find("schedule_rotation", _parent=schedule["id"]):
        for event in rotation["events"]:
            for shift in event_shifts(event, since, until) or ():
                yield shift, {"type": "schedule_rotation", "rotation_id": rotation["id"]}


def people_on_call(api: Api, schedule: Json, at: datetime) -> list[str]:
    """The ids of all who are on call in it."""
    moment = at.replace(microsecond=999_999)
    found = [shift.person for shift, _ in shifts_between(api, schedule, at, moment)]
    return list(dict.fromkeys(person for person in found if person))


def _rendered(api: Api, schedule: Json, since: datetime, until: datetime) -> Json:
    found = sorted(shifts_between(api, schedule, since, until), key=lambda one: one[0])
    covered = until - until
    reached = since
    for shift, _ in found:
        covered += max(shift.end - max(shift.start, reached), until - until)
        reached = max(reached, shift.end)
    return {
        "type": "final_schedule",
        "rendered_coverage_percentage": round(100 * (covered / (until - since)), 1),
        "computed_shift_assignments": [
            {
                "type": "computed_shift_assignment",
                "start_time": shift.start.strftime(STAMP),
                "end_time": shift.end.strftime(STAMP),
                "member": {"type": "user_member", "user_id": shift.person},
                "source": source,
            }
            for shift, source in found
        ],
    }


class ShiftRotationsApi(RestResource):
    """The rotations of a schedule with shifts; all that one has is its events."""

    name = "schedule_rotation"
    wrapper = "rotation"
    plural = "rotations"
    parent = "schedule_v3"
    path = "/v3/schedules/<parent>/rotations"
    methods = frozenset({"index", "create", "show", "destroy"})
    fields: ClassVar[Fields] = {}

    def body(self, api: Api) -> Json:
        """Nothing: it carries no configuration."""
        return {}

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """A schedule has few of them."""
        if len(api.find(self.name, _parent=new["_parent"])) >= 10:
            raise invalid("Rotations must be less than or equal to 10")
        return {**new, "events": []}

    def deleted(self, api: Api, document: Json) -> None:
        """Its overrides go with it."""
        forget_overrides(api, rotation_id=document["id"])

    def links(self, api: Api, document: Json) -> Json:
        """Return no links."""
        return {}
