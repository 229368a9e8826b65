"""How many writes are in flight: up to ten, and fewer once they were in each other's way."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pdslack_cli.clients.http.gate import Gate, object_in
from tests.clients.scripted import Reply

pytestmark = pytest.mark.slow_after(2)

OK = Reply({"team": {"id": "P1"}})
CONFLICT = Reply({"error": {"message": "Conflict", "code": 2001}}, 409)
LOCKED = Reply({"error": {"message": "Invalid", "code": 2001, "errors": ["User could not be locked"]}}, 400)


class Counting:
    """Answers as told once as many requests as expected are in flight, and knows how many were at most."""

    def __init__(self, *answers: Reply, expected: int = 1) -> None:
        self.answers, self.expected = list(answers), expected
        self.now = self.most = 0
        self.lock = threading.Lock()
        self.arrived = threading.Event()

    def __call__(self, request):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            answer = self.answers.pop(0) if self.answers else OK
            if self.now == self.expected:
                self.arrived.set()
        self.arrived.wait(30)
        time.sleep(0.05)  # in which one too many would come
        with self.lock:
            self.now -= 1
        return answer(request)


def write(pagerduty, vendor, counting: Counting, count: int) -> int:
    vendor.plays(counting, ...)
    with ThreadPoolExecutor(30) as pool:
        list(pool.map(lambda number: pagerduty.update(f"/teams/{number}", {}), range(count)))
    return counting.most


@pytest.mark.slow
def test_ten_writes_are_in_flight(pagerduty, vendor):
    assert write(pagerduty, vendor, Counting(expected=10), 40) == 10


@pytest.mark.slow
@pytest.mark.parametrize("refusal", [CONFLICT, LOCKED], ids=["409", "could not be locked"])
@pytest.mark.parametrize(("refusals", "width"), [(1, 5), (2, 2), (3, 1), (4, 1)])
def test_each_time_they_are_in_each_others_way_half_as_many_are(pagerduty, vendor, refusal, refusals, width):
    for _ in range(refusals):
        assert write(pagerduty, vendor, Counting(refusal), 1) == 1

    assert write(pagerduty, vendor, Counting(expected=width), 20) == width


def test_gate_keeps_its_width():
    gate, inside, most = Gate(3), 0, 0
    lock, pause = threading.Lock(), threading.Event()

    def enter(_: int) -> None:
        nonlocal inside, most
        with gate.turn("/teams"):
            with lock:
                inside += 1
                most = max(most, inside)
            pause.wait(0.01)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(enter, range(30)))
    assert most == 3


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("/services", ""),
        ("/incident_workflows/triggers", ""),
        ("/services/P1", "/services/P1"),
        ("/services/P1/integrations", "/services/P1"),
        ("/services/P1/integrations/P2", "/services/P1"),
        ("/teams/P1/users/P2", "/teams/P1"),
        ("/v3/schedules", ""),
        ("/v3/schedules/P1/rotations/P2/events", "/v3/schedules/P1"),
        ("/event_orchestrations/services/P1/active", "/event_orchestrations/services/P1"),
        ("/event_orchestrations/0f-1a/router", "/event_orchestrations/0f-1a"),
        ("/integration-slack/workspaces/T0/connections", "/integration-slack/workspaces/T0"),
    ],
)
def test_object_that_a_call_is_beneath(path, about):
    assert object_in(path) == about


@pytest.mark.slow
def test_never_two_are_at_one_object_or_beneath_it(pagerduty, vendor):
    counting = Counting()
    vendor.plays(counting, ...)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: pagerduty.update(f"/teams/P1/users/P{number}", {}), range(10)))
    assert counting.most == 1

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: pagerduty.update(f"/teams/P{number % 4}/users/P1", {}), range(20)))
    assert 1 < counting.most <= 4
