"""Shared value types, independent of files, networks and output."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from typing import Any, NamedTuple, TypeAlias, TypeVar
from urllib.parse import urlsplit

Json = dict[str, Any]

DataPath: TypeAlias = tuple[str | int, ...]
"""A place in data: `("services", "payments-api", "rules", 0, "if")`."""
N = TypeVar("N", bound=Hashable)

SCHEDULES = ("schedule", "shift_schedule")  # the kinds of objects that say who is on call
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}  # of time, in seconds
FIRST_YEAR, LAST_YEAR = 1970, 2999
_SPAN_PATTERN = r"([0-9]{1,12})\s*(seconds?|minutes?|hours?|days?|weeks?|[smhdw])"
_SPAN = re.compile(_SPAN_PATTERN)
DURATION_PATTERN = rf"\s*({_SPAN_PATTERN}\s*)+"


# The JSON Schema of a text that many YAML libraries read as a date, which JSON has no type for.
TEXT_OR_DATE: Json = {"not": {"type": ["null", "boolean", "number", "array", "object"]}}


def seconds_in(text: str) -> int | None:
    """Parse a duration such as `30s`, `15m`, `4h`, `2d`, `1 week` or a sequence; None if it is invalid."""
    if not text.strip() or _SPAN.sub("", text).strip():
        return None
    return sum(int(count) * UNITS[unit[0]] for count, unit in _SPAN.findall(text))


def json_value(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError also for NaN, Infinity, and numbers beyond all bounds.

    Python by itself reads such as 1e999, and would write what no other program takes.
    """
    return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:  # Python's own message is about its settings
        raise ValueError(f"the number {text[:20]}… has {len(text):,} digits") from None


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {text[:20]} is too large")
    return value


def host_of(url: str) -> str:
    """The host that a URL names; "" for one that names none, or cannot be parsed, such as `http://[::1`."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def instant_of(time: datetime, zone: tzinfo = UTC) -> datetime:
    """Convert a time to UTC; a time without offset is wall clock in `zone`.

    Raises ValueError if its year is out of range.
    """
    check_year(time)
    return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)


def check_year(time: datetime) -> None:
    """Raise ValueError for a year out of range, so that later calculations cannot overflow."""
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise ValueError(f"the year {time.year} is out of range: expected {FIRST_YEAR} to {LAST_YEAR}")


def find_cycle(links: Mapping[N, Collection[N]]) -> list[N]:
    """Return a cycle, if any: each node before the one that it links to, and the first one again at the end.

    It begins with the node that comes first in `links`. Every run finds the same one: sets, which differ in
    order from process to process, are put in that order first.
    """
    position = {node: number for number, node in enumerate(links)}
    ordered = {
        node: sorted(position.keys() & set(targets), key=position.__getitem__)
        for node, targets in links.items()
    }
    try:
        TopologicalSorter(ordered).prepare()
    except CycleError as error:
        cycle: list[N] = error.args[1][:0:-1]  # graphlib lists it against the links, with both ends
        first = cycle.index(min(cycle, key=position.__getitem__))
        return [*cycle[first:], *cycle[: first + 1]]
    return []


class Name(str):
    """The name of a catalogue entry (a priority, a vendor), compared case-insensitively."""

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
"""The check in the mark of an object whose secret is not stored yet."""


RULE_LISTS = ("cache_variables", "routes", "rules", "unrouted")
"""Rule fields, for which only the mark of their object shows whether we manage them."""


class Creation(NamedTuple):
    """When a run created an object, and for which entry."""

    ref: Ref
    time: datetime


class OwnershipMark(NamedTuple):
    """The ownership mark in an object's description: its owner, its key, and a check.

    `check` is a hash that binds the mark to the object's name, so that a copied description does not make the
    copy ours, and to the rule fields that the file managed, which are then ours. It is empty in early marks,
    and UNFINISHED until a secret is stored; it ends so while another object takes the place of this one.
    `protected`: the object must never be deleted.
    """

    owner: str
    key: str
    check: str = ""
    protected: bool = False

    @classmethod
    def bound(
        cls, owner: str, key: str, name: str, *, protected: bool = False, rules: Collection[str] = ()
    ) -> OwnershipMark:
        """The mark for an object of that name, of which we manage these rule fields."""
        return cls(owner, key, _check(owner, key, name, rules), protected)

    def renamed(self, name: str, new_name: str) -> OwnershipMark:
        """The mark after the object is renamed."""
        if not self.fits(name):
            return self
        renamed = self._replace(check=_check(self.owner, self.key, new_name, self.rules(name)))
        return renamed.half_replaced(new_name) if self.unfinished else renamed

    @property
    def address(self) -> tuple[str, str]:
        """Owner and key, without the state of the object."""
        return self.owner, self.key

    @property
    def as_unfinished(self) -> OwnershipMark:
        """The mark while the object's secret is not stored yet."""
        return self._replace(check=UNFINISHED)

    def half_replaced(self, name: str) -> OwnershipMark:
        """The mark of an object of that name while another takes its place: its secret is in doubt."""
        return self._replace(check=_check(self.owner, self.key, name)[:-1] + UNFINISHED)

    @property
    def unfinished(self) -> bool:
        return self.check.endswith(UNFINISHED)

    @property
    def unbound(self) -> bool:
        """Whether it is bound to no name."""
        return self.check in {"", UNFINISHED}

    def fits(self, name: str) -> bool:
        """Whether the check fits an object of that name."""
        return self._rules(name) is not None

    def rules(self, name: str) -> frozenset[str]:
        """The rule fields that we manage, if the mark fits an object of that name; empty if not."""
        return self._rules(name) or frozenset()

    def _rules(self, name: str) -> frozenset[str] | None:
        for count in range(len(RULE_LISTS) + 1):
            for rules in combinations(RULE_LISTS, count):
                check = _check(self.owner, self.key, name, rules)
                if self.check in {check, check[:-1] + UNFINISHED}:
                    return frozenset(rules)
        return None

    def __str__(self) -> str:
        state = self.check + "!" * self.protected
        return f"[pdslack:{self.owner}/{self.key}{':' * bool(state)}{state}]"


