"""What the webhook endpoint takes and refuses: never a 500, never a write for what is not well signed."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket

import pytest

from pdslack_cli.sync.receive.signatures import is_signed
from tests.sync.world import until

PING = b'{"event":{"id":"01J9ZK3Q8V7C5D2M4N6P8R0T1W","event_type":"pagey.ping","resource_type":"pagey"}}'
OLD = "27a0971e8b0ec526c47f5ed938ade1cef7319cae5f802eae4da6b129fb446167"
NEW = "203cdc1a0d677e0ee8490fe00a077914a9da49b5c731af500c1098d94f6ddcbe"


@pytest.mark.parametrize(
    ("header", "secrets", "valid"),
    [
        (f"v1={OLD}", ["old-secret-for-tests"], True),
        (f"v1={OLD}, v1={NEW}", ["new-secret-for-tests"], True),
        (f"v1={NEW}", ["old-secret-for-tests", "new-secret-for-tests"], True),
        (f"v1={OLD.upper()}", ["old-secret-for-tests"], True),
        (f"v1={OLD}", ["new-secret-for-tests"], False),
        (f"v2={OLD}", ["old-secret-for-tests"], False),
        (OLD, ["old-secret-for-tests"], False),
        (f"v1={OLD}", [], False),
        ("v1=é", ["old-secret-for-tests"], False),
        ("v1=", ["old-secret-for-tests"], False),
    ],
)
def test_one_of_the_signatures_must_be_right(header, secrets, valid):
    assert is_signed(PING, header, secrets) is valid


def event(kind: str = "incident.triggered", id_: str = "E1", **data: object) -> bytes:
    data = {"id": "Q0UNKNOWN", "type": "incident", **data}
    return json.dumps({"event": {"id": id_, "event_type": kind, "data": data}}).encode()


IGNORED = {
    "a ping": PING.replace(b"}}", b',"data":{"type":"ping"}}}'),
    "no JSON": b"{",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "no event": b"{}",
    "event of a service": event("service.updated"),
    "unknown event without an incident": event("incident.new", type="something"),
    "path as an id": event(id="../users"),
    "number as an id": event(id=7),
    "letters of no id": event(id="Q\u00e91"),
    "half of a letter in an id": event(id_="E\ud800"),
    "NUL in an id": event(id_="E\0"),
    "NUL in a type": event("incident.\0"),
    "an empty id": event(id_=""),
    "data is a text": b'{"event":{"id":"E","event_type":"incident.triggered","data":"x"}}',
    "not UTF-8": b"\xff\xfe",
}


@pytest.mark.parametrize("body", IGNORED.values(), ids=IGNORED)
def test_what_is_signed_and_means_nothing_is_ignored(world, body):
    before = accepted(world)
    assert world.webhook(body).status_code == 202
    assert accepted(world) == before


@pytest.mark.parametrize(
    ("body", "signature", "status"),
    [
        (event(), f"v1={OLD}", 403),
        (event(), "", 400),
        (event(), "v1", 403),
        (b"", "v1=00", 400),
        (b"x" * 1_000_000, f"v1={OLD}", 413),
    ],
    ids=["wrong", "none", "no value", "no body", "a megabyte"],
)
def test_what_is_not_signed_is_refused(world, body, signature, status):
    before = accepted(world)
    assert world.webhook(body, signature).status_code == status
    assert accepted(world) == before


def test_a_signature_may_stand_in_a_header_of_its_own(world):
    body = event(id_="E-two-headers", id="Q0NOWHERE")
    secret = world.service.current.webhook_secrets[-1]
    right = "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert raw(world, body, len(body), f"v1={OLD}", right).startswith("HTTP/1.1 202")


@pytest.mark.parametrize("path", ["pagerduty/webhook", "slack/actions"])
def test_a_body_that_never_ends_is_refused_without_a_traceback(world, path, caplog):
    reason = f"{'webhook' if 'webhook' in path else 'slack'}: unfinished"
    before = world.metric("refused_total", reason=reason)
    raw(world, b"x", 100, "v1=00", path=path)
    until(lambda: world.metric("refused_total", reason=reason) == before + 1)
    assert "Traceback" not in caplog.text


def raw(world, body: bytes, length: int, *signatures: str, path: str = "pagerduty/webhook") -> str:
    """Send a request as it would not leave a library; the beginning of the answer, if one comes."""
    host, _, port = world.service.url.removeprefix("http://").partition(":")
    headers = [f"Content-Length: {length}", *(f"X-PagerDuty-Signature: {one}" for one in signatures)]
    head = "\r\n".join([f"POST /{path} HTTP/1.1", f"Host: {host}", *headers, "", ""])
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head.encode() + body)
        return connection.recv(100).decode() if length == len(body) else ""


def test_an_event_is_stored_once_whoever_repeats_it(world):
    before = accepted(world)
    body = event(id_="E-repeated")
    for subscription in ("S1", "S1", "S2"):
        assert world.webhook(body, **{"X-Webhook-Subscription": subscription}).status_code == 202
    assert accepted(world) == before + 1


@pytest.mark.slow
def test_what_two_webhooks_tell_as_two_events_is_told_once(world):
    id_ = world.trigger("Told twice", dedup_key="told twice")
    world.shows(id_, "triggered")
    said = {"type": "incident_status_update", "incident": {"id": id_}}
    for number, (second, message) in enumerate([("01", "One"), ("01", "One"), ("02", "One"), ("02", "Two")]):
        told = json.loads(
            event("incident.status_update_published", f"E-told-{number}", **said, message=message)
        )
        told["event"]["occurred_at"] = f"2026-03-04T09:12:{second}.307Z"
        assert world.webhook(json.dumps(told).encode()).status_code == 202
    until(lambda: len(world.replies(id_)) == 3)
    assert [text.rpartition(": ")[2] for text in world.replies(id_)] == ["One", "One", "Two"]


@pytest.mark.parametrize("kind", ["incident.triggered", "incident.of_tomorrow"])
def test_an_incident_that_does_not_exist_is_nothing_to_show(world, kind):
    world.webhook(event(kind, id_=f"E-{kind}", id="Q0NOWHERE", title="<!channel>"))
    assert world.posts("Q0NOWHERE") == []


def accepted(world) -> float:
    return world.metric("accepted_total", source="pagerduty")
