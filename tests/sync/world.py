"""A stack that was applied to a sandbox, and the service beside it, in this process and over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeVar
from urllib.parse import urlencode

import requests

from pdslack_cli.clients.settings import Settings
from pdslack_cli.config.load import load
from pdslack_cli.sandbox import start
from pdslack_cli.sandbox.testing.running import RunningSandbox
from pdslack_cli.sync.operate.sandbox_wiring import connect_sandbox
from pdslack_cli.sync.service import ServiceSettings, SyncService
from pdslack_cli.sync.storage import messages
from pdslack_cli.sync.storage.audit_trail import entries
from pdslack_cli.sync.storage.opening import open_database
from tests.support.runs import Runner

T = TypeVar("T")
Json = dict[str, Any]

STACK = """\
owner: payments
slack: {workspace: T0ACME}
people: {maya: maya@acme.example, tom: tom@acme.example, nia: nia@acme.example}
escalation_policies:
  payments:
    levels:
      - {notify: [person/maya], escalate_after: 15m}
      - {notify: [person/tom], escalate_after: 30m}
channels:
  incidents: {members: [maya, tom, nia]}
  elsewhere: {members: [maya, tom]}
notification_rules:
  payments: {from: service/payments-api, to: incidents, via: sync, fallback: elsewhere}
services:
  payments-api: {name: Payments API, escalation_policy: payments, integrations: [events-api-v2]}
"""
CHANNEL, SERVICE = "incidents", "service/payments-api"
MAYA, TOM, NIA = "maya@acme.example", "tom@acme.example", "nia@acme.example"  # Nia is never on call
TOKEN = "seen-by-operators"
ABOUT = "metadata.event_payload.incident"  # in a message
PATIENCE = 90.0  # seconds until a condition that should come has not come


class FastClock:
    """Time that passes faster or slower than real time, and that can be moved."""

    def __init__(self, pace: float = 1.0, began: float | None = None) -> None:
        self._began = self._at = time.time() if began is None else began
        self._pace = pace

    def now(self) -> float:
        return self._at + (time.time() - self._began) * self._pace

    def advance(self, seconds: float) -> None:
        self._at += seconds

    def set_pace(self, pace: float) -> None:
        self._at, self._began = self.now(), time.time()
        self._pace = pace


class World:
    """Both vendors and the service."""

    def __init__(self, sandbox: RunningSandbox, service: SyncService, folder: Path) -> None:
        self.sandbox, self.service, self.folder = sandbox, service, folder

    def trigger(self, summary: str, **more: Any) -> str:
        """Send an event; returns the id of its incident."""
        return str(self.sandbox.send(SERVICE, summary, **more)["incident"]["id"])

    def incident(self, id_: str) -> Json:
        """An incident as PagerDuty has it."""
        return self.pagerduty("GET", f"/incidents/{id_}")["incident"]

    def pagerduty(self, method: str, path: str, body: Json | None = None, sender: str = TOM) -> Json:
        environ = self.sandbox.environment
        headers = {"Authorization": f"Token token={environ['PAGERDUTY_API_KEY']}", "From": sender}
        answer = requests.request(
            method, environ["PAGERDUTY_API_URL"] + path, json=body, headers=headers, timeout=PATIENCE
        )
        assert answer.ok, answer.text
        return answer.json()

    def set_status(self, id_: str, status: str) -> None:
        """Let Tom change the status in PagerDuty."""
        body = {"incident": {"type": "incident_reference", "status": status}}
        self.pagerduty("PUT", f"/incidents/{id_}", body)

    def posts(self, id_: str, channel: str = CHANNEL) -> list[Json]:
        """What the service posted about an incident, replies included."""
        store = self.sandbox.sandbox.store
        (place,) = store.find("slack.channel", name=channel)
        return store.find("slack.message", **{"channel": place["id"], ABOUT: id_})

    def message(self, id_: str, channel: str = CHANNEL) -> Json | None:
        """The message of an incident."""
        found = [message for message in self.posts(id_, channel) if not message.get("thread_ts")]
        assert len(found) < 2, found
        return found[0] if found else None

    def replies(self, id_: str) -> list[str]:
        return [message["text"] for message in self.posts(id_) if message.get("thread_ts")]

    def shows(self, id_: str, word: str) -> Json:
        """Wait until the message of an incident shows a word, and return it."""

        def shown() -> Json | None:
            row = self.row(id_)
            if row is None or word not in row.wanted.casefold():
                return None  # nothing to look for in the channel yet
            message = self.message(id_)
            return message if message and word in json.dumps(message).casefold() else None

        return until(shown, lambda: self.row(id_))

    def click(self, who: str, id_: str, action: str, **more: Any) -> Json:
        message = self.message(id_)
        assert message is not None
        return self.sandbox.click(who, CHANNEL, message["ts"], action, **more)

    def submit(self, who: str, **values: str) -> Json:
        """Send off the form that was opened last; `values` by the name of the field."""
        view = self.sandbox.sandbox.store.all("slack.view")[-1]
        elements = {
            block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"
        }
        state = {name: {"value": held(elements[name], text)} for name, text in values.items()}
        return self.sandbox.submit(who, view["id"], state)

    def told(self, who: str) -> list[str]:
        """What was shown to a person alone."""
        user = self.slack_user(who)
        return [
            message["text"]
            for message in self.sandbox.sandbox.store.all("slack.ephemeral")
            if message["only_for"] == user
        ]

    def webhook(self, body: bytes, signature: str | None = None, **headers: str) -> requests.Response:
        """Send a webhook; well signed unless a signature is given."""
        if signature is None:
            secret = self.service.current.webhook_secrets[-1]
            signature = "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return requests.post(
            f"{self.service.url}/pagerduty/webhook",
            data=body,
            headers={"X-PagerDuty-Signature": signature, **headers},
            timeout=PATIENCE,
        )

    def choose(self, who: str, id_: str, action: str) -> Json:
        """Choose in the menu of a message."""
        option = {"text": {"type": "plain_text", "text": action}, "value": f"{action}:{id_}"}
        return self.click(who, id_, "pdslack_menu", chosen={"selected_option": option})

    def payload(self, who: str, message: Json, action: str) -> Json:
        """A click as Slack sends it, to be sent at any time and as often as one likes."""
        incident = message["metadata"]["event_payload"]["incident"]
        return {
            "type": "block_actions",
            "user": {"id": self.slack_user(who), "team_id": "T0ACME"},
            "team": {"id": "T0ACME"},
            "api_app_id": "A0SANDBOXAP",
            "trigger_id": f"1.{time.time_ns()}",
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]},
            "channel": {"id": message["channel"]},
            "actions": [
                {"type": "button", "action_id": action, "value": incident, "action_ts": f"1.{message['ts']}"}
            ],
        }

    def slack(
        self, path: str, *, at: float | None = None, secret: str = "", **form: Any
    ) -> requests.Response:
        """Send a request as Slack does; well signed unless told another time or secret."""
        body = urlencode({name: json.dumps(value) for name, value in form.items()})
        timestamp = str(int(time.time() if at is None else at))
        key = secret or self.sandbox.environment["SLACK_SIGNING_SECRET"]
        signed = hmac.new(key.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={signed}",
        }
        return requests.post(f"{self.service.url}/slack/{path}", data=body, headers=headers, timeout=PATIENCE)

    def slack_user(self, email: str) -> str:
        users = self.sandbox.sandbox.store.all("slack.user")
        return next(str(user["id"]) for user in users if user.get("email") == email)

    def slack_api(self, method: str, **arguments: Any) -> Json:
        return self.service.clients.slack.call(method, **arguments)

    def row(self, id_: str) -> Any:
        """The row of an incident's message."""
        return self.service.database.read(
            lambda connection: next(iter(messages.of_incident(connection, id_)), None)
        )

    def attach(self) -> None:
        attach(self.sandbox, self.service)

    def attach_to(self, url: str) -> str:
        """Send what happens to another process; returns the secret of the webhook."""
        return connect_sandbox(self.service.how.settings, self.service.clients.pagerduty, url)

    def audit(self, id_: str) -> list[Json]:
        """What people did to an incident, as the audit trail has it."""
        return list(self.service.database.read(lambda connection: entries(connection, incident=id_)))

    def metric(self, name: str, **labels: str) -> float:
        return self.service.metrics.registry.get_sample_value(f"pdslack_{name}", labels) or 0.0


