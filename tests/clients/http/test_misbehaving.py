"""Whatever answers in a vendor's place, a call ends: soon, in bounded memory, here, and with a reason."""

from __future__ import annotations

import gzip
import itertools
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

import pytest
from werkzeug import Request, Response

from pdslack_cli.clients import Clients, connect, reachability
from pdslack_cli.clients.just_made import JustMade
from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.clients.reachability import unreachable_reason
from pdslack_cli.clients.settings import Settings
from pdslack_cli.clients.slack import SlackClient
from pdslack_cli.errors import ApiError, MalformedAnswerError, OutcomeUnknownError
from tests.clients.conftest import SECRETS
from tests.clients.scripted import RawVendor, Reply

pytestmark = pytest.mark.slow_after(2)

SOON = 20  # seconds, far from what these vendors take, and from what a busy machine needs

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BOMB = HEAD + b"Content-Encoding: gzip\r\n\r\n"


CALLS: dict[str, Callable[[Clients], object]] = {
    "GET": lambda clients: clients.pagerduty.get("/services"),
    "POST": lambda clients: clients.pagerduty.create("/services", {"service": {}}),
    "PUT": lambda clients: clients.pagerduty.update("/services/P1", {"service": {}}),
    "DELETE": lambda clients: clients.pagerduty.delete("/services/P1"),
    "list": lambda clients: clients.pagerduty.list("/services", "services"),
    "app": lambda clients: clients.pagerduty.get("/integration-slack/x", token="user", host="app"),
    "users.list": lambda clients: clients.slack.list("users.list", "members"),
    "bookmarks.list": lambda clients: clients.slack.list("bookmarks.list", "bookmarks", channel_id="C1"),
    "conversations.create": lambda clients: clients.slack.call("conversations.create", name="x"),
    "usergroups.update": lambda clients: clients.slack.call("usergroups.update", usergroup="S1"),
}
CREATING = {"POST", "conversations.create"}


@cache
def zeros() -> bytes:
    """80 MB of them, small on the way."""
    return gzip.compress(bytes(80 * 2**20))


def drip(connection: socket.socket, what: Iterator[bytes]) -> None:
    for piece in what:
        connection.sendall(piece)
        time.sleep(0.02)


def dripping_body(connection: socket.socket) -> None:
    drip(connection, itertools.chain([HEAD + b"Content-Length: 9999\r\n\r\n"], itertools.repeat(b" ")))


def dripping_chunks(connection: socket.socket) -> None:
    drip(
        connection,
        itertools.chain([HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"1\r\n \r\n")),
    )


def dripping_status(connection: socket.socket) -> None:
    drip(connection, itertools.repeat(b"H"))


def dripping_headers(connection: socket.socket) -> None:
    drip(connection, itertools.chain([HEAD], itertools.repeat(b"x")))


def continuing(connection: socket.socket) -> None:
    drip(connection, itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"))


def silent(connection: socket.socket) -> None:
    drip(connection, itertools.repeat(b""))


@pytest.fixture
def clients_of(clock) -> Iterator[Callable[..., Clients]]:
    """Clients whose vendors are one server that behaves like this; each try may take `timeout` seconds."""
    servers = []

    def clients(behave: Callable[[socket.socket], None], timeout: float = SOON) -> Clients:
        server = RawVendor(behave)
        servers.append(server)
        settings = Settings.read(
            SECRETS | dict.fromkeys(("PAGERDUTY_API_URL", "PAGERDUTY_APP_URL", "SLACK_API_URL"), server.url)
        )
        return Clients(
            PagerDutyClient(settings, clock=clock, timeout=timeout),
            SlackClient(settings, clock=clock, timeout=timeout),
            "",
            clock,
            JustMade(clock),
        )

    yield clients
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    ("call", "behave"),
    [
        *[(call, dripping_body) for call in CALLS],
        *itertools.product(
            ["PUT", "bookmarks.list"],
            [dripping_chunks, dripping_status, dripping_headers, continuing, silent],
        ),
    ],
)
def test_every_try_has_a_deadline_from_first_to_last_byte(clients_of, behave, call):
    began = time.monotonic()
    with pytest.raises(ApiError, match="timed out") as raised:
        CALLS[call](clients_of(behave, timeout=0.1))

    assert time.monotonic() - began < SOON
    assert isinstance(raised.value, OutcomeUnknownError) == (call in CREATING)


def endless(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"\r\n")
    while True:
        connection.sendall(bytes(2**20))


