"""Namespaces: sets of names of which a vendor gives each out once, whichever kinds of objects share them."""

from __future__ import annotations

from typing import NamedTuple


class Namespace(NamedTuple):
    """Names that are given out once, ignoring case; `reserved` are those that no object can have."""

    title: str
    reserved: frozenset[str] = frozenset()
