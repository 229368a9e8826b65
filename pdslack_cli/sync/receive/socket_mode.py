"""Socket Mode: Slack reaches the service through a connection that the service opens (slack.md 7.7)."""

from __future__ import annotations

import asyncio
import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from pdslack_cli.sync.receive.slack_client import bounded_session

RETRY = 10.0  # seconds until another try to connect
CHECK = 1.0

log = logging.getLogger(__name__)
SDK_LOG = logging.getLogger(f"{__name__}.sdk")


def _without_traceback(record: logging.LogRecord) -> bool:
    """The SDK logs a traceback for each answer of Slack's that it cannot use; its message has the reason."""
    record.exc_info = None
    return True


SDK_LOG.addFilter(_without_traceback)


class SocketConnection:
    """A connection that is kept; the SDK renews it when Slack asks to, and this class when it cannot."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._app, self._token = app, app_token
        self.problem = "Socket Mode is not connected yet"

    async def run(self) -> None:
        """Connect, and stay connected until cancelled."""
        while True:
            handler = AsyncSocketModeHandler(self._app, self._token, logger=SDK_LOG)
            try:
                await handler.client.aiohttp_client_session.close()
                handler.client.aiohttp_client_session = bounded_session(None)
                await handler.connect_async()  # type: ignore[no-untyped-call]
                await self._watch(handler)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # of the SDK: a dead token, no network
                self.problem = f"Socket Mode: {type(error).__name__}: {error}"
                log.warning("%s", self.problem)
            finally:
                await handler.close_async()  # type: ignore[no-untyped-call]
            await asyncio.sleep(RETRY)

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        """Return when the connection is lost for good."""
        lost = 0.0
        while lost < RETRY:
            await asyncio.sleep(CHECK)
            lost = 0.0 if await handler.client.is_connected() else lost + CHECK
            self.problem = "Socket Mode is not connected" if lost else ""
