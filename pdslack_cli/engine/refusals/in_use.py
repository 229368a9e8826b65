"""Refuse deletes of objects that are still used by something that stays. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.kinds.base.kind import Kind, Need, readable_needs
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.model import Live, Ref


@dataclass(frozen=True)
class _Loss:
    """What a change removes: an object, or a member of one (`who`, by name)."""

    change: Change
    who: str = ""

    def problem(self, users: Iterable[str], left_out: Iterable[str], stack: Stack) -> Problem:
        using = ", ".join(sorted(users))
        if self.who:
            return Problem(
                f"{self.change.ref}: {self.who} cannot be removed, because {using} of this team notifies "
                "them",
                stack.field_location(self.change.ref, "members"),
                "remove the person there first, or keep them in the team",
            )
        return Problem(
            f"{self.change.ref} cannot be deleted, because it is used by {using}",
            hint="; ".join(
                (*sorted(left_out), f"change or delete that first, or keep {self.change.ref} in the file")
            ),
        )


def in_use(plan: Plan, objects: Objects, stack: Stack) -> Iterator[Problem]:
    """Deletes of objects, and removals of members, that something that stays still uses."""
    losses = dict(_losses(plan))
    if not losses:
        return
    changes = {(change.ref.kind, change.live.id): change for change in plan.changes if change.live}
    users: dict[_Loss, list[str]] = {}
    left_out: dict[_Loss, list[str]] = {}
    for live in (live for lives in objects.values() for live in lives):
        if kind := MANAGED_NAMED.get(live.kind):
            change = changes.get((live.kind, live.id))
            for need in set(_needs_that_stay(kind, live, change, plan)) & losses.keys():
                loss = losses[need]
                users.setdefault(loss, []).append(plan.display_name(live))
                left_out.setdefault(loss, []).extend(_left_out(kind, live, loss.change.ref, plan, stack))
    for loss, called in users.items():
        yield loss.problem(called, left_out[loss], stack)


def _left_out(kind: Kind[Any], live: Live, lost: Ref, plan: Plan, stack: Stack) -> Iterator[str]:
    """How to detach the lost object from one of ours: what its entry leaves out stays."""
    ref = plan.id_index.known(live.kind, live.id)
    entry = ref and stack.wanted.get(ref)
    if not entry:
        return
    spec = kind.decode(live, plan.id_index)
    for word, name in spec.object_fields().items():
        value = getattr(spec, name)
        if name not in entry.spec.managed and lost in references(value):
            cleared = "null" if isinstance(value, Ref) else "[]"
            yield f"{ref} leaves `{word}` out, which keeps it: write `{word}: {cleared}`"


def _losses(plan: Plan) -> Iterator[tuple[Need, _Loss]]:
    for change in plan.changes:
        if change.live is None or change.before is None:
            continue
        if change.action in {Action.DELETE, Action.REPLACE}:
            yield Need(change.ref.kind, change.live.id), _Loss(change)
        elif change.after is not None:
            for person in change.kind.lost_members(change.before, change.after):
                if person in plan.id_index:
                    need = Need(change.ref.kind, change.live.id, plan.id_index.id(person))
                    yield need, _Loss(change, str(person))


def _needs_that_stay(kind: Kind[Any], live: Live, change: Change | None, plan: Plan) -> Iterator[Need]:
    """What the object needs now and will still need after its own change."""
    if change and change.action is Action.DELETE:
        return
    after = change.after if change else None
    kept = {plan.id_index.id(ref) for ref in references(after) if ref in plan.id_index} if after else None
    for need in readable_needs(kind, live):
        if kept is None or (need.id in kept and (not need.member or need.member in kept)):
            yield need
