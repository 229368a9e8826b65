"""Who is on call now and after an apply, for every schedule and policy that a plan touches, and every
service that it moves to another policy.

PagerDuty renders what exists and what would be, and we calculate the same from the layers: where the two
differ, the plan says so and shows PagerDuty's. The calls are made only for schedules that a plan touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import zip_longest

from pdslack_cli.analysis.oncall.by_shifts import (
    custom_spans,
    read_shifts,
    replaced,
    replacements,
    shift_spans,
)
from pdslack_cli.analysis.oncall.rendered import RenderedSchedule, preview, read_rendered
from pdslack_cli.analysis.oncall.shifts import (
    OnCallSpan,
    joined,
    on_call_spans,
    overlaid,
    override_spans,
    with_overrides,
    without,
)
from pdslack_cli.analysis.oncall.timeline import Timeline, by_person, gaps, handovers, timeline, union
from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.readers import map_concurrently
from pdslack_cli.engine.change import Action, Change, Handover, OnCallChange, Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds import kind_of
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.id_index import UnknownIdError
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicy, Level
from pdslack_cli.kinds.pagerduty.schedule.layer import SKEW
from pdslack_cli.kinds.pagerduty.schedule.overrides import V3
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule
from pdslack_cli.kinds.pagerduty.service.service import Service
from pdslack_cli.kinds.pagerduty.shifts.shift_schedule import ShiftSchedule
from pdslack_cli.model import SCHEDULES, Live, Ref

AHEAD = timedelta(days=14)
PREVIEW, CALCULATED = "PagerDuty's preview", "calculated from the layers"
BY_ROTATIONS = "calculated from the rotations"
NOT_CALCULATED = "who is on call by its recurrences is known only after the apply, from PagerDuty"
# The fields that decide who is on call.
TOUCHING = {
    "schedule": {"layers", "time_zone", "overrides"},
    "shift_schedule": {"rotations", "time_zone", "custom_shifts", "overrides"},
    "escalation_policy": {"levels"},
}


@dataclass(frozen=True)
class _ScheduleOutlook:
    """Who is on call in one schedule, before and after."""

    before: Sequence[OnCallSpan] = ()
    after: Sequence[OnCallSpan] = ()
    source: str = CALCULATED
    notes: tuple[str, ...] = ()


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
        """The services that get another policy, by the policies before and after."""
        found: dict[tuple[Ref, Ref], list[Change]] = {}
        for change in self.plan.changes:
            old, new = change.before, change.after
            if (
                isinstance(old, Service)
                and isinstance(new, Service)
                and (was := old.escalation_policy)
                and (will := new.escalation_policy)
                and was != will
            ):
                found.setdefault((was, will), []).append(change)
        return found

    @cached_property
    def schedules(self) -> Mapping[Ref, _ScheduleOutlook]:
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
        return self._levels(kind_of(live).decode(live, self.plan.id_index)) if live else ()

    def _of_level(self, level: Level, side: int) -> Timeline:
        """Who is on call at a level, before (0) or after (1)."""
        people = [ref for ref in level.notify if ref.kind == "person"]
        outlooks = [self.schedules[ref] for ref in level.notify if ref.kind in SCHEDULES]
        spans = [span for one in outlooks for span in (one.before, one.after)[side]]
        return timeline(by_person(spans), self.since, self.until, people)

    # --- one schedule ---

    def _time_zone(self, ref: Ref) -> str:
        change, live = self.touched.get(ref), self._lives.get(ref)
        spec = change and (change.after or change.before)
        if isinstance(spec, Schedule | ShiftSchedule):
            return spec.time_zone
        return str(live.raw.get("time_zone", "UTC")) if live else "UTC"

    def _schedule(self, ref: Ref) -> _ScheduleOutlook:
        change, live = self.touched.get(ref), self._lives.get(ref)
        if ref.kind == "shift_schedule" or (live and live.raw.get("type") == V3):
            return self._with_shifts(ref, change, live)
        if live is None:
            spec = change.after if change else None
            if not isinstance(spec, Schedule):  # its layers are not known: whoever is on call in it
                return self._whoever(ref)
            return _ScheduleOutlook(after=on_call_spans(spec, self.since, self.until, override_spans(spec)))
        notes: list[str] = []
        old = change.before if change else kind_of(live).decode(live, self.plan.id_index)
        assert isinstance(old, Schedule)
        rendered = self._rendered(live, old, notes)
        if change is None:
            return _ScheduleOutlook(rendered.final, rendered.final)
        if not isinstance(change.after, Schedule):
            return _ScheduleOutlook(rendered.final, notes=tuple(notes))
        after, source = rendered.final, PREVIEW
        if {"layers", "time_zone"} & set(change.fields):
            after, source = self._drafted(change.after, notes)
            after = overlaid(after, rendered.overrides)
        new = [span for span in override_spans(change.after) if span not in override_spans(old)]
        after = with_overrides(after, new, self.since, self.until)
        return _ScheduleOutlook(rendered.final, after, source, tuple(notes))

    def _whoever(self, ref: Ref, *notes: str) -> _ScheduleOutlook:
        """The placeholder for whoever is on call in a schedule, where that cannot be calculated."""
        unknown = [OnCallSpan(self.since, self.until, ref)]
        return _ScheduleOutlook(unknown, unknown, notes=notes)

    def _with_shifts(self, ref: Ref, change: Change | None, live: Live | None) -> _ScheduleOutlook:
        """PagerDuty says who is on call by shifts, and has no preview of a change."""
        period = self.since, self.until
        old, new = (change.before, change.after) if change else (None, None)
        if live is None:
            after = self._by_file(new)
            return self._whoever(ref, NOT_CALCULATED) if after is None else _ScheduleOutlook(after=after)
        try:
            rendered = read_shifts(self.clients, live, self.plan.id_index, *period)
        except ApiError as error:
            return self._whoever(ref, f"PagerDuty did not return who is on call ({error.message})")
        if not isinstance(new, ShiftSchedule):
            return _ScheduleOutlook(rendered.final, () if change else rendered.final)
        assert isinstance(old, ShiftSchedule)
        assert change
        before, after = (shift_spans(spec, *period) for spec in (old, new))
        notes: list[str] = []
        if before is not None:
            calculated = replaced([*before, *rendered.single], rendered.overrides)
            notes += self._disagreement("now", rendered.final, calculated)
        shifts = [one for one in custom_spans(new) if one not in custom_spans(old)]
        overrides = [one for one in replacements(new) if one not in replacements(old)]
        if {"rotations", "time_zone"}.isdisjoint(change.fields):
            # PagerDuty knows all but what is new, also where recurrences are not calculated.
            after = replaced([*rendered.final, *shifts], overrides)
        elif after is None:
            return self._whoever(ref, NOT_CALCULATED)
        else:
            after = replaced([*after, *rendered.single, *shifts], [*rendered.overrides, *overrides])
        return _ScheduleOutlook(rendered.final, after, BY_ROTATIONS, tuple(notes))

    def _by_file(self, spec: Resource | None) -> Sequence[OnCallSpan] | None:
        """Who is on call in a new schedule with shifts; None where that cannot be calculated."""
        if not isinstance(spec, ShiftSchedule):
            return None
        spans = shift_spans(spec, self.since, self.until)
        return None if spans is None else replaced([*spans, *custom_spans(spec)], replacements(spec))

    @cached_property
    def _lives(self) -> Mapping[Ref, Live]:
        ids = self.plan.id_index
        kinds = (*SCHEDULES, "escalation_policy")
        lives = [live for kind in kinds for live in self.live.objects.get(kind, ())]
        return {ids.ref(live.kind, live.id, live.name): live for live in lives}

    def _rendered(self, live: Live, spec: Schedule, notes: list[str]) -> RenderedSchedule:
        """Who is on call in a schedule that exists, with its overrides."""
        calculated = on_call_spans(spec, self.since, self.until)
        try:
            found = read_rendered(self.clients, live.id, self.plan.id_index, self.since, self.until)
        except ApiError as error:
            notes.append(
                f"PagerDuty did not return who is on call ({error.message}): overrides are not counted"
            )
            return RenderedSchedule(calculated, ())
        ours = overlaid(calculated, found.overrides)
        notes += self._disagreement("now", found.final, ours)
        return replace(found, final=self._settled(found.final, ours))

    def _drafted(self, spec: Schedule, notes: list[str]) -> tuple[Sequence[OnCallSpan], str]:
        """Who would be on call by the layers of a schedule, and the source of that answer."""
        calculated = on_call_spans(spec, self.since, self.until)
        try:
            found = preview(self.clients, spec, self.plan.id_index, self.since, self.until)
        except UnknownIdError:
            return calculated, CALCULATED
        except ApiError as error:
            notes.append(
                f"PagerDuty did not preview it ({error.message}): calculated from the layers instead"
            )
            return calculated, CALCULATED
        notes += self._disagreement("after the apply", found, calculated)
        return self._settled(found, calculated), PREVIEW

    def _settled(self, theirs: Sequence[OnCallSpan], ours: Sequence[OnCallSpan]) -> Sequence[OnCallSpan]:
        """PagerDuty's answer, without what differs from ours for moments only.

        It moves the start of what it renders to its own present, which is in the midst of our first minute.
        """
        vendor, own = (timeline([spans], self.since, self.until) for spans in (theirs, ours))
        for one in handovers(vendor, own):
            if one.end - one.start <= SKEW:
                kept = [cut for span in theirs for cut in without(span, one.start, one.end)]
                theirs = joined(sorted([*kept, *(OnCallSpan(one.start, one.end, who) for who in one.after)]))
        return theirs

    def _disagreement(
        self, when: str, theirs: Sequence[OnCallSpan], ours: Sequence[OnCallSpan]
    ) -> Iterable[str]:
        """The first difference between PagerDuty's answer and our calculation; clocks may differ a little."""
        vendor, own = (timeline(by_person(spans), self.since, self.until) for spans in (theirs, ours))
        for one in handovers(vendor, own):
            if one.end - one.start > SKEW:
                shown, calculated = (names(people) for people in (one.before, one.after))
                yield (
                    f"PagerDuty says that {shown} is on call {when} from {one.start:%a %Y-%m-%d %H:%M} UTC, "
                    f"but by its layers it is {calculated}: what is shown here is PagerDuty's"
                )
                return


def names(people: Sequence[Ref]) -> str:
    """Name people in a sentence."""
    return ", ".join(one.key if one.kind == "person" else str(one) for one in people) or "nobody"


def _opened(before: Timeline, after: Timeline) -> list[Handover]:
    """Return the periods in which nobody is on call any more."""
    empty = {(one.start, one.end) for one in gaps(after)}
    return [
        one
        for one in handovers(before, after)
        if one.before and any(start <= one.start and one.end <= end for start, end in empty)
    ]
