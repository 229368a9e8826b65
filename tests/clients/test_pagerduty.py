from __future__ import annotations

import socket

import pytest
from werkzeug import Request, Response

from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.errors import (
    ApiError,
    NotFoundError,
    OutcomeUnknownError,
)
from tests.clients.scripted import Reply, broken, stalled

OK = Reply({"team": {"id": "P1"}})
EMPTY = Reply("", 204)
LIMITED = Reply({"error": {"message": "Rate Limit Exceeded", "code": 2020}}, 429, {"ratelimit-reset": "7"})
BARE_LIMITED = Reply("slow down", 429)
BROKEN_INSIDE = Reply({"error": {"message": "Internal Server Error", "code": 2000}}, 500)
CONFLICT = Reply({"error": {"message": "Conflict", "code": 2001}}, 409)
LOCKED = Reply({"error": {"message": "Invalid", "code": 2001, "errors": ["User could not be locked"]}}, 400)
GONE = Reply({"error": {"message": "Not Found", "code": 2100}}, 404)
PAGE_OF_PROXY = Reply("<html>\x1b[31mwelcome to the hotel</html>", 200)
CUT_OFF = Reply('{"team": {"id": "P', 200)


def ask(client: PagerDutyClient, verb: str):
    match verb:
        case "GET":
            return client.get("/teams/P1")
        case "POST":
            return client.create("/teams", {"team": {"name": "Payments"}})
        case "PUT":
            return client.update("/teams/P1", {"team": {"name": "Payments"}})
        case "DELETE":
            return client.delete("/teams/P1")


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(BROKEN_INSIDE, id="500"),
        pytest.param(Reply("Bad Gateway", 502), id="502"),
        pytest.param(Reply({}, 503), id="503"),
        pytest.param(Reply({}, 408), id="408"),
        pytest.param(LIMITED, id="429"),
        pytest.param(BARE_LIMITED, id="429 without headers or JSON"),
        pytest.param(CONFLICT, id="409"),
        pytest.param(LOCKED, id="could not be locked"),
        pytest.param(broken, id="reset"),
        pytest.param(CUT_OFF, id="JSON that is cut off"),
    ],
)
def test_one_failure_of_a_repeatable_call_is_made_good(pagerduty, vendor, verb, failure):
    vendor.plays(failure, OK)
    assert ask(pagerduty, verb) == (None if verb == "DELETE" else {"team": {"id": "P1"}})
    assert [request.method for request in vendor.seen] == [verb, verb]


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(LIMITED, id="429"),
        pytest.param(BARE_LIMITED, id="429 without headers or JSON"),
        pytest.param(CONFLICT, id="409"),
        pytest.param(LOCKED, id="could not be locked"),
    ],
)
def test_a_post_that_did_nothing_is_sent_again(pagerduty, vendor, failure):
    vendor.plays(failure, failure, OK)
    assert ask(pagerduty, "POST") == {"team": {"id": "P1"}}
    assert len(vendor.seen) == 3


@pytest.mark.parametrize("conflict", [CONFLICT, LOCKED], ids=["409", "could not be locked"])
def test_a_conflict_that_lasts_says_what_to_do(pagerduty, vendor, conflict):
    vendor.plays(conflict, ...)
    with pytest.raises(ApiError) as raised:
        ask(pagerduty, "PUT")
    assert raised.value.hint == "somebody else is changing it: run again; completed changes are not repeated"
    assert len(vendor.seen) == 6


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        pytest.param(broken, 0, id="reset"),
        pytest.param(stalled, 0, id="time-out"),
        pytest.param(BROKEN_INSIDE, 500, id="500"),
        pytest.param(Reply("", 504), 504, id="504"),
        pytest.param(Reply({}, 408), 408, id="408"),
        pytest.param(Reply('{"team": {"id"', 201), 201, id="half an answer"),
    ],
)
def test_a_post_that_may_have_worked_is_never_sent_again(settings, clock, vendor, failure, status):
    vendor.plays(failure, OK)
    with pytest.raises(OutcomeUnknownError, match="unknown whether it was done") as raised:
        ask(PagerDutyClient(settings, clock=clock, timeout=0.1), "POST")
    assert raised.value.status == status
    assert "run again" in raised.value.hint
    assert len(vendor.seen) == 1


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "DELETE"])
def test_page_of_a_proxy_ends_a_call_at_once(pagerduty, vendor, verb):
    vendor.plays(PAGE_OF_PROXY, ...)

    with pytest.raises(ApiError) as raised:
        ask(pagerduty, verb)

    path = "/teams" if verb == "POST" else "/teams/P1"
    assert str(raised.value).startswith(
        f"PagerDuty's answer to {verb} {path}: expected an object, got text that is not JSON: "
        "'<html>\\x1b[31mwelcome to the hotel</html>'"
    )
    assert isinstance(raised.value, OutcomeUnknownError) is (verb == "POST")
    assert len(vendor.seen) == 1


