"""Parts of an object: fields that are read and written by separate calls."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pdslack_cli.errors import ApiError, NotFoundError, PlanLimitError, reading
from pdslack_cli.kinds.base.answers import AnswerReader
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.spec import Resource, S
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live, OwnershipMark, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


F = TypeVar("F", contravariant=True)


class Part(AnswerReader, Generic[F]):
    """Reads and writes some fields of an object by separate calls.

    `F` is a Protocol with the fields of a spec that the part uses: any kind whose spec has them can list the
    part in its `parts`. Differences between kinds (the path of the object) are arguments of the part. The
    result of `read` is in `Live.parts`; a part that was not read is absent.
    """

    fields: frozenset[str] = frozenset()
    stored: str = ""  # where `Live.parts` has it; "": it comes with the object
    listed: str = ""  # where the object itself has its list
    empty: ClassVar[Any] = None  # what its field is while its list is empty; None: it is no list
    optional: ClassVar[bool] = False  # an account's plan may lack it, which is then no error
    late: ClassVar[bool] = False  # shrinks only after everything that refers to the object has changed
    children: frozenset[str] = frozenset()  # fields that are lists of things whose removal is a delete
    single: frozenset[str] = frozenset()  # fields that are one such thing
    seldom_listed: ClassVar[bool] = False  # the vendor allows its list too seldom to look again
    shows_known: ClassVar[bool] = False  # it decodes without what the stack does not name
    rules: frozenset[str] = frozenset()  # fields that are ours only where the mark says so (RULE_LISTS)

    # --- reading ---

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        """Read the part for `Live.parts`; returns nothing for a part that the list of the kind includes."""
        return {}

    def read_wanted(self, clients: Clients, live: Live, wanted: F) -> Mapping[str, Any]:
        """Read what the vendor returns only by name: whether the object has what is wanted."""
        return {}

    def lacking(self, wanted: F | None) -> Mapping[str, Any] | None:
        """Return what stands for a part that the account's plan lacks; None where more is wanted."""
        values = [] if wanted is None else [(name, getattr(wanted, name, None)) for name in self.fields]
        is_bare = all(self.is_bare(name, value) for name, value in values)
        return {self.stored: []} if self.optional and is_bare else None

    def read_for_export(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        """Read what only the notes of an export need, to be added to `Live.parts`."""
        return {}

    def is_there(self, live: Live) -> bool:
        """Return whether the part was read and the object has one."""
        return not self.stored or live.parts.get(self.stored) is not None

    def is_empty(self, live: Live) -> bool:
        """Return whether a part that is there is an empty list."""
        return self.empty is not None and not (
            live.parts[self.stored] if self.stored else live.raw.get(self.listed)
        )

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        """Decode the fields of the spec; called only if the part is there and not empty."""
        return {}

    def decode_if_there(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        """Decode the fields of the spec: unset if the part was not read, null if the object has none."""
        if not self.is_there(live):
            return dict.fromkeys(self.fields) if self.stored in live.parts else {}
        if self.is_empty(live):
            return dict.fromkeys(self.fields, copy(self.empty))
        return self.decode(live, id_index)

    def is_bare(self, field: str, value: Any) -> bool:
        """Return whether a field has the value that the vendor gives to a new object."""
        return not value

    # --- what a plan and an export ask ---

    def obstacles(
        self, spec: F, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        """Return the reasons why these fields of the object cannot be changed, each with a remedy."""
        return ()

    def warnings(self, before: F | None, after: F, fields: Collection[str], now: datetime) -> Iterable[str]:
        """Return warnings to show before these fields change."""
        return ()

    def export_notes(self, before: F, live: Live, id_index: IdIndex) -> Iterable[str]:
        """Describe what the part has that a file cannot express; `before` is its decoded spec."""
        return ()

    def held_by(self, live: Live) -> Mapping[str, str]:
        """Return the id of what must let go of the object before the part is written, and what to call it."""
        return {}

    def removed_by(self, live: Live, after: F) -> Collection[str]:
        """Return the ids of the objects that a write of `after` deletes."""
        return ()

    # --- writing ---

    def write(self, session: Session, ref: Ref, live: Live, spec: F) -> None:
        """Update the part to match `spec`; a late part is only extended."""

    def shrink(self, session: Session, live: Live, spec: F) -> None:
        """Remove from a late part what `spec` no longer contains."""

    def delete(self, session: Session, live: Live) -> None:
        """Delete what would outlive the object; called right before the object is deleted."""

    # --- a mark of its own ---

    def marks(self, live: Live) -> Collection[OwnershipMark | None]:
        """Return the part's own marks, as far as it was read; None where one could be and is not."""
        return ()

    def mark(self, session: Session, live: Live, mark: OwnershipMark | None, owners: Collection[str]) -> None:
        """Replace the part's own mark, if one of `owners` wrote it, by `mark`; None removes it.

        The owner "" stands for a part that the file manages and that has no mark.
        """


class HasParts(AnswerReader, Generic[S]):
    """Reads and writes the parts of objects, by dispatching to the parts that have the requested fields."""

    parts: ClassVar[tuple[Part[Any], ...]] = ()
    own_children: ClassVar[frozenset[str]] = frozenset()  # like `Part.children`, of fields that are no part

    @cached_property
    def part_fields(self) -> frozenset[str]:
        """The fields that are written by separate calls."""
        return frozenset().union(*(part.fields for part in self.parts))

    @cached_property
    def late_fields(self) -> frozenset[str]:
        """The fields that are reduced only after everything that refers to the object has changed."""
        return frozenset().union(*(part.fields for part in self.parts if part.late))

    @cached_property
    def child_fields(self) -> frozenset[str]:
        """The fields that are lists of objects, so that removing an item is a deletion."""
        return self.own_children.union(*(part.children for part in self.parts))

    @cached_property
    def single_fields(self) -> frozenset[str]:
        """The fields that are an object of their own, so that clearing them is a deletion."""
        return frozenset().union(*(part.single for part in self.parts))

    @cached_property
    def seldom_listed_fields(self) -> frozenset[str]:
        """The fields whose list cannot be read again right away."""
        return frozenset().union(*(part.fields for part in self.parts if part.seldom_listed))

    @cached_property
    def rule_fields(self) -> frozenset[str]:
        """The fields that we manage only if the mark lists them (RULE_LISTS)."""
        return frozenset().union(*(part.rules for part in self.parts))

    def parts_of(self, fields: Collection[str]) -> Iterable[Part[Any]]:
        """Return the parts that have any of `fields`, in order."""
        return (part for part in self.parts if not part.fields.isdisjoint(fields))

    def read_parts(
        self, clients: Clients, live: Live, fields: Collection[str], wanted: S | None = None
    ) -> Live:
        """Return the live object with the parts of `fields` read as well; `wanted` is its entry, if any."""
        for part in self.parts_of(fields):
            with reading(part.fields & set(fields)):
                live = replace(live, parts={**live.parts, **_read(part, clients, live, wanted)})
                if wanted is not None:
                    live = replace(live, parts={**live.parts, **part.read_wanted(clients, live, wanted)})
        return live

    def check_exists(self, clients: Clients, live: Live) -> None:
        """Ask the vendor for the object by its id; raises NotFoundError if it is gone."""

    def is_gone(self, clients: Clients, live: Live) -> bool:
        """Whether an object that lists show, or of which a part was not found, does not exist itself."""
        try:
            self.check_exists(clients, live)
        except NotFoundError:
            return True
        except ApiError:
            return False  # that of a part says more
        return False

    def decoded_parts(self, live: Live, id_index: IdIndex) -> dict[str, Any]:
        """Return the fields of all parts that were read."""
        fields: dict[str, Any] = {}
        for part in self.parts:
            fields |= part.decode_if_there(live, id_index)
        return fields

    def is_bare(self, field: str, value: Any) -> bool:
        """Return whether a field of a part has the value that the vendor gives to a new object."""
        return all(part.is_bare(field, value) for part in self.parts_of({field}))

    def write_parts(self, session: Session, ref: Ref, live: Live, spec: S, fields: Collection[str]) -> None:
        """Update the parts of `fields` to match `spec`; late fields are only extended."""
        for part in self.parts_of(fields):
            part.write(session, ref, live, spec)

    def shrink(self, session: Session, live: Live, spec: S, fields: Collection[str]) -> None:
        """Remove from late fields what `spec` no longer contains."""
        for part in self.parts_of(self.late_fields & set(fields)):
            part.shrink(session, live, spec)

    def delete_parts(self, session: Session, live: Live) -> None:
        """Delete what would outlive the object."""
        for part in self.parts:
            part.delete(session, live)

    def removed_by(self, live: Live, after: S, fields: Collection[str]) -> Iterable[str]:
        """Return the ids of the objects of its parts that a write of these fields deletes."""
        return chain.from_iterable(part.removed_by(live, after) for part in self.parts_of(fields))

    def held_by(self, live: Live, fields: Collection[str]) -> Mapping[str, str]:
        """Return the ids of what must let go of the object before these fields are written, with names."""
        return dict(chain.from_iterable(part.held_by(live).items() for part in self.parts_of(fields)))

    def part_owners(self, live: Live) -> Collection[str]:
        """Return the owners in the own marks of parts, as far as those were read."""
        return frozenset(mark.owner for part in self.parts for mark in part.marks(live) if mark)

    def mark_parts(
        self, session: Session, live: Live, mark: OwnershipMark | None, owners: Collection[str]
    ) -> None:
        """Replace the own marks of parts, if one of `owners` wrote them, by `mark`; None removes them."""
        for part in self.parts:
            part.mark(session, live, mark, owners)


def _read(part: Part[Any], clients: Clients, live: Live, wanted: Resource | None) -> Mapping[str, Any]:
    """Read a part; one that the account's plan lacks is empty, if nothing more is wanted."""
    try:
        return part.read(clients, live)
    except (PlanLimitError, NotFoundError) as error:
        instead = part.lacking(wanted)
        if instead is None or not (part.optional or isinstance(error, PlanLimitError)):
            raise
        return instead
