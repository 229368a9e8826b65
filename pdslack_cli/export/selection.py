"""Select the part of an account to export, and find the team of each object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pdslack_cli.kinds import KIND_NAMED, MANAGED_NAMED
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.pagerduty.team import Team
from pdslack_cli.model import Live, Ref


@dataclass(frozen=True)
class Selection:
    """The objects to export: those of some kinds or refs (patterns), or of one team; all by default."""

    only: tuple[str, ...] = ()
    team: str = ""

    def reads_whole(self, owner: str) -> Callable[[Live], bool]:
        """Return a test for objects whose parts an export for this owner needs."""

        def is_whole(live: Live) -> bool:
            kind = MANAGED_NAMED.get(live.kind)
            if kind is None or live.retired or kind.export_exclusion(live):
                return False
            ours = live.owned is None or live.owned.owner == owner
            asked = [pattern.partition("/")[0] for pattern in self.only]
            return ours and (not asked or any(self._names(pattern, kind) for pattern in asked))

        return is_whole

    def holds(self, ref: Ref, team: Ref | None, chosen: Ref | None) -> bool:
        kind = KIND_NAMED[ref.kind]
        named = not self.only or any(
            fnmatchcase(str(ref), pattern) or self._names(pattern, kind) for pattern in self.only
        )
        return named and (chosen is None or team == chosen)

    @staticmethod
    def _names(pattern: str, kind: Any) -> bool:
        return pattern == kind.section or fnmatchcase(kind.name, pattern)


def teams_of(befores: Mapping[Ref, Resource]) -> Mapping[Ref, Ref]:
    """The team of each object, for objects that belong to exactly one.

    It is the team that the object refers to, else that of the objects it refers to; failing that, the one
    team whose objects use it.
    """
    teams = {ref: ref for ref, before in befores.items() if isinstance(before, Team)}
    users: dict[Ref, list[Ref]] = {}
    for ref, before in befores.items():
        for used in references(before):
            users.setdefault(used, []).append(ref)
        named = set(_named_directly(before))
        direct = {ref for ref in named if isinstance(befores.get(ref), Team)}
        found = direct or {teams[each] for each in named if each in teams}
        if ref not in teams and len(found) == 1:
            teams[ref] = found.pop()
    for ref in reversed([*befores]):
        found = {teams[user] for user in users.get(ref, ()) if user in teams}
        if ref not in teams and len(found) == 1:
            teams[ref] = found.pop()
    return teams


def _named_directly(before: Resource) -> Iterator[Ref]:
    """The refs in the object's own fields, without those inside of its rules or steps."""
    for name in before.managed:
        value = getattr(before, name)
        parts = (value,) if isinstance(value, Ref) or not isinstance(value, tuple) else value
        yield from (part for part in parts if isinstance(part, Ref))