def bomb(connection: socket.socket) -> None:
    connection.sendall(BOMB + zeros())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "behave"),
    [("GET", endless), ("POST", bomb), ("users.list", bomb), ("conversations.create", endless)],
)
def test_an_answer_has_a_limit_and_is_not_asked_for_again(clients_of, behave, call):
    clients = clients_of(behave)
    tracemalloc.start()
    try:
        with pytest.raises(ApiError, match=r"is larger than the limit of 64 MB") as raised:
            CALLS[call](clients)
        assert tracemalloc.get_traced_memory()[1] < 300 * 2**20
    finally:
        tracemalloc.stop()

    assert isinstance(raised.value, OutcomeUnknownError) == (call in CREATING)
    assert clients.calls == 1


@pytest.mark.slow
def test_large_answers_take_turns(clients_of):
    clients = clients_of(endless)
    tracemalloc.start()
    try:
        with ThreadPoolExecutor(10) as pool:
            ended = [pool.submit(CALLS["GET"], clients) for _ in range(10)]
        assert tracemalloc.get_traced_memory()[1] < 300 * 2**20
    finally:
        tracemalloc.stop()

    for one in ended:
        assert isinstance(one.exception(), ApiError)
    assert clients.calls == 10


def test_an_answer_that_is_packed_is_read(clients_of):
    def packed(connection: socket.socket) -> None:
        content = gzip.compress(b'{"ok": true, "members": [{"id": "U1"}]}')
        connection.sendall(
            HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(content) + content
        )

    assert clients_of(packed).slack.list("users.list", "members") == [{"id": "U1"}]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
@pytest.mark.parametrize("call", CALLS)
def test_no_redirect_is_followed(clients_of, status, call):
    elsewhere = RawVendor(lambda connection: connection.sendall(HEAD + b"\r\n{}"))
    there = elsewhere.url.replace("127.0.0.1", "localhost").encode()
    clients = clients_of(
        lambda connection: connection.sendall(b"HTTP/1.1 %d x\r\nLocation: %s/x\r\n\r\n" % (status, there))
    )

    with pytest.raises(
        ApiError, match=r"with a redirect .* to 'localhost'; pdslack does not follow redirects"
    ) as raised:
        CALLS[call](clients)

    assert ("PAGERDUTY_APP_URL" if call == "app" else "_API_URL") in raised.value.hint
    assert clients.calls == 1
    assert elsewhere.requests == []
    elsewhere.close()


def test_the_check_of_a_webhook_follows_no_redirect_and_has_a_deadline(monkeypatch):
    elsewhere = RawVendor(lambda connection: connection.sendall(HEAD + b"\r\n"))
    moved = RawVendor(
        lambda connection: connection.sendall(
            b"HTTP/1.1 302 x\r\nLocation: %s\r\n\r\n" % elsewhere.url.encode()
        )
    )
    assert unreachable_reason(moved.url) == ""
    assert elsewhere.requests == []
    assert b"HEAD" in moved.requests[0]

    monkeypatch.setattr(reachability, "SECONDS", 0.3)
    slow = RawVendor(dripping_headers)
    began = time.monotonic()
    assert unreachable_reason(slow.url) == "timed out"
    assert time.monotonic() - began < SOON


