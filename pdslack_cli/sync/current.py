"""The configuration of a running service, replaced as a whole when its files are read again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pdslack_cli.config.stack import Stack
from pdslack_cli.errors import PdslackError
from pdslack_cli.sync.clock import is_within

LOOK_AGAIN = 5.0  # seconds: whoever sends wrong signatures makes us read no file more often

log = logging.getLogger(__name__)


@dataclass
class CurrentConfig:
    """The stack and the webhook secrets in force. Threads read it while it is replaced."""

    stack: Stack
    webhook_secrets: Sequence[str]
    stored_secrets: Callable[[], Sequence[str]] = tuple
    """Reads those that `apply` has stored."""
    _looked_at: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def replace(self, stack: Stack, webhook_secrets: Sequence[str]) -> None:
        """Put others in force."""
        with self._lock:
            self.stack, self.webhook_secrets = stack, tuple(webhook_secrets)

    def look_for_secrets(self, now: float) -> None:
        """Put in force what was stored meanwhile: `apply` may just have made a webhook."""
        if is_within(now, self._looked_at, LOOK_AGAIN):
            return
        self._looked_at = now
        try:
            stored = self.stored_secrets()
        except PdslackError as error:
            log.warning("cannot look for new secrets of webhooks: %s", error)
            return
        with self._lock:  # others may be put in force at this moment
            self.webhook_secrets = tuple(dict.fromkeys([*self.webhook_secrets, *stored]))