@pytest.mark.parametrize("wait", ["soon", "-1", "nan", "1e999", "7 seconds", "Wed, 99 Foo"])
def test_wait_that_cannot_be_read_counts_as_a_failure(pagerduty, vendor, clock, wait):
    vendor.plays(Reply({"error": {"message": "Rate Limit Exceeded"}}, 429, {"ratelimit-reset": wait}), ...)
    began = clock.time()

    with pytest.raises(ApiError, match="PagerDuty answered GET /teams/P1 with 429"):
        ask(pagerduty, "GET")

    assert len(vendor.seen) == 6
    assert clock.time() - began < 60


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "DELETE"])
def test_what_was_never_sent_is_tried_again_and_then_reported_as_not_done(nobody, clock, verb):
    client = PagerDutyClient(nobody, clock=clock)
    with pytest.raises(ApiError, match="PagerDuty could not be reached: Connection refused") as raised:
        ask(client, verb)
    assert type(raised.value) is ApiError
    assert "network to 127.0.0.1, its proxy and PAGERDUTY_API_URL" in raised.value.hint
    assert client.calls == raised.value.tries == 6


def test_a_host_without_an_address_was_never_sent_anything(settings, clock, monkeypatch):
    def no_address(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    with pytest.raises(ApiError, match="could not be reached: Name or service not known") as raised:
        ask(PagerDutyClient(settings, clock=clock), "POST")
    assert raised.value.tries == 6


def test_a_connection_that_takes_too_long_was_never_sent_anything(settings, clock, monkeypatch):
    def too_long(*args: object, **kwargs: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", too_long)
    with pytest.raises(ApiError, match="could not be reached: timed out") as raised:
        ask(PagerDutyClient(settings, clock=clock), "POST")
    assert raised.value.tries == 6


def test_a_lost_answer_is_lost_even_while_another_failure_is_being_handled(nobody, pagerduty, vendor, clock):
    vendor.plays(broken)
    try:
        ask(PagerDutyClient(nobody, clock=clock), "GET")
    except ApiError:
        with pytest.raises(OutcomeUnknownError):
            ask(pagerduty, "POST")
    assert len(vendor.seen) == 1


def test_what_fails_on_and_on_is_given_up_with_the_last_reason(pagerduty, vendor, clock):
    vendor.plays(broken, BROKEN_INSIDE, ...)
    began = clock.time()
    with pytest.raises(ApiError, match=r"answered GET /teams/P1 with 500 .*\(tried 6 times\)") as raised:
        ask(pagerduty, "GET")
    assert "status.pagerduty.com" in raised.value.hint
    assert clock.time() - began <= 31


def test_a_limit_that_never_ends_is_given_up_after_five_minutes(pagerduty, vendor, clock):
    vendor.plays(LIMITED, ...)
    began = clock.time()
    with pytest.raises(ApiError) as raised:
        ask(pagerduty, "POST")
    assert (type(raised.value), raised.value.status) == (ApiError, 429)
    assert 280 <= clock.time() - began <= 310


def test_a_429_is_waited_out_as_its_headers_say(pagerduty, vendor, clock):
    vendor.plays(LIMITED, OK)
    began = clock.time()
    ask(pagerduty, "GET")
    assert 7.5 <= clock.time() - began <= 7.5 * 1.3


def test_a_token_that_is_used_up_waits_and_the_other_does_not(pagerduty, vendor, clock):
    seconds = []

    def noted(request: Request) -> Response:
        seconds.append(clock.time())
        return OK(request)

    used_up = {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "30"}
    vendor.plays(Reply({}, 200, used_up), noted, noted)
    pagerduty.get("/teams")
    pagerduty.get("/teams", token="user")
    pagerduty.get("/teams")
    assert seconds == [1000, 1030]


def test_a_delete_that_finds_nothing_is_done_only_if_we_deleted_it(pagerduty, vendor):
    vendor.plays(broken, GONE)
    pagerduty.delete("/teams/P1")
    vendor.plays(GONE)
    with pytest.raises(NotFoundError):
        pagerduty.delete("/teams/P1")
