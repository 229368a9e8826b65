"""Creating an object once, whatever the network does."""

from __future__ import annotations

from collections.abc import Callable

from pdslack_cli.clients.throttle import Clock
from pdslack_cli.errors import ApiError, OutcomeUnknownError
from pdslack_cli.model import Json

# A new object can be missing from lists for seconds (pagerduty.md 1.10): 10 s of looking in all.
LOOKS_AFTER = (0.0, 0.5, 1.0, 2.0, 3.0, 3.5)


def create_once(
    post: Callable[[], Json], find: Callable[[], Json | None], *, unique: bool, clock: Clock
) -> Json:
    """The object that `post` makes, or made although its answer was lost.

    `find` looks it up by mark or name. `unique`: the vendor refuses a second one of that name, so that
    one which stays unseen can be sent again. Raises OutcomeUnknownError where that is not so.
    """
    try:
        return post()
    except OutcomeUnknownError as error:
        lost = error
    found = _look(find, clock, lost)
    if found is not None:
        return found
    if not unique:
        raise lost
    return post()


def _look(find: Callable[[], Json | None], clock: Clock, lost: OutcomeUnknownError) -> Json | None:
    for seconds in LOOKS_AFTER:
        clock.sleep(seconds)
        try:
            found = find()
        except ApiError as error:
            raise lost from error
        if found is not None:
            return found
    return None
