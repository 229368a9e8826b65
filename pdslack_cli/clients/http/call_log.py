"""The calls of a run: sent, counted and logged, with the ids of what they created and removed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from pdslack_cli.clients.http.calls import (
    NAMES,
    ApiRequest,
    ApiResponse,
    Mask,
    NoAnswerError,
    Provider,
    Received,
    TooLargeError,
)
from pdslack_cli.clients.http.large import one_answer
from pdslack_cli.clients.http.throttle import Clock

log = logging.getLogger("pdslack_cli.clients")


@dataclass(frozen=True)
class ApiCall:
    """A call that was made; `status` is 0 without an answer, `made` the ids of what it created, `removed` the
    id of what it was to delete.

    No header, token or body is ever in it.
    """

    provider: Provider
    method: str
    path: str
    status: int
    seconds: float
    request_id: str
    made: tuple[str, ...] = ()
    removed: str = ""


OnCall = Callable[[ApiCall], None]


class CallLog:
    """Counts the calls of a client, logs them, and passes them to `on_call`. Thread-safe."""

    def __init__(self, on_call: OnCall | None) -> None:
        self.count = 0
        self.ahead: timedelta | None = None
        self._on_call = on_call
        self._lock = threading.Lock()

    def add(self, request: ApiRequest, answer: ApiResponse | None, seconds: float) -> None:
        """Note a call that took `seconds`; `answer` is None where there was none."""
        status, request_id = (answer.status, answer.request_id) if answer else (0, "")
        made = (*ids_made(request, answer), *_id_alone(request, answer))
        removed = request.path.rpartition("/")[2] if request.method == "DELETE" else request.removes
        call = ApiCall(
            request.provider, request.method, request.path, status, seconds, request_id, made, removed
        )
        with self._lock:
            self.count += 1
            if answer and (ahead := answer.ahead) is not None:
                self.ahead = ahead
        log.debug(
            "%s %s %s: %s, %.3f s, request %s",
            NAMES[call.provider],
            call.method,
            call.path,
            call.status or "no answer",
            call.seconds,
            call.request_id or "-",
        )
        if self._on_call:
            self._on_call(call)


def ids_made(request: ApiRequest, answer: ApiResponse | None) -> tuple[str, ...]:
    """The ids of the objects that a call created: those at the top of an answer to a non-repeatable call.

    An answer that is a list has them at the top of each item. Of several objects, an answer has a list.
    """
    if request.repeatable or answer is None or answer.status >= 300 or answer.body is None:
        return ()
    listed = answer.body.get(request.list_key)
    tops = [top for top in listed if isinstance(top, dict)] if isinstance(listed, list) else [answer.body]
    values = [value for top in tops for value in top.values()]
    objects = [made for value in values for made in (value if isinstance(value, list) else [value])]
    return tuple(made["id"] for made in objects if isinstance(made, dict) and isinstance(made.get("id"), str))


def _id_alone(request: ApiRequest, answer: ApiResponse | None) -> Iterator[str]:
    """The id of what a call created, where the answer does not have the object."""
    id_ = (answer.body or {}).get(request.makes) if answer and answer.status < 300 else None
    if isinstance(id_, str):
        yield id_


def send_and_log(
    request: ApiRequest, exchange: Callable[[], Received], *, log: CallLog, clock: Clock, mask: Mask
) -> ApiResponse:
    """Send a request with `exchange` and log it. Raises ApiError, or RetryableError to have it repeated."""
    began = clock.time()
    answer: ApiResponse | None = None
    try:
        with one_answer():
            answer = ApiResponse.read(request, exchange(), mask)
    except TooLargeError as limit:
        # Without the traceback, whose frames hold the answer as long as somebody holds the error.
        raise request.too_large(limit) from limit.with_traceback(None)
    except NoAnswerError as none:
        raise request.unanswered(none) from none.failure
    finally:
        log.add(request, answer, clock.time() - began)
    return answer
