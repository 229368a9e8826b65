"""Hosts that do not answer: a run waits for one once, not with each of its calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from pdslack_cli.clients.http.calls import ApiRequest
from pdslack_cli.clients.http.retry import Retry
from pdslack_cli.clients.http.throttle import Clock
from pdslack_cli.errors import ApiError

T = TypeVar("T")

PAUSE = 60.0  # seconds without calls


class Silence:
    """Whether a host answers. Thread-safe.

    After a call that was repeated in vain, with no answer to any other meanwhile, calls are tried once. If
    that is in vain, too, no call is sent for a minute. Any answer ends this.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._answers = 0
        self._failure: ApiError | None = None
        self._sent_again_at = 0.0

    def end(self) -> None:
        """Note an answer."""
        with self._lock:
            self._answers += 1
            self._failure, self._sent_again_at = None, 0

    def run(self, request: ApiRequest, retry: Retry, call: Callable[[Retry], T]) -> T:
        """The result of `call`, which gets its policy. Raises the ApiError of before where it is not sent."""
        with self._lock:
            answers, failure = self._answers, self._failure
            if failure and self._clock.time() < self._sent_again_at:
                raise _not_sent(request, failure)
        try:
            return call(replace(retry, attempts=1) if failure else retry)
        except ApiError as error:
            self._note(error, answers, alone=failure is not None)
            if failure and error.message == failure.message:
                error.tries = failure.tries  # one and the same, for whoever tells it once
            raise

    def _note(self, error: ApiError, answers: int, *, alone: bool) -> None:
        """Note the failure of a call that began after so many answers; `alone`: it was tried once."""
        with self._lock:
            if answers != self._answers:
                return
            if alone:
                self._sent_again_at = self._clock.time() + PAUSE
            elif error.tries > 1:
                self._failure = error


def _not_sent(request: ApiRequest, failure: ApiError) -> ApiError:
    error = request.error(ApiError, f"{failure.message}; {request} was not sent", hint=failure.hint)
    error.passing = True
    return error
