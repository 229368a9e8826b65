"""The parts of an object: fields that are read and written by calls of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from pdslack_cli.kinds.base.answers import AnswerReader
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.spec import S
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live, Owned, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


class Part(AnswerReader, Generic[S]):
    """Reads and writes some fields of an object by calls of their own.

    A kind lists its parts in `parts`; what they have in common with parts of other kinds (the path of the
    object) is an argument of theirs. What a part read is in `Live.parts`; a part that was not read is absent.
    """

    fields: frozenset[str] = frozenset()
    late: ClassVar[bool] = False  # shrinks only after everything that refers to the object has changed
    children: frozenset[str] = frozenset()  # fields that are lists of things whose removal is a delete
    rules: frozenset[str] = frozenset()  # fields that are ours only where the mark says so (RULE_LISTS)

    # --- reading ---

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        """What to add to `Live.parts`. Nothing for a part that comes with the list of the kind."""
        return {}

    def read_for_export(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        """What else to add to `Live.parts` for the notes of an export."""
        return {}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        """The fields of the spec; without those that were not read."""
        return {}

    def is_bare(self, field: str, value: Any) -> bool:
        """Whether a field is as the vendor gives it to a new object."""
        return not value

    # --- what a plan and an export ask ---

    def obstacles(
        self, spec: S, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        """What forbids changing those fields of that object, each with the way out."""
        return ()

    def warnings(self, before: S | None, after: S, fields: Collection[str], now: datetime) -> Iterable[str]:
        """What people should know before those fields change."""
        return ()

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        """What the part holds that no file can say."""
        return ()

    # --- writing ---

    def write(self, session: Session, ref: Ref, live: Live, spec: S) -> None:
        """Bring the part to what `spec` says; growing only, where it is late."""

    def shrink(self, session: Session, live: Live, spec: S) -> None:
        """Remove from a late part what `spec` no longer holds."""

    def delete(self, session: Session, live: Live) -> None:
        """Delete what would outlive the object; asked right before that is deleted."""

    # --- a mark of its own ---

    def owners(self, live: Live) -> Collection[str]:
        """The owners in marks that the part bears itself, as far as it was read."""
        return ()

    def mark(self, session: Session, live: Live, mark: Owned | None, owners: Collection[str]) -> None:
        """Put this mark (None takes it off) on the part where that bears a mark of one of these owners.

        The owner "" stands for a part that the file manages and that bears none.
        """


class HasParts(AnswerReader, Generic[S]):
    """Reads and writes the parts of objects: each question goes to the parts that hold the fields."""

    parts: ClassVar[tuple[Part[Any], ...]] = ()
    own_children: ClassVar[frozenset[str]] = frozenset()  # like `Part.children`, of fields that are no part

    @cached_property
    def part_fields(self) -> frozenset[str]:
        """The fields that are written by calls of their own."""
        return frozenset().union(*(part.fields for part in self.parts))

    @cached_property
    def late_fields(self) -> frozenset[str]:
        """The fields that shrink only after everything that refers to the object has changed."""
        return frozenset().union(*(part.fields for part in self.parts if part.late))

    @cached_property
    def child_fields(self) -> frozenset[str]:
        """The fields that are lists of things whose removal is a delete."""
        return self.own_children.union(*(part.children for part in self.parts))

    @cached_property
    def rule_fields(self) -> frozenset[str]:
        """The fields that are ours only where the mark says so (RULE_LISTS)."""
        return frozenset().union(*(part.rules for part in self.parts))

    def parts_of(self, fields: Collection[str]) -> Iterable[Part[S]]:
        """The parts that hold any of those fields, in order."""
        return (part for part in self.parts if not part.fields.isdisjoint(fields))

    def read_parts(self, clients: Clients, live: Live, fields: Collection[str]) -> Live:
        """The live object with the parts that hold those fields read as well."""
        for part in self.parts_of(fields):
            live = replace(live, parts={**live.parts, **part.read(clients, live)})
        return live

    def decoded_parts(self, live: Live, id_index: IdIndex) -> dict[str, Any]:
        """The fields of all parts that were read."""
        fields: dict[str, Any] = {}
        for part in self.parts:
            fields |= part.decode(live, id_index)
        return fields

    def is_bare(self, field: str, value: Any) -> bool:
        """Whether a field of a part is as the vendor gives it to a new object."""
        return all(part.is_bare(field, value) for part in self.parts_of({field}))

    def write_parts(self, session: Session, ref: Ref, live: Live, spec: S, fields: Collection[str]) -> None:
        """Bring the parts that hold those fields to what `spec` says; growing only, for late fields."""
        for part in self.parts_of(fields):
            part.write(session, ref, live, spec)

    def shrink(self, session: Session, live: Live, spec: S, fields: Collection[str]) -> None:
        """Remove from late fields what `spec` no longer holds."""
        for part in self.parts_of(self.late_fields & set(fields)):
            part.shrink(session, live, spec)

    def delete_parts(self, session: Session, live: Live) -> None:
        """Delete what would outlive the object."""
        for part in self.parts:
            part.delete(session, live)

    def part_owners(self, live: Live) -> Collection[str]:
        """The owners in marks of parts that bear one of their own, as far as they were read."""
        return frozenset().union(*(part.owners(live) for part in self.parts))

    def mark_parts(self, session: Session, live: Live, mark: Owned | None, owners: Collection[str]) -> None:
        """Put this mark (None takes it off) on parts that bear a mark of one of these owners."""
        for part in self.parts:
            part.mark(session, live, mark, owners)
