"""Exceptions of schedules with shifts: overrides of shifts, and custom shifts (pagerduty.md 4.2).

What becomes of the overrides of a rotation that is deleted is (unverified): here they go with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.shifts import Shift
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.people.schedules import moment_in_utc
from pdslack_cli.sandbox.pagerduty.families.people.shift_events import member
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    list_of,
    one_of,
    record,
    sentence,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import bad_arguments, invalid
from pdslack_cli.sandbox.pagerduty.resource import RestResource

Sourced = tuple[Shift, Json]
"""A shift, and where it comes from, as the final schedule shows it."""


class ShiftExceptionsApi(RestResource):
    """What is made several at once, and listed for a span."""

    parent = "schedule_v3"
    methods = frozenset({"show", "update", "destroy"})

    def rules(self) -> Iterator[RuleFactory]:
        """A list for a span, creation of several at once, and the calls for one."""
        yield Rule(self.path, methods=["GET"], endpoint=self.list_span)
        yield Rule(self.path, methods=["POST"], endpoint=self.create_many)
        yield from super().rules()

    def list_span(self, api: Api, parent: str) -> SandboxResponse:
        """A page of those that touch a span, which must be given."""
        self.admitted(api, parent)
        since, until = api.instant("since"), api.instant("until")
        if since is None or until is None:
            raise bad_arguments("since and until are required")
        first, last = since.strftime(STAMP), until.strftime(STAMP)
        found = [
            one for one in self.documents(api, parent) if one["start_time"] < last and one["end_time"] > first
        ]
        return self.paged(api, found)

    def create_many(self, api: Api, parent: str) -> SandboxResponse:
        """Create several at once: all of them, or none."""
        self.admitted(api, parent)
        bodies = api.bodies(self.plural)
        for body in bodies:
            self.checked(api, api.checked(self.fields, body), body, None)
        made = [self.add(api, body, parent) for body in bodies]
        return SandboxResponse({self.plural: [self.view(api, one) for one in made]}, 201)

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """It ends after it begins, and not in the past."""
        if new["end_time"] <= new["start_time"]:
            raise invalid(sentence("end_time", "must be after start time"))
        if new["end_time"] <= api.now():
            raise invalid(sentence("end_time", "must be in the future"))
        return new

    def links(self, api: Api, document: Json) -> Json:
        """It has no name, and so no summary."""
        path = self.path.replace("<parent>", document["_parent"])
        return {"self": f"{api.base}{path}/{document['id']}"}


class ShiftOverridesApi(ShiftExceptionsApi):
    """Somebody else in the place of one person, in the shifts of one source."""

    name = "override_shift"
    wrapper = "override"
    plural = "overrides"
    path = "/v3/schedules/<parent>/overrides"
    fields: ClassVar[Fields] = {
        "type": Field(one_of("override_shift"), default="override_shift", nullable=False),
        "rotation_id": Field(text()),
        "custom_shift_id": Field(text()),
        "start_time": Field(moment_in_utc, required=True),
        "end_time": Field(moment_in_utc, required=True),
        "overridden_member": Field(member, required=True),
        "overriding_member": Field(member, required=True),
    }

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """It names a rotation or a custom shift of the schedule, and not both."""
        sources = [
            api.get(kind, new[name])
            for kind, name in (("schedule_rotation", "rotation_id"), ("custom_shift", "custom_shift_id"))
            if new[name]
        ]
        if len(sources) != 1:
            raise invalid("Exactly one of rotation_id and custom_shift_id is required")
        if sources[0] is None or new.get("_parent", sources[0]["_parent"]) != sources[0]["_parent"]:
            raise invalid("Shift not found")
        return super().checked(api, new, body, old)

    def view(self, api: Api, document: Json) -> Json:
        """Without the source that it does not have."""
        return {name: value for name, value in super().view(api, document).items() if value is not None}


def assignment(value: Any, exists: Exists) -> Json:
    """Who has a custom shift."""
    wanted: Fields = {
        "type": Field(one_of("shift_assignment"), default="shift_assignment", nullable=False),
        "member": Field(member, required=True),
    }
    checked: Json = record(wanted)(value, exists)
    return checked


class CustomShiftsApi(ShiftExceptionsApi):
    """A shift beside those of the rotations."""

    name = "custom_shift"
    plural = "custom_shifts"
    path = "/v3/schedules/<parent>/custom_shifts"
    fields: ClassVar[Fields] = {
        "start_time": Field(moment_in_utc, required=True),
        "end_time": Field(moment_in_utc, required=True),
        "assignments": Field(list_of(assignment, least=1, most=1), required=True),
    }

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Of one that has begun only the end changes; its assignment has an id."""
        fixed = ("start_time", "assignments") if old and old["start_time"] <= api.now() else ()
        if old and any(new[name] != old[name] for name in fixed):
            raise invalid("Only end_time of a started shift can be updated")
        new["assignments"] = [{"id": ids.short(api.store), **one} for one in new["assignments"]]
        return super().checked(api, new, body, old)

    def destroy(self, api: Api, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002
        """One that has begun ends now, and one that is over stays."""
        document = self.existing(api, id, parent)
        if document["end_time"] <= api.now():
            raise invalid("Past shifts cannot be deleted")
        if document["start_time"] > api.now():
            return super().destroy(api, id, parent)
        api.replace(self.name, {**document, "end_time": api.now()})
        return SandboxResponse(None, 204)

    def deleted(self, api: Api, document: Json) -> None:
        """Its overrides go with it."""
        forget_overrides(api, custom_shift_id=document["id"])


def forget_overrides(api: Api, **source: str) -> None:
    """Delete what overrides the shifts of a source that is gone."""
    for override in api.find("override_shift", **source):
        api.delete("override_shift", override["id"])


def custom_shifts(api: Api, schedule: Json) -> Iterator[Sourced]:
    """The custom shifts of a schedule; one without a person has nobody."""
    for one in api.find("custom_shift", _parent=schedule["id"]):
        if person := one["assignments"][0]["member"].get("user_id"):
            span = (_instant(one[name]) for name in ("start_time", "end_time"))
            yield Shift(person, *span), {"type": "custom_shift", "shift_id": one["id"]}


def overridden(api: Api, schedule: Json, found: Iterable[Sourced]) -> list[Sourced]:
    """The shifts with the overrides of the schedule put over those that they name."""
    left = list(found)
    for override in api.find("override_shift", _parent=schedule["id"]):
        start, end = (_instant(override[name]) for name in ("start_time", "end_time"))
        by = {"type": "schedule_rotation_override", "override_id": override["id"]}
        if override["custom_shift_id"]:
            by |= {"type": "custom_shift_override"}
        kept: list[Sourced] = []
        for shift, source in left:
            if not _applies_to(override, shift, source) or shift.end <= start or shift.start >= end:
                kept.append((shift, source))
                continue
            for begins, ends in ((shift.start, start), (end, shift.end)):
                if begins < ends:
                    kept.append((shift._replace(start=begins, end=ends), source))
            if person := override["overriding_member"].get("user_id"):
                cut = Shift(person, max(start, shift.start), min(end, shift.end))
                kept.append((cut, {**source, **by}))
        left = kept
    return left


def _applies_to(override: Json, shift: Shift, source: Json) -> bool:
    of = {override["rotation_id"], override["custom_shift_id"]} - {None}
    return (
        "override_id" not in source
        and bool(of & {source.get("rotation_id"), source.get("shift_id")})
        and shift.person == override["overridden_member"].get("user_id")
    )


def _instant(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).astimezone(UTC)
