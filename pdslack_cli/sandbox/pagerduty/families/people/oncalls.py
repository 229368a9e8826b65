"""Who is on call when: `/oncalls`, and overrides (pagerduty.md 4.1, 11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.shifts import Shift, shifts
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.people.on_call import as_simulated
from pdslack_cli.sandbox.pagerduty.families.people.schedules import moment_in_utc
from pdslack_cli.sandbox.pagerduty.families.people.shift_schedules import shifts_between
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, reference
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, bad_arguments
from pdslack_cli.sandbox.pagerduty.resource import RestResource

FURTHEST = timedelta(days=90)
AROUND = timedelta(days=35)  # how far from the span the ends of a shift are looked for


def list_oncalls(api: Api) -> SandboxResponse:
    """Who is on call in the span (now, unless another is asked for), by policy and level."""
    since = api.instant("since") or api.clock.now()
    until = api.instant("until") or since
    if until < since:
        raise bad_arguments("until cannot be before since")
    if until > api.clock.now() + FURTHEST:
        raise bad_arguments("On-call shifts are limited to 90 days in the future")
    found = [entry for entry in on_call_entries(api, since, until) if _wanted(api, entry)]
    if api.arguments.get("earliest") == "true":
        found = _earliest(found)
    return api.page("oncalls", found, lambda entry: _shown(api, entry))


def on_call_entries(api: Api, since: datetime, until: datetime) -> Iterator[Json]:
    """Who is on call in a span, by policy and level; a shift has its own ends, a person in a level none."""
    for policy in api.all("escalation_policy"):
        for level, rule in enumerate(policy["escalation_rules"], 1):
            for target in rule["targets"]:
                common = {
                    "escalation_policy": {"id": policy["id"], "type": "escalation_policy_reference"},
                    "escalation_level": level,
                }
                if target["type"] == "user_reference":
                    yield {**common, "user": target, "schedule": None, "start": None, "end": None}
                elif schedule := api.get("schedule", target["id"]):
                    found = overlapping(api, schedule, since, until)
                    yield from (_of_shift(common, target, shift) for shift in found)
                elif schedule := api.get("schedule_v3", target["id"]):
                    for shift, _ in shifts_between(api, schedule, since - AROUND, until + AROUND):
                        if shift.start <= until and shift.end > since:
                            yield _of_shift(common, target, shift)


def _of_shift(common: Json, schedule: Json, shift: Shift) -> Json:
    user = {"id": shift.person, "type": "user_reference"}
    ends = {"start": shift.start.strftime(STAMP), "end": shift.end.strftime(STAMP)}
    return {**common, "user": user, "schedule": schedule, **ends}


def overlapping(api: Api, schedule: Json, since: datetime, until: datetime) -> Iterator[Shift]:
    """The shifts of a schedule that touch a span, with their own ends."""
    for shift in shifts(as_simulated(api, schedule), since - AROUND, until + AROUND):
        if shift.person and shift.start <= until and shift.end > since:
            yield shift


def _wanted(api: Api, entry: Json) -> bool:
    asked = {
        "escalation_policy_ids[]": entry["escalation_policy"]["id"],
        "schedule_ids[]": entry["schedule"] and entry["schedule"]["id"],
        "user_ids[]": entry["user"]["id"],
    }
    return all(not (ids := api.arguments.getlist(name)) or value in ids for name, value in asked.items())


def _earliest(entries: list[Json]) -> list[Json]:
    """The first of each policy, level and person."""
    first: dict[tuple[str, int, str], Json] = {}
    for entry in entries:
        key = (entry["escalation_policy"]["id"], entry["escalation_level"], entry["user"]["id"])
        if key not in first or (entry["start"] or "") < (first[key]["start"] or ""):
            first[key] = entry
    return list(first.values())


def _shown(api: Api, entry: Json) -> Json:
    whole = {
        name: api.whole(entry[name])
        for name, plural in (
            ("user", "users"),
            ("schedule", "schedules"),
            ("escalation_policy", "escalation_policies"),
        )
        if entry[name] and api.included(plural)
    }
    shown: Json = api.expanded({**entry, **whole})
    return shown


class OverridesApi(RestResource):
    """Overrides: somebody else is on call for a while."""

    name = "override"
    plural = "overrides"
    shown_types = ("override",)
    parent = "schedule"
    path = "/schedules/<parent>/overrides"
    methods = frozenset({"destroy"})
    fields: ClassVar[Fields] = {
        "start": Field(moment_in_utc, required=True),
        "end": Field(moment_in_utc, required=True),
        "user": Field(reference("user"), required=True),
    }

    def rules(self) -> Iterator[RuleFactory]:
        """A list for a span, creation of several at once, and taking one back."""
        yield Rule(self.path, methods=["GET"], endpoint=self.list_span)
        yield Rule(self.path, methods=["POST"], endpoint=self.create_many)
        yield from super().rules()

    def list_span(self, api: Api, parent: str) -> SandboxResponse:
        """List the overrides that touch a span, which must be given."""
        schedule = api.kinds["schedule"].existing(api, parent)
        since, until = api.instant("since"), api.instant("until")
        if since is None or until is None:
            raise bad_arguments("since and until are required")
        found = [
            override
            for override in api.find(self.name, _parent=schedule["id"])
            if override["start"] < until.strftime(STAMP) and override["end"] > since.strftime(STAMP)
        ]
        return SandboxResponse({"overrides": [self.view(api, override) for override in found]})

    def create_many(self, api: Api, parent: str) -> SandboxResponse:
        """Create several, each by itself: a refused one does not affect the others."""
        schedule = api.kinds["schedule"].existing(api, parent)
        alone = "overrides" not in api.bare_body()
        many = [api.body("override")] if alone else api.bodies("overrides")
        return SandboxResponse([self._created(api, schedule, one) for one in many], 201)  # type: ignore[arg-type]

    def _created(self, api: Api, schedule: Json, wanted: Json) -> Json:
        try:
            document = self.add(api, wanted, schedule["id"])
        except PagerDutyRefusal as refused:
            errors = refused.body["error"].get("errors", []) if isinstance(refused.body, dict) else []
            return {"status": 400, "errors": errors, "override": wanted}
        return {"status": 201, "override": self.view(api, document)}

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """An override ends after it begins, and not in the past."""
        if new["end"] <= new["start"]:
            raise PagerDutyRefusal(
                400, "Invalid Input Provided", 2001, ("Override must end after its start",)
            )
        if new["end"] <= api.now():
            raise PagerDutyRefusal(400, "Invalid Input Provided", 2001, ("Override must end in the future",))
        return new

    def summary(self, document: Json) -> str:
        """These have none of their own."""
        return f"{document['start']} to {document['end']}"

    def links(self, api: Api, document: Json) -> Json:
        """Return no links."""
        return {}


RULES = (Rule("/oncalls", methods=["GET"], endpoint=list_oncalls),)
