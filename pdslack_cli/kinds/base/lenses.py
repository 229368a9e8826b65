"""The two lenses of a kind: between the vendor's object and the shape that people write in a file."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Generic

from pdslack_cli.kinds.base.answers import AnswerReader
from pdslack_cli.kinds.base.spec import S
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Json, Live


class Lenses(AnswerReader, Generic[S]):
    """Converts live objects to specs and back.

    The law of the lenses: for the fields that are set, decoding what encoding made gives back the same; all
    others stay as they are live.
    """

    named_by: ClassVar[str] = "name"  # the field that its mark is bound to, which is `Live.name`
    mark_limit: ClassVar[int | None] = None  # characters the vendor allows in the marked text

    @abstractmethod
    def decode(self, live: Live, id_index: IdIndex) -> S:
        """Convert a live object to a spec. The fields of a part that was not read are left out."""

    @abstractmethod
    def encode(self, spec: S, id_index: IdIndex, live: Live | None) -> Json:
        """Convert the fields that are set to a request body, without parts and without the mark."""

    def sendable(self, live: Live) -> Json:
        """The vendor's own object in the form in which it is sent back."""
        return live.raw

    def marked_text(self, spec: S) -> tuple[str, str]:
        """The field whose text carries the mark, and that text as the vendor will count it."""
        return "description", getattr(spec, "description", "")