# --- waits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", ["1e9", "1000000000", "999999999999999999999", "301"])
@pytest.mark.parametrize("status", [200, 429])
def test_pagerdutys_wait_has_a_bound_that_is_told(pagerduty, vendor, clock, seconds, status):
    headers = {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": seconds}
    vendor.plays(Reply({"services": []}, status, headers), ...)
    if status == 200:
        pagerduty.get("/services")

    with pytest.raises(ApiError, match=r"PagerDuty asks to wait .*; giving up"):
        pagerduty.get("/services")

    assert clock.time() == 1000


@pytest.mark.parametrize("seconds", ["1e9", "1000000000", "301"])
def test_slacks_wait_has_a_bound_that_is_told(slack, vendor, clock, seconds):
    vendor.plays(Reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": seconds}))

    with pytest.raises(ApiError, match=r"Slack asks to wait .*; giving up"):
        slack.call("users.list")

    assert clock.time() == 1000


# --- lists -------------------------------------------------------------------------------------------

NUMBERS = itertools.count()


def objects(count: int) -> list[dict[str, str]]:
    return [{"id": f"P{next(NUMBERS)}"} for _ in range(count)]


def always_new(**answer: object) -> Callable[[Request], Response]:
    """A page of other objects each time, and another place where the next one begins."""

    def page(request: Request) -> Response:
        count, position = answer["count"], f"p{next(NUMBERS)}"
        body = {
            "ok": True,
            "services": objects(count),
            "bookmarks": objects(count),
            "members": objects(count),
            **{name: position for name in ("next_cursor", "after") if name in answer},
            **({"more": True} if "more" in answer else {}),
            **({"limit": count} if "after" in answer else {}),
            **({"response_metadata": {"next_cursor": position}} if "metadata" in answer else {}),
        }
        return Reply(body)(request)

    return page


def same(body: dict[str, object]) -> Callable[[Request], Response]:
    return Reply(
        {"ok": True, "services": [{"id": "P1"}], "bookmarks": [{"id": "P1"}], "members": ["U1"], **body}
    )


PAGERDUTY_PAGES = {
    "the same by number": same({"more": True}),
    "the same by cursor": same({"next_cursor": "x"}),
    "the same by after": same({"after": "x", "limit": 1}),
    "new by number": always_new(count=100, more=True),
    "new by cursor": always_new(count=100, next_cursor=True),
    "new by after": always_new(count=100, after=True),
    "few by number": always_new(count=1, more=True),
    "few by cursor": always_new(count=1, next_cursor=True),
    "few by after": always_new(count=1, after=True),
    "none by cursor": always_new(count=0, next_cursor=True),
    "none by after": always_new(count=0, after=True),
}
SLACK_PAGES = {
    "the same": same({"response_metadata": {"next_cursor": "x"}}),
    "new": always_new(count=999, metadata=True),
    "few": always_new(count=1, metadata=True),
    "none": always_new(count=0, metadata=True),
}


@pytest.mark.parametrize("page", PAGERDUTY_PAGES)
def test_a_list_of_pagerdutys_ends(pagerduty, vendor, page):
    vendor.plays(PAGERDUTY_PAGES[page], ...)
    with pytest.raises(ApiError, match=r"does not end|has more than the"):
        pagerduty.list("/services", "services")
    assert pagerduty.calls <= 102


@pytest.mark.slow
@pytest.mark.parametrize("page", SLACK_PAGES)
@pytest.mark.parametrize(("method", "wrapper"), [("users.list", "members"), ("bookmarks.list", "bookmarks")])
def test_a_list_of_slacks_ends(settings, clock, vendor, method, wrapper, page):
    slack = SlackClient(settings, clock=clock)
    vendor.plays(SLACK_PAGES[page], ...)
    with pytest.raises(ApiError, match="does not end"):
        slack.list(method, wrapper)
    assert slack.calls <= 102


# --- shapes ------------------------------------------------------------------------------------------

OTHER_VALUES = [
    None,
    True,
    7,
    1.5,
    "x",
    [],
    {},
    [None],
    ["x"],
    [7],
    [[]],
    {"x": 1},
    "[" * 1000,
    float("1e300"),
]


@pytest.mark.parametrize("key", ["", "services", "more", "limit", "next_cursor", "after", "error"])
@pytest.mark.parametrize("status", [200, 400])
def test_no_answer_of_pagerdutys_is_a_traceback(pagerduty, vendor, key, status):
    for value in OTHER_VALUES:
        errors = {"message": "x", "errors": value}
        body = {"services": [{"id": "P1"}], "after": "x", "limit": 2, "error": errors}
        vendor.plays(Reply(body | {key: value} if key else value, status), Reply({"services": []}), ...)
        with suppress(ApiError):
            pagerduty.list("/services", "services")


@pytest.mark.parametrize(
    "key",
    ["", "ok", "members", "response_metadata", "error", "errors", "needed", "detail", "messages", "cursor"],
)
@pytest.mark.parametrize("ok", [True, False])
def test_no_answer_of_slacks_is_a_traceback(slack, vendor, key, ok):
    for value in OTHER_VALUES:
        body = {"ok": ok, "members": [{"id": "U1"}], "error": "missing_scope"}
        if key in ("messages", "cursor"):
            body["response_metadata"] = {"messages": value, "next_cursor": value}
        vendor.plays(Reply(body | {key: value} if key else value), Reply({"ok": True, "members": []}), ...)
        with suppress(ApiError):
            slack.list("users.list", "members")


@pytest.mark.parametrize("text", ["null", "[]", "7", '"x"', "true"])
@pytest.mark.parametrize("call", CALLS)
def test_json_that_is_no_object_is_reported_at_once(settings, vendor, clock, call, text):
    """A retry would get the same: this is another vendor, or another version of its API."""
    vendor.plays(Reply(text), ...)
    expected = OutcomeUnknownError if call in CREATING else MalformedAnswerError
    with pytest.raises(expected, match=r"expected an object, got (null|a list|a number|a text|a boolean)"):
        CALLS[call](connect(settings, clock=clock))
    assert (len(vendor.seen), clock.time()) == (1, 1000)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1", "x", "", "1e999", "0x1"])
@pytest.mark.parametrize(
    "header", ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after"]
)
def test_header_that_is_no_number_of_seconds_or_calls_delays_nothing(
    pagerduty, slack, vendor, clock, header, value
):
    headers = {"ratelimit-limit": "960", "ratelimit-remaining": "9", "ratelimit-reset": "1", header: value}
    vendor.plays(Reply({"ok": True, "services": []}, 200, headers), ...)
    for _ in range(3):
        pagerduty.get("/services")
        slack.call("auth.test")
    assert clock.time() - 1000 <= 60
