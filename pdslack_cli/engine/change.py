"""The plan as a value: one change per object. It does not depend on reading, applying or printing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from typing import Any

from pdslack_cli.engine.words import Words, hashed, masked, side_by_side
from pdslack_cli.errors import Problem
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import references
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.masking import texts_in
from pdslack_cli.model import Json, Live, Owned, Ref


class Action(Enum):
    """What happens to an object. The value is the symbol a plan prints."""

    CREATE = "+"
    UPDATE = "~"
    REPLACE = "+/-"
    DELETE = "-"
    ADOPT = "<"  # put our mark on an object that exists, and update what differs
    RESTORE = "^"  # bring back what was archived
    RELEASE = "."  # take our mark off, and nothing else


@dataclass(frozen=True, eq=False)
class Change:
    """One object and what happens to it.

    `before` is the live object in the shape of the file, `after` what it will be; `fields` are those that
    differ. `mark` is the mark to write, if any. `live_refs` are the references that the live object holds:
    they decide what a delete waits for. `reason` explains a change that is not obvious. A `leftover` is a
    duplicate of an object that is kept, or an object whose secret was lost: removing it harms nobody.
    `taken_from` is the owner it is taken over from.
    """

    ref: Ref
    action: Action
    kind: Kind[Any]
    live: Live | None = None
    before: Resource | None = None
    after: Resource | None = None
    fields: tuple[str, ...] = ()
    mark: Owned | None = None
    warnings: tuple[str, ...] = ()
    live_refs: frozenset[Ref] = frozenset()
    reason: str = ""
    leftover: bool = False
    taken_from: str = ""

    @property
    def new_mark(self) -> Owned | None:
        """The new mark of an existing object; None where it stays, or only follows the name."""
        if self.live is None or self.mark is None or not self.kind.marked:
            return None
        owned = self.live.owned
        if owned and owned.fits(self.live.name):
            owned = owned.renamed(self.live.name, self.name_after)
        return None if owned == self.mark else self.mark

    @property
    def name_after(self) -> str:
        """The name (or URL) that the mark is bound to once the change is done."""
        named_by = self.kind.named_by
        if self.after is not None and (self.live is None or named_by in self.fields):
            return str(getattr(self.after, named_by))
        return self.live.name if self.live else ""

    @property
    def claims_rules(self) -> bool:
        """Whether rules of our object become ours: the mark may claim them only after they are written."""
        if self.new_mark is None or self.live is None or self.action is not Action.UPDATE:
            return False
        return not self.new_mark.rules(self.name_after) <= self.live.own_rules

    @property
    def part_owners(self) -> Collection[str]:
        """The owners whose marks on its parts change too, because its own mark moves or is removed.

        "" stands for parts without a mark: they are adopted with their object.
        """
        owned = self.live.owned if self.live else None
        if owned and self.mark and owned.address == self.mark.address and not self.taken_from:
            return ()
        owners = {owner for owner in (owned and owned.owner, self.taken_from) if owner}
        return owners | {""} if self.action is Action.ADOPT else owners

    @property
    def is_protected(self) -> bool:
        """Whether the mark of the live object protects it, whatever the file says by now."""
        return bool(self.live and self.live.owned and self.live.owned.protected)

    @property
    def changes_protection(self) -> bool:
        """Whether the object becomes protected or unprotected."""
        return self.mark is not None and self.kind.marked and self.mark.protected != self.is_protected

    @cached_property
    def words(self) -> Words:
        """The object before and after, to be compared; known secrets are salted hashes."""
        replacement = self.after if self.action is Action.REPLACE else None
        fields = replacement.managed if replacement else self.fields
        words = hashed(side_by_side(self.before, self.after, fields), str(self.ref))
        if self.mark is None or not self.changes_protection:
            return words
        protect = self.mark.protected
        before = None if words.before is None else {**words.before, "protect": not protect}
        return Words(before, {**(words.after or {}), "protect": protect})

    @cached_property
    def before_words(self) -> Json:
        """The live object as the file would write it, without secrets."""
        return masked(self.words.before) or {}

    @cached_property
    def after_words(self) -> Json:
        """The planned object as the file would write it, without secrets."""
        return masked(self.words.after) or {}

    @property
    def display_name(self) -> str:
        """The name to show: the live one, unless it contains a text that a secret replaces."""
        name = (self.live.name if self.live else self.after and self.after.name) or self.ref.key
        is_secret = name in texts_in(side_by_side(self.before, None).before) and name not in texts_in(
            self.words.before
        )
        return self.ref.key if is_secret else name

    @property
    def field_names(self) -> list[str]:
        """The fields that differ, as the file spells them."""
        known = type(self.after).model_fields if self.after else {}
        names = [known[name].alias or name for name in self.fields]
        return [*names, "protect"] if self.changes_protection else names

    @property
    def wanted_refs(self) -> frozenset[Ref]:
        """What the object will refer to."""
        return frozenset(references(self.after)) if self.after else frozenset()


class Scope(Enum):
    """Which objects a plan covers, and so what "no changes" means."""

    FILES = "everything that the files and the owner's marks name"
    ONLY = "what `--only` names"
    OWNED = "whatever bears the owner's mark"
    NAMED = "what the command names"


@dataclass(frozen=True)
class Plan:
    """All changes, with the `problems` that block an apply and the `notices` to show.

    `left_out` lists the refs that a flag excluded, by that flag.
    """

    owner: str
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
    id_index: IdIndex = field(default_factory=IdIndex)
    counts: Mapping[str, int] = field(default_factory=dict)  # live objects of ours, by kind
    context: Mapping[Ref, Json] = field(default_factory=dict)  # what the changes refer to, as it is live
    seen: frozenset[tuple[str, str]] = frozenset()  # kind and id of all that was live: none of it is new
    calls: int = 0
    seconds: float = 0.0
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)
    scope: Scope = Scope.FILES
    left_out: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)

    def display_name(self, live: Live) -> str:
        """How to refer to an object in a message: its ref, or kind, name and id outside of the stack."""
        ref = self.id_index.known(live.kind, live.id)
        if ref:
            return str(ref)
        whose = "is not in the stack"
        if live.owned:
            owner = live.owned.owner
            whose = f"belongs to owner {owner!r}" if owner != self.owner else f"carries the mark {live.owned}"
        return f"the {live.kind.replace('_', ' ')} {live.name!r} ({live.id}), which {whose}"

    def of(self, *actions: Action) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action in actions)
