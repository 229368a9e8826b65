"""A section of the file, and what validating it asks of a kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar, Generic, NamedTuple

from pdslack_cli.kinds.base.spec import Resource, S
from pdslack_cli.model import Ref


class Doubt(NamedTuple):
    """Something that a vendor may refuse: where below the entry, what, and what would be safe."""

    place: tuple[str | int, ...]
    message: str
    hint: str


class Section(Generic[S]):
    """A section of the file: what its entries look like, and which objects they stand for."""

    name: ClassVar[str]  # in the singular, as references and plans print it
    section: ClassVar[str] = ""  # as the file names it; empty: it is only ever referred to
    spec: ClassVar[type[Resource]]

    @property
    def title(self) -> str:
        return self.name.replace("_", " ")

    def entries(self, key: str, spec: S) -> Iterable[tuple[Ref, Resource]]:
        """The objects that an entry stands for: usually the one of its name."""
        yield Ref(self.name, key), spec

    def resolved(self, spec: S, specs: Mapping[Ref, Resource]) -> S:
        """The entry with everything that it takes from other entries put in."""
        return spec

    def doubts(self, spec: S, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()) -> Iterable[Doubt]:
        """What the vendor may refuse, though the facts are not sure: a warning, and sent as it is.

        `new` are the objects that are known not to exist yet.
        """
        return ()
