"""The base of both vendors' clients: send a call and log it, retry it, and count all calls."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pdslack_cli.clients.http.call_log import CallLog, OnCall, ids_made, send_and_log
from pdslack_cli.clients.http.calls import ApiRequest, ApiResponse, Received
from pdslack_cli.clients.http.retry import Retry
from pdslack_cli.clients.http.silence import Silence
from pdslack_cli.clients.http.throttle import Clock, Throttle
from pdslack_cli.clients.just_made import JustMade
from pdslack_cli.clients.settings import Settings
from pdslack_cli.model import Json


class VendorClient:
    """Calls to one vendor. Thread-safe. `on_call` gets each call, in the thread that made it."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        on_call: OnCall | None,
        timeout: float,
        just_made: JustMade | None,
        retry: Retry | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._timeout = timeout
        self._log = CallLog(on_call)
        self._retry = retry or Retry(clock)
        self._just_made = just_made or JustMade(clock)
        self._silences = defaultdict[str, Silence](lambda: Silence(clock))  # by host
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
