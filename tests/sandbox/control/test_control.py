"""The control endpoints: the list of them, the clock, limits, snapshots, sessions, faults of webhooks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

from pdslack_cli.sandbox.control.control import ROUTES
from pdslack_cli.sandbox.control.endpoints import ENDPOINTS
from pdslack_cli.sandbox.server import Sandbox
from tests.sandbox.conftest import Account

pytestmark = pytest.mark.wire


def ask(account: Account, method: str, path: str, **options: object) -> requests.Response:
    return requests.request(method, f"{account.sandbox.url}/_sandbox/{path}", **options)  # type: ignore[arg-type]


def trigger(account: Account, key: str, dedup: str = "disk", summary: str = "Disk full") -> None:
    payload = {"summary": summary, "source": "db-1", "severity": "critical"}
    event = {"routing_key": key, "event_action": "trigger", "dedup_key": dedup, "payload": payload}
    account.post("/v2/enqueue", event, host="EVENTS")


def integration_key(account: Account, service: str) -> str:
    body = {"integration": {"type": "events_api_v2_inbound_integration", "name": "Events"}}
    made = account.post(f"/services/{service}/integrations", body)["integration"]
    return str(made["integration_key"])


def test_the_list_of_endpoints_is_made_of_the_routes(account: Account):
    listed = account.control("GET", "")
    assert {(one["method"], one["path"]) for one in listed} == {
        (method, rule.rule)
        for rule in ROUTES.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"} or {"GET"}
    }
    assert all(one["summary"].endswith(".") for one in listed)
    faults = next(one for one in listed if one["path"] == "/_sandbox/faults" and one["method"] == "POST")
    assert {"kind", "path", "nth", "times", "seconds"} <= faults["body"].keys()


def test_the_list_of_endpoints_is_text_for_people(account: Account):
    text = ask(account, "GET", "", headers={"Accept": "text/plain"}).text
    assert all(f"/_sandbox/{endpoint.path}\n" in text for endpoint in ENDPOINTS)


def test_the_clock_moves_by_seconds_and_to_a_moment(account: Account):
    account.control("POST", "clock", {"advance": 60})
    at = "2050-01-01T00:00:00+00:00"
    assert account.control("POST", "clock", {"at": at})["now"].startswith("2050-01-01T00:00:0")
    assert account.control("GET", "clock")["ahead"] > 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"advance": -5},
        {"advance": True},
        {"advance": "5"},
        {"at": "2020-01-01T00:00:00Z"},
        {"at": "2050-01-01T00:00:00"},
        {"at": 5},
        {"advance": 1, "at": ""},
    ],
)
def test_a_wrong_move_of_the_clock_is_refused(account: Account, body):
    assert ask(account, "POST", "clock", json=body).status_code == 400


@pytest.mark.slow
def test_limits_and_faults_can_be_read(account: Account):
    account.control("PUT", "limits", {"slack_tiers": True})
    assert account.control("GET", "limits")["slack_tiers"] is True
    account.control("POST", "faults", {"kind": "500", "path": "^/teams$"})
    assert account.send("GET", "/teams").status_code == 500
    (fault,) = account.control("GET", "faults")
    assert (fault["kind"], fault["matched"]) == ("500", 1)


def test_a_snapshot_is_taken_and_restored(account: Account):
    account.team("Payments")
    snapshot = ask(account, "GET", "snapshot").content
    account.team("Platform")
    assert ask(account, "PUT", "snapshot", data=snapshot).ok
    assert [team["name"] for team in account.get("/teams")["teams"]] == ["Payments"]
    half = len(snapshot) // 2
    damaged = snapshot[:half] + b"\xff" * half
    foreign = snapshot[:60] + b"\0\0\0\7" + snapshot[64:]  # where SQLite keeps the version of the format
    for wrong in (b"", b"text", snapshot[:100], damaged, foreign):
        assert ask(account, "PUT", "snapshot", data=wrong).status_code == 400
    assert [team["name"] for team in account.get("/teams")["teams"]] == ["Payments"]


def test_a_session_is_replayed_against_a_fresh_sandbox(account: Account):
    account.sandbox.seed({"people": [{"email": "maya@acme.example"}]})
    service = account.service("Payments API")
    key = integration_key(account, service["id"])
    trigger(account, key)
    account.control("POST", "clock", {"advance": 3600})
    account.refused(404, "GET", "/teams/PNONE", as_described=False)
    session = ask(account, "GET", "session").text
    assert all(json.loads(line)["at"] for line in session.splitlines())

    with Sandbox() as fresh:
        answer = requests.post(f"{fresh.url}/_sandbox/replay", data=session.encode())
        assert answer.json() == {"different": []}
        assert fresh.clock.offset > 3599
        copy = requests.get(f"{fresh.url}/_sandbox/incidents").json()
    original = account.control("GET", "incidents")
    unlike = ("created_at",)
    assert [{k: v for k, v in one.items() if k not in unlike} for one in copy] == [
        {k: v for k, v in one.items() if k not in unlike} for one in original
    ]


@pytest.mark.slow
def test_a_replay_moves_the_clock_once_and_is_about_the_same_messages(account: Account):
    def slack(method: str, **body: str) -> dict[str, Any]:
        environ = account.sandbox.environment()
        headers = {"Authorization": f"Bearer {environ['SLACK_BOT_TOKEN']}"}
        return requests.post(
            f"{environ['SLACK_API_URL'].rstrip('/')}/{method}", data=body, headers=headers
        ).json()

    channel = slack("conversations.create", name="ops")["channel"]["id"]
    account.control("POST", "clock", {"advance": 1200})
    ts = slack("chat.postMessage", channel=channel, text="before")["ts"]
    assert slack("chat.update", channel=channel, ts=ts, text="after")["ok"]
    account.control("POST", "clock", {"advance": 60})
    assert slack("reactions.add", channel=channel, timestamp=ts, name="eyes")["ok"]
    assert not slack("reactions.add", channel=channel, timestamp="1.000001", name="eyes")["ok"]
    session = ask(account, "GET", "session").text

    with Sandbox() as fresh:
        fresh.clock.advance(7)  # the seconds of its messages are others
        answer = requests.post(f"{fresh.url}/_sandbox/replay", data=session.encode())
        assert answer.json() == {"different": []}
        assert 1267 <= fresh.clock.offset < 1300
        (message,) = fresh.store.all("slack.message")
        assert (message["text"], [one["name"] for one in message["reactions"]]) == ("after", ["eyes"])

    with Sandbox() as fresh:
        changed = session.replace("name=eyes", "name=nose%21")
        answer = requests.post(f"{fresh.url}/_sandbox/replay", data=changed.encode()).json()
        assert [(one["was"], one["is"]) for one in answer["different"]] == [("200", "200 invalid_name")]


@pytest.mark.parametrize("session", ["[]", "{}", "nonsense", '{"at": "x"}', '{"at": 1}', '"at"'])
def test_what_is_no_session_is_refused(account: Account, session):
    assert ask(account, "POST", "replay", data=session).status_code == 400


def test_an_event_is_shown_with_what_became_of_it(account: Account):
    service = account.service("Payments API")
    trigger(account, integration_key(account, service["id"]), "a/b")
    (shown,) = account.control("GET", "events/a/b")["events"]
    assert shown["outcome"] == "incident"
    assert shown["incident"]["number"] == 1
    assert shown["incident"]["assigned"] == ["Sandbox Admin"]
    assert account.control("GET", "notifications")[0]["user"] == "Sandbox Admin"


@pytest.fixture
def received() -> Iterator[tuple[str, list[str]]]:
    """A receiver of webhooks: its URL, and the types of the events it got."""
    seen: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append(body["event"]["event_type"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", seen
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("duplicate", ["incident.triggered", "incident.triggered", "incident.acknowledged"]),
        ("drop", ["incident.acknowledged"]),
        ("reorder", ["incident.acknowledged", "incident.triggered"]),
    ],
)
def test_faults_of_webhooks(account: Account, received, kind, expected):
    url, seen = received
    subscription = {
        "type": "webhook_subscription",
        "delivery_method": {"type": "http_delivery_method", "url": url},
        "events": ["incident.triggered", "incident.acknowledged"],
        "filter": {"type": "account_reference"},
    }
    account.post("/webhook_subscriptions", {"webhook_subscription": subscription})
    key = integration_key(account, account.service("Payments API")["id"])
    account.control("POST", "faults", {"kind": kind, "path": "/hook$", "seconds": 1})
    trigger(account, key)
    event = {"routing_key": key, "event_action": "acknowledge", "dedup_key": "disk"}
    account.post("/v2/enqueue", event, host="EVENTS")
    deadline = time.monotonic() + 5
    while len(seen) < len(expected) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert seen == expected
