"""The app hears of what happens: by its URL or over Socket Mode, more than once if need be (slack.md 7.6)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient

from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.runtime import sockets
from tests.sandbox.slack.conftest import Greeted, Json, Workspace

GENERAL = workspace.GENERAL


def read_body(text: str) -> Json:
    """What an app was sent: JSON, JSON in the field of a form, or the fields of a command."""
    if text.startswith("{"):
        return json.loads(text)
    fields = dict(parse_qsl(text, keep_blank_values=True))
    return json.loads(fields["payload"]) if "payload" in fields else fields


class Listener:
    """An app that keeps the requests it gets, and answers as it is told: statuses, or nothing for a while."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], Json]] = []
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.verifies = True
        self.answer: Json | None = None
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                sent = self.rfile.read(length)
                if len(sent) < length:
                    return  # the sender is gone
                body = read_body(sent.decode())
                answer = b""
                if body.get("type") == "url_verification":
                    answer = (
                        json.dumps({"challenge": body["challenge"]}).encode() if listener.verifies else b""
                    )
                    status = 200
                else:
                    listener.requests.append((dict(self.headers), body))
                    status = listener.statuses.pop(0) if listener.statuses else 200
                    answer = json.dumps(listener.answer).encode() if listener.answer else b""
                self.send_response(status)
                for name, value in listener.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/slack/events"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def heard(self, *types: str) -> list[Json]:
        return [body["event"] for _, body in self.requests if not types or body["event"]["type"] in types]


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def listen(slack: Workspace, url: str, **settings: object) -> None:
    slack.control("PUT", "slack/app", {"events_url": url, **settings})


def test_each_thing_that_happens_is_one_event(slack: Workspace, listener: Listener):
    maya = slack.person("maya")
    listen(slack, listener.url)
    channel = slack.channel("payments")
    slack.ok("conversations.invite", channel=channel, users=maya)
    posted = slack.control("POST", "slack/write", {"user": maya, "channel": "payments", "text": "Hi"})["ts"]
    mark = {"channel": channel, "timestamp": posted}
    slack.control("POST", "slack/react", {"user": maya, "channel": "payments", "ts": posted, "name": "eyes"})
    slack.ok("reactions.add", **mark, name="eyes")
    slack.ok("reactions.remove", **mark, name="eyes")
    slack.ok("pins.add", **mark)
    slack.ok("pins.remove", **mark)
    mine = slack.ok("chat.postMessage", channel=channel, text="Mine")["ts"]
    slack.ok("chat.update", channel=channel, ts=mine, text="Edited")
    slack.ok("chat.delete", channel=channel, ts=mine)
    slack.ok("conversations.kick", channel=channel, user=maya)
    slack.ok("conversations.rename", channel=channel, name="payments-2")
    slack.control("POST", "slack/open-home", {"user": maya})
    slack.ok("conversations.archive", channel=channel)
    slack.ok("conversations.unarchive", "user", channel=channel)
    expected = [
        "channel_created",
        "member_joined_channel",
        "message",
        "reaction_added",
        "reaction_added",
        "reaction_removed",
        "pin_added",
        "pin_removed",
        "message",
        "message",
        "message",
        "member_left_channel",
        "channel_rename",
        "app_home_opened",
        "channel_archive",
        "channel_unarchive",
    ]
    until(lambda: len(listener.requests) == len(expected))
    assert sorted(event["type"] for event in listener.heard()) == sorted(expected)
    messages = {event.get("subtype", event.get("text")): event for event in listener.heard("message")}
    assert set(messages) == {"Hi", "Mine", "message_changed", "message_deleted"}
    assert (messages["Hi"]["user"], messages["Hi"]["channel_type"]) == (maya, "channel")
    assert messages["message_changed"]["previous_message"]["text"] == "Mine"
    headers, body = listener.requests[0]
    assert headers["X-Slack-Signature"].startswith("v0=")
    assert "X-Slack-Retry-Num" not in headers
    assert body["authorizations"][0]["user_id"] == workspace.BOT_USER
    assert len({body["event_id"] for _, body in listener.requests}) == len(expected)


def test_a_mention_comes_beside_the_message_and_other_channels_are_silent(
    slack: Workspace, listener: Listener
):
    maya = slack.person("maya")
    slack.sandbox.seed({"channels": [{"name": "secret", "members": ["maya@acme.example"]}, "ours"]})
    slack.ok("conversations.join", channel=slack.channel_id("ours"))
    listen(slack, listener.url)
    for channel in ("secret", "ours"):
        text = f"<@{workspace.BOT_USER}> help"
        slack.control("POST", "slack/write", {"user": maya, "channel": channel, "text": text})
    until(lambda: len(listener.requests) == 2)
    time.sleep(0.3)
    assert {event["type"] for event in listener.heard()} == {"message", "app_mention"}
    assert {event["channel"] for event in listener.heard()} == {slack.channel_id("ours")}


