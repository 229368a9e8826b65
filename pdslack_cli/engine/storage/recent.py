"""What runs in this folder wrote a moment ago, which the vendors' answers may not show yet.

A plan that is made from an answer of before would miss what was created, show what was deleted, and say that
nothing changes where a file takes back what the last apply wrote. So the audit log keeps, for each change,
digests of what the object was before: an answer that still equals one of them is older than the change.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action
from pdslack_cli.engine.content import content_of
from pdslack_cli.engine.order import Phase, PlanStep
from pdslack_cli.engine.ownership.matching import Objects, resolve_ownership
from pdslack_cli.kinds import kind_of
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.masking import hash_of
from pdslack_cli.model import Live, Ref

State = Mapping[str, str]
"""Digests of what an object is, by field. Its mark, and whether it is retired, are fields here as well."""

RETIRED, MARK = "(retired)", "(mark)"

ObjectId = tuple[str, str]  # kind and id


@dataclass(frozen=True)
class RecentWrites:
    """What runs in this folder wrote within the last minute, by their log.

    `made` are the ids of what they created, with the fields of the step, by ref; none where a run was killed.
    `before` is what they changed or deleted, as it was before that: what differs now, and nothing else.
    """

    made: Mapping[Ref, Mapping[str, Collection[str]]] = field(default_factory=dict)
    before: Mapping[ObjectId, State] = field(default_factory=dict)

    @cached_property
    def deleted(self) -> frozenset[ObjectId]:
        """What was deleted, or archived."""
        return frozenset(
            (kind, id_) for (kind, id_), was in self.before.items() if was.get(RETIRED) == _digest(id_, False)
        )

    def awaited(self, stack: Stack) -> Mapping[str, bool]:
        """The ids of created objects that are still in the stack, and of parts that it still reads.

        With each, whether the vendor allows its list too seldom to look again.
        """
        found: dict[str, bool] = {}
        for ref, entry in (*stack.wanted.items(), *stack.extended.items()):
            kind = kind_of(ref)
            unread = kind.part_fields - entry.spec.without_create_only.managed
            seldom = kind.seldom_listed_fields
            ids = self.made.get(ref, {})
            found |= {id_: not seldom.isdisjoint(ids[id_]) for id_ in ids if unread.isdisjoint(ids[id_])}
        return found

    def are_shown(self, stack: Stack, objects: Objects) -> bool:
        """Return whether nothing of these objects is as it was before they were changed."""
        lives = [live for lives in objects.values() for live in lives if (live.kind, live.id) in self.before]
        if not lives:
            return True
        index = resolve_ownership(stack, objects).id_index
        for live in lives:
            was, kind = self.before[live.kind, live.id], kind_of(live)
            now = _state(kind, live, kind.decode(live, index), was.keys(), live.read_at)
            if not now.items().isdisjoint(was.items()):
                return False
        return True


NO_WRITES = RecentWrites()


def state_before(step: PlanStep) -> State:
    """Return what the step changes of its object, as it was before."""
    change, phase, fields = step.change, step.phase, set(step.fields)
    if change.live is None or change.before is None:
        return {}
    state = partial(_state, change.kind, change.live, now=change.read_at)
    if phase is Phase.REMOVE:
        return state(change.before, {MARK if change.action is Action.RELEASE else RETIRED})
    if change.action is Action.REPLACE:
        return {}  # until the old half is removed, nothing that a plan compares
    if phase is Phase.GROW and change.action is Action.RESTORE:
        fields.add(RETIRED)
    if phase is Phase.GROW and change.new_mark:
        fields.add(MARK)
    after = state(change.after, step.fields) if change.after else {}
    return {name: was for name, was in state(change.before, fields).items() if after.get(name) != was}


def _state(kind: Kind[Any], live: Live, spec: Resource, names: Collection[str], now: datetime) -> State:
    """Return the named fields of an object that is decoded; a part that was not read says nothing."""
    known, content = type(spec).model_fields, content_of(spec, now, live.id)
    content |= {RETIRED: live.retired, MARK: live.owned}
    unread = frozenset().union(*(part.fields for part in kind.parts if not part.is_there(live)))
    listed = {
        name: live.parts.get(part.stored) for part in kind.parts if part.shows_known for name in part.fields
    }
    return {
        name: _digest(live.id, content.get((name in known and known[name].alias) or name), listed.get(name))
        for name in set(names) - unread
    }


def _digest(id_: str, value: object, listed: object = None) -> str:
    """A hash of a value, which may be secret: as short as those in a saved plan."""
    return hash_of(json.dumps([value, listed]), salt=id_)
