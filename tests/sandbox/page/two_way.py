"""A small two-way service: it posts incidents with a button, and keeps message and incident in step."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import requests
from slack_bolt import App
from slack_bolt.app.app import SlackAppDevelopmentServer
from slack_sdk import WebClient

from pdslack_cli.sandbox.server import Sandbox
from pdslack_cli.sandbox.slack import workspace

Json = dict[str, Any]
EVENTS = ["incident.triggered", "incident.acknowledged", "incident.escalated", "incident.resolved"]


class TwoWayService:
    """A bolt app and a receiver of webhooks, beside a sandbox. `sender` is in whose name it acknowledges."""

    def __init__(self, sandbox: Sandbox, channel: str, sender: str) -> None:
        self._sandbox, self._channel, self._sender = sandbox, channel, sender
        self._environment = sandbox.environment()
        self._slack = WebClient(workspace.BOT_TOKEN, base_url=self._environment["SLACK_API_URL"])
        self._posted: dict[str, Json] = {}
        self._app = SlackAppDevelopmentServer(port=0, path="/slack/events", app=self._bolt())._server
        self._webhooks = ThreadingHTTPServer(("127.0.0.1", 0), self._receiver())

    def __enter__(self) -> Self:
        for server in (self._app, self._webhooks):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{self._app.server_address[1]}/slack/events"
        control = f"{self._sandbox.url}/_sandbox/slack/app"
        requests.put(
            control, json={"interactivity_url": url, "command_url": url, "events_url": url}
        ).raise_for_status()
        self._pagerduty("POST", "/webhook_subscriptions", webhook_subscription=self._subscription())
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._app, self._webhooks):
            server.shutdown()
            server.server_close()

    def _subscription(self) -> Json:
        url = f"http://127.0.0.1:{self._webhooks.server_address[1]}/"
        method = {"type": "http_delivery_method", "url": url}
        account = {"type": "account_reference"}
        return {
            "type": "webhook_subscription",
            "delivery_method": method,
            "events": EVENTS,
            "filter": account,
            "description": "Two-way service",
        }

    def _bolt(self) -> App:
        app = App(
            token=workspace.BOT_TOKEN,
            signing_secret=workspace.SIGNING_SECRET,
            token_verification_enabled=False,
        )

        app.client.base_url = self._environment["SLACK_API_URL"]

        @app.action("acknowledge")
        def acknowledge(ack, action) -> None:
            ack()
            body = {"type": "incident_reference", "status": "acknowledged"}
            self._pagerduty("PUT", f"/incidents/{action['value']}", incident=body)

        @app.event("app_home_opened")
        def show_home(event) -> None:
            text = f"{len(self._posted)} incidents were posted"
            section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
            blocks = [section, {"type": "actions", "elements": [button("note")]}]
            self._slack.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

        @app.event("message")
        def ignore() -> None: ...

        @app.action("note")
        def note(ack, body) -> None:
            ack()
            self._slack.views_open(trigger_id=body["trigger_id"], view=note_view())

        @app.view("note")
        def save(ack, view) -> None:
            text = view["state"]["values"]["text"]["value"]["value"]
            if text.strip():
                ack()
            else:
                ack(response_action="errors", errors={"text": "Write something"})

        return app

    def _receiver(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()
                service._show(body["event"]["data"])

            def log_message(self, *_: object) -> None: ...

        return Receiver

    def _show(self, incident: Json) -> None:
        """Post the incident, or change its message."""
        people = ", ".join(person["summary"] for person in incident["assignees"]) or "nobody"
        text = f"*{incident['title']}*\nis {incident['status']}, assigned to {people}"
        blocks: list[Json] = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
        if incident["status"] == "triggered":
            blocks.append(buttons(incident["id"]))
        if known := self._posted.get(incident["id"]):
            self._slack.chat_update(**known, text=text, blocks=blocks)
        else:
            answer = self._slack.chat_postMessage(channel=self._channel, text=text, blocks=blocks)
            self._posted[incident["id"]] = {"channel": answer["channel"], "ts": answer["ts"]}

    def _pagerduty(self, method: str, path: str, **body: Json) -> None:
        key = self._environment["PAGERDUTY_API_KEY"]
        headers = {"Authorization": f"Token token={key}", "From": self._sender}
        url = self._environment["PAGERDUTY_API_URL"] + path
        answer = requests.request(method, url, json=body, headers=headers)
        assert answer.ok, answer.text


def buttons(incident: str) -> Json:
    """The actions below a message."""
    elements = [button("acknowledge", incident), button("note", incident)]
    return {"type": "actions", "block_id": "incident", "elements": elements}


def button(action: str, value: str = "none") -> Json:
    return {"type": "button", "action_id": action, "value": value, "text": plain(action.title())}


def note_view() -> Json:
    """A modal that asks for a note."""
    element = {"type": "plain_text_input", "action_id": "value"}
    return {
        "type": "modal",
        "callback_id": "note",
        "title": plain("Note"),
        "submit": plain("Save"),
        "blocks": [{"type": "input", "block_id": "text", "label": plain("Text"), "element": element}],
    }


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}
