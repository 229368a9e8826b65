"""How many objects a vendor takes, of an account or of what they belong to."""

from __future__ import annotations

from typing import NamedTuple


class Quota(NamedTuple):
    """Objects that count together, and how many there may be; `documented`: the vendor refuses more."""

    title: str
    most: int
    documented: bool = True
