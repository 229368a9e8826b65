from __future__ import annotations

import pytest

from pdslack_cli.clients.http.calls import ApiRequest, RetryableError
from pdslack_cli.clients.http.retry import Retry
from pdslack_cli.clients.http.throttle import Throttle
from pdslack_cli.errors import ApiError
from tests.conftest import FakeClock

CALL = ApiRequest("slack", "POST", "users.list", repeatable=True)
ERROR = ApiError("it broke", provider="slack", request_id="r1")


class Attempts:
    """Fails as told, then works; notes when it was called."""

    def __init__(self, clock: FakeClock, *waits: float | None) -> None:
        self.clock = clock
        self.waits = list(waits)
        self.seconds: list[float] = []

    def __call__(self, number: int) -> int:
        self.seconds.append(self.clock.time() - 1000)
        if self.waits:
            raise RetryableError(ERROR, wait=self.waits.pop(0))
        return number


@pytest.mark.parametrize(
    ("random", "seconds"),
    [
        pytest.param(1.0, [0, 1, 3, 7, 15, 31], id="at most doubling"),
        pytest.param(0.5, [0, 0.5, 1.5, 3.5, 7.5, 15.5], id="anything below"),
    ],
)
def test_failures_are_repeated_after_growing_random_times_and_then_given_up(clock, random, seconds):
    attempts = Attempts(clock, *[None] * 20)
    with pytest.raises(ApiError, match=r"it broke \(tried 6 times\) \[request r1\]") as raised:
        Retry(clock, random=lambda: random).run(CALL, Throttle(clock), attempts)
    assert attempts.seconds == seconds
    assert raised.value.tries == 6


def test_what_works_at_last_is_returned(clock):
    assert Retry(clock).run(CALL, Throttle(clock), Attempts(clock, None, 5, None)) == 4


def test_being_told_to_wait_costs_no_attempt_and_gets_jitter(clock):
    attempts = Attempts(clock, *[10] * 9)
    assert Retry(clock, random=lambda: 1.0).run(CALL, Throttle(clock), attempts) == 10
    assert attempts.seconds == pytest.approx([13 * n for n in range(10)])


def test_being_told_to_wait_holds_back_everyone_who_shares_the_throttle():
    class OtherCallerMeanwhile(FakeClock):
        """While we wait, somebody else asks for a turn, too."""

        def sleep(self, seconds: float) -> None:
            if not others:
                others.append(0)
                throttle.wait()
                others[0] = self.time()
            super().sleep(seconds)

    others: list[float] = []
    clock = OtherCallerMeanwhile()
    throttle = Throttle(clock)
    Retry(clock, random=lambda: 0.0).run(CALL, throttle, Attempts(clock, 40))
    assert others == [1040]


def test_waiting_is_bounded_from_the_beginning_of_a_call(clock):
    attempts = Attempts(clock, *[60] * 100)
    with pytest.raises(ApiError):
        Retry(clock, random=lambda: 0.0).run(CALL, Throttle(clock), attempts)
    assert attempts.seconds == [0, 60, 120, 180, 240, 300]


def test_tries_that_take_long_are_fewer(clock):
    def slow(number: int) -> int:
        clock.sleep(60)
        raise RetryableError(ERROR)

    with pytest.raises(ApiError, match="tried 2 times"):
        Retry(clock, random=lambda: 0.0).run(CALL, Throttle(clock), slow)
    assert clock.time() == 1120


def test_each_wait_is_told_before_it_begins(clock):
    told: list[tuple[float, float, str]] = []

    def on_wait(seconds: float, what_for: str) -> None:
        told.append((clock.time() - 1000, seconds, what_for))

    retry = Retry(clock, random=lambda: 0.5, on_wait=on_wait)
    retry.run(CALL, Throttle(clock), Attempts(clock, 40, None))
    assert told == [
        (0, pytest.approx(46), "until Slack takes users.list again"),
        (pytest.approx(46), 0.5, "to try users.list again"),
    ]


@pytest.mark.parametrize(
    ("seconds", "span"),
    [(301, "5 min"), (1020, "17 min"), (86_400, "24 h"), (1e9, "11,574 days")],
)
@pytest.mark.parametrize("learned", [False, True], ids=["for this call", "for all calls"])
def test_a_wait_beyond_the_bound_fails_at_once_and_is_told(clock, seconds, span, learned):
    throttle = Throttle(clock)
    if learned:
        throttle.follow_limits(960, 0, seconds)
    with pytest.raises(ApiError, match=f"^Slack asks to wait {span}; giving up") as raised:
        Retry(clock).run(CALL, throttle, Attempts(clock, seconds))
    assert (clock.time(), raised.value.tries) == (1000, 1)


def test_waiting_for_ones_turn_does_not_count_as_failing(clock):
    throttle = Throttle(clock)
    throttle.pause(290)
    assert Retry(clock, random=lambda: 0.0).run(CALL, throttle, Attempts(clock, 290)) == 2
