"""Create an object exactly once, even if answers are lost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from http import HTTPStatus

from pdslack_cli.clients.http.throttle import Clock
from pdslack_cli.errors import ApiError, OutcomeUnknownError
from pdslack_cli.model import Json

# Seconds between lookups: a new object can be missing from lists (pagerduty.md 1.10). 10 s in all.
LOOKUP_DELAYS = (0.0, 0.5, 1.0, 2.0, 3.0, 3.5)


def create_once(
    post: Callable[[], Json], find: Callable[[], Json | None], *, unique: bool, clock: Clock
) -> Json:
    """The object that `post` creates, also if its answer was lost.

    `find` looks it up by mark or name, for 10 s. If it is not found, the call is repeated once, but only if
    the vendor refuses a second object of that name (`unique`) or answered with an error of its own. If that
    creates two after all, they are equal, and the next run removes one. Raises OutcomeUnknownError where a
    repeat could create a second object unnoticed.
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
        found = _find_with_retries(find, clock, failure)
        if found is not None:
            return found
        if last or not (unique or _has_answer(failure)):
            raise failure
    raise AssertionError("unreachable")


def age(raw: Json) -> tuple[str, str]:
    """Sort key, oldest first, the same in every run; without a time from the vendor, the id decides."""
    return str(raw.get("created_at") or raw.get("date_created") or ""), str(raw["id"])


def withdraw_younger(
    made: Sequence[Json],
    read: Callable[[], Iterable[Json]],
    known: Collection[str],
    identity: Callable[[Json], Hashable],
    delete: Callable[[Json], None],
) -> None:
    """Delete those of `made` of which another run created an older one at the same time.

    `read` lists what exists now, `known` are the ids that existed before, and objects with equal `identity`
    are the same thing.
    """
    others = [raw for raw in read() if raw["id"] not in known] if made else []
    for mine in made:
        same = [raw for raw in others if identity(raw) == identity(mine)]
        if min([mine, *same], key=age)["id"] != mine["id"]:
            delete(mine)


def _has_answer(lost: ApiError) -> bool:
    """Whether the vendor reported a failure; without a complete answer, the outcome is unknown."""
    return lost.status >= HTTPStatus.INTERNAL_SERVER_ERROR or bool(lost.code)


def _find_with_retries(find: Callable[[], Json | None], clock: Clock, failure: ApiError) -> Json | None:
    for seconds in LOOKUP_DELAYS:
        clock.sleep(seconds)
        try:
            found = find()
        except ApiError as error:
            raise failure from error
        if found is not None:
            return found
    return None
