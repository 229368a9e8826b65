"""Plan the removal of objects that carry our mark and have no entry in the stack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pdslack_cli.clients.http.calls import NAMES
from pdslack_cli.engine.change import Action, Change
from pdslack_cli.engine.ownership.duplicates import difference_message, differing_fields
from pdslack_cli.engine.ownership.matching import Ownership
from pdslack_cli.engine.ownership.unproven import left_copy_problem, unproven_problem
from pdslack_cli.engine.plan.comparison import StackComparison
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import kind_of
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.model import Live, Ref


class RemovalPlanner:
    """Plans removals, and collects the problems and notices of objects that are not removed.

    `fate` says why they are removed, `way_in` how a person shows that an object is ours after all.
    """

    def __init__(
        self,
        comparison: StackComparison,
        fate: str = "is not in the stack",
        way_in: str = "add its entry again and apply, then remove it",
    ) -> None:
        self.comparison, self.stack = comparison, comparison.stack
        self.fate, self.way_in = fate, way_in
        self.problems: dict[Ref, list[Problem]] = {}
        self.notices: list[str] = []
        self.left_behind: list[Ref] = []

    def unprotected(self) -> Iterable[Change]:
        """Removals of what no mark protects and nobody copied; the others become problems."""
        for change in self.all():
            copied = self._left_copy(change)
            if change.is_protected:
                self._problem(
                    change.ref,
                    f"{change.ref} {self.fate}, but its mark protects it",
                    f"add its entry again with `protect: false` and apply, then remove it; "
                    f"or delete it in {NAMES[change.kind.provider]}",
                )
            elif copied:
                self._problem(change.ref, *copied)
            else:
                yield change

    def all(self) -> Iterable[Change]:
        """Removals of objects whose section is in the stack, protected or not."""
        unwanted: dict[Ref, list[Live]] = {}
        for live in self.comparison.ownership.unwanted:
            if not live.retired:
                unwanted.setdefault(_ref_of(live), []).append(live)
        for ref, lives in unwanted.items():
            kind = kind_of(ref)
            if ref.kind not in self.stack.sections:
                self.left_behind.append(ref)
                self.notices.append(
                    f"{ref} is ours, but the stack has no `{kind.section}` section: left behind "
                    f"(with `{kind.section}: {{}}` it would be {_past(kind, lives[0])})"
                )
            elif self._are_alike(kind, ref, lives):
                for live in lives:
                    yield self.comparison.removal(kind, ref, live, "it is not in the stack")
        for live in self.comparison.ownership.unproven:
            if not live.retired:
                self._report_unproven(_ref_of(live), live)

    def _left_copy(self, change: Change) -> tuple[str, str] | None:
        """The problem of a copy that would be alone with the mark. What is archived keeps its own."""
        archived = change.action is Action.DELETE and change.kind.archives_on_delete
        copies = () if archived else self.comparison.ownership.copies.get(change.ref, ())
        return left_copy_problem(f"{change.ref} {self.fate}", copies)

    def _are_alike(self, kind: Kind[Any], ref: Ref, lives: list[Live]) -> bool:
        """Whether all objects under one mark are alike: if not, one may be a copy that somebody made."""
        finished = [live for live in lives if not live.is_unconfirmed] or lives[:1]
        kept, *others = (self.comparison.decoded(kind, live) for live in finished)
        fields = {
            name
            for other in others
            for name in differing_fields(kind, kept.managed | other.managed, kept, other, self.comparison.now)
        }
        if fields and kind.marked:
            message = f"{ref}: {difference_message(lives, fields)}"
            self._problem(ref, message, "delete those you do not need by hand")
        return not (fields and kind.marked)

    def _report_unproven(self, ref: Ref, live: Live) -> None:
        message, hint = unproven_problem(live, f"{ref} {self.fate}", self.way_in)
        if ref.kind in self.stack.sections:
            self._problem(ref, message, hint)
        else:
            self.left_behind.append(ref)
            self.notices.append(message)

    def _problem(self, ref: Ref, message: str, hint: str) -> None:
        problem, known = Problem(message, hint=hint), self.problems.setdefault(ref, [])
        if problem not in known:  # each of several objects with one mark has it
            known.append(problem)


def refs_without_entry(ownership: Ownership) -> Iterable[Ref]:
    """The refs of our objects that have no entry in the stack."""
    return map(_ref_of, (*ownership.unwanted, *ownership.unproven))


def _ref_of(live: Live) -> Ref:
    """The ref of an object of ours: by its mark's key, or by its name where it has no mark."""
    return Ref(live.kind, live.owned.key if live.owned else live.name)


def _past(kind: Kind[Any], live: Live) -> str:
    """What an object is once it was removed: deleted, archived, or only released."""
    if kind.released_not_deleted(live):
        return "released"
    return kind.retired_word if kind.archives_on_delete else "deleted"
