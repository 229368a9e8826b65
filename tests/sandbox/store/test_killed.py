"""A sandbox that is killed at any moment keeps all that it has answered, and nothing by halves."""

from __future__ import annotations

import json
import multiprocessing
import random
import threading
import time
from collections import defaultdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_websocket import ConnectionClosed
from wsproto.utilities import ProtocolError

from pdslack_cli.model import Json
from pdslack_cli.sandbox import start
from pdslack_cli.sandbox.courier import AT_ONCE
from pdslack_cli.sandbox.server import Sandbox
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.runtime.app_endpoints import AppEndpoints
from pdslack_cli.sandbox.store import Store
from tests.sandbox.pagerduty.runtime.test_webhook_deliveries import Receiver, until
from tests.sandbox.slack.conftest import Greeted
from tests.sandbox.slack.runtime.test_events import Listener

MOMENTS = 20
PROCESSES = multiprocessing.get_context("forkserver")  # imports once, and has no threads to inherit
PROCESSES.set_forkserver_preload([__name__])


def serve(path: str, ready: Connection) -> None:
    """Run a sandbox until it is killed, as `pdslack sandbox` does."""
    with Sandbox(path) as sandbox:
        ready.send(sandbox.environment())
        threading.Event().wait()


def prepared(path: Path, receiver: str, app: str) -> str:
    """A state with a service that takes events, a webhook and a Slack app that hear of them; its key."""
    with Sandbox(str(path)) as sandbox:
        sandbox.seed({"services": ["Payments"], "channels": ["incidents"], "webhook_subscriptions": ["Sync"]})
        (webhook,) = sandbox.store.all("pagerduty.webhook_subscription")
        webhook["delivery_method"]["url"] = receiver
        webhook["events"] = ["incident.triggered", "incident.resolved"]
        sandbox.store.replace("pagerduty.webhook_subscription", webhook["id"], webhook)
        (channel,) = sandbox.store.find("slack.channel", name="incidents")
        channel["members"].append(workspace.BOT_USER)
        sandbox.store.replace("slack.channel", channel["id"], channel)
        AppEndpoints(events_url=app, events=["message.channels"]).save(sandbox.store)
        api = sandbox.account()
        kind = "events_api_v2_inbound_integration"
        service = api.find("service", name="Payments")[0]
        with sandbox.store.transaction():
            return str(api.kinds[kind].add(api, {"name": "Events", "type": kind}, service["id"])["_key"])


def undelivered(store: Store) -> list[Json]:
    """The webhooks, and the events for the Slack app, that have not come yet."""
    kinds = ("pagerduty.delivery", "slack.event_delivery")
    final = ("delivered", "dropped")  # dropped where the receiver took it too slowly, time after time
    return [one for kind in kinds for one in store.all(kind) if one["state"] not in final]


class SocketApp:
    """The Slack app over Socket Mode: it acknowledges what comes until the sandbox is gone."""

    def __init__(self) -> None:
        self.heard: list[Json] = []
        self.connected = threading.Event()

    def run(self, environment: dict[str, str]) -> None:
        bearer = {"Authorization": f"Bearer {environment['SLACK_APP_TOKEN']}"}
        try:
            opened = requests.post(environment["SLACK_API_URL"] + "apps.connections.open", headers=bearer)
            socket = Greeted(opened.json()["url"])
            self.connected.set()
            while True:
                envelope = json.loads(socket.receive())
                if envelope["type"] == "events_api":
                    self.heard.append(envelope["payload"])
                    socket.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
        except (requests.RequestException, ConnectionClosed, ProtocolError, OSError):
            pass


class Traffic:
    """Events and messages that are sent until the sandbox is gone, and which of them were answered."""

    def __init__(self, environment: dict[str, str], key: str, begin: int) -> None:
        self.environment, self.key = environment, key
        self.number = begin
        self.events: list[str] = []
        self.resolved: list[str] = []
        self.messages: list[str] = []

    @property
    def answers(self) -> int:
        """How many requests were answered so far."""
        return len(self.events) + len(self.resolved) + len(self.messages)

    def run(self) -> None:
        bearer = {"Authorization": f"Bearer {self.environment['SLACK_USER_TOKEN']}"}
        with requests.Session() as session:
            try:
                while True:
                    self.number += 1
                    name = f"number-{self.number}"
                    payload = {"summary": name, "source": "x", "severity": "critical"}
                    event = {"routing_key": self.key, "event_action": "trigger", "dedup_key": name}
                    url = self.environment["PAGERDUTY_EVENTS_URL"] + "/v2/enqueue"
                    assert session.post(url, json={**event, "payload": payload}).status_code == 202
                    self.events.append(name)
                    assert session.post(url, json={**event, "event_action": "resolve"}).status_code == 202
                    self.resolved.append(name)
                    url = self.environment["SLACK_API_URL"] + "chat.postMessage"
                    said: Any = session.post(
                        url, json={"channel": "#incidents", "text": name}, headers=bearer
                    ).json()
                    if said["ok"]:
                        self.messages.append(name)
            except requests.RequestException:
                pass


