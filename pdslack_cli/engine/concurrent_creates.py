"""Detect objects that another run creates at the same time as this one.

Two machines may apply one stack at the same moment. The list of a kind is read once before its first object
is created and once after its last. Where both runs created an object, the run with the younger one deletes
it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from typing import Any

from pdslack_cli.clients.create_once import LOOKUP_DELAYS, age
from pdslack_cli.engine.change import Action, Change
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.model import Live

TAKEN = re.compile("taken|already|unique", re.IGNORECASE)


def may_be_created_twice(change: Change) -> bool:
    """Whether the change creates an object of which the vendor would accept a second one."""
    return change.action in {Action.CREATE, Action.REPLACE} and not change.kind.unique_names


class ConcurrentCreates:
    """What this run created, and what others had created before and after it. Thread-safe."""

    def __init__(self, changes: Iterable[Change], session: Session) -> None:
        self.session = session
        self.made: dict[Change, Live] = {}
        self._lists_before: dict[str, Sequence[Live]] = {}
        self._lists_after: dict[str, Sequence[Live]] = {}
        self._locks = {change.kind.name: threading.Lock() for change in changes}

    def existing_before(self, change: Change) -> Live | None:
        """The same object, where another run had created it before our first one of that kind.

        Of a kind without marks also one that the plan saw, and did not match since a list had missed an end.
        """
        found = self._oldest_match(self._read_once(self._lists_before, change.kind), change)
        # What was deleted a moment ago was seen as well, and lists may still show it.
        if found and (found.kind, found.id) in self.session.seen:
            return None if change.kind.is_gone(self.session.clients, found) else found
        return found

    def existing_after_refusal(self, change: Change, refusal: ApiError) -> Live | None:
        """The same object, where it may be why the vendor refused to create ours.

        Where the vendor says so, lists are read for up to 10 s until they show it.
        """
        known = self._oldest_match(self._lists_before.get(change.kind.name, ()), change)
        for seconds in LOOKUP_DELAYS if TAKEN.search(str(refusal)) else LOOKUP_DELAYS[:1]:
            if known:
                break
            self.session.clients.clock.sleep(seconds)
            self._lists_before.pop(change.kind.name, None)
            known = self.existing_before(change)
        return known

    def withdraw_if_younger(self, change: Change) -> bool:
        """Delete the object this run created if another run created it first; return whether it did.

        To be called once all objects of the kind are created.
        """
        mine = self.made.get(change)
        theirs = mine and self._oldest_match(self._read_once(self._lists_after, change.kind), change)
        if not mine or not theirs or age(theirs.raw) > age(mine.raw):
            return False
        change.kind.delete(self.session, mine)
        self.session.id_index.add(change.ref, theirs.id)
        secret = change.kind.secret_of(change.after) if change.after else ""
        doubt = (
            f"; the stored {secret} may belong to that copy: `pdslack rotate {change.ref}` creates a new one"
        )
        self.session.notice(
            change.ref,
            f"another run created it at the same time, so this run deleted its copy{doubt if secret else ''}",
        )
        return True

    def _read_once(self, lists: dict[str, Sequence[Live]], kind: Kind[Any]) -> Sequence[Live]:
        """The objects of other runs: neither known to the plan nor created by this run."""
        with self._locks[kind.name]:
            if kind.name not in lists:
                seen = self.session.seen if kind.marked else ()
                known = {id_ for name, id_ in seen if name == kind.name}
                known |= {live.id for live in tuple(self.made.values()) if live.kind == kind.name}
                others = kind.read_others(self.session.clients, known)
                lists[kind.name] = tuple(live for live in others if not live.retired)
            return lists[kind.name]

    def _oldest_match(self, lives: Iterable[Live], change: Change) -> Live | None:
        """The oldest object that the same entry means."""
        found = (live for live in lives if self._is_same_object(live, change))
        return min(found, key=lambda live: age(live.raw), default=None)

    def _is_same_object(self, live: Live, change: Change) -> bool:
        kind = change.kind
        if kind.marked and live.owned is not None:
            # A copy that a person made carries the mark too, but with a name that its check does not fit.
            copied = not (live.owned.unbound or live.owned.fits(live.name))
            return change.mark is not None and live.is_marked_as(change.mark) and not copied
        if kind.marked and not kind.is_unfinished(live):
            return False
        return kind.identity(live) == kind.wanted_identity(change.after, self.session.id_index)
