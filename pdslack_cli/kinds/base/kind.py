"""What a kind is: a section of the file, two lenses between it and the vendor's objects, and its calls.

A kind declares its section and its model and says how to `decode` a live object into that model and
how to `encode` the model into a request. Everything else (matching, comparing, ordering, marking,
printing) is the same for all kinds and lives elsewhere. The questions that a kind answers are grouped by
who asks them, one file for each.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Hashable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pdslack_cli.clients.http.vendor_json import text_at, text_or_none
from pdslack_cli.kinds.base.answers import AnswerReader
from pdslack_cli.kinds.base.calls import Calls
from pdslack_cli.kinds.base.exporting import Exporting
from pdslack_cli.kinds.base.planning import Planning
from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.base.spec import S
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.model import Json, Live

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

Provider = Literal["pagerduty", "slack"]


class LookupKind(AnswerReader, Section[S]):
    """A kind that we find but never change."""

    provider: ClassVar[Provider]
    plural: ClassVar[str]  # as the vendor names a list of them
    marked: ClassVar[bool] = False  # True: it has a text that carries a mark
    needs_workspace: ClassVar[bool] = False  # its calls name the Slack workspace
    same_identity: ClassVar[str] = "mean the same object"  # what is told of two entries of one identity
    absent_hint: ClassVar[str] = "create it there first, or correct the name"
    retired_word: ClassVar[str] = "archived"  # what the vendor calls an object that is put away
    retired_hint: ClassVar[str] = "restore it there, or name another one"

    @abstractmethod
    def read(self, clients: Clients, wanted: Collection[S]) -> Iterable[Live]:
        """The live objects, in as few calls as the vendor allows; `wanted` are the entries that ask."""

    def read_all(self, clients: Clients) -> Iterable[Live]:
        """Every object of the account, for an export, with all that lists tell of it."""
        return self.read(clients, ())

    def identity(self, live: Live) -> Hashable:
        """What tells two unmarked objects of this kind apart: usually the name."""
        return live.name

    def wanted_identity(self, spec: S, id_index: IdIndex) -> Hashable | None:
        """The same for an entry of the file; None while something it refers to does not exist yet."""
        return spec.name

    def display_name(self, live: Live) -> str:
        """What people call the object: its key in an exported file comes from that."""
        return live.name


class Kind(LookupKind[S], Exporting[S], Planning[S], Calls[S]):
    """A kind that we create, change and delete."""

    marked = True

    def is_readable(self, clients: Clients) -> bool:
        """Whether the tokens at hand can list the objects."""
        return clients.reaches(self.provider)


def marked_live(kind: LookupKind[Any], raw: Json, text_field: str = "description", **more: Any) -> Live:
    """A Live from an object that carries its mark in a text field; the text is left without the mark."""
    text, owned = split_mark(text_or_none(raw, text_field))
    return Live(
        kind.name,
        text_at(raw, "id"),
        text_or_none(raw, "name") or text_or_none(raw, "summary") or "",
        raw | {text_field: text},
        owned,
        **more,
    )
