"""What a plan means for people: whom it can touch, and who is on call before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from pdslack_cli.analysis.oncall.outlook import AHEAD
from pdslack_cli.analysis.oncall.schedule_outlook import names
from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.engine.change import Handover, Impact, OnCallChange, Plan
from pdslack_cli.model import Json, Ref
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.routing.zones import schedule_zone

MOST_NAMED, MOST_HANDOVERS = 5, 8
FEW_HANDOVERS = 3  # of a schedule that is new


class ShownOnCall(BaseModel):
    """One schedule or level of a policy: what is loud, and its handovers as lines, safe to print."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    title: str
    alerts: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, change: OnCallChange) -> ShownOnCall:
        return cls(
            title=safe_line(f"{_title(change)}: {_now(change)}"),
            alerts=tuple(map(safe_line, _alerts(change))),
            lines=tuple(map(safe_line, _lines(change))),
            notes=tuple(safe_line(mask_tokens(note)) for note in change.notes),
        )


def shown_on_call(plan: Plan) -> tuple[ShownOnCall, ...]:
    """Return what to show; levels of new policies follow from their schedules, and are only in the JSON."""
    return tuple(ShownOnCall.of(one) for one in plan.on_call if not (one.created and one.level))


def on_call_lines(shown: Sequence[ShownOnCall]) -> Iterator[str]:
    """Yield each title, with its handovers and notes indented below it."""
    for one in shown:
        yield one.title
        yield from (f"    {line}" for line in (*one.lines, *(f"Note: {note}" for note in one.notes)))


def impact_sentence(impact: Impact) -> str:
    """Return whom a plan can touch, in one line; empty if nobody and nothing."""
    counted = [
        f"{len(refs)} {word if len(refs) != 1 else one} ({_some(refs)})"
        for refs, one, word in (
            (impact.services, "service", "services"),
            (impact.teams, "team", "teams"),
            (impact.people, "person", "people"),
        )
        if refs
    ]
    if not counted:
        return ""
    *others, last = counted
    return safe_line(f"This plan can touch {', '.join(others) + ' and ' if others else ''}{last}.")


def impact_json(impact: Impact) -> Json:
    return {
        "services": [ref.key for ref in impact.services],
        "teams": [ref.key for ref in impact.teams],
        "people": [ref.key for ref in impact.people],
    }


def on_call_json(plan: Plan) -> list[Json]:
    """Return who is on call before and after, for programs; instants are in UTC."""
    return [
        {
            "address": str(change.ref),
            "level": change.level,
            "created": change.created,
            "now": {"before": _keys(change.before_now), "after": _keys(change.after_now)},
            "changes_now": change.changes_now,
            "handovers": [_handover_json(one) for one in change.handovers],
            "gaps": [_handover_json(one) for one in change.gaps],
            "source": change.source,
            "notes": [mask_tokens(note) for note in change.notes],
        }
        for change in plan.on_call
    ]


def _handover_json(one: Handover) -> Json:
    return {
        "from": _utc(one.start),
        "to": _utc(one.end),
        "before": _keys(one.before),
        "after": _keys(one.after),
    }


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _some(refs: Sequence[Ref]) -> str:
    more = len(refs) - MOST_NAMED
    return ", ".join(ref.key for ref in refs[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _title(change: OnCallChange) -> str:
    return f"{change.ref} level {change.level}" if change.level else str(change.ref)


def _now(change: OnCallChange) -> str:
    before, after = names(change.before_now), names(change.after_now)
    if change.created:
        return f"{after} will be on call"
    verb = "are" if len(change.before_now) > 1 else "is"
    if not change.changes_now:
        return f"{before} {verb} on call now and after the apply"
    return f"{before} {verb} on call now, {after} after the apply"


def _alerts(change: OnCallChange) -> Iterator[str]:
    if change.changes_now:
        yield (
            f"the person on call at this moment changes in {_title(change)}: "
            f"{names(change.before_now)} -> {names(change.after_now)}"
        )
    for one in change.gaps[:1]:
        more = len(change.gaps) - 1
        others = f", and {more} more such {'gap' if more == 1 else 'gaps'}" if more else ""
        yield f"a gap opens in {change.ref}: nobody is on call {_period(change, one)}{others}"


def _lines(change: OnCallChange) -> Iterator[str]:
    if not change.handovers and not change.created:
        yield "no handover changes"
    most = FEW_HANDOVERS if change.created else MOST_HANDOVERS
    for one in change.handovers[:most]:
        sides = names(one.after) if change.created else f"{names(one.before)} -> {names(one.after)}"
        yield f"{_period(change, one)}: {sides}"
    more = len(change.handovers) - most
    if more > 0:
        yield f"... and {more} more in the coming 14 days"


def _period(change: OnCallChange, one: Handover) -> str:
    if one.end - one.start >= AHEAD:
        return "from now on"
    zone = schedule_zone(change.time_zone) or UTC
    start, end = one.start.astimezone(zone), one.end.astimezone(zone)
    return f"from {start:%a %Y-%m-%d %H:%M} to {end:%a %Y-%m-%d %H:%M} ({change.time_zone})"


def _keys(people: Sequence[Ref]) -> list[str]:
    return [one.key for one in people]
