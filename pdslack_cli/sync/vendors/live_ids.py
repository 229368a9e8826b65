"""The ids of what the stack names: services, teams, people, schedules and channels."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.ownership.matching import Objects, resolve_ownership
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds import READ_NAMED
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import SCHEDULES, Ref
from pdslack_cli.sync.current import CurrentConfig

KINDS = ("person", "team", *SCHEDULES, "escalation_policy", "service", "channel")
EVERY = 600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _KnownObjects:
    """The live objects of a stack by kind, their ids, and the kinds whose last reading failed."""

    stack: Stack
    objects: Objects
    index: IdIndex
    failed: Mapping[str, ApiError]


class LiveIds:
    """Matches entries to live objects as a plan does. Thread-safe.

    Only the first who asks for ids of a stack waits for a reading. A kind that cannot be read is used as it
    was, and is in the way of nobody who asks for another one.
    """

    def __init__(self, clients: Clients, current: CurrentConfig) -> None:
        self._clients, self._current = clients, current
        self._lock = threading.Lock()
        self._known: _KnownObjects | None = None

    def refresh(self) -> None:
        """Read all of them again. Raises ApiError where not all could be read."""
        with self._lock:
            self._known = self._read(self._current.stack)
        for error in self._known.failed.values():
            raise error

    def objects(self) -> Objects:
        """The live objects. Raises ApiError where some were never read."""
        known = self._of_stack()
        for kind, error in known.failed.items():
            if kind not in known.objects:
                raise error
        return known.objects

    def id_of(self, ref: Ref) -> str | None:
        """The id of what an entry means; None where it does not exist. Raises ApiError where nobody knows."""
        known = self._of_stack()
        if ref in known.index:
            return known.index.id(ref)
        if ref.kind in known.failed and ref.kind not in known.objects:
            raise known.failed[ref.kind]
        return None

    def _of_stack(self) -> _KnownObjects:
        stack, known = self._current.stack, self._known
        if known is None or known.stack is not stack:
            with self._lock:
                known = self._known
                if known is None or known.stack is not stack:
                    known = self._known = self._read(stack)
        return known

    def _read(self, stack: Stack) -> _KnownObjects:
        objects = dict(self._known.objects) if self._known else {}
        failed: dict[str, ApiError] = {}
        for name in KINDS:
            specs = [entry.spec for entry in stack.of_kind(name)]
            if not specs:
                continue
            try:
                objects[name] = [*READ_NAMED[name].read(self._clients, specs)]
            except ApiError as error:
                log.warning("%s: the ids are those of the last reading: %s", name, error)
                failed[name] = error
        return _KnownObjects(stack, objects, resolve_ownership(stack, objects).id_index, failed)
