"""Socket Mode connections as Node's client sees them, which takes a broken frame or end for an error."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiohttp import ClientSession, WSMsgType

from pdslack_cli.sandbox.slack.runtime import sockets
from tests.sandbox.slack.conftest import Greeted, Workspace


def test_envelopes_of_one_moment_arrive_whole_where_they_are_compressed(slack: Workspace, monkeypatch):
    monkeypatch.setattr(sockets, "SECONDS_TO_ACKNOWLEDGE", 0)
    mode, numbers = slack.sandbox.slack.sockets, range(200)
    url = str(slack.ok("apps.connections.open", "app")["url"])

    def deliver(number: int) -> None:
        mode.deliver("interactive", {"number": number, "text": str(number) * 5000})

    async def heard() -> list[int]:
        async with ClientSession() as session, session.ws_connect(url, compress=15) as socket:
            await socket.receive()
            with ThreadPoolExecutor(8) as threads:
                for number in numbers:
                    threads.submit(deliver, number)
                return [(await socket.receive_json(timeout=10))["payload"]["number"] for _ in numbers]

    assert sorted(asyncio.run(heard())) == list(numbers)


@pytest.mark.slow
def test_a_connection_ends_with_a_close_frame_of_either_side(slack: Workspace):
    def opened() -> str:
        return str(slack.ok("apps.connections.open", "app")["url"])

    async def ends() -> list[tuple[str, int | None]]:
        found: list[tuple[str, int | None]] = []
        async with ClientSession() as session:
            for _ in range(20):
                socket = await session.ws_connect(opened())
                await socket.receive()
                await socket.close()
                found.append(("left", socket.close_code))
            held = [await session.ws_connect(opened()) for _ in range(sockets.MOST_CONNECTIONS)]
            for socket in held:
                await socket.receive()
            for _ in range(10):
                socket = await session.ws_connect(opened())
                messages = [message async for message in socket if message.type is WSMsgType.TEXT]
                found.append((messages[0].json()["reason"], socket.close_code))
        return found

    assert asyncio.run(ends()) == [("left", 1000)] * 20 + [("too_many_websockets", 1000)] * 10


def test_a_client_that_was_warned_and_came_back_is_reached_on_its_new_connection(slack: Workspace):
    mode = slack.sandbox.slack.sockets

    def connected() -> Greeted:
        client = Greeted(str(slack.ok("apps.connections.open", "app")["url"]))
        assert json.loads(client.receive(timeout=10))["type"] == "hello"
        return client

    old = connected()
    slack.control("POST", "slack/disconnect", {"reason": "warning"})
    new = connected()
    with ThreadPoolExecutor(1) as threads:
        for _ in range(3):
            sent = threads.submit(mode.deliver, "interactive", {})
            envelope = json.loads(new.receive(timeout=10))
            new.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
            assert sent.result(timeout=10) == (True, None)
    for client in (old, new):
        client.close()
