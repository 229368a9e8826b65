from __future__ import annotations

import threading

import pytest

from pdslack_cli.clients.http.throttle import Throttle
from tests.conftest import FakeClock


def seconds_of_calls(throttle: Throttle, clock: FakeClock, count: int) -> list[float]:
    began, seconds = clock.time(), []
    for _ in range(count):
        throttle.wait()
        seconds.append(clock.time() - began)
    return seconds


def test_calls_go_at_once_while_nothing_is_known(clock):
    assert seconds_of_calls(Throttle(clock), clock, 50) == [0] * 50


def test_a_burst_goes_at_once_and_the_rest_is_spaced(clock):
    throttle = Throttle(clock, interval=3, burst=4)
    assert seconds_of_calls(throttle, clock, 7) == [0, 0, 0, 0, 3, 6, 9]


def test_unused_time_earns_the_burst_back_but_no_more(clock):
    throttle = Throttle(clock, interval=3, burst=3)
    seconds_of_calls(throttle, clock, 3)
    clock.sleep(6)
    assert seconds_of_calls(throttle, clock, 3) == [0, 0, 3]
    clock.sleep(1000)
    assert seconds_of_calls(throttle, clock, 4) == [0, 0, 0, 3]


def test_a_pause_ends_where_it_is_told_to(clock):
    throttle = Throttle(clock, longest_pause=300)
    throttle.pause(1e9)
    throttle.follow_limits(960, 0, 1e9)
    assert seconds_of_calls(throttle, clock, 1) == [300]


def test_a_pause_holds_the_next_call_and_spends_the_burst(clock):
    throttle = Throttle(clock, interval=3, burst=10)
    throttle.pause(30)
    assert seconds_of_calls(throttle, clock, 3) == [30, 33, 36]


def test_a_shorter_pause_does_not_end_a_longer_one(clock):
    throttle = Throttle(clock)
    throttle.pause(30)
    throttle.pause(5)
    assert seconds_of_calls(throttle, clock, 1) == [30]


def test_a_pause_holds_back_those_who_wait_already():
    class PausedWhileSleeping(FakeClock):
        def sleep(self, seconds: float) -> None:
            if self.time() == 1000:
                throttle.pause(60)
            super().sleep(seconds)

    clock = PausedWhileSleeping()
    throttle = Throttle(clock, interval=3)
    assert seconds_of_calls(throttle, clock, 2) == [0, 60]


@pytest.mark.parametrize(
    ("remaining", "reset", "seconds"),
    [
        pytest.param(959, 60, [0, 0, 0], id="plenty"),
        pytest.param(240, 60, [0, 0, 0], id="a quarter"),
        pytest.param(60, 60, [0, 1, 2], id="little is spread evenly"),
        pytest.param(0, 12, [12, 12, 12], id="nothing waits for the window's end"),
    ],
)
def test_pace_follows_what_the_vendor_says_is_left(clock, remaining, reset, seconds):
    throttle = Throttle(clock)
    throttle.follow_limits(960, remaining, reset)
    assert seconds_of_calls(throttle, clock, 3) == seconds


def test_spreading_ends_with_the_window(clock):
    throttle = Throttle(clock)
    throttle.follow_limits(960, 6, 60)
    throttle.wait()
    throttle.follow_limits(960, 959, 60)
    throttle.wait()
    assert seconds_of_calls(throttle, clock, 2) == [0, 0]


def test_threads_share_one_pace(clock):
    throttle = Throttle(clock, interval=2, burst=4)
    threads = [threading.Thread(target=throttle.wait) for _ in range(10)]
    began = clock.time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.time() - began >= 2 * (10 - 4)
