"""Refuse what marks that people wrote make dangerous, and marks for which a text leaves no room. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Plan
from pdslack_cli.engine.ownership.unproven import is_unproven, unproven_problem
from pdslack_cli.engine.refusals.children import removed_by_field
from pdslack_cli.errors import Problem
from pdslack_cli.kinds.mark import room_beside_mark, split_mark


def removed_from_unproven(plan: Plan, stack: Stack) -> Iterator[Problem]:
    """Yield a problem for each object that loses children and may be a person's copy of ours.

    What else differs is mended. A mark of the first version, without a check, is as good as one that fits,
    and so is one that fits a name which it had before: a run may be cut off between a new name and its mark.
    """
    for change in plan.of(Action.UPDATE):
        live, entry = change.live, stack.wanted.get(change.ref)
        if not live or not live.owned or not live.owned.check or not entry or entry.spec.id:
            continue
        lost = [f"{count} of its {name}" for name, count in removed_by_field(change).items() if count]
        if lost and is_unproven(live) and not any(map(live.owned.fits, change.kind.former_names(live))):
            rename = f"name it {change.name_after!r} there, or " if live.name != change.name_after else ""
            way_in = f"{rename}set `id: {live.id}`"
            message, hint = unproven_problem(live, f"{change.ref} would lose {' and '.join(lost)}", way_in)
            yield Problem(message, stack.location(change.ref), hint)


def revealed_marks(plan: Plan, stack: Stack) -> Iterator[Problem]:
    """Yield a problem for each release that would leave another mark at the end of the text.

    That one would take effect: its owner's next apply may delete the object.
    """
    for change in plan.of(Action.RELEASE):
        _, text = change.kind.marked_text(change.existing.before)
        if split_mark(text)[1]:
            message = f"{change.ref}: its description ends in another mark, which would then take effect"
            yield Problem(message, stack.location(change.ref), "remove that mark by hand")


def no_room_for_marks(plan: Plan, stack: Stack) -> Iterator[Problem]:
    """Yield a problem for each text of a live object that is too long to have the mark behind it.

    What the file says was checked when it was read.
    """
    for change in plan.changes:
        kind, live, entry = change.kind, change.live, stack.wanted.get(change.ref)
        if not live or not entry or not change.after or not change.mark or kind.mark_limit is None:
            continue
        field, text = kind.marked_text(change.after)
        room = room_beside_mark(kind.mark_limit, change.mark)
        is_written = live.owned != change.mark or set(change.fields) - kind.part_fields
        if is_written and len(text) > room and text != kind.marked_text(entry.spec)[1]:
            yield Problem(
                f"{change.ref}: the {field} of {live.place} has {len(text)} characters, and its mark "
                f"{change.mark} leaves room for {room}: the limit is {kind.mark_limit}",
                stack.location(change.ref),
                f"shorten it there, or apply with a shorter `{field}:` in the entry",
            )
