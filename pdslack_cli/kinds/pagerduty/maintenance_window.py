"""Maintenance windows: while one lasts, its services make no incidents (pagerduty.md 10.1).

What is over stays as it is, in the file and in PagerDuty: it is neither created nor read. A window that
repeats is an object for each of its times, of which those of the coming weeks are created.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.kind import marked_live
from pdslack_cli.kinds.base.spec import Resource, Spec, UnsentName
from pdslack_cli.kinds.fields.durations import Duration, Usually, within
from pdslack_cli.kinds.fields.moments import Moment, in_zone, utc_text
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import Description, problem
from pdslack_cli.kinds.fields.zones import TimeZone
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.routing.zones import schedule_zone

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

AHEAD = timedelta(weeks=5)  # what is created of a window that repeats
MOST_TIMES = 400

# --- fields ------------------------------------------------------------------------------------------


class Repeat(Spec):
    """When a window comes again: at the same time of day in its time zone."""

    every: Annotated[
        Duration,
        within("1d", "52w", "1d"),
        Usually("1d", "12w"),
        Field(description="from one start to the next"),
    ]
    until: Annotated[Moment, Field(description="no window starts after this")]


class MaintenanceWindow(Resource):
    """A time in which its services make no incidents. One that is over is left alone."""

    name: UnsentName = ""
    description: Description = ""
    time_zone: Annotated[
        TimeZone | None, Field(description="of times without an offset; not kept by PagerDuty")
    ] = None
    from_: Annotated[Moment, Field(alias="from", description="when it begins")]
    to: Annotated[Moment, Field(description="when it ends")]
    services: Annotated[
        tuple[Annotated[Ref, RefTo("service")], ...],
        AfterValidator(lambda refs: tuple(sorted(set(refs)))),
        Field(min_length=1, description="the services that are worked on"),
    ]
    repeat: Annotated[
        Repeat | None,
        Field(description="when it comes again; those of the coming five weeks are created by each apply"),
    ] = None

    @field_validator("from_", "to")
    @classmethod
    def _in_time_zone(cls, moment: datetime, info: ValidationInfo) -> datetime:
        return in_zone(moment, info.data.get("time_zone"))

    @field_validator("repeat")
    @classmethod
    def _until_in_time_zone(cls, repeat: Repeat | None, info: ValidationInfo) -> Repeat | None:
        until = repeat and in_zone(repeat.until, info.data.get("time_zone"))
        return repeat and repeat.model_copy(update={"until": until})

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.to <= self.from_:
            raise problem(
                f"the window ends at {utc_text(self.to)}, before it begins at {utc_text(self.from_)}",
                "correct one of them",
                ("to",),
                needs=("from_",),
            )
        return self

    @model_validator(mode="after")
    def _repeats_in_bounds(self) -> Self:
        if self.repeat and self.repeat.until < self.from_:
            raise problem(
                f"the window repeats until {utc_text(self.repeat.until)}, before it begins at "
                f"{utc_text(self.from_)}",
                "correct one of them",
                ("repeat", "until"),
                needs=("from_",),
            )
        if self.repeat and (self.repeat.until - self.from_).total_seconds() > MOST_TIMES * self.repeat.every:
            raise problem(
                f"the window repeats more than {MOST_TIMES} times",
                "choose an earlier `until`, or a later `from`",
                ("repeat", "until"),
                needs=("from_",),
            )
        if self.repeat and self.to - self.from_ > timedelta(seconds=self.repeat.every):
            raise problem(
                f"the window lasts longer than {self.repeat.every}, after which it repeats",
                "correct one of them",
                ("repeat", "every"),
                needs=("from_", "to"),
            )
        return self

    @property
    def managed(self) -> frozenset[str]:
        return super().managed - {"name"}  # it has none

    def is_over(self, now: datetime) -> bool:
        return self.to <= now

    def merged_onto(self, live: Self, now: datetime) -> Self:
        # PagerDuty moves a start in the past to the moment of the creation.
        begun = self.from_ <= now and live.from_ <= now
        return super().merged_onto(live, now).model_copy(update={"from_": live.from_} if begun else {})


class MaintenanceOccurrence(MaintenanceWindow):
    """One of the times of a window that repeats."""

    def is_due(self, now: datetime) -> bool:
        return self.to > now and self.from_ < now + AHEAD

    def is_over(self, now: datetime) -> bool:
        return False  # the window comes again


# --- the kind ----------------------------------------------------------------------------------------


class MaintenanceWindows(PagerDutyKind[MaintenanceWindow]):
    name, section, spec = "maintenance_window", "maintenance_windows", MaintenanceWindow
    path, wrapper, plural = "/maintenance_windows", "maintenance_window", "maintenance_windows"
    params: ClassVar[Mapping[str, Any]] = {"filter": "open"}
    type_name = "maintenance_window"
    required = frozenset({"from_", "to", "services"})
    sought_with = frozenset({"maintenance_window"})
    named_by = "description"
    absent_hint = "a maintenance window has no name in PagerDuty: give its `id:`"

    def entries(self, key: str, spec: MaintenanceWindow) -> Iterable[tuple[Ref, Resource]]:
        one = spec.restricted_to(spec.model_fields_set - {"time_zone", "repeat"})
        if not spec.repeat:
            yield Ref(self.name, key), one
            return
        zone = schedule_zone(spec.time_zone or "") or UTC
        start, length = spec.from_.astimezone(zone), spec.to - spec.from_
        while start.astimezone(UTC) <= spec.repeat.until:
            begins = start.astimezone(UTC)
            ref = Ref(self.name, f"{key}/{start:%Y-%m-%d}")
            fields = {name: getattr(one, name) for name in one.model_fields_set}
            fields |= {"name": ref.key, "from_": begins, "to": begins + length}
            yield ref, MaintenanceOccurrence.built(fields)
            start += timedelta(seconds=spec.repeat.every)

    def live(self, raw: Json) -> Live:
        live = marked_live(self, raw)
        return replace(live, name=live.raw["description"].strip())

    def identity(self, live: Live) -> Hashable:
        services = frozenset(service["id"] for service in live.raw["services"])
        return _moment(live.raw, "start_time"), _moment(live.raw, "end_time"), services

    def wanted_identity(self, spec: Resource, id_index: IdIndex) -> Hashable | None:
        if not isinstance(spec, MaintenanceWindow) or any(ref not in id_index for ref in spec.services):
            return None
        return spec.from_, spec.to, frozenset(id_index.ids(spec.services))

    def display_name(self, live: Live) -> str:
        return live.name or self.title

    def export_exclusion(self, live: Live) -> str:
        entry, is_a_time, _ = live.owned.key.partition("/") if live.owned else ("", "", "")
        if not is_a_time:
            return ""
        return (
            f"is one of the times of the entry `{entry}`, whose `repeat` PagerDuty does not keep: "
            "write that entry again, with the same key, in place of its times"
        )

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> MaintenanceWindow:
        services = [id_index.ref_of("service", service) for service in live.raw["services"]]
        return MaintenanceWindow.from_wire(
            description=live.name,
            from_=_moment(live.raw, "start_time"),
            to=_moment(live.raw, "end_time"),
            services=tuple(sorted(services)),
        )

    def encode(self, spec: MaintenanceWindow, id_index: IdIndex, live: Live | None) -> Json:
        body = spec.model_dump(include={"description"}, exclude_unset=True)
        if "from_" in spec.model_fields_set:
            body["start_time"] = utc_text(spec.from_)
        if "to" in spec.model_fields_set:
            body["end_time"] = utc_text(spec.to)
        if "services" in spec.model_fields_set:
            body["services"] = [reference(id_, "service") for id_ in id_index.ids(spec.services)]
        return body

    # --- what a plan asks ----------------------------------------------------------------------------

    def obstacles(
        self,
        spec: MaintenanceWindow,
        live: Live,
        fields: Collection[str],
        id_index: IdIndex,
        *,
        adopt: bool,
    ) -> Iterable[str]:
        if spec.to <= live.read_at:
            yield (
                f"it would end at {utc_text(spec.to)}, which is over: remove its entry to end the window now"
            )

    def deletion_warnings(self, live: Live) -> Iterator[str]:
        if _moment(live.raw, "start_time") <= live.read_at:
            yield "it ends now, and its services make incidents again"

    # --- writing -------------------------------------------------------------------------------------

    def sender(self, clients: Clients) -> str | None:
        return clients.pagerduty.default_sender()

    def delete(self, session: Session, live: Live) -> None:
        try:
            super().delete(session, live)
        except ApiError as error:
            if error.status != HTTPStatus.METHOD_NOT_ALLOWED:  # so is the delete of one that is over
                raise


def _moment(raw: Json, field: str) -> datetime:
    return datetime.fromisoformat(raw[field]).astimezone(UTC)
