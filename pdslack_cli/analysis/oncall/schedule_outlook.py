"""Who is on call in one schedule, before and after a change of it.

PagerDuty renders what exists and what would be, and we calculate the same from the layers: where the two
differ, the plan says so and shows PagerDuty's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

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
from pdslack_cli.analysis.oncall.timeline import by_person, handovers, timeline
from pdslack_cli.clients import Clients
from pdslack_cli.engine.change import Change
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds import kind_of
from pdslack_cli.kinds.base.kind import decoded_or_none
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.id_index import IdIndex, UnknownIdError
from pdslack_cli.kinds.pagerduty.schedule.layer import SKEW
from pdslack_cli.kinds.pagerduty.schedule.overrides import V3
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule
from pdslack_cli.kinds.pagerduty.shifts.shift_schedule import ShiftSchedule
from pdslack_cli.model import Live, Ref

PREVIEW, CALCULATED = "PagerDuty's preview", "calculated from the layers"
BY_ROTATIONS = "calculated from the rotations"
NOT_CALCULATED = "who is on call by its recurrences is known only after the apply, from PagerDuty"


@dataclass(frozen=True)
class ScheduleOutlook:
    """Who is on call in one schedule, before and after."""

    before: Sequence[OnCallSpan] = ()
    after: Sequence[OnCallSpan] = ()
    source: str = CALCULATED
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScheduleReader:
    """Reads and calculates who is on call in schedules, in a period."""

    id_index: IdIndex
    clients: Clients
    since: datetime
    until: datetime

    def outlook(self, ref: Ref, change: Change | None, live: Live | None) -> ScheduleOutlook:
        """Return who is on call in a schedule before and after its change, if it has one."""
        if ref.kind == "shift_schedule" or (live and live.raw.get("type") == V3):
            return self._with_shifts(ref, change, live)
        if live is None:
            spec = change.after if change else None
            if not isinstance(spec, Schedule):  # its layers are not known: whoever is on call in it
                return self._whoever(ref)
            return ScheduleOutlook(after=on_call_spans(spec, self.since, self.until, override_spans(spec)))
        notes: list[str] = []
        old = change.before if change else decoded_or_none(kind_of(live), live, self.id_index)
        if not isinstance(old, Schedule):
            return self._whoever(ref)
        rendered = self._rendered(live, old, notes)
        if change is None:
            return ScheduleOutlook(rendered.final, rendered.final)
        if not isinstance(change.after, Schedule):
            return ScheduleOutlook(rendered.final, notes=tuple(notes))
        after, source = rendered.final, PREVIEW
        if {"layers", "time_zone"} & set(change.fields):
            after, source = self._drafted(change.after, notes)
            after = overlaid(after, rendered.overrides)
        new = [span for span in override_spans(change.after) if span not in override_spans(old)]
        after = with_overrides(after, new, self.since, self.until)
        return ScheduleOutlook(rendered.final, after, source, tuple(notes))

    def _whoever(self, ref: Ref, *notes: str) -> ScheduleOutlook:
        """The placeholder for whoever is on call in a schedule, where that cannot be calculated."""
        unknown = [OnCallSpan(self.since, self.until, ref)]
        return ScheduleOutlook(unknown, unknown, notes=notes)

    def _with_shifts(self, ref: Ref, change: Change | None, live: Live | None) -> ScheduleOutlook:
        """PagerDuty says who is on call by shifts, and has no preview of a change."""
        period = self.since, self.until
        old, new = (change.before, change.after) if change else (None, None)
        if live is None:
            after = self._by_file(new)
            return self._whoever(ref, NOT_CALCULATED) if after is None else ScheduleOutlook(after=after)
        try:
            rendered = read_shifts(self.clients, live, self.id_index, *period)
        except ApiError as error:
            return self._whoever(ref, f"PagerDuty did not return who is on call ({error.message})")
        if not isinstance(new, ShiftSchedule):
            return ScheduleOutlook(rendered.final, () if change else rendered.final)
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
        return ScheduleOutlook(rendered.final, after, BY_ROTATIONS, tuple(notes))

    def _by_file(self, spec: Resource | None) -> Sequence[OnCallSpan] | None:
        """Who is on call in a new schedule with shifts; None where that cannot be calculated."""
        if not isinstance(spec, ShiftSchedule):
            return None
        spans = shift_spans(spec, self.since, self.until)
        return None if spans is None else replaced([*spans, *custom_spans(spec)], replacements(spec))

    def _rendered(self, live: Live, spec: Schedule, notes: list[str]) -> RenderedSchedule:
        """Who is on call in a schedule that exists, with its overrides."""
        calculated = on_call_spans(spec, self.since, self.until)
        try:
            found = read_rendered(self.clients, live.id, self.id_index, self.since, self.until)
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
            found = preview(self.clients, spec, self.id_index, self.since, self.until)
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
