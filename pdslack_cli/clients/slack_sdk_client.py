"""slack_sdk's client on our transport: the SDK builds requests, and we read the answers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.request import Request as UrllibRequest

from slack_sdk import WebClient

from pdslack_cli.clients.http.calls import Received
from pdslack_cli.clients.http.transport import Transport


class SlackSdk(WebClient):
    """WebClient with our transport. The SDK's own follows redirects with the token, without any limits."""

    def __init__(self, token: str, base_url: str, transport: Transport, *, timeout: float) -> None:
        # By default the SDK repeats any call once, also one that posts.
        super().__init__(token, base_url=base_url, logger=_silent(), retry_handlers=[])
        self._transport = transport
        self._seconds = timeout

    def exchange(self, method: str, form: Mapping[str, Any]) -> Received:
        """Call a method of the Web API. Raises NoAnswerError or TooLargeError."""
        received: Received = self.api_call(method, data=dict(form))["received"]
        return received

    def _perform_urllib_http_request_internal(self, url: str, req: UrllibRequest) -> dict[str, Any]:
        received = self._transport.send(
            req.get_method(),
            url,
            headers=dict(req.header_items()),
            body=req.data,  # type: ignore[arg-type]  # the SDK makes bytes of it
            timeout=self._seconds,
        )
        # To the SDK it is a good answer, so that it hands it on whatever it says.
        return {"status": 200, "headers": {}, "parsed_body": {"ok": True, "received": received}}


def _silent() -> logging.Logger:
    """For the SDK, which would write bodies (with texts and refresh tokens) to the debug log."""
    return logging.Logger("slack_sdk", level=logging.CRITICAL + 1)
