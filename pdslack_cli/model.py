"""The words that everyone shares: plain values that know nothing of files, networks or printing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Json = dict[str, Any]

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}  # of time, in seconds
_SPAN = re.compile(r"(\d+)\s*(seconds?|minutes?|hours?|days?|weeks?|[smhdw])")


def seconds_in(text: str) -> int | None:
    """The seconds of `30s`, `15m`, `4h`, `2d`, `1 week` or a sequence of them; None for other texts."""
    if not text.strip() or _SPAN.sub("", text).strip():
        return None
    return sum(int(count) * UNITS[unit[0]] for count, unit in _SPAN.findall(text))


class Name(str):
    """A name that a vendor's catalogue gives out (a priority, a vendor): case does not tell two apart."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.casefold() == other.casefold()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.casefold())


class Ref(NamedTuple):
    """The address of an object: its kind, and its key in the file."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}"


class Owned(NamedTuple):
    """What the mark in an object's description says: whose it is, and under which key."""

    owner: str
    key: str

    def __str__(self) -> str:
        return f"[pdslack:{self.owner}/{self.key}]"


@dataclass(frozen=True)
class Live:
    """An object as the vendor has it now.

    `raw` is the vendor's own object. `parts` holds what belongs to it but is read by calls of its own
    (members, paths, bookmarks); a part that was not read is absent. `created_by_us` is for objects
    whose creator tells (Slack channels), `retired` for those the vendor only puts away (archived).
    """

    kind: str
    id: str
    name: str
    raw: Json
    owned: Owned | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    retired: bool = False
    created_by_us: bool = False
