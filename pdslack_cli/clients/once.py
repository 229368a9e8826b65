"""Creating an object once, whatever the network does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from http import HTTPStatus

from pdslack_cli.clients.http.throttle import Clock
from pdslack_cli.errors import ApiError, OutcomeUnknownError
from pdslack_cli.model import Json

# A new object can be missing from lists for seconds (pagerduty.md 1.10): 10 s of looking in all.
LOOKUP_DELAYS = (0.0, 0.5, 1.0, 2.0, 3.0, 3.5)


def create_once(
    post: Callable[[], Json], find: Callable[[], Json | None], *, unique: bool, clock: Clock
) -> Json:
    """The object that `post` makes, or made although its answer was lost.

    `find` looks it up by mark or name, for 10 s. While it stays unseen, the call is repeated once: where the
    vendor refuses a second object of that name (`unique`), and where it did answer, with a failure of its
    own. Should that make two after all, they are equal, and the next run removes one. Raises
    OutcomeUnknownError where a repeat could make a second one unseen.
    """
    for last in (False, True):
        try:
            return post()
        except OutcomeUnknownError as error:
            failure: ApiError = error
        except ApiError as error:
            if not last:
                raise
            failure = error  # such as "name taken", by what the first call made
        found = _look(find, clock, failure)
        if found is not None:
            return found
        if last or not (unique or _answered(failure)):
            raise failure
    raise AssertionError("unreachable")


def age(raw: Json) -> tuple[str, str]:
    """What sorts the older first, for every run alike; where the vendor tells no time, the id decides."""
    return str(raw.get("created_at") or raw.get("date_created") or ""), str(raw["id"])


def withdraw_younger(
    made: Sequence[Json],
    read: Callable[[], Iterable[Json]],
    known: Collection[str],
    alike: Callable[[Json], Hashable],
    take_away: Callable[[Json], None],
) -> None:
    """Take away those of `made` of which another run made an older one at the same moment.

    `read` gives all that is there now, `known` are the ids of what was there before, and two are the same
    thing where they are `alike`.
    """
    others = [raw for raw in read() if raw["id"] not in known] if made else []
    for mine in made:
        same = [raw for raw in others if alike(raw) == alike(mine)]
        if min([mine, *same], key=age)["id"] != mine["id"]:
            take_away(mine)


def _answered(lost: ApiError) -> bool:
    """Whether the vendor said that it failed: silence, or an answer cut short, says nothing."""
    return lost.status >= HTTPStatus.INTERNAL_SERVER_ERROR or bool(lost.code)


def _look(find: Callable[[], Json | None], clock: Clock, failure: ApiError) -> Json | None:
    for seconds in LOOKUP_DELAYS:
        clock.sleep(seconds)
        try:
            found = find()
        except ApiError as error:
            raise failure from error
        if found is not None:
            return found
    return None