@pytest.mark.slow
def test_a_killed_sandbox_keeps_what_it_answered(tmp_path: Path):
    state, receiver = tmp_path / "sandbox.sqlite", Receiver()
    listener, sockets = Listener(), SocketApp()
    key = prepared(state, receiver.url, listener.url)
    chance = random.Random(1)
    events: list[str] = []
    resolved: list[str] = []
    messages: list[str] = []
    number = 0
    for moment in range(MOMENTS):
        ready, ends = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(target=serve, args=(str(state), ends))
        process.start()
        ends.close()
        traffic = Traffic(ready.recv(), key, number)
        ready.close()
        threads = [threading.Thread(target=traffic.run)]
        enough = len(sockets.heard)
        if moment % 2:
            threads.append(threading.Thread(target=sockets.run, args=(traffic.environment,)))
            sockets.connected.clear()
            threads[-1].start()
            assert sockets.connected.wait(60)
            enough += 1
        threads[0].start()
        answers = chance.randrange(2, 12)
        until(
            lambda traffic=traffic, answers=answers, enough=enough: (
                traffic.answers >= answers and len(sockets.heard) >= enough
            ),
            60,
        )
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        process.join()
        process.close()
        for thread in threads:
            thread.join()
        number = traffic.number
        events += traffic.events
        resolved += traffic.resolved
        messages += traffic.messages
        assert_kept(state, events, messages, killed=moment + 1)
    assert len(events) > MOMENTS
    with start(state=str(state)) as sandbox:
        store = sandbox.sandbox.store
        for _ in range(60):
            if not undelivered(store):
                break
            time.sleep(1)
            sandbox.advance(60)  # a receiver that was too slow is asked again, minutes later
        assert not undelivered(store)
    for server in (receiver.server, listener.server):
        server.shutdown()
        server.server_close()
    assert_delivered(receiver, events, resolved)
    by_url = [body for _, body in listener.requests]
    assert by_url
    assert sockets.heard
    assert_heard([*by_url, *sockets.heard], messages)


def assert_kept(state: Path, events: list[str], messages: list[str], killed: int) -> None:
    """What was answered is there; of what was not, at most the one request that each kill cut off."""
    with start(state=str(state)) as sandbox:
        store = sandbox.sandbox.store
        incidents = store.all("pagerduty.incident")
        titles = [incident["title"] for incident in incidents]
        assert set(events) <= set(titles)
        assert len(titles) == len(set(titles)) <= len(events) + killed
        assert [one["incident_number"] for one in incidents] == list(range(1, len(incidents) + 1))
        # Each incident came with its alert, its event and its first line, or not at all.
        triggers = [one for one in store.all("pagerduty.event") if one["event"]["event_action"] == "trigger"]
        assert len(store.all("pagerduty.alert")) == len(triggers) == len(incidents)
        begun = [one for one in store.all("pagerduty.log_entry") if one["type"] == "trigger_log_entry"]
        assert len(begun) == len(incidents)
        texts = [one["text"] for one in sandbox.messages("incidents")]
        assert set(messages) <= set(texts)
        assert len(texts) == len(set(texts))


def assert_delivered(receiver: Receiver, events: list[str], resolved: list[str]) -> None:
    """Every incident's webhooks came, each by one id; only what a kill found on its way came again."""
    came: dict[str, list[str]] = defaultdict(list)
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (headers, _), event in zip(receiver.requests, receiver.events, strict=True):
        title, what = event["data"]["title"], event["event_type"]
        ids[title, what].add(headers["X-Webhook-Id"])
        if what not in came[title]:
            came[title].append(what)
    assert set(events) <= came.keys()
    assert {title for title in resolved if len(came[title]) < 2} == set()
    assert all(order == sorted(order, reverse=True) for order in came.values())  # triggered, then resolved
    assert all(len(known) == 1 for known in ids.values())
    assert len(receiver.requests) - len(ids) <= MOMENTS * AT_ONCE


def assert_heard(heard: list[Json], messages: list[str]) -> None:
    """The app heard of every message, by one event; only what a kill found on its way came again."""
    ids: dict[str, set[str]] = defaultdict(set)
    for body in heard:
        ids[body["event"]["text"]].add(body["event_id"])
    assert set(messages) <= ids.keys()
    assert all(len(known) == 1 for known in ids.values())
    assert len(heard) - len(ids) <= MOMENTS * AT_ONCE
