"""A section of the file, and the methods that validation calls."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar, Generic

from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.spec import Resource, S
from pdslack_cli.model import Ref
from pdslack_cli.suggest import MISSPELT, nearest


class Section(Generic[S]):
    """A section of the file: the model of its entries, and the objects that an entry defines."""

    name: ClassVar[str]  # in the singular, as references and plans print it
    section: ClassVar[str] = ""  # as the file names it; empty: it is only ever referred to
    spec: ClassVar[type[Resource]]
    looked_up: ClassVar[type[Resource]] = Resource  # the model of an entry with `lookup`
    usual_names: ClassVar[Collection[str]] = ()  # of objects that nearly every account has
    text_field: ClassVar[str] = ""  # the field that an entry of text alone sets, if it may be one
    expanded_fields: ClassVar[Collection[str]] = ()  # whose references give way to what those entries say
    own_variables: ClassVar[str] = ""  # beginning of the `${…}` that its entries fill in later by themselves

    def near_word(self, word: str) -> str | None:
        """Return what may be meant by a word that none of the usual ones is; None if nothing is known."""
        near = "" if word in self.usual_names else nearest(word, self.usual_names, MISSPELT)
        return f"did you mean {near!r}?" if near else None

    @property
    def title(self) -> str:
        return self.name.replace("_", " ")

    def entries(self, key: str, spec: S) -> Iterable[tuple[Ref, Resource]]:
        """Return the objects that an entry defines: usually one, with the entry's name."""
        yield Ref(self.name, key), spec

    def resolved(self, spec: S, specs: Mapping[Ref, Resource]) -> S:
        """Return the entry with everything that it takes from other entries filled in."""
        return spec

    def doubts(self, spec: S, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()) -> Iterable[Doubt]:
        """Return warnings about values that the vendor may refuse; they are sent unchanged.

        `new` are the objects that are known not to exist yet.
        """
        return ()
