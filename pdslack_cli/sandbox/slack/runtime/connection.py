"""One WebSocket connection of the app. Imported late: most sandboxes have none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from simple_websocket import ConnectionClosed, Server

SECONDS_TO_END = 3


class WebSocket(Server):  # type: ignore[misc]  # it has no types
    """A connection that several threads use, and that the app may end in the same moment."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._sending = threading.Lock()
        super().__init__(*arguments, **options)

    def send(self, data: str) -> None:
        """Send a message, unless it has ended. Messages are compressed in the order in which they go out."""
        with self._sending, suppress(ConnectionClosed):
            super().send(data)

    def close(self, *reason: Any, **more: Any) -> None:
        """End it, unless it has ended."""
        with suppress(ConnectionClosed):
            super().close(*reason, **more)

    def frames(self) -> Iterator[str | bytes | None]:
        """What comes in, until it ends."""
        with suppress(ConnectionClosed):
            while True:
                yield self.receive()

    def wait_for_end(self) -> None:
        """Let the frame that ends it go out, or come in, before anybody breaks it."""
        self.thread.join(SECONDS_TO_END)
