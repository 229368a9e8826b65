"""Writing the rotations of a schedule with shifts: a call for each rotation and event (pagerduty.md 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.fields.moments import utc_text
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import remove
from pdslack_cli.kinds.pagerduty.shifts.event import (
    ShiftEvent,
    ShiftRotation,
    current_rotations,
    decode_event,
    decode_rotation,
    encode_event,
    in_order,
    paired_events,
    paired_rotations,
)
from pdslack_cli.model import Json, Live, Ref


class HasRotations(Protocol):
    @property
    def rotations(self) -> tuple[ShiftRotation, ...]: ...


class ShiftRotations(Part[HasRotations]):
    """The rotations, which come with the schedule. What has begun is ended, and goes on as a new event."""

    fields = children = frozenset({"rotations"})

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        found = [decode_rotation(raw, id_index) for raw in live.raw.get("rotations") or ()]
        return {"rotations": in_order(current_rotations(found, live.read_at))}

    def warnings(
        self, before: HasRotations | None, after: HasRotations, fields: Collection[str], now: datetime
    ) -> Iterable[str]:
        if before is not None:
            yield (
                "PagerDuty cannot change shifts that have begun: they end at the apply, and new ones take "
                "their place; between the two calls nobody is on call in them"
            )

    def write(self, session: Session, ref: Ref, live: Live, spec: HasRotations) -> None:
        now = datetime.now(UTC)
        there = [
            (raw, one)
            for raw in live.raw.get("rotations") or ()
            if (one := _current(raw, session, now)).events
        ]
        wanted = current_rotations(spec.rotations, now)
        places = paired_rotations(wanted, [one for _, one in there])
        for place, (raw, _) in enumerate(there):
            if place not in places:
                remove(session.clients, f"{_path(live)}/{raw['id']}")
        for rotation, at in zip(wanted, places, strict=True):
            raw = {} if at is None else there[at][0]
            id_ = raw["id"] if raw else _new_rotation(session, live)
            _Events(session, f"{_path(live)}/{id_}/events", now).write(
                rotation.events, raw.get("events") or ()
            )


def _path(live: Live) -> str:
    return f"/v3/schedules/{live.id}/rotations"


def _current(raw: Json, session: Session, now: datetime) -> ShiftRotation:
    return decode_rotation(raw, session.id_index).current(now)


def _new_rotation(session: Session, live: Live) -> str:
    """Create a rotation; one without events that was not there before is ours, should the answer be lost."""
    known = {raw["id"] for raw in live.raw.get("rotations") or ()}
    api = session.clients.pagerduty

    def empty() -> Json | None:
        for raw in api.list(_path(live), "rotations"):
            if raw["id"] not in known and not api.list(f"{_path(live)}/{raw['id']}/events", "events"):
                return raw
        return None

    made = _create(session, lambda: api.create(_path(live), {})["rotation"], empty)
    return str(made["id"])


def _create(session: Session, post: Callable[[], Json], find: Callable[[], Json | None]) -> Json:
    return create_once(post, find, unique=False, clock=session.clients.clock)


class _Events:
    """The events of one rotation, at `path`."""

    def __init__(self, session: Session, path: str, now: datetime) -> None:
        self.session, self.path, self.now = session, path, now
        self.api = session.clients.pagerduty

    def write(self, wanted: Iterable[ShiftEvent], raws: Iterable[Json]) -> None:
        """End what is not wanted any more before anything is added: two must not overlap."""
        wanted, index = list(wanted), self.session.id_index
        there = [(raw, decode_event(raw, index)) for raw in raws]
        there = [(raw, event) for raw, event in there if not event.is_over(self.now)]
        new: list[ShiftEvent] = []
        places = paired_events(wanted, [event for _, event in there])
        for place, (raw, _) in enumerate(there):
            if place not in places:
                self._end(raw)
        for event, at in zip(wanted, places, strict=True):
            if at is None:
                new.append(event)
            elif (after := event.after(there[at][1], self.now)) != there[at][1]:
                new += self._changed(*there[at], after)
        for event in new:
            self._add(event)

    def _changed(self, raw: Json, live: ShiftEvent, after: ShiftEvent) -> Iterable[ShiftEvent]:
        """Change an event as far as that is possible, and return what must take its place."""
        if live.begins > self.now:
            self._put(raw, encode_event(after, self.session.id_index))
        elif after.model_copy(update={"effective_until": live.effective_until}) == live:
            until = after.effective_until
            self._put(raw, {"effective_until": utc_text(until) if until else None})
        else:
            self._end(raw)
            yield after

    def _end(self, raw: Json) -> None:
        """Delete an event: one that has begun ends."""
        remove(self.session.clients, f"{self.path}/{raw['id']}")

    def _put(self, raw: Json, body: Json) -> None:
        self.api.update(f"{self.path}/{raw['id']}", {"event": body})

    def _add(self, event: ShiftEvent) -> None:
        body = encode_event(event, self.session.id_index)

        def same() -> Json | None:
            found = self.api.list(self.path, "events")
            current = ((raw, decode_event(raw, self.session.id_index)) for raw in found)
            return next(
                (raw for raw, one in current if one.name == event.name and not one.is_over(self.now)), None
            )

        _create(self.session, lambda: self.api.create(self.path, {"event": body})["event"], same)
