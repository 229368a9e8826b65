"""What `--only` and `--no-delete` choose of all changes and problems, and what they leave out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pdslack_cli.engine.change import Change, with_needs
from pdslack_cli.engine.refusals.children import keeping_children
from pdslack_cli.errors import Problem
from pdslack_cli.model import Ref
from pdslack_cli.suggest import counted

Problems = Mapping[Ref, Sequence[Problem]]


@dataclass(frozen=True)
class ChosenChanges:
    """The chosen changes and problems; `excluded` and `unchosen` as in Plan."""

    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]
    notices: tuple[str, ...]
    excluded: Mapping[str, tuple[Change, ...]]
    unchosen: frozenset[Ref]


def chosen_changes(
    found: Sequence[Change], entries: Problems, removals: Problems, *, only: Collection[Ref], delete: bool
) -> ChosenChanges:
    """Choose of the changes and of the problems of entries and removals; what is chosen brings its needs."""
    allowed = found if delete else [*_without_deletes(found)]
    problems = [*entries.items(), *(removals.items() if delete else ())]
    refused = {ref for ref, _ in problems}
    chosen = with_needs(only, allowed, refused) if only else refused.union(change.ref for change in allowed)
    changes = [change for change in allowed if change.ref in chosen]
    excluded = {"--no-delete": _left_out(found, allowed), "--only": _left_out(allowed, changes)}
    unchosen, unremoved = refused - chosen, set() if delete else {*removals}
    return ChosenChanges(
        tuple(changes),
        tuple(problem for ref, of_ref in problems if ref in chosen for problem in of_ref),
        (*_unchosen_notice(unchosen, "--only"), *_unchosen_notice(unremoved, "--no-delete")),
        {flag: changes for flag, changes in excluded.items() if changes},
        frozenset(unchosen | unremoved),
    )


def _left_out(changes: Iterable[Change], chosen: Iterable[Change]) -> tuple[Change, ...]:
    kept = {*chosen}
    return tuple(change for change in changes if change not in kept)


def _unchosen_notice(refused: Collection[Ref], flag: str) -> Iterable[str]:
    if refused:
        found = counted(len(refused), "object")
        yield f"{found} with problems left out by {flag}: a plan without it tells them"


def _without_deletes(found: Collection[Change]) -> Iterable[Change]:
    """The changes without removals of objects and of their children."""
    removals = {change for change in found if change.removes}
    # With its leftover left out, the kept object stays as it is: it must not begin to differ from it.
    unequal = {change.ref for change in removals if change.leftover}
    kept = (change for change in found if change not in removals and change.ref not in unequal)
    return filter(None, map(keeping_children, kept))
