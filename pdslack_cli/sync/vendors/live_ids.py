"""The ids of what the stack names: services, teams, people, schedules and channels."""

from __future__ import annotations

import logging
import threading

from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.ownership.matching import Objects, resolve_ownership
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds import READ_NAMED
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import SCHEDULES, Ref
from pdslack_cli.sync.clock import ServiceClock, is_within
from pdslack_cli.sync.current import CurrentConfig

KINDS = ("person", "team", *SCHEDULES, "escalation_policy", "service", "channel")
SECONDS = 600.0

log = logging.getLogger(__name__)


class LiveIds:
    """Matches entries to live objects as a plan does, read again every ten minutes. Thread-safe."""

    def __init__(self, clients: Clients, current: CurrentConfig, clock: ServiceClock) -> None:
        self._clients, self._current, self._clock = clients, current, clock
        self._lock = threading.Lock()
        self._of: Stack | None = None
        self._read_at = 0.0
        self._index = IdIndex()
        self._objects: Objects = {}

    def index(self) -> IdIndex:
        """The ids. Raises ApiError where they were never read; later, those of the last reading are used."""
        stack = self._current.stack
        with self._lock:
            if self._of is stack and is_within(self._clock.now(), self._read_at, SECONDS):
                return self._index
            try:
                self._objects = self._read(stack)
                self._index = resolve_ownership(stack, self._objects).id_index
            except ApiError as error:
                if self._of is not stack:
                    raise
                log.warning("the ids of the stack are those of the last reading: %s", error)
            self._of, self._read_at = stack, self._clock.now()
            return self._index

    def objects(self) -> Objects:
        """The live objects. Raises ApiError where they were never read."""
        self.index()
        return self._objects

    def id_of(self, ref: Ref) -> str | None:
        """The id of what an entry means; None where it does not exist."""
        index = self.index()
        return index.id(ref) if ref in index else None

    def forget(self) -> None:
        """Drop the ids, so that they are read again."""
        with self._lock:
            self._read_at = 0.0

    def _read(self, stack: Stack) -> Objects:
        return {
            name: [*READ_NAMED[name].read(self._clients, [entry.spec for entry in stack.of_kind(name)])]
            for name in KINDS
            if stack.of_kind(name)
        }
