"""Objects created a moment ago, which vendors may not show to other calls for some seconds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

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
        self._ids: dict[str, str] = {}

    def add(self, *ids: str, path: str = "") -> None:
        """Note the ids of created objects; `path` is that of the call."""
        self._ids |= dict.fromkeys(filter(None, ids), path)

    def shown(self, path: str, read: Callable[[], T], is_enough: Callable[[T], bool]) -> T:
        """What `read` returns, for up to 10 s until it has all that was created beneath a path.

        And until it is enough: what was changed may show as late.
        """
        found = read()
        for seconds in LOOKUP_DELAYS[1:]:
            made = {id_ for id_, where in tuple(self._ids.items()) if where.startswith(path)}
            if made <= texts_in(found) and is_enough(found):
                break
            self._clock.sleep(seconds)
            found = read()
        return found

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


def texts_in(value: Any) -> set[str]:
    """Every string in a value, ids included."""
    found: set[str] = set()
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, Mapping):
            left += value.values()
        elif isinstance(value, list | tuple):
            left += value
    return found


def _is_missing(error: ApiError) -> bool:
    match error.status:
        case HTTPStatus.BAD_REQUEST:
            return bool(MISSING.search(error.message))
        case HTTPStatus.FORBIDDEN:
            return error.path.startswith(SERVICE_PATHS)
    return isinstance(error, NotFoundError)
