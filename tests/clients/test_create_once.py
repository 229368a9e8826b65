from __future__ import annotations

import pytest

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.errors import ApiError, AuthError, OutcomeUnknownError

LOST = OutcomeUnknownError("no answer", provider="pagerduty")
TAKEN = ApiError("the name is taken", provider="pagerduty")
FAILED = OutcomeUnknownError("internal error", provider="pagerduty", status=500)
FAILED_IN_SLACK = OutcomeUnknownError("fatal", provider="slack", status=200, code="fatal_error")
MADE, FOUND = {"id": "made"}, {"id": "found"}


class Script:
    """Gives what it is told, one after the other; the last again and again."""

    def __init__(self, *results: object) -> None:
        self.results = results
        self.calls = 0

    def __call__(self):
        result = self.results[min(self.calls, len(self.results) - 1)]
        self.calls += 1
        if isinstance(result, Exception):
            raise result
        return result


@pytest.mark.parametrize(
    ("post", "find", "unique", "expected", "posts"),
    [
        pytest.param([MADE], [FOUND], False, MADE, 1, id="answered"),
        pytest.param([LOST], [FOUND], False, FOUND, 1, id="lost, yet made"),
        pytest.param([LOST], [None, None, FOUND], False, FOUND, 1, id="lost, and seen after a while"),
        pytest.param([LOST, MADE], [None], True, MADE, 2, id="lost and not made, names are unique"),
        pytest.param([FAILED], [FOUND], False, FOUND, 1, id="answered with a failure, yet made"),
        pytest.param([FAILED, MADE], [None], False, MADE, 2, id="answered with a failure and not made"),
        pytest.param([FAILED_IN_SLACK, MADE], [None], False, MADE, 2, id="the same, as Slack words it"),
        pytest.param(
            [LOST, TAKEN], [None] * 6 + [FOUND], True, FOUND, 2, id="lost, seen late, and its name is taken"
        ),
        pytest.param(
            [FAILED, FAILED], [None] * 7 + [FOUND], False, FOUND, 2, id="failed twice, made by the second"
        ),
    ],
)
def test_an_object_is_made_once(clock, post, find, unique, expected, posts):
    post = Script(*post)
    assert create_once(post, Script(*find), unique=unique, clock=clock) == expected
    assert post.calls == posts


@pytest.mark.parametrize(
    ("post", "find", "unique", "error", "posts"),
    [
        pytest.param(
            [LOST], [None], False, OutcomeUnknownError, 1, id="unseen, and a second one is possible"
        ),
        pytest.param([LOST, LOST], [None], True, OutcomeUnknownError, 2, id="lost twice"),
        pytest.param([FAILED], [None], False, OutcomeUnknownError, 2, id="failed twice, never seen"),
        pytest.param([LOST, TAKEN], [None], True, ApiError, 2, id="made after all, and never seen"),
        pytest.param(
            [LOST], [AuthError("no", provider="slack")], True, OutcomeUnknownError, 1, id="cannot look"
        ),
        pytest.param([TAKEN], [FOUND], True, ApiError, 1, id="refused"),
    ],
)
def test_an_object_that_may_exist_is_not_made_again(clock, post, find, unique, error, posts):
    post = Script(*post)
    with pytest.raises(error) as raised:
        create_once(post, Script(*find), unique=unique, clock=clock)
    assert type(raised.value) is error
    assert post.calls == posts


def test_looking_goes_on_for_ten_seconds(clock):
    with pytest.raises(OutcomeUnknownError):
        create_once(Script(LOST), Script(None), unique=False, clock=clock)
    assert clock.time() == 1010
