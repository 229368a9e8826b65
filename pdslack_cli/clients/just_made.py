"""What this run has made: vendors show it to their other calls only after some seconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from pdslack_cli.clients.http.throttle import Clock
from pdslack_cli.clients.once import LOOKUP_DELAYS
from pdslack_cli.errors import ApiError, NotFoundError

# How vendors word it inside a 400 that an object which the body refers to does not exist.
MISSING = re.compile(r"not found|not exist|not be found|no such", re.IGNORECASE)
SERVICE_PATHS = "/event_orchestrations/services/"  # answers 403 for a service that it does not know

T = TypeVar("T")


class JustMade:
    """The ids of what was made. A call that names one and does not find it is repeated for 10 s.

    Shared by the clients of both vendors: PagerDuty also refers to channels of Slack. Thread-safe.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ids: frozenset[str] = frozenset()

    def add(self, *ids: str) -> None:
        self._ids |= {id_ for id_ in ids if id_}

    def wait_for(self, call: Callable[[], T], names: Callable[[], str]) -> T:
        """The result of a call; `names` gives the text of the request, for the ids in it."""
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
                error.hint = "this run made it a moment ago, and it does not show yet: run again in a minute"
            raise

    def _is_named_in(self, text: str) -> bool:
        return any(id_ in text for id_ in self._ids)


def _is_missing(error: ApiError) -> bool:
    match error.status:
        case HTTPStatus.BAD_REQUEST:
            return bool(MISSING.search(error.message))
        case HTTPStatus.FORBIDDEN:
            return error.path.startswith(SERVICE_PATHS)
    return isinstance(error, NotFoundError)
