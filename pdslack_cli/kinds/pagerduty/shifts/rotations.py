"""Writing the rotations of a schedule with shifts: a call for each rotation and event (pagerduty.md 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.fields.moments import utc_text
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import remove
from pdslack_cli.kinds.pagerduty.shifts.event import (
    MOST_ROTATIONS,
    ShiftEvent,
    ShiftRotation,
    current_rotations,
    decode_event,
    decode_rotation,
    encode_event,
    in_order,
    paired_events,
    paired_rotations,
    restarted,
)
from pdslack_cli.kinds.pagerduty.shifts.exceptions import move_overrides, overrides_of
from pdslack_cli.kinds.pagerduty.shifts.reading import SCHEDULES_PATH
from pdslack_cli.kinds.pagerduty.shifts.shift_warnings import shift_warnings
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
        if before:
            yield from shift_warnings(before.rotations, after.rotations, now)

    def write(self, session: Session, ref: Ref, live: Live, spec: HasRotations) -> None:
        """Change in place what has not begun; else make a new rotation before the old one goes.

        In between both make shifts: better two people on call for a moment than nobody.
        """
        now, index = session.clients.pagerduty.now, session.id_index
        raws: list[Json] = list(live.raw.get("rotations") or ())
        decoded = [(raw, decode_rotation(raw, index).current(now)) for raw in raws]
        there = [(raw, one) for raw, one in decoded if one.events]
        wanted = current_rotations(spec.rotations, now)
        places = paired_rotations(wanted, [one for _, one in there])
        new, kept = [], []
        for rotation, place in zip(wanted, places, strict=True):
            if place is None or restarted([there[place][1]], [rotation], now):
                new.append(rotation)
            else:
                kept.append(there[place][0]["id"])
                path = f"{_path(live)}/{kept[-1]}/events"
                _Events(session, path, now).change(rotation.events, there[place][0]["events"])
        gone = [raw for raw, _ in there if raw["id"] not in kept]
        old = [raw["id"] for raw in gone]
        overrides = overrides_of(session, live, old) if old else []
        if len(raws) + len(new) > MOST_ROTATIONS:
            old = _removed(session, live, old)
        spare = [raw["id"] for raw in raws if not raw.get("events")]
        for rotation in new:
            id_ = spare.pop() if spare else _new_rotation(session, live)
            _Events(session, f"{_path(live)}/{id_}/events", now).add(rotation.events)
        if overrides:
            move_overrides(session, live, overrides, gone)
        _removed(session, live, old)


def _removed(session: Session, live: Live, ids: Iterable[str]) -> list[str]:
    """Remove rotations, and return those that are left to remove: none."""
    for id_ in ids:
        remove(session.clients, f"{_path(live)}/{id_}")
    return []


def _path(live: Live) -> str:
    return f"{SCHEDULES_PATH}/{live.id}/rotations"


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

    def change(self, wanted: Sequence[ShiftEvent], raws: Iterable[Json]) -> None:
        """Change what is to come, and ends; those that go do so first, for two must not overlap."""
        there = [(raw, decode_event(raw, self.session.id_index)) for raw in raws]
        there = [(raw, event) for raw, event in there if not event.is_over(self.now)]
        places = paired_events(wanted, [event for _, event in there])
        for place, (raw, _) in enumerate(there):
            if place not in places:
                remove(self.session.clients, f"{self.path}/{raw['id']}")
        for event, at in zip(wanted, places, strict=True):
            if at is not None and event != there[at][1]:
                self._change(*there[at], event)
        self.add(event for event, at in zip(wanted, places, strict=True) if at is None)

    def add(self, events: Iterable[ShiftEvent]) -> None:
        for event in events:
            self._add(event)

    def _change(self, raw: Json, live: ShiftEvent, after: ShiftEvent) -> None:
        if live.begins > self.now:
            self._put(raw, encode_event(after, self.session.id_index))
        else:
            until = after.effective_until
            self._put(raw, {"effective_until": utc_text(until) if until else None})

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
