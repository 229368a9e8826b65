"""The parts of an object: fields that are read and written by calls of their own."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from pdslack_cli.kinds.base.answers import AnswerReader
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.spec import S
from pdslack_cli.model import Live, Owned, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


class HasParts(AnswerReader, Generic[S]):
    """Reads and writes the parts of objects."""

    part_fields: ClassVar[frozenset[str]] = frozenset()  # written by calls of their own
    late_fields: ClassVar[frozenset[str]] = frozenset()  # shrunk only after everything that refers to us
    child_fields: ClassVar[frozenset[str]] = frozenset()  # lists of things whose removal is a delete
    rule_fields: ClassVar[frozenset[str]] = frozenset()  # ours only where the mark says so (RULE_LISTS)

    def read_parts(self, clients: Clients, live: Live, fields: Collection[str]) -> Live:
        """The live object with the parts that hold those fields read as well."""
        return live

    def is_bare(self, field: str, value: Any) -> bool:
        """Whether a part is as the vendor gives it to a new object."""
        return not value

    def write_parts(self, session: Session, ref: Ref, live: Live, spec: S, fields: Collection[str]) -> None:
        """Bring the parts that hold those fields to what `spec` says; growing only, for late fields."""

    def shrink(self, session: Session, live: Live, spec: S, fields: Collection[str]) -> None:
        """Remove from late fields what `spec` no longer holds."""

    def part_owners(self, live: Live) -> Collection[str]:
        """The owners in marks of parts that bear one of their own, as far as they were read."""
        return ()

    def mark_parts(self, session: Session, live: Live, mark: Owned | None, owners: Collection[str]) -> None:
        """Put this mark (None takes it off) on parts that bear a mark of one of these owners."""
