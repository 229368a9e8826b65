"""Leftovers of interrupted runs: the object that is kept instead of each, and who still refers to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pdslack_cli.engine.ownership.duplicates import differing_fields
from pdslack_cli.engine.ownership.match import Match
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live, Ref


class Leftovers:
    """The leftovers that a plan has found so far, by kind and id, each with the ref that is kept instead."""

    def __init__(self, id_index: IdIndex, now: datetime) -> None:
        self.id_index, self.now = id_index, now
        self.kept: dict[tuple[str, str], Ref] = {}

    def add(self, ref: Ref, duplicates: Iterable[Live]) -> None:
        self.kept |= {(duplicate.kind, duplicate.id): ref for duplicate in duplicates}

    def differing_fields(self, match: Match, kind: Kind[Any], spec: Resource) -> set[str]:
        """The fields in which a duplicate is more than a leftover."""
        if not match.live or not match.duplicates or not kind.marked:
            return set()
        # Each of two leftover policies refers to a leftover team of its own: that makes no difference.
        id_index = self.id_index.with_aliases(self.kept)
        kept = kind.decode(match.live, id_index)
        return {
            name
            for duplicate in match.duplicates
            if not duplicate.is_unconfirmed
            for name in differing_fields(kind, spec.managed, kept, kind.decode(duplicate, id_index), self.now)
        }

    def references(self, before: Resource) -> frozenset[Ref]:
        """What a live object refers to. A reference to a leftover counts as one to the kept object."""
        moved = self._referred(before)
        return frozenset(moved.get(ref, ref) for ref in references(before))

    def repointed(self, kind: Kind[Any], live: Live, before: Resource) -> Resource | None:
        """The object with the references to write instead of those to leftovers; None if it has none."""
        if not self._referred(before):
            return None
        decoded: Resource = kind.decode(live, self.id_index.with_aliases(self.kept))
        return decoded

    def _referred(self, before: Resource) -> Mapping[Ref, Ref]:
        """The references to leftovers that a live object holds, and the ones to use instead."""
        if not self.kept:
            return {}
        refs = [ref for ref in references(before) if ref in self.id_index]
        kept = {ref: self.kept.get((ref.kind, self.id_index.id(ref))) for ref in refs}
        return {ref: other for ref, other in kept.items() if other}