def until(
    condition: Callable[[], T | None], reason: Callable[[], object] = lambda: "", pause: float = 0.005
) -> T:
    """Wait for a condition and return what it gives.

    It is tried ever less often, since what is waited for runs on the same core.
    """
    end, longest = time.monotonic() + PATIENCE, max(pause, 0.2)
    while not (found := condition()):
        assert time.monotonic() < end, f"the condition did not come {reason()}"
        time.sleep(pause)
        pause = min(1.4 * pause, longest)
    return found


@contextmanager
def world(
    folder: Path, stack: str = STACK, database: str = "", clock: FastClock | None = None, **how: Any
) -> Iterator[World]:
    """An account with an applied stack, and the service."""
    path = folder / "pdslack.yaml"
    path.write_text(dedent(stack), encoding="utf-8")
    with start(path) as sandbox:
        loaded = load([path], {})
        Runner(sandbox.sandbox).apply(loaded)
        service = service_for(sandbox, folder, database, clock, **how)
        running = World(sandbox, service, folder)
        service.start()
        try:
            attach(sandbox, service)
            yield running
        finally:
            running.service.stop()


def service_for(
    sandbox: RunningSandbox, folder: Path, database: str = "", clock: FastClock | None = None, **how: Any
) -> SyncService:
    """A service that was not started yet."""
    settings = Settings.read(sandbox.environment)
    opened = open_database(database, folder / "serve.sqlite")
    return SyncService(
        load([folder / "pdslack.yaml"], {}),
        opened,
        ServiceSettings(settings, (), **{"status_token": TOKEN, **how}),
        clock,
    )


def attach(sandbox: RunningSandbox, service: SyncService) -> None:
    """Send what happens to the service."""
    how = service.how
    secret = connect_sandbox(
        how.settings, service.clients.pagerduty, service.url, socket_mode=how.socket_mode
    )
    service.current.replace(service.current.stack, [secret])


def held(element: Json, text: str) -> Json:
    """What an element holds once somebody wrote or chose this, as payloads have it."""
    match element["type"]:
        case "static_select":
            return {"selected_option": next(one for one in element["options"] if one["value"] == text)}
        case "users_select":
            return {"selected_user": text}
        case _:
            return {"value": text}
