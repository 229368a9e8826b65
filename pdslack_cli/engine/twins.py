"""What other runs have made, since the plan, of the objects that this run is to make.

Two machines may apply one stack at the same moment. Before the first object of a kind is made its list is
read once, and after the last one once more: where both runs made one, the run with the younger withdraws it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

from pdslack_cli.clients.once import age
from pdslack_cli.engine.change import Action, Change
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.model import Live


def may_be_made_twice(change: Change) -> bool:
    """Whether the change makes an object of which the vendor would take a second one."""
    return change.action in {Action.CREATE, Action.REPLACE} and not change.kind.unique_names


class Twins:
    """Finds them, by one list per kind and moment. Thread-safe."""

    def __init__(self, changes: Iterable[Change], session: Session) -> None:
        self.session = session
        self.made: dict[Change, Live] = {}
        self._before: dict[str, Sequence[Live]] = {}
        self._after: dict[str, Sequence[Live]] = {}
        self._locks = {change.kind.name: threading.Lock() for change in changes}

    def before(self, change: Change) -> Live | None:
        """The twin that was there before the first object of the kind was made."""
        return self._among(self._listed(self._before, change.kind), change)

    def after_refusal(self, change: Change) -> Live | None:
        """The twin that may be why the vendor refused this one."""
        known = self._among(self._before.get(change.kind.name, ()), change)
        if known:
            return known
        self._before.pop(change.kind.name, None)
        return self.before(change)

    def settle(self, change: Change) -> bool:
        """Withdraw what this run made if another made it first, and say so. Once all of the kind are made."""
        mine = self.made.get(change)
        theirs = mine and self._among(self._listed(self._after, change.kind), change, but=mine)
        if not mine or not theirs or age(theirs.raw) > age(mine.raw):
            return False
        change.kind.delete(self.session, mine)
        self.session.id_index.add(change.ref, theirs.id)
        secret = change.kind.secret_name
        doubt = f"; the stored {secret} may be its own: `pdslack rotate {change.ref}` makes a new one"
        self.session.notice(
            change.ref,
            f"another run made it at the same moment, so this run withdrew its own{doubt if secret else ''}",
        )
        return True

    def _listed(self, lists: dict[str, Sequence[Live]], kind: Kind[Any]) -> Sequence[Live]:
        with self._locks[kind.name]:
            if kind.name not in lists:
                lists[kind.name] = tuple(kind.read(self.session.clients, ()))
            return lists[kind.name]

    def _among(self, lives: Iterable[Live], change: Change, but: Live | None = None) -> Live | None:
        """The oldest one that is meant by the same entry, and that the plan did not know."""
        found = [
            live for live in lives if self._is_twin(live, change) and live.id != (but.id if but else None)
        ]
        return min(found, key=lambda live: age(live.raw), default=None)

    def _is_twin(self, live: Live, change: Change) -> bool:
        kind = change.kind
        if live.retired or (kind.name, live.id) in self.session.seen:
            return False
        if kind.marked and live.owned is not None:
            # A copy that a person made bears the mark too, and a name that it does not fit.
            copied = live.owned.check and not live.owned.unfinished and not live.owned.fits(live.name)
            return change.mark is not None and live.is_marked_as(change.mark) and not copied
        if kind.marked and not kind.is_unfinished(live):
            return False
        return kind.identity(live) == kind.wanted_identity(change.after, self.session.id_index)
