"""V3 webhooks reach a receiver: signed, in order, tried again, switched off (orchestration.md 5)."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.runtime.test_incident_life import integration_key, send

EVENTS = ["incident.triggered", "incident.acknowledged", "incident.resolved", "incident.escalated"]


class Receiver:
    """A web server that keeps what it gets, and answers with the statuses it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # the sender is gone
                receiver.requests.append((dict(self.headers), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/webhook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def events(self) -> list[Json]:
        return [json.loads(body)["event"] for _, body in self.requests]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def subscribe(account: Account, url: str, **fields: object) -> Json:
    body = {
        "type": "webhook_subscription",
        "delivery_method": {"type": "http_delivery_method", "url": url},
        "events": EVENTS,
        "filter": {"type": "account_reference"},
        **fields,
    }
    return account.post("/webhook_subscriptions", {"webhook_subscription": body})["webhook_subscription"]


def until(holds: Callable[[], bool], seconds: float = 30, shown: Callable[[], object] = lambda: "") -> None:
    """Wait for the courier, which works in the background; `shown` says what there was instead."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"it did not happen in time {shown()}"
        time.sleep(0.02)


def test_each_event_is_signed_and_comes_in_order(account: Account, receiver: Receiver):
    subscription = subscribe(account, receiver.url)
    service = account.service()
    key = integration_key(account, service)
    for action in ("trigger", "acknowledge", "resolve"):
        send(account, key, action=action)
    until(lambda: len(receiver.requests) == 3)
    assert [event["event_type"] for event in receiver.events] == [
        "incident.triggered",
        "incident.acknowledged",
        "incident.resolved",
    ]
    headers, body = receiver.requests[0]
    secret = subscription["delivery_method"]["secret"].encode()
    expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
    assert headers["X-PagerDuty-Signature"] == f"v1={expected}"
    assert headers["X-Webhook-Subscription"] == subscription["id"]
    assert headers["User-Agent"] == "PagerDuty-Webhook/V3.0"
    data = receiver.events[0]["data"]
    assert (data["type"], data["status"], data["service"]["id"]) == ("incident", "triggered", service["id"])
    assert data["service"]["summary"] == "Payments API"


def test_a_failing_receiver_is_tried_again_with_the_same_id_and_later_events_wait(
    account: Account, receiver: Receiver
):
    subscribe(account, receiver.url)
    key = integration_key(account, account.service())
    receiver.statuses = [500]
    send(account, key)
    send(account, key, action="acknowledge")
    until(lambda: len(receiver.requests) == 1)
    time.sleep(0.3)
    assert len(receiver.requests) == 1
    account.control("POST", "clock", {"advance": 6})
    until(lambda: len(receiver.requests) == 3)
    first, again, next_one = (headers["X-Webhook-Id"] for headers, _ in receiver.requests)
    assert first == again != next_one
    assert [event["event_type"].partition(".")[2] for event in receiver.events] == [
        "triggered",
        "triggered",
        "acknowledged",
    ]


def test_three_drops_switch_a_subscription_off_for_a_day(account: Account, receiver: Receiver):
    subscription = subscribe(account, receiver.url)
    path = f"/webhook_subscriptions/{subscription['id']}"
    key = integration_key(account, account.service())
    receiver.statuses = [404, 403, 400]

    def off() -> bool:
        method = account.get(path)["webhook_subscription"]["delivery_method"]
        return bool(method["temporarily_disabled"])

    for number in range(3):
        send(account, key, f"key {number}")
    until(off)
    send(account, key, "nobody hears of it")
    account.post(f"{path}/enable", {})
    assert not off()
    send(account, key, "heard")
    until(lambda: len(receiver.requests) == 4)


@pytest.mark.parametrize("url", ["https://hooks.acme.example/pagerduty", "http://[half-an-address"])
def test_nothing_leaves_this_machine(account: Account, url: str):
    subscribe(account, url)
    send(account, integration_key(account, account.service()))
    until(lambda: account.sandbox.store.all("pagerduty.delivery")[0]["state"] == "not sent")


@pytest.mark.parametrize("matching", [True, False])
def test_only_what_a_filter_lets_through_is_sent(account: Account, receiver: Receiver, matching: bool):
    service, other = account.service(), account.service("Other")
    subscribe(account, receiver.url, filter=reference(service if matching else other))
    ping = subscribe(account, receiver.url)
    send(account, integration_key(account, service))
    account.send("POST", f"/webhook_subscriptions/{ping['id']}/ping")
    until(lambda: "pagey.ping" in [event["event_type"] for event in receiver.events])
    until(lambda: len(receiver.requests) == 2 + matching)
