"""The mapping between references of the file and ids of the vendors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from pdslack_cli.model import Json, Ref

OUTSIDE = " (not in the stack)"


class Outsider(str):
    """The key of an object that the stack does not name: identified by its id, displayed by its name.

    Its text is unique in its index: if several objects of a kind have the same name, the id is added.
    """

    id: str
    name: str

    def __new__(cls, id_: str, name: str, *, ambiguous: bool = False) -> Self:
        shown = f"{name} {id_}" if ambiguous else name
        outsider = super().__new__(cls, shown + OUTSIDE)
        outsider.id, outsider.name = id_, name
        return outsider


class UnknownIdError(LookupError):
    """A reference to an object that does not exist yet: its creation failed or was skipped."""

    def __init__(self, ref: Ref) -> None:
        super().__init__(f"{ref} has no id")
        self.ref = ref


class IdIndex:
    """References by id and ids by reference; it grows while objects are created.

    One id has one reference. An object outside of the stack gets an `Outsider` as its key, so that two such
    objects of the same name stay distinct.
    """

    def __init__(self, ids: Mapping[Ref, str] | None = None) -> None:
        self._ids: dict[Ref, str] = {}
        self._refs: dict[tuple[str, str], Ref] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._named: dict[tuple[str, str], set[str]] = {}
        for ref, id_ in (ids or {}).items():
            self.add(ref, id_)

    def add(self, ref: Ref, id_: str) -> None:
        """Map the reference to this object; the object that it referred to before becomes an outsider."""
        before = (ref.kind, self._ids.get(ref, id_))
        if self._refs.get(before) == ref:
            del self._refs[before]
        self._ids[ref] = id_
        self._refs[ref.kind, id_] = ref

    def recognise(self, ref: Ref, id_: str) -> None:
        """Show this object by the reference, which does not stand for it: it cannot be referred to."""
        self._refs.setdefault((ref.kind, id_), ref)

    def with_aliases(self, aliases: Mapping[tuple[str, str], Ref]) -> IdIndex:
        """Return a copy in which further ids, by kind, map to known references."""
        copy = IdIndex()
        copy._ids, copy._names, copy._named = {**self._ids}, self._names, self._named
        copy._refs = {**self._refs, **aliases}
        return copy

    def learn(self, kind: str, id_: str, name: str) -> None:
        """Record the name of an object, in case something refers to it."""
        self._names[kind, id_] = name
        self._named.setdefault((kind, name), set()).add(id_)

    def __contains__(self, ref: Ref) -> bool:
        return ref in self._ids

    def id(self, ref: Ref) -> str:
        """Return the vendor's id; raises UnknownIdError if there is none yet."""
        if isinstance(ref.key, Outsider):
            return ref.key.id
        try:
            return self._ids[ref]
        except KeyError:
            raise UnknownIdError(ref) from None

    def ids(self, refs: Iterable[Ref]) -> list[str]:
        return [self.id(ref) for ref in refs]

    def ref(self, kind: str, id_: str, name: str | None = None) -> Ref:
        """Return the reference for an id; `name` is used if the object is not part of the stack."""
        if not isinstance(id_, str) or not isinstance(name, str | None):
            raise TypeError(f"expected a text, got {type(name if isinstance(id_, str) else id_).__name__}")
        known = self._refs.get((kind, id_))
        if known is None:
            known = Ref(kind, self._outsider(kind, id_, name or self._names.get((kind, id_)) or id_))
            self.add(known, id_)
        return known

    def ref_of(self, kind: str, referred: Json) -> Ref:
        """Return the reference for what an answer refers to by its id, with its name as the `summary`."""
        return self.ref(kind, referred["id"], referred.get("summary"))

    def _outsider(self, kind: str, id_: str, name: str) -> Outsider:
        alone = Outsider(id_, name)
        namesakes = self._named.get((kind, name), set()) - {id_}
        if not namesakes and self._ids.get(Ref(kind, alone), id_) == id_:
            return alone
        return Outsider(id_, name, ambiguous=True)

    def known(self, kind: str, id_: str) -> Ref | None:
        """Return the reference for an id of the stack; None for an object outside of it."""
        ref = self._refs.get((kind, id_))
        return None if ref is None or isinstance(ref.key, Outsider) else ref
