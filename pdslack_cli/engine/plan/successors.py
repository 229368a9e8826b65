"""Notices of objects that are created in place of a stranger, which may be ours without its name and mark."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from pdslack_cli.engine.change import Action, Change
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.id_index import Outsider
from pdslack_cli.model import Ref


def successor_notices(changes: Collection[Change]) -> Iterator[str]:
    """Yield a notice for each stranger that objects of ours leave for an object that is created.

    Without the audit log of the run that created it, nothing else shows that the stranger is ours.
    """
    created = {change.ref for change in changes if change.action is Action.CREATE and change.kind.marked}
    left = {
        (new, old.key): change.ref
        for change in changes
        if change.action is Action.UPDATE
        for new, old in _moves(change)
        if new in created and isinstance(old.key, Outsider)
    }
    for (ref, stranger), user in sorted(left.items()):
        yield (
            f"{ref} is created, and {user} refers to it instead of {stranger.name!r} ({stranger.id}): "
            f"if that is the same object, renamed by hand, `id: {stranger.id}` and `--adopt` keep it"
        )


def _moves(change: Change) -> Iterable[tuple[Ref, Ref]]:
    """The references that a change adds, each with those of its kind that it takes away from that field."""
    for field in change.fields:
        before, after = (references(getattr(spec, field)) for spec in (change.before, change.after))
        yield from ((new, old) for new in after - before for old in before - after if new.kind == old.kind)
