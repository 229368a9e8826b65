"""The stack beside the live objects: what each object decodes to, and how entries differ from it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Change
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.leftovers import Leftovers
from pdslack_cli.engine.ownership.matching import Ownership, resolve_ownership
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.model import Live, Ref


class StackComparison:
    """Which live object belongs to which entry, and the decoded live objects. Each is decoded once."""

    def __init__(self, stack: Stack, live: LiveState) -> None:
        self.stack, self.live = stack, live
        self.ownership: Ownership = resolve_ownership(stack, live.objects)
        self.id_index = self.ownership.id_index
        self.leftovers = Leftovers(self.id_index, live.read_at)
        self._decoded: dict[tuple[str, str], Resource] = {}  # by kind and id

    @property
    def now(self) -> datetime:
        """When the live objects were read: the only time that a plan knows."""
        return self.live.read_at

    def decoded(self, kind: Kind[Any], live: Live) -> Resource:
        """Return a live object in the shape of the file."""
        key = (live.kind, live.id)
        if key not in self._decoded:
            self._decoded[key] = kind.decode(live, self.id_index)
        return self._decoded[key]

    def differing(self, spec: Resource, before: Resource) -> tuple[Resource, list[str]]:
        """Return what the object will be, and the fields that the file changes."""
        after = spec.merged_onto(before, self.now)
        return after, ordered(
            spec, [name for name in spec.managed if getattr(after, name) != getattr(before, name)]
        )

    def choose(self, ref: Ref, live: Live) -> None:
        """Let a ref mean this one of several objects with the same mark."""
        self.id_index.add(ref, live.id)
        self._decoded.clear()  # what refers to one of these may decode to another reference now

    def removal(self, kind: Kind[Any], ref: Ref, live: Live, reason: str) -> Change:
        """Return the change that deletes an object, or takes its mark off where its kind says so."""
        before = self.decoded(kind, live)
        return Change(
            ref,
            Action.RELEASE if kind.released_not_deleted(live) else Action.DELETE,
            kind,
            live,
            before,
            live_refs=self.leftovers.references(before),
            reason=reason,
            read_at=self.now,
        )

    def repointed(self, change: Change) -> Change:
        """Return the change; if its object refers to leftovers, it knows the references to write instead."""
        if change.live is None or change.before is None:
            return change
        return replace(change, repointed=self.leftovers.repointed(change.kind, change.live, change.before))


def ordered(spec: Resource, names: Collection[str]) -> list[str]:
    """Return field names in the order in which the model declares them."""
    return [name for name in type(spec).model_fields if name in names]
