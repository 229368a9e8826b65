"""Who is on call now and after an apply, where a plan touches schedules and policies, or moves services.

Calls are made only for schedules that a plan touches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import zip_longest

from pdslack_cli.analysis.oncall.schedule_outlook import CALCULATED, ScheduleOutlook, ScheduleReader
from pdslack_cli.analysis.oncall.shifts import OnCallSpan
from pdslack_cli.analysis.oncall.timeline import Timeline, by_person, gaps, handovers, timeline, union
from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.readers import map_concurrently
from pdslack_cli.engine.change import Action, Change, Handover, OnCallChange, Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.kinds import kind_of
from pdslack_cli.kinds.base.kind import decoded_or_none
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicy, Level
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule
from pdslack_cli.kinds.pagerduty.service.service import Service
from pdslack_cli.kinds.pagerduty.shifts.shift_schedule import ShiftSchedule
from pdslack_cli.model import SCHEDULES, Live, Ref

AHEAD = timedelta(days=14)
# The fields that decide who is on call.
TOUCHING = {
    "schedule": {"layers", "time_zone", "overrides"},
    "shift_schedule": {"rotations", "time_zone", "custom_shifts", "overrides"},
    "escalation_policy": {"levels"},
}


def outlook_of(plan: Plan, live: LiveState, clients: Clients) -> tuple[OnCallChange, ...]:
    """Return who is on call before and after, also where that stays the same: it is worth knowing too."""
    outlook = _Outlook(plan, live, clients)
    return (*outlook.of_schedules(), *outlook.of_policies(), *outlook.of_services())


def spans_after(plan: Plan, live: LiveState, clients: Clients) -> Mapping[Ref, Sequence[OnCallSpan]]:
    """Return who will be on call in the schedules that a plan touches, once it is applied.

    Schedules that PagerDuty alone can calculate are left out, for a plan does not change those.
    """
    found = {ref: one.after for ref, one in _Outlook(plan, live, clients).schedules.items()}
    return {ref: spans for ref, spans in found.items() if all(span.person != ref for span in spans)}


@dataclass(frozen=True)
class _Outlook:
    plan: Plan
    live: LiveState
    clients: Clients

    @cached_property
    def since(self) -> datetime:
        return self.plan.read_at.replace(second=0, microsecond=0)

    @property
    def until(self) -> datetime:
        return self.since + AHEAD

    @cached_property
    def touched(self) -> Mapping[Ref, Change]:
        """The changes that may change who is on call."""
        return {
            change.ref: change
            for change in self.plan.changes
            if not change.leftover
            and change.ref.kind in TOUCHING
            and (
                change.action in {Action.CREATE, Action.DELETE}
                or TOUCHING[change.ref.kind] & set(change.fields)
            )
        }

    @cached_property
    def moved(self) -> Mapping[tuple[Ref, Ref], Sequence[Change]]:
        """The services that get another policy, by the policies before and after.

        One of them may be unknown, such as that of an entry with a problem: who is notified then is not told.
        """
        known = self.touched.keys() | self._lives.keys()
        found: dict[tuple[Ref, Ref], list[Change]] = {}
        for change in self.plan.changes:
            old, new = change.before, change.after
            if (
                isinstance(old, Service)
                and isinstance(new, Service)
                and (was := old.escalation_policy)
                and (will := new.escalation_policy)
                and was != will
                and {was, will} <= known
            ):
                found.setdefault((was, will), []).append(change)
        return found

    @cached_property
    def schedules(self) -> Mapping[Ref, ScheduleOutlook]:
        """The schedules that changes touch, and those that policies of touched levels and services notify."""
        named = [ref for ref in self.touched if ref.kind in SCHEDULES]
        for change in self.touched.values():
            named += [
                ref
                for spec in (change.before, change.after)
                for ref in references(spec)
                if ref.kind in SCHEDULES
            ]
        for policies in self.moved:
            named += [
                ref
                for side, policy in enumerate(policies)
                for level in self._levels_of(policy, side)
                for ref in level.notify
                if ref.kind in SCHEDULES
            ]
        refs = list(dict.fromkeys(named))
        return dict(zip(refs, map_concurrently(refs, self._schedule), strict=True))

    def of_schedules(self) -> Iterator[OnCallChange]:
        for ref, change in self.touched.items():
            if ref.kind in SCHEDULES:
                one = self.schedules[ref]
                before, after = (
                    timeline(by_person(spans), self.since, self.until) for spans in (one.before, one.after)
                )
                yield self._change(
                    change,
                    before,
                    after,
                    opened=_opened(before, after),
                    source=one.source,
                    notes=one.notes,
                    time_zone=self._time_zone(ref),
                )

    def of_policies(self) -> Iterator[OnCallChange]:
        for ref, change in self.touched.items():
            if ref.kind == "escalation_policy":
                yield from self._of_levels(change, self._levels(change.before), self._levels(change.after))

    def of_services(self) -> Iterator[OnCallChange]:
        """What services find at the levels of another policy: told once for all that move alike."""
        for policies, (first, *others) in self.moved.items():
            was, will = (self._levels_of(policy, side) for side, policy in enumerate(policies))
            alike = f"the same for {', '.join(str(one.ref) for one in others)}"
            yield from self._of_levels(first, was, will, notes=(alike,) if others else ())

    def _of_levels(
        self, change: Change, was: Sequence[Level], will: Sequence[Level], notes: tuple[str, ...] = ()
    ) -> Iterator[OnCallChange]:
        before, after = (
            [self._of_level(level, side) for level in levels] for levels, side in ((was, 0), (will, 1))
        )
        opened = _opened(*(union(lines, self.since, self.until) for lines in (before, after)))
        nobody = timeline([], self.since, self.until)
        notified = (ref for levels in (will, was) for level in levels for ref in level.notify)
        zone = next((self._time_zone(ref) for ref in notified if ref.kind in SCHEDULES), "UTC")
        for number, (old, new) in enumerate(zip_longest(before, after, fillvalue=nobody), 1):
            # What nobody at all is notified in is told once, at the first level.
            first = opened if number == 1 else []
            one = self._change(change, old, new, opened=first, level=number, time_zone=zone, notes=notes)
            if one.handovers or one.gaps or was[number - 1 : number] != will[number - 1 : number]:
                yield one

    def _change(
        self,
        change: Change,
        before: Timeline,
        after: Timeline,
        *,
        opened: Sequence[Handover],
        level: int | None = None,
        source: str = CALCULATED,
        notes: tuple[str, ...] = (),
        time_zone: str = "UTC",
    ) -> OnCallChange:
        return OnCallChange(
            change.ref,
            before[0].people,
            after[0].people,
            tuple(handovers(before, after)),
            tuple(opened),
            level,
            created=change.before is None,
            source=source,
            time_zone=time_zone,
            notes=notes,
        )

    @staticmethod
    def _levels(spec: Resource | None) -> Sequence[Level]:
        return spec.levels if isinstance(spec, EscalationPolicy) else ()

    def _levels_of(self, policy: Ref, side: int) -> Sequence[Level]:
        """The levels of a policy, before (0) or after (1)."""
        change, live = self.touched.get(policy), self._lives.get(policy)
        if change:
            return self._levels((change.before, change.after)[side])
        return self._levels(decoded_or_none(kind_of(live), live, self.plan.id_index)) if live else ()

    def _of_level(self, level: Level, side: int) -> Timeline:
        """Who is on call at a level, before (0) or after (1)."""
        people = [ref for ref in level.notify if ref.kind == "person"]
        outlooks = [self.schedules[ref] for ref in level.notify if ref.kind in SCHEDULES]
        spans = [span for one in outlooks for span in (one.before, one.after)[side]]
        return timeline(by_person(spans), self.since, self.until, people)

    def _time_zone(self, ref: Ref) -> str:
        change, live = self.touched.get(ref), self._lives.get(ref)
        spec = change and (change.after or change.before)
        if isinstance(spec, Schedule | ShiftSchedule):
            return spec.time_zone
        return str(live.raw.get("time_zone", "UTC")) if live else "UTC"

    @cached_property
    def _lives(self) -> Mapping[Ref, Live]:
        ids = self.plan.id_index
        kinds = (*SCHEDULES, "escalation_policy")
        lives = [live for kind in kinds for live in self.live.objects.get(kind, ())]
        return {ids.ref(live.kind, live.id, live.name): live for live in lives}

    def _schedule(self, ref: Ref) -> ScheduleOutlook:
        reader = ScheduleReader(self.plan.id_index, self.clients, self.since, self.until)
        return reader.outlook(ref, self.touched.get(ref), self._lives.get(ref))


def _opened(before: Timeline, after: Timeline) -> list[Handover]:
    """Return the periods in which nobody is on call any more."""
    empty = {(one.start, one.end) for one in gaps(after)}
    return [
        one
        for one in handovers(before, after)
        if one.before and any(start <= one.start and one.end <= end for start, end in empty)
    ]
