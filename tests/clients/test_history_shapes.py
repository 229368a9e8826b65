"""What PagerDuty tells of the past is read, or refused by name: no traceback, and no end that never comes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug import Request, Response

from pdslack_cli.errors import ApiError, MalformedAnswerError, PdslackError
from pdslack_cli.routing.replay.replay import MOST_SPANS, read_history
from tests.clients.scripted import Reply

pytestmark = pytest.mark.slow_after(2)

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=30)
ANSWERS = {
    "count": {"total": 1, "incidents": []},
    "incidents": {"incidents": [{"id": "Q1", "created_at": "2026-05-20T10:00:00Z"}]},
    "alerts": {
        "alerts": [
            {
                "id": "A1",
                "created_at": "2026-05-20T10:00:00Z",
                "summary": "Down",
                "body": {"cef_details": {"message": "Down"}, "details": {"host": "db"}},
            }
        ],
        "more": False,
    },
}
OTHERS = [None, True, -1, 1e300, "x", "2026-05-20", [], {}, [None], [[]], "1" * 5000]


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in an answer."""
    if path:
        yield path
    for key, item in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from places(item, (*path, key))


def changed(path: tuple[str | int, ...], change: Callable[[dict, str | int], None]) -> dict:
    answers = copy.deepcopy(ANSWERS)
    inner = answers
    for step in path[:-1]:
        inner = inner[step]
    change(inner, path[-1])
    return answers


def answered(answers: dict) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        name = "alerts" if "/alerts" in request.path else "count" if "total" in request.args else "incidents"
        return Reply(answers[name])(request)

    return answer


def test_the_answers_are_good_as_they_stand(pagerduty, vendor):
    vendor.plays(answered(ANSWERS), ...)
    (alert,) = read_history(pagerduty, SINCE, UNTIL, lambda raw: "service/api")
    assert alert.event["summary"] == "Down"


@pytest.mark.parametrize("path", [path for path in places(ANSWERS) if len(path) > 1], ids=str)
def test_no_value_of_an_answer_ends_in_a_traceback(pagerduty, vendor, path):
    def without(inner: dict, key: str | int) -> None:
        del inner[key]

    worlds = [changed(path, without)]
    for other in OTHERS:
        worlds.append(changed(path, lambda inner, key, other=other: inner.__setitem__(key, other)))
    for answers in worlds:
        vendor.plays(answered(answers), ...)
        try:
            list(read_history(pagerduty, SINCE, UNTIL, lambda raw: "service/api"))
        except PdslackError as error:
            told = str(error)
            assert told.startswith(("PagerDuty", "GET /incidents"))


@pytest.mark.parametrize("total", [None, "many", [], {}])
def test_a_count_that_is_none_is_told_with_the_call(pagerduty, vendor, total):
    vendor.plays(Reply({"total": total, "incidents": []}), ...)
    with pytest.raises(MalformedAnswerError, match=r"^PagerDuty's answer to GET /incidents: total is"):
        list(read_history(pagerduty, SINCE, UNTIL, lambda raw: "service/api"))


@pytest.mark.slow
def test_a_count_that_never_gets_smaller_ends(pagerduty, vendor):
    vendor.plays(Reply({"total": 10**9, "incidents": []}), ...)
    with pytest.raises(PdslackError, match="choose a shorter --since") as raised:
        list(read_history(pagerduty, SINCE, UNTIL, lambda raw: "service/api"))
    assert not isinstance(raised.value, ApiError)
    assert pagerduty.calls <= 2 * MOST_SPANS
