"""A plan as a value: what becomes of each object. It knows nothing of reading, doing or printing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
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
    """One object and what becomes of it.

    `before` is the live object in the words of the file, `after` what it will be; `fields` are those
    that differ. `mark` is the mark that is written, where something is.
    `live_refs` are the references that the live object holds: what a delete must wait for.
    `reason` says why, where that is not plain to see. A `leftover` is a further object with the mark of
    one that stays, or one whose secret nobody has: removing it takes nothing from anybody. `taken_from` is
    the owner from whom it is taken.
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
        """The mark that an existing object gets; None where it stays, or changes with the name alone."""
        if self.live is None or self.mark is None or not self.kind.marked:
            return None
        owned = self.live.owned
        if owned and owned.fits(self.live.name):
            owned = owned.renamed(self.live.name, self.name_after)
        return None if owned == self.mark else self.mark

    @property
    def name_after(self) -> str:
        """What the mark of the object is bound to once the change is done."""
        named_by = self.kind.named_by
        if self.after is not None and (self.live is None or named_by in self.fields):
            return str(getattr(self.after, named_by))
        return self.live.name if self.live else ""

    @property
    def claims_rules(self) -> bool:
        """Whether rules of an object of ours become ours: its mark may say so only once they are written."""
        if self.new_mark is None or self.live is None or self.action is not Action.UPDATE:
            return False
        return not self.new_mark.rules(self.name_after) <= self.live.own_rules

    @property
    def part_owners(self) -> Collection[str]:
        """Whose marks on parts of the object change with its own, where that gets another address or none."""
        owned = self.live.owned if self.live else None
        if owned and self.mark and owned.address == self.mark.address and not self.taken_from:
            return ()
        return {owner for owner in (owned and owned.owner, self.taken_from) if owner}

    @property
    def is_protected(self) -> bool:
        """Whether the mark of the live object protects it, whatever the file says by now."""
        return bool(self.live and self.live.owned and self.live.owned.protected)

    @property
    def changes_protection(self) -> bool:
        """Whether the object becomes protected, or stops to be."""
        return self.mark is not None and self.kind.marked and self.mark.protected != self.is_protected

    @cached_property
    def words(self) -> Words:
        """What is there and what will be there, to be compared; known secrets are salted hashes."""
        anew = self.after if self.action is Action.REPLACE else None
        fields = anew.managed if anew else self.fields
        words = hashed(side_by_side(self.before, self.after, fields), str(self.ref))
        if self.mark is None or not self.changes_protection:
            return words
        protect = self.mark.protected
        before = None if words.before is None else {**words.before, "protect": not protect}
        return Words(before, {**(words.after or {}), "protect": protect})

    @cached_property
    def before_words(self) -> Json:
        """What is there, as the file would say it, without secrets."""
        return masked(self.words.before) or {}

    @cached_property
    def after_words(self) -> Json:
        """What will be there, as the file would say it, without secrets."""
        return masked(self.words.after) or {}

    @property
    def display_name(self) -> str:
        """What people call the object: the live name, unless that holds what a secret takes the place of."""
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
    """Which objects a plan speaks of, and so what it means that it has no changes."""

    FILES = "everything that the files and the owner's marks name"
    ONLY = "what `--only` names"
    OWNED = "whatever bears the owner's mark"
    NAMED = "what the command names"


@dataclass(frozen=True)
class Plan:
    """Every change, and what stands in the way (`problems`) or should be known (`notices`).

    `left_out` is what would change as well, by the flag that leaves it out.
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
    scope: Scope = Scope.FILES
    left_out: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)

    def display_name(self, live: Live) -> str:
        """What people call an object: its reference, or what the vendor calls one outside of the stack."""
        ref = self.id_index.known(live.kind, live.id)
        if ref:
            return str(ref)
        whose = f"belongs to owner {live.owned.owner!r}" if live.owned else "is not in the stack"
        return f"the {live.kind.replace('_', ' ')} {live.name!r} ({live.id}), which {whose}"

    def of(self, *actions: Action) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action in actions)
