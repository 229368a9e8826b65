"""The asynchronous Slack client of bolt and Socket Mode, within the bounds of our own transport.

aiohttp by itself follows redirects, with what was sent, and reads an answer whatever its size.
"""

from __future__ import annotations

import copy
from typing import Any

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from pdslack_cli.clients.http.transport import MAX_ANSWER
from pdslack_cli.errors import PdslackError

NO_ANSWER = (PdslackError, SlackClientError, aiohttp.ClientError, TimeoutError)
"""What a call raises that was refused or not answered."""


class BoundedAsyncClient(AsyncWebClient):
    """AsyncWebClient that follows no redirect and reads no endless answer."""

    async def _request(self, **request: Any) -> Any:
        async with bounded_session(self.timeout) as session:
            # With a session of its own for each call: none is bound to an event loop.
            client = copy.copy(self)
            client.session = session
            return await AsyncWebClient._request(client, **request)


def bounded_session(seconds: float | None) -> aiohttp.ClientSession:
    """A session whose calls end at the host that they were made to, and within that time, if any."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse_redirect)
    timeout = aiohttp.ClientTimeout(total=seconds)
    return aiohttp.ClientSession(
        timeout=timeout, trace_configs=[tracing], response_class=_BoundedResponse, trust_env=False
    )


async def _refuse_redirect(
    _session: aiohttp.ClientSession, _context: object, redirect: aiohttp.TraceRequestRedirectParams
) -> None:
    answer = redirect.response
    raise PdslackError(
        f"{answer.url.host} answered {answer.url.path} with a redirect ({answer.status}); "
        "pdslack does not follow redirects"
    )


class _BoundedResponse(aiohttp.ClientResponse):
    """A response whose body has a limit, decoded."""

    async def read(self) -> bytes:
        if self._body is None:
            read = bytearray()
            async for chunk in self.content.iter_any():
                read += chunk
                if len(read) > MAX_ANSWER:
                    self.close()
                    raise PdslackError(f"Slack's answer is larger than {MAX_ANSWER // 2**20} MB")
            self._body = bytes(read)
        return self._body