def _check(owner: str, key: str, name: str, rules: Collection[str] = ()) -> str:
    """The four-character check. Vendors may trim names, so white space is normalised."""
    return _digest("\0".join((owner, key, " ".join(name.split()), *sorted(rules))))


@lru_cache(maxsize=100_000)  # of each object it is asked for many times
def _digest(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()[:5])[:4].decode().lower()


@dataclass(frozen=True)
class Live:
    """An object as the vendor has it now.

    `raw` is the vendor's own object. `parts` holds what is read by separate calls (members, paths,
    bookmarks); a part that was not read is absent. `created_by_us`: its creator is our bot (Slack channels);
    `left_unmarked`: so it is, and an interrupted run may have left it without a mark. `retired`: archived or
    disabled instead of deleted. `new`: created by this run, so none of its parts have to be read.
    """

    kind: str
    id: str
    name: str
    raw: Json
    owned: OwnershipMark | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    retired: bool = False
    created_by_us: bool = False
    left_unmarked: bool = False
    new: bool = False
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    def __post_init__(self) -> None:
        for text in (self.id, self.name):
            if not isinstance(text, str):
                raise TypeError(f"expected a text, got {type(text).__name__}")

    @property
    def link(self) -> str:
        """The URL of the object in the vendor's web app, if known."""
        return str(self.raw.get("html_url") or self.raw.get("permalink") or "")

    @property
    def place(self) -> str:
        """Its name, id and link, for messages."""
        return f"{self.name!r} ({', '.join(part for part in (self.id, self.link) if part)})"

    @property
    def is_unconfirmed(self) -> bool:
        """Whether the run that created it did not confirm that its secret was stored."""
        return self.owned is not None and self.owned.unfinished

    def is_marked_as(self, mark: OwnershipMark) -> bool:
        """Whether its mark is of the same owner and key."""
        return self.owned is not None and self.owned.address == mark.address

    @property
    def own_rules(self) -> frozenset[str]:
        """The rule fields that its owner's file managed when the mark was written."""
        return self.owned.rules(self.name) if self.owned else frozenset()
