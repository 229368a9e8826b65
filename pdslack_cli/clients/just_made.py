"""Objects created a moment ago, which vendors may not show to other calls for some seconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from pdslack_cli.clients.create_once import LOOKUP_DELAYS
from pdslack_cli.clients.http.throttle import Clock
from pdslack_cli.errors import ApiError, NotFoundError

# In a 400: an object that the body refers to does not exist.
MISSING = re.compile(r"not found|not exist|not be found|no such", re.IGNORECASE)
SERVICE_PATHS = "/event_orchestrations/services/"  # answers 403 for a service that it does not know

T = TypeVar("T")


class JustMade:
    """The ids of created objects. A call that refers to one and does not find it is retried for 10 s.

    Shared by the clients of both vendors: PagerDuty also refers to channels of Slack. Thread-safe.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ids: set[str] = set()

    def add(self, *ids: str) -> None:
        self._ids.update(filter(None, ids))

    def wait_for(self, call: Callable[[], T], names: Callable[[], str]) -> T:
        """Run a call, retrying while it misses a new object; `names` returns a text with the ids it uses."""
        for seconds in LOOKUP_DELAYS[1:]:
            try:
                return call()
            except ApiError as error:
                if not (self._ids and _is_missing(error) and self._is_named_in(names())):
                    raise
            self._clock.sleep(seconds)
        try:
            return call()
        except ApiError as error:
            if _is_missing(error):
                error.hint = "it was created a moment ago, and is not visible yet: run again in a minute"
                error.passing = True
            raise

    def _is_named_in(self, text: str) -> bool:
        return any(id_ in text for id_ in tuple(self._ids))  # a copy, since other threads add to it


def _is_missing(error: ApiError) -> bool:
    match error.status:
        case HTTPStatus.BAD_REQUEST:
            return bool(MISSING.search(error.message))
        case HTTPStatus.FORBIDDEN:
            return error.path.startswith(SERVICE_PATHS)
    return isinstance(error, NotFoundError)
