"""Assign keys to live objects: that of the mark, else one derived from the display name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from pydantic import ValidationError

from pdslack_cli.config.tokens import find_token
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.kinds import LOOKED_UP, MANAGED
from pdslack_cli.kinds.base.kind import Kind, LookupKind
from pdslack_cli.kinds.catalogue import Catalogue
from pdslack_cli.kinds.fields.scalars import KEY_PATTERN
from pdslack_cli.kinds.people import Person
from pdslack_cli.masking import mask_secrets
from pdslack_cli.model import Live, Ref

LONGEST = 40  # what `KEY_PATTERN` allows
TAKEN = "unrouted"  # means something else as the target of a route

Keyed = Mapping[tuple[str, str], Ref]
"""The ref of each object, by its kind and id."""


def refs_of(objects: Objects, owner: str) -> Keyed:
    """Assign a ref to every object that a file can name, the same on every run.

    Objects marked by this owner keep the key of their mark. Others get one from their display name,
    numbered in the order of their ids where several would have the same key. A person has one key for both
    products. Objects of a catalogue keep their own name, unless two have the same.
    """
    refs: dict[tuple[str, str], Ref] = {}
    for kind in MANAGED:
        for key, live in _keys(kind, objects.get(kind.name, ()), owner):
            refs[kind.name, live.id] = Ref(kind.name, key)
    for catalogue in LOOKED_UP:
        if isinstance(catalogue, Catalogue):
            for name, live in _unique_names(catalogue, objects.get(catalogue.name, ())):
                refs[catalogue.name, live.id] = Ref(catalogue.name, name)
    people = [
        (product, live)
        for product in LOOKED_UP
        if product.spec is Person
        for live in objects.get(product.name, ())
        if _is_address(product.identity(live))
    ]
    keys = _people(people)
    for product, live in people:
        refs[product.name, live.id] = Ref(product.name, keys[product.identity(live)])
    return refs


def _keys(kind: Kind[Any], lives: Iterable[Live], owner: str) -> Iterator[tuple[str, Live]]:
    taken, unnamed = {TAKEN}, []
    for live in sorted(lives, key=lambda live: live.id):
        key = live.owned.key if live.owned and live.owned.owner == owner else ""
        if re.fullmatch(KEY_PATTERN, key) and key not in taken:
            taken.add(key)
            yield key, live
        else:
            unnamed.append(live)
    for live in unnamed:
        key = _free(slug(kind.display_name(live)) or kind.name, taken)
        taken.add(key)
        yield key, live


def _unique_names(kind: Catalogue, lives: Iterable[Live]) -> Iterator[tuple[Any, Live]]:
    named: dict[Hashable, list[Live]] = {}
    for live in lives:
        named.setdefault(kind.identity(live), []).append(live)
    return ((name, same[0]) for name, same in named.items() if len(same) == 1)


def _is_address(email: Hashable) -> bool:
    try:
        Person.model_validate(email)
    except ValidationError:
        return False
    return True


def _people(people: Iterable[tuple[LookupKind[Any], Live]]) -> Mapping[Hashable, str]:
    """Assign a key to each e-mail address."""
    called = {kind.identity(live): kind.display_name(live) for kind, live in people}
    keys: dict[Hashable, str] = {}
    taken = {TAKEN}
    for email in sorted(called, key=str):
        keys[email] = _free(slug(called[email]) or "person", taken)
        taken.add(keys[email])
    return keys


def slug(text: str) -> str:
    """Convert a text to a key; "" if no character of it is allowed in a key, or if it looks like a secret."""
    folded = unicodedata.normalize("NFKD", mask_secrets(text).casefold())
    plain = folded.encode("ascii", "ignore").decode()
    key = re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")[:LONGEST].rstrip("-._")
    return "" if find_token(text) or find_token(key) else key


def _free(key: str, taken: set[str]) -> str:
    numbered = (f"{key[: LONGEST - len(f'-{number}')]}-{number}" for number in count(2))
    return key if key not in taken else next(name for name in numbered if name not in taken)