@pytest.mark.parametrize(
    ("events", "heard"),
    [
        pytest.param(["message.channels"], ["message"], id="messages of channels"),
        pytest.param(["message.groups"], [], id="messages of private channels"),
        pytest.param(["reaction_added"], ["reaction_added"], id="reactions"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_only_what_the_app_subscribed_to_comes(
    slack: Workspace, listener: Listener, events: list[str], heard: list[str]
):
    channel = slack.channel("payments")
    listen(slack, listener.url, events=events)
    ts = slack.ok("chat.postMessage", channel=channel, text="Hi")["ts"]
    slack.ok("reactions.add", channel=channel, timestamp=ts, name="eyes")
    until(lambda: len(listener.requests) >= len(heard))
    time.sleep(0.2)
    assert [event["type"] for event in listener.heard()] == heard


def test_what_fails_is_sent_again_three_times_and_says_why(slack: Workspace, listener: Listener):
    channel = slack.channel("payments")
    listen(slack, listener.url)
    listener.statuses = [500, 503, 500, 500, 500]
    slack.ok("chat.postMessage", channel=channel, text="Hi")
    until(lambda: len(listener.requests) == 2)
    for expected, seconds in ((3, 61), (4, 301)):

        def sent_again(expected: int = expected, seconds: int = seconds) -> bool:
            # Again and again: a failure is put off from the time at which its answer was read.
            slack.control("POST", "clock", {"advance": seconds})
            time.sleep(0.2)
            return len(listener.requests) == expected

        until(sent_again)
    slack.control("POST", "clock", {"advance": 3600})
    time.sleep(0.3)
    numbers = [headers.get("X-Slack-Retry-Num") for headers, _ in listener.requests]
    assert numbers == [None, "1", "2", "3"]
    assert listener.requests[1][0]["X-Slack-Retry-Reason"] == "http_error"
    assert len({body["event_id"] for _, body in listener.requests}) == 1


def test_an_app_can_ask_for_no_retry(slack: Workspace, listener: Listener):
    channel = slack.channel("payments")
    listen(slack, listener.url)
    listener.statuses, listener.headers = [500], {"X-Slack-No-Retry": "1"}
    slack.ok("chat.postMessage", channel=channel, text="Hi")
    until(lambda: len(listener.requests) == 1)
    time.sleep(0.4)
    assert len(listener.requests) == 1


def test_a_url_for_events_must_answer_the_challenge(slack: Workspace, listener: Listener):
    listener.verifies = False
    answer = slack.session.put(f"{slack.sandbox.url}/_sandbox/slack/app", json={"events_url": listener.url})
    assert answer.status_code == 400
    assert "did not verify" in answer.json()["error"]
    listener.verifies = True
    listen(slack, listener.url)


class Envelopes:
    """A Socket Mode client that acknowledges as it is told."""

    def __init__(self, slack: Workspace) -> None:
        self.requests: list[SocketModeRequest] = []
        self.silent = 0
        web = WebClient(token=workspace.APP_TOKEN, base_url=slack.url)
        self.client = SocketModeClient(app_token=workspace.APP_TOKEN, web_client=web)
        self.client.socket_mode_request_listeners.append(self.take)
        self.client.connect()
        self.client.current_session.sock.settimeout(0.1)  # closing waits for the end of a read
        until(lambda: slack.sandbox.slack.sockets.connected)

    def take(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        if len(self.requests) > self.silent:
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))


@pytest.mark.slow
@pytest.mark.parametrize("end", ["close", "disconnect"])
def test_an_app_that_leaves_while_the_sandbox_ends_its_connections_is_no_error(slack: Workspace, end: str):
    mode = slack.sandbox.slack.sockets
    for _ in range(30):
        address = slack.ok("apps.connections.open", workspace.APP_TOKEN)["url"]
        client = Greeted(address)
        until(lambda: mode.connected)
        (socket,) = mode._open
        client.close()
        until(lambda socket=socket: not socket.connected)
        mode.close() if end == "close" else mode.disconnect("refresh_requested")
        until(lambda: not mode.connected)


@pytest.mark.slow
def test_an_envelope_that_is_not_acknowledged_comes_again(slack: Workspace, monkeypatch):
    monkeypatch.setattr(sockets, "SECONDS_TO_ACKNOWLEDGE", 0.3)
    channel = slack.channel("payments")
    envelopes = Envelopes(slack)
    envelopes.silent = 1
    slack.ok("chat.postMessage", channel=channel, text="Hi")
    until(lambda: len(envelopes.requests) == 2, 8)
    envelopes.client.close()
    first, again = envelopes.requests
    assert (first.type, first.payload["event"]["text"]) == ("events_api", "Hi")
    assert (first.retry_attempt, again.retry_attempt, again.retry_reason) == (0, 1, "http_timeout")
    assert first.payload["event_id"] == again.payload["event_id"]


def test_each_envelope_goes_to_one_of_two_connections(slack: Workspace):
    channel = slack.channel("payments")
    sockets = []
    for number in (1, 2):
        sockets.append(Greeted(slack.ok("apps.connections.open", "app")["url"]))
        assert json.loads(sockets[-1].receive(30))["num_connections"] == number
    for text in ("first", "second"):
        slack.ok("chat.postMessage", channel=channel, text=text)
    heard = []
    for socket in sockets:
        envelope = json.loads(socket.receive(30))
        socket.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
        heard.append(envelope["payload"]["event"]["text"])
    assert sorted(heard) == ["first", "second"]
    for socket in sockets:
        socket.close()


@pytest.mark.slow
def test_a_connection_that_is_asked_to_refresh_comes_back(slack: Workspace):
    channel = slack.channel("payments")
    envelopes = Envelopes(slack)
    slack.control("POST", "slack/disconnect", {"reason": "warning"})
    opened = len([call for call in slack.sandbox.calls if call.path == "/apps.connections.open"])
    slack.control("POST", "slack/disconnect", {"reason": "refresh_requested"})

    def reopened() -> bool:
        calls = [call for call in slack.sandbox.calls if call.path == "/apps.connections.open"]
        return len(calls) > opened and slack.sandbox.slack.sockets.connected

    until(reopened, 15)
    slack.ok("chat.postMessage", channel=channel, text="Still there?")
    until(lambda: len(envelopes.requests) > 0, 8)
    envelopes.client.close()


@pytest.mark.slow
def test_a_bolt_app_hears_events_and_takes_shortcuts(slack: Workspace):
    heard: list[tuple[str, str]] = []
    app = App(
        token=slack.bot_token, signing_secret=workspace.SIGNING_SECRET, token_verification_enabled=False
    )
    app.client.base_url = slack.url

    @app.event("reaction_added")
    def reacted(event) -> None:
        heard.append(("reaction", event["reaction"]))

    @app.event("message")
    def wrote(event) -> None:
        heard.append(("message", event["text"]))

    @app.shortcut("declare")
    def declare(ack, shortcut) -> None:
        ack()
        heard.append((shortcut["type"], shortcut["callback_id"]))

    @app.options("service")
    def services(ack, payload) -> None:
        text = {"type": "plain_text", "text": payload["value"]}
        ack(options=[{"text": text, "value": "P1"}])

    handler = SocketModeHandler(app, workspace.APP_TOKEN, web_client=app.client)
    handler.client.web_client.base_url = slack.url
    handler.connect()
    handler.client.current_session.sock.settimeout(0.1)  # closing waits for the end of a read
    until(lambda: slack.sandbox.slack.sockets.connected)
    maya = slack.person("maya")
    slack.ok("conversations.join", channel=GENERAL)
    place = {"user": maya, "channel": "general"}
    ts = slack.control("POST", "slack/write", {**place, "text": "Down"})["ts"]
    slack.control("POST", "slack/react", {**place, "ts": ts, "name": "fire"})
    assert slack.control("POST", "slack/shortcut", {"user": maya, "callback_id": "declare"})["ok"]
    assert slack.control("POST", "slack/message-shortcut", {**place, "ts": ts, "callback_id": "declare"})[
        "ok"
    ]
    slack.ok("chat.postMessage", channel=GENERAL, text="Bolt ignores what its own bot does")
    until(lambda: len(heard) == 4)
    handler.close()
    assert sorted(heard) == [
        ("message", "Down"),
        ("message_action", "declare"),
        ("reaction", "fire"),
        ("shortcut", "declare"),
    ]


def test_an_incoming_webhook_posts_into_its_channel(slack: Workspace):
    channel = slack.channel("payments")
    url = slack.control("POST", "slack/incoming-webhook", {"channel": "#payments"})["url"]
    assert slack.session.post(url, json={"text": "Deployed"}).text == "ok"
    assert slack.session.post(url, json={"text": ""}).text == "no_text"
    (message,) = slack.ok("conversations.history", channel=channel)["messages"]
    assert message["text"] == "Deployed"
