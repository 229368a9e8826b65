"""The base of both vendors' clients: send a call and log it, retry it, and count all calls."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar, TypedDict, Unpack

from pdslack_cli.clients.http.call_log import CallLog, OnCall, ids_made, send_and_log
from pdslack_cli.clients.http.calls import ApiRequest, ApiResponse, Received
from pdslack_cli.clients.http.retry import Retry
from pdslack_cli.clients.http.silence import Silence
from pdslack_cli.clients.http.throttle import SYSTEM_CLOCK, Clock, Throttle
from pdslack_cli.clients.just_made import JustMade
from pdslack_cli.clients.settings import Settings
from pdslack_cli.model import Json


class ClientOptions(TypedDict, total=False):
    """How a client calls. `on_call` gets each call, in the thread that made it; `timeout`: its seconds."""

    clock: Clock
    on_call: OnCall | None
    timeout: float | None
    just_made: JustMade
    retry: Retry


class VendorClient:
    """Calls to one vendor. Thread-safe."""

    usual_timeout: ClassVar[float]

    def __init__(self, settings: Settings, **options: Unpack[ClientOptions]) -> None:
        self._settings = settings
        self._clock = options.get("clock", SYSTEM_CLOCK)
        self._timeout = options.get("timeout") or self.usual_timeout
        self._log = CallLog(options.get("on_call"))
        self._retry = options.get("retry") or Retry(self._clock)
        self._just_made = options.get("just_made") or JustMade(self._clock)
        self._silences = defaultdict[str, Silence](lambda: Silence(self._clock))  # by host
        self._lock = threading.Lock()

    @property
    def calls(self) -> int:
        """How many requests were made so far, retries included."""
        return self._log.count

    @property
    def clock_ahead(self) -> timedelta | None:
        """How far the vendor's clock is ahead of ours, by the latest answer."""
        return self._log.ahead

    @property
    def now(self) -> datetime:
        """The time by the vendor's clock; by ours, before its first answer."""
        return datetime.now(UTC) + (self.clock_ahead or timedelta())

    def _send(self, request: ApiRequest, exchange: Callable[[], Received]) -> ApiResponse:
        """Make the call once, and note what it created."""
        answer = send_and_log(request, exchange, log=self._log, clock=self._clock, mask=self._settings.mask)
        self._silences[request.host].end()
        self._just_made.add(*ids_made(request, answer), path=request.path)
        return answer

    def _run(
        self,
        request: ApiRequest,
        throttle: Throttle,
        attempt: Callable[[int], Json],
        content: Callable[[], str],
    ) -> Json:
        """Return the result of `attempt`, retried while that can help; `content` is the text of the call."""
        silence = self._silences[request.host]
        return self._just_made.wait_for(
            lambda: silence.run(request, self._retry, lambda retry: retry.run(request, throttle, attempt)),
            content,
        )
