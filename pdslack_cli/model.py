"""The words that everyone shares: plain values that know nothing of files, networks or printing."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import combinations
from typing import Any, NamedTuple

Json = dict[str, Any]

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}  # of time, in seconds
FIRST_YEAR, LAST_YEAR = 1970, 2999
_SPAN = re.compile(r"(\d{1,12})\s*(seconds?|minutes?|hours?|days?|weeks?|[smhdw])")


def seconds_in(text: str) -> int | None:
    """The seconds of `30s`, `15m`, `4h`, `2d`, `1 week` or a sequence of them; None for other texts."""
    if not text.strip() or _SPAN.sub("", text).strip():
        return None
    return sum(int(count) * UNITS[unit[0]] for count, unit in _SPAN.findall(text))


def instant_of(time: datetime, zone: tzinfo = UTC) -> datetime:
    """A time in UTC: one with an offset is that instant, one without is wall clock in `zone`.

    Raises ValueError where its year is out of range.
    """
    refuse_year(time)
    return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)


def refuse_year(time: datetime) -> None:
    """Raise ValueError for a time so early or late that calculating with it could leave the calendar."""
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise ValueError(f"the year {time.year} is out of range: expected {FIRST_YEAR} to {LAST_YEAR}")


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


UNFINISHED = "?"
"""Stands for the check of a mark whose object has a secret that was not stored yet."""


RULE_LISTS = ("routes", "rules", "unrouted")
"""The fields of which nothing but the mark of their object tells whether we wrote them."""


class Owned(NamedTuple):
    """The mark in an object's description: whose it is, under which key, and the name it was written with.

    `check` binds the mark to that name, so that a description which was copied along with its mark makes
    nothing else ours, and to the lists of rules that the file managed by then: those are ours. It is empty
    in marks of the first version, and UNFINISHED until a secret is stored.
    `protected`: the object must not be deleted, whatever the file says by then.
    """

    owner: str
    key: str
    check: str = ""
    protected: bool = False

    @classmethod
    def bound(
        cls, owner: str, key: str, name: str, *, protected: bool = False, rules: Collection[str] = ()
    ) -> Owned:
        """The mark of an object of that name, whose lists of rules of these fields are ours."""
        return cls(owner, key, _check(owner, key, name, rules), protected)

    def renamed(self, name: str, new_name: str) -> Owned:
        """The same for an object that gets another name."""
        check = _check(self.owner, self.key, new_name, self.rules(name)) if self.fits(name) else self.check
        return self._replace(check=check)

    @property
    def address(self) -> tuple[str, str]:
        """What the mark is of, without the state of the object that carries it."""
        return self.owner, self.key

    @property
    def as_unfinished(self) -> Owned:
        """The same, while its object's secret is not confirmed to be stored."""
        return self._replace(check=UNFINISHED)

    @property
    def unfinished(self) -> bool:
        return self.check == UNFINISHED

    def fits(self, name: str) -> bool:
        """Whether the mark was written on an object of that name."""
        return self._rules(name) is not None

    def rules(self, name: str) -> frozenset[str]:
        """The fields whose rules are ours, as an object of that name bears the mark: none where it does
        not fit."""
        return self._rules(name) or frozenset()

    def _rules(self, name: str) -> frozenset[str] | None:
        for count in range(len(RULE_LISTS) + 1):
            for rules in combinations(RULE_LISTS, count):
                if self.check == _check(self.owner, self.key, name, rules):
                    return frozenset(rules)
        return None

    def __str__(self) -> str:
        state = self.check + "!" * self.protected
        return f"[pdslack:{self.owner}/{self.key}{':' * bool(state)}{state}]"


def _check(owner: str, key: str, name: str, rules: Collection[str] = ()) -> str:
    """Four characters over all of it. A vendor may trim a name, so its white space is levelled."""
    text = "\0".join((owner, key, " ".join(name.split()), *sorted(rules)))
    return base64.b32encode(hashlib.sha256(text.encode()).digest())[:4].decode().lower()


@dataclass(frozen=True)
class Live:
    """An object as the vendor has it now.

    `raw` is the vendor's own object. `parts` holds what belongs to it but is read by calls of its own
    (members, paths, bookmarks); a part that was not read is absent. `created_by_us` is for objects
    whose creator tells (Slack channels), `left_unmarked` for those of them that a run which was cut short may
    have left, `retired` for those the vendor only puts away (archived). `new` is what this run made: it holds
    nothing yet that would have to be read.
    """

    kind: str
    id: str
    name: str
    raw: Json
    owned: Owned | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    retired: bool = False
    created_by_us: bool = False
    left_unmarked: bool = False
    new: bool = False

    def __post_init__(self) -> None:
        for text in (self.id, self.name):
            if not isinstance(text, str):
                raise TypeError(f"expected a text, got {type(text).__name__}")

    @property
    def link(self) -> str:
        """Where people see the object, as far as the vendor says so; "" where it does not."""
        return str(self.raw.get("html_url") or self.raw.get("permalink") or "")

    @property
    def place(self) -> str:
        """Its name, id and link, for messages about this very object."""
        return f"{self.name!r} ({', '.join(part for part in (self.id, self.link) if part)})"

    def is_marked_as(self, mark: Owned) -> bool:
        """Whether its mark is of the same owner and key."""
        return self.owned is not None and self.owned.address == mark.address

    @property
    def own_rules(self) -> frozenset[str]:
        """The fields whose rules its owner's file managed when the mark was written."""
        return self.owned.rules(self.name) if self.owned else frozenset()
