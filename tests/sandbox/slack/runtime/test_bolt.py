"""An app made with slack_bolt meets the sandbox: clicks, commands and modals, over HTTP and Socket Mode."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.app.app import SlackAppDevelopmentServer

from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.runtime.delivery import DEAF
from tests.sandbox.slack.conftest import Json, Workspace

BLOCKS = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Disk full*"}},
    {
        "type": "actions",
        "block_id": "incident",
        "elements": [
            {
                "type": "button",
                "action_id": "acknowledge",
                "value": "Q1",
                "text": {"type": "plain_text", "text": "Acknowledge"},
            },
            {"type": "button", "action_id": "note", "text": {"type": "plain_text", "text": "Note"}},
        ],
    },
]
MODAL = {
    "type": "modal",
    "callback_id": "note",
    "title": {"type": "plain_text", "text": "Note"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "text",
            "label": {"type": "plain_text", "text": "Text"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
    ],
}


def incident_app(slack: Workspace) -> App:
    """An app that acknowledges, takes notes in a modal, and answers a command."""
    app = App(
        token=slack.bot_token,
        signing_secret=workspace.SIGNING_SECRET,
        client=None,
        token_verification_enabled=False,
    )
    app.client.base_url = slack.url

    @app.action("acknowledge")
    def acknowledge(ack, body, respond, client) -> None:
        ack()
        client.base_url = slack.url
        who = body["user"]["id"]
        client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text=f"Acknowledged by <@{who}>"
        )
        respond(text="You have it", replace_original=False, response_type="ephemeral")

    @app.action("note")
    def note(ack, body, client) -> None:
        ack()
        client.base_url = slack.url
        client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("note")
    def save(ack, view) -> None:
        text = view["state"]["values"]["text"]["value"]["value"]
        if text.strip():
            ack()
        else:
            ack(response_action="errors", errors={"text": "Write something"})

    @app.command("/oncall")
    def oncall(ack, command) -> None:
        ack(text=f"Nobody for {command['text']}")

    return app


def over_http(slack: Workspace, app: App) -> Callable[[], None]:
    server = SlackAppDevelopmentServer(port=0, path="/slack/events", app=app)
    http: ThreadingHTTPServer = server._server
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{http.server_address[1]}/slack/events"
    slack.control("PUT", "slack/app", {"interactivity_url": url, "command_url": url})

    def stop() -> None:
        http.shutdown()
        http.server_close()

    return stop


def over_a_socket(slack: Workspace, app: App) -> Callable[[], None]:
    handler = SocketModeHandler(app, workspace.APP_TOKEN)
    handler.client.web_client.base_url = slack.url
    handler.connect()
    # Closing waits for the end of a read, of 3 seconds else; one that ends within a frame loses it.
    handler.client.current_session.sock.settimeout(1.0)
    return handler.close


@pytest.fixture(params=[over_http, over_a_socket])
def app(slack: Workspace, request) -> Iterator[None]:
    stop = request.param(slack, incident_app(slack))
    yield
    stop()


@pytest.fixture
def message(slack: Workspace) -> Json:
    """A message of the app in a channel where Maya is."""
    maya, channel = slack.person("maya"), slack.channel("ops")
    slack.ok("conversations.invite", channel=channel, users=maya)
    return slack.send(
        "chat.postMessage", json={"channel": channel, "text": "Disk full", "blocks": BLOCKS}
    ).json()


def act(slack: Workspace, name: str, **body: object) -> Json:
    return slack.control("POST", f"slack/{name}", {"user": "maya@acme.example", **body})


def text_of(slack: Workspace, message: Json) -> str:
    (found,) = slack.ok("conversations.replies", channel=message["channel"], ts=message["ts"])["messages"]
    return str(found["text"])


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.usefixtures("app")
def test_a_click_is_acknowledged_and_the_message_changes(slack: Workspace, message: Json):
    answer = act(slack, "click", channel="ops", ts=message["ts"], action_id="acknowledge")
    assert answer == {"ok": True}
    until(lambda: text_of(slack, message).startswith("Acknowledged by <@U"))
    until(lambda: bool(slack.sandbox.store.all("slack.ephemeral")))
    (private,) = slack.sandbox.store.all("slack.ephemeral")
    assert (private["text"], private["only_for"]) == ("You have it", slack.person("maya"))


@pytest.mark.slow_after(1)
@pytest.mark.usefixtures("app")
def test_a_modal_is_opened_refuses_an_empty_note_and_takes_another(slack: Workspace, message: Json):
    act(slack, "click", channel="ops", ts=message["ts"], action_id="note")
    until(lambda: bool(slack.sandbox.store.all("slack.view")))
    (view,) = slack.sandbox.store.all("slack.view")
    empty = {"text": {"value": {"type": "plain_text_input", "value": " "}}}
    refused = act(slack, "submit", view_id=view["id"], values=empty)
    assert refused == {"ok": True, "errors": {"text": "Write something"}}
    filled = {"text": {"value": {"type": "plain_text_input", "value": "Cleaning up"}}}
    assert act(slack, "submit", view_id=view["id"], values=filled) == {"ok": True}
    assert slack.sandbox.store.all("slack.view") == []


@pytest.mark.slow_after(1)
@pytest.mark.usefixtures("app")
def test_an_app_takes_a_click_also_when_the_clock_was_moved(slack: Workspace, message: Json):
    slack.sandbox.time.advance(86_400)
    assert act(slack, "click", channel="ops", ts=message["ts"], action_id="acknowledge") == {"ok": True}


@pytest.mark.slow_after(1)
@pytest.mark.usefixtures("app", "message")
def test_a_command_is_answered(slack: Workspace):
    assert act(slack, "command", channel="ops", command="/oncall", text="payments") == {"ok": True}
    (private,) = slack.sandbox.store.all("slack.ephemeral")
    assert private["text"] == "Nobody for payments"


def test_without_an_app_a_click_fails_as_people_see_it(slack: Workspace, message: Json):
    answer = act(slack, "click", channel="ops", ts=message["ts"], action_id="acknowledge")
    assert answer == {"ok": False, "error": DEAF}


def test_nobody_clicks_what_is_not_there(slack: Workspace, message: Json):
    answer = slack.session.post(
        f"{slack.sandbox.url}/_sandbox/slack/click",
        json={"user": "maya@acme.example", "channel": "ops", "ts": message["ts"], "action_id": "none"},
    )
    assert (answer.status_code, answer.json()) == (400, {"error": "action_not_found"})


def test_a_trigger_is_good_once_and_for_three_seconds(slack: Workspace, message: Json):
    act(slack, "click", channel="ops", ts=message["ts"], action_id="note")
    (trigger,) = slack.sandbox.store.all("slack.trigger")
    body = {"trigger_id": trigger["id"], "view": MODAL}
    assert slack.send("views.open", json=body).json()["ok"]
    assert slack.send("views.open", json=body).json()["error"] == "exchanged_trigger_id"
    act(slack, "click", channel="ops", ts=message["ts"], action_id="note")
    slack.sandbox.time.advance(4)
    late = slack.sandbox.store.all("slack.trigger")[-1]
    answer = slack.send("views.open", json={"trigger_id": late["id"], "view": MODAL}).json()
    assert answer["error"] == "expired_trigger_id"


def test_a_response_url_is_good_five_times(slack: Workspace, message: Json):
    act(slack, "click", channel="ops", ts=message["ts"], action_id="acknowledge")
    (known,) = slack.sandbox.store.all("slack.response_url")
    url = f"{slack.sandbox.url}/slack/hooks/actions/T/1/{known['id']}"
    answers = [slack.session.post(url, json={"text": f"{number}"}).status_code for number in range(6)]
    assert answers == [200] * 5 + [404]
    assert text_of(slack, message) == "4"
