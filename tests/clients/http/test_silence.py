from __future__ import annotations

import pytest

from pdslack_cli.clients import connect
from pdslack_cli.clients.http.retry import at_once
from pdslack_cli.errors import ApiError, OutcomeUnknownError
from tests.clients.scripted import Reply, broken

CALLS = {
    "PagerDuty": lambda clients: clients.pagerduty.get("/services"),
    "Slack": lambda clients: clients.slack.identity(),
}


@pytest.fixture(params=CALLS)
def call(request, settings, clock):
    clients = connect(settings, clock=clock)
    return lambda: CALLS[request.param](clients)


def tries_of(call, vendor) -> int:
    """How often a call in vain is sent."""
    vendor.seen.clear()
    with pytest.raises(ApiError, match="gave no answer to") as raised:
        call()
    assert raised.value.passing
    return len(vendor.seen)


def test_a_host_that_does_not_answer_is_waited_for_once(call, vendor):
    vendor.plays(broken, ...)
    assert [tries_of(call, vendor) for _ in range(5)] == [6, 1, 0, 0, 0]


def test_what_is_not_sent_says_so_and_why(vendor, settings, clock):
    vendor.plays(broken, ...)
    pagerduty = connect(settings, clock=clock).pagerduty
    for _ in range(2):
        with pytest.raises(ApiError):
            pagerduty.get("/services")
    with pytest.raises(
        ApiError, match=r"gave no answer to GET /services: .*; POST /teams was not sent"
    ) as not_sent:
        pagerduty.create("/teams", {})
    assert not isinstance(not_sent.value, OutcomeUnknownError)
    assert "run again" in not_sent.value.hint


def test_a_minute_later_it_is_tried_again_and_an_answer_ends_it(call, vendor, clock):
    vendor.plays(broken, ...)
    assert [tries_of(call, vendor) for _ in range(3)] == [6, 1, 0]
    clock.sleep(60)
    assert [tries_of(call, vendor) for _ in range(2)] == [1, 0]
    clock.sleep(60)
    vendor.plays(Reply({"ok": True, "user_id": "U1", "team_id": "T1", "bot_id": "B1"}))
    call()


def test_a_path_that_never_answers_beside_others_that_do_gets_all_its_tries(vendor, settings, clock):
    answers = Reply({"services": []})
    pagerduty = connect(settings, clock=clock).pagerduty
    for _ in range(3):
        vendor.plays(broken, ...)
        assert tries_of(lambda: pagerduty.get("/oncalls"), vendor) == 6
        vendor.plays(answers)
        pagerduty.get("/services")


def test_hosts_are_apart(vendor, settings, clock):
    vendor.plays(broken, ...)
    pagerduty = connect(settings, clock=clock).pagerduty
    app = {"token": "user", "host": "app"}
    assert [tries_of(lambda: pagerduty.get("/x", **app), vendor) for _ in range(3)] == [6, 1, 0]
    assert tries_of(lambda: pagerduty.get("/services"), vendor) == 6


def test_calls_that_are_not_repeated_are_always_sent(vendor, settings, clock):
    vendor.plays(broken, ...)
    pagerduty = connect(settings, clock=clock, retry=at_once(clock)).pagerduty
    assert [tries_of(lambda: pagerduty.get("/services"), vendor) for _ in range(4)] == [1, 1, 1, 1]
