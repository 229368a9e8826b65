"""The plan as a value: one change per object. It does not depend on reading, applying or printing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from pdslack_cli.engine.content import ChangeContent, hashed, masked, side_by_side
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import READ_NAMED
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.masking import texts_in
from pdslack_cli.model import Json, Live, OwnershipMark, Ref


class Action(Enum):
    """What happens to an object. The value is the symbol a plan prints."""

    CREATE = "+"
    UPDATE = "~"
    REPLACE = "+/-"
    DELETE = "-"
    ADOPT = "<"  # put our mark on an object that exists, and update what differs
    RESTORE = "^"  # bring back what was archived
    RELEASE = "."  # take our mark off, and nothing else


class Existing(NamedTuple):
    """An object that is there, and what it decodes to."""

    live: Live
    before: Resource


class Target(NamedTuple):
    """What an object will be, and the mark that it will carry."""

    after: Resource
    mark: OwnershipMark


@dataclass(frozen=True, eq=False)
class Change:
    """One object and what happens to it.

    `before` is the live object in the shape of the file, `after` what it will be; `fields` are those that
    differ. `mark` is the mark to write, if any. `live_refs` are the references that the live object holds:
    they decide what a delete waits for. `reason` explains a change that is not obvious. A `leftover` is a
    duplicate of an object that is kept, or an object whose secret was lost: removing it harms nobody.
    `taken_from` is the owner it is taken over from. `repointed` is the live object with its references to
    leftovers moved to the objects that are kept; None where it has no such reference. One that `extends`
    writes only parts of an object that is not ours: nothing else of it, and no mark.
    `read_at` is when the live objects were read: the only time that a plan knows.
    """

    ref: Ref
    action: Action
    kind: Kind[Any]
    live: Live | None = None
    before: Resource | None = None
    after: Resource | None = None
    fields: tuple[str, ...] = ()
    mark: OwnershipMark | None = None
    warnings: tuple[str, ...] = ()
    live_refs: frozenset[Ref] = frozenset()
    reason: str = ""
    leftover: bool = False
    taken_from: str = ""
    repointed: Resource | None = None
    extends: bool = False
    read_at: datetime = field(kw_only=True)

    @property
    def existing(self) -> Existing:
        """The object that is changed or deleted. Raises ValueError for a creation, which has none."""
        if self.live is None or self.before is None:
            raise ValueError(f"{self.ref} is created: there is no object yet")
        return Existing(self.live, self.before)

    @property
    def target(self) -> Target:
        """What a change writes. Raises ValueError for a removal, which writes nothing."""
        if self.after is None or self.mark is None:
            raise ValueError(f"{self.ref} is removed: there is nothing to write")
        return Target(self.after, self.mark)

    @property
    def repointed_fields(self) -> frozenset[str]:
        """The fields that refer to leftovers."""
        before, after = self.before, self.repointed
        if before is None or after is None:
            return frozenset()
        names = before.model_fields_set
        return frozenset(name for name in names if getattr(before, name) != getattr(after, name))

    @property
    def moved_parts(self) -> frozenset[str]:
        """The fields of parts that are as planned once their references to leftovers are moved."""
        after, repointed = self.after, self.repointed
        names = self.repointed_fields & self.kind.part_fields
        return frozenset(
            name for name in names if after is None or getattr(after, name) == getattr(repointed, name)
        )

    @property
    def new_mark(self) -> OwnershipMark | None:
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
    def removes(self) -> bool:
        """Whether it takes away an object that may be in use, or our mark."""
        replaces = self.action is Action.REPLACE and not self.leftover
        return replaces or self.action in {Action.DELETE, Action.RELEASE}

    @property
    def is_protected(self) -> bool:
        """Whether the mark of the live object protects it, even if the file no longer does."""
        return bool(self.live and self.live.owned and self.live.owned.protected)

    @property
    def changes_protection(self) -> bool:
        """Whether the object becomes protected or unprotected."""
        return self.mark is not None and self.kind.marked and self.mark.protected != self.is_protected

    @cached_property
    def content(self) -> ChangeContent:
        """The object before and after, to be compared; known secrets are salted hashes."""
        replacement = self.after if self.action is Action.REPLACE else None
        fields = replacement.managed if replacement else self.fields
        content = hashed(side_by_side(self.before, self.after, self.read_at, fields), str(self.ref))
        if self.mark is None or not self.changes_protection:
            return content
        protect = self.mark.protected
        before = None if content.before is None else {**content.before, "protect": not protect}
        return ChangeContent(before, {**(content.after or {}), "protect": protect})

    @cached_property
    def before_content(self) -> Json:
        """The live object as the file would write it, without secrets."""
        return masked(self.content.before) or {}

    @cached_property
    def after_content(self) -> Json:
        """The planned object as the file would write it, without secrets."""
        return masked(self.content.after) or {}

    @property
    def display_name(self) -> str:
        """The name to show: the live one, unless it contains a text that a secret replaces."""
        name = (self.live.name if self.live else self.after and self.after.name) or self.ref.key
        is_secret = name in texts_in(
            side_by_side(self.before, None, self.read_at).before
        ) and name not in texts_in(self.content.before)
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


def with_needs(refs: Iterable[Ref], changes: Collection[Change], refused: Collection[Ref]) -> set[Ref]:
    """The refs, and those of objects that their changes refer to and that are not in use yet.

    An object whose change is `refused` may be none yet: then the others cannot be done either.
    """
    missing = {change.ref for change in changes if change.action in {Action.CREATE, Action.RESTORE}}
    missing |= {*refused}
    found, frontier = set[Ref](), {*refs}
    while frontier:
        found |= frontier
        needed = set().union(*(change.wanted_refs for change in changes if change.ref in frontier))
        frontier = (needed & missing) - found
    return found


class Scope(Enum):
    """Which objects a plan covers, and so what "no changes" means."""

    FILES = "everything that the files and the owner's marks name"
    ONLY = "what `--only` names"
    OWNED = "all objects with the owner's mark"
    NAMED = "what the command names"


@dataclass(frozen=True)
class Handover:
    """A period in which others are on call than before; nobody is where a side is empty."""

    start: datetime
    end: datetime
    before: tuple[Ref, ...]
    after: tuple[Ref, ...]


@dataclass(frozen=True)
class OnCallChange:
    """Who is on call in a schedule, or at a level of a policy, before and after an apply.

    `before_now` and `after_now` are on call at the moment of the plan, `handovers` what changes in the days
    after it. `created`: it does not exist yet. `gaps`: the handovers after which nobody at all is notified.
    `source` is who calculated it, `notes` what is uncertain about it.
    """

    ref: Ref
    before_now: tuple[Ref, ...]
    after_now: tuple[Ref, ...]
    handovers: tuple[Handover, ...] = ()
    gaps: tuple[Handover, ...] = ()
    level: int | None = None
    created: bool = False
    source: str = ""
    time_zone: str = "UTC"
    notes: tuple[str, ...] = ()

    @property
    def changes_now(self) -> bool:
        """Whether somebody else is on call right after the apply."""
        return not self.created and set(self.before_now) != set(self.after_now)


@dataclass(frozen=True)
class Impact:
    """The services, teams and people that a plan can touch, directly or through what refers to what."""

    services: tuple[Ref, ...] = ()
    teams: tuple[Ref, ...] = ()
    people: tuple[Ref, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All changes, with the `problems` that block an apply and the `notices` to show.

    `excluded` lists the changes that a flag leaves out, by that flag; `unchosen` have problems that a flag
    leaves out; `left_behind` the refs of ours whose section is not in the files, or that a destroy keeps;
    `unread` the kinds that could not be read, so that some may be ours or differ unseen.
    `on_call` and `impact` say what the changes mean for people; they are no part of what is compared.
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
    excluded: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    unchosen: frozenset[Ref] = frozenset()
    left_behind: tuple[Ref, ...] = ()
    unread: frozenset[str] = frozenset()
    on_call: tuple[OnCallChange, ...] = ()
    impact: Impact = Impact()

    @property
    def left_out(self) -> Mapping[str, tuple[Ref, ...]]:
        """The refs of the changes that a flag leaves out, by that flag."""
        return {flag: tuple(dict.fromkeys(one.ref for one in found)) for flag, found in self.excluded.items()}

    def display_name(self, live: Live) -> str:
        """How to refer to an object in a message: its ref, or kind, name and id outside of the stack."""
        kinds = (live.kind, READ_NAMED[live.kind].borrows_from)
        ref = next(filter(None, (self.id_index.known(kind, live.id) for kind in kinds)), None)
        if ref:
            return str(ref)
        whose = "is not in the stack"
        if live.owned:
            owner = live.owned.owner
            whose = f"belongs to owner {owner!r}" if owner != self.owner else f"carries the mark {live.owned}"
        return f"the {live.kind.replace('_', ' ')} {live.name!r} ({live.id}), which {whose}"

    def of(self, *actions: Action) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action in actions)
