"""Schedules made of layers (pagerduty.md 4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.people.on_call import live_layers, targets
from pdslack_cli.sandbox.pagerduty.families.people.rendering import rendered
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    WrongError,
    instant,
    list_of,
    number,
    one_of,
    prose,
    read,
    record,
    reference,
    text,
    time_of_day,
    time_zone,
)
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal
from pdslack_cli.sandbox.pagerduty.resource import RestResource

WEEK = 7 * 24 * 3600


def whole_minute(value: Any, exists: Exists) -> datetime:
    """A time without seconds."""
    moment = datetime.fromisoformat(instant(value, exists))
    if moment.second or moment.microsecond:
        raise WrongError("must be a whole minute")
    return moment


def moment_in_utc(value: Any, exists: Exists) -> str:
    """A time, kept in UTC."""
    return whole_minute(value, exists).astimezone(UTC).strftime(STAMP)


def taken_for_utc(value: Any, exists: Exists) -> str:
    """The wall clock of a time, kept as if it were UTC: an offset that is not UTC's shifts the rotation."""
    return whole_minute(value, exists).strftime(STAMP)


def restriction(value: Any, exists: Exists) -> Json:
    """A daily or weekly window; only the weekly one has a day."""
    fields: dict[str, Field] = {
        "type": Field(one_of("daily_restriction", "weekly_restriction"), required=True),
        "start_time_of_day": Field(time_of_day, required=True),
        "duration_seconds": Field(number(1, WEEK - 1), required=True),
    }
    if isinstance(value, dict) and value.get("type") == "weekly_restriction":
        fields["start_day_of_week"] = Field(number(1, 7), required=True)
    checked: Json = record(fields)(value, exists)
    return checked


def rotation_member(value: Any, exists: Exists) -> Json:
    """`{user}`."""
    checked: Json = record({"user": Field(reference("user"), required=True)})(value, exists)
    return checked


LAYER: Fields = {
    "id": Field(text()),
    "name": Field(text()),
    "start": Field(moment_in_utc, required=True),
    "end": Field(moment_in_utc),
    "rotation_virtual_start": Field(taken_for_utc, required=True),
    "rotation_turn_length_seconds": Field(number(1), required=True),
    "users": Field(list_of(rotation_member, least=1), required=True),
    "restrictions": Field(list_of(restriction), default=[], nullable=False),
}


class SchedulesApi(RestResource):
    """Who is on call when, by rotation."""

    name = "schedule"
    plural = "schedules"
    path = "/schedules"
    site = "/schedules/{id}"
    by_name = True
    fields: ClassVar[Fields] = {
        "name": Field(text(shortest=1), required=True),
        "time_zone": Field(time_zone, required=True),
        "description": Field(prose()),
        "schedule_layers": Field(list_of(record(LAYER)), default=[], nullable=False),
        "teams": Field(list_of(reference("team")), default=[], nullable=False),
    }

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, a dry run, and who is in a schedule."""
        yield Rule("/schedules/preview", methods=["POST"], endpoint=self.preview)
        yield from super().rules()
        yield Rule("/schedules/<id>/users", methods=["GET"], endpoint=self.list_users)

    def preview(self, api: Api) -> SandboxResponse:
        """How a schedule would come out; nothing is kept."""
        body = self.body(api)
        draft = {**read(self.fields, body, api.exists), "id": ids.short(api.store)}
        return self.answer(api, self.checked(api, draft, body, None))

    def list_users(self, api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """Everybody in a layer that has not ended."""
        people = [api.get("user", user) for user in rotation(api, self.existing(api, id))]
        return SandboxResponse({"users": [api.view("user", person) for person in people if person]})

    def answer(self, api: Api, document: Json, status: int = 200) -> SandboxResponse:
        """One schedule always comes with its layers."""
        whole = {**self.view(api, document), **api.expanded(rendered(api, document))}
        return SandboxResponse({"schedule": whole}, status)

    def selects(self, api: Api, document: Json) -> bool:
        """By name and by team."""
        teams = api.arguments.getlist("team_ids[]")
        of_teams = not teams or any(team["id"] in teams for team in document["teams"])
        return super().selects(api, document) and of_teams

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Layers come and end, but never go, and never move: a later one wins over an earlier one."""
        if "schedule_layers" not in body:
            return new
        before = old or {"schedule_layers": []}
        known = {layer["id"]: layer for layer in before["schedule_layers"]}
        sent = {layer["id"]: layer for layer in new["schedule_layers"] if layer["id"] is not None}
        if unknown := set(sent) - set(known):
            raise invalid_schedule(f"Layers do not exist: {', '.join(sorted(unknown))}")
        if missing := {layer["id"] for layer in live_layers(api, before)} - set(sent):
            raise invalid_schedule(f"Layers can't be removed: {', '.join(sorted(missing))}")
        created = [layer for layer in new["schedule_layers"] if layer["id"] is None]
        for position, layer in enumerate(created, len(known) + 1):
            layer["id"] = ids.short(api.store)
            layer["name"] = layer["name"] or f"Layer {position}"
        this_minute = api.clock.now().strftime("%Y-%m-%dT%H:%M:00Z")
        for layer in new["schedule_layers"]:
            if layer["start"] != known.get(layer["id"], {}).get("start"):
                layer["start"] = max(layer["start"], this_minute)
        new["schedule_layers"] = [sent.get(id_, layer) for id_, layer in known.items()] + created
        return new

    def blockers(self, api: Api, document: Json) -> Iterable[str]:
        """Policies, and open incidents that remember how a policy was, keep a schedule alive."""
        if any(document["id"] in targets(policy) for policy in api.all("escalation_policy")):
            yield "Schedule can't be deleted if it's being used by escalation policies"
        open_incidents = (incident for incident in api.all("incident") if incident["status"] != "resolved")
        if any(document["id"] in targets(incident["_policy"]) for incident in open_incidents):
            yield (
                "Schedule can't be deleted if it's being used by an escalation policy snapshot "
                "with open incidents"
            )

    def computed(self, api: Api, document: Json) -> Json:
        """What a list shows; layers only where `include[]` asks."""
        policies = [policy for policy in api.all("escalation_policy") if document["id"] in targets(policy)]
        shown: Json = {
            "escalation_policies": [
                {"id": policy["id"], "type": "escalation_policy_reference"} for policy in policies
            ],
            "users": [{"id": user, "type": "user_reference"} for user in rotation(api, document)],
        }
        whole = rendered(api, document)
        wanted = [name for name in whole if api.included(name)]
        return {**shown, **{name: whole[name] for name in wanted}}

    def view(self, api: Api, document: Json) -> Json:
        """Without the layers, unless the request asks for them."""
        shown = super().view(api, document)
        if not api.included("schedule_layers"):
            del shown["schedule_layers"]
        return shown


def invalid_schedule(error: str) -> PagerDutyRefusal:
    """Schedules have an error code of their own."""
    return PagerDutyRefusal(400, "Invalid Schedule", 3001, (error,))


def rotation(api: Api, schedule: Json) -> list[str]:
    """The ids of everybody in a layer that has not ended, each once."""
    layers = live_layers(api, schedule)
    return list(dict.fromkeys(member["user"]["id"] for layer in layers for member in layer["users"]))
