"""Slack's asynchronous SDK and apps work against the sandbox unchanged."""

from __future__ import annotations

import asyncio

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from pdslack_cli.sandbox.slack import workspace
from tests.sandbox.slack.conftest import Workspace


def test_the_asynchronous_client_calls_and_follows_pages(slack: Workspace) -> None:
    async def story() -> list[str]:
        client = AsyncWebClient(slack.bot_token, base_url=slack.url)
        made = [
            (await client.conversations_create(name=f"c{number}"))["channel"]["id"] for number in range(3)
        ]
        posts = (client.chat_postMessage(channel=channel, text="Hi") for channel in made)
        assert all(answer["ok"] for answer in await asyncio.gather(*posts))
        names = []
        async for page in await client.conversations_list(limit=2):
            names += [channel["name"] for channel in page["channels"]]
        return names

    assert asyncio.run(story()) == ["general", "c0", "c1", "c2"]


@pytest.mark.slow
def test_an_asynchronous_app_answers_clicks_and_hears_events(slack: Workspace) -> None:
    maya = slack.person("maya")
    slack.ok("conversations.join", channel=workspace.GENERAL)
    button = {"type": "button", "action_id": "ack", "text": {"type": "plain_text", "text": "Acknowledge"}}
    place = {"user": maya, "channel": "general"}

    async def story() -> tuple[list[str], str]:
        heard: list[str] = []
        client = AsyncWebClient(slack.bot_token, base_url=slack.url)
        app = AsyncApp(client=client, signing_secret=workspace.SIGNING_SECRET)

        @app.event("message")
        async def wrote(event) -> None:
            heard.append(event["text"])

        @app.action("ack")
        async def acknowledge(ack, body, client) -> None:
            await ack()
            await client.chat_update(
                channel=body["channel"]["id"], ts=body["message"]["ts"], text="Acknowledged", blocks=[]
            )
            heard.append("click")

        web = AsyncWebClient(workspace.APP_TOKEN, base_url=slack.url)
        handler = AsyncSocketModeHandler(app, workspace.APP_TOKEN, web_client=web)
        await handler.connect_async()
        try:
            posted = await client.chat_postMessage(
                channel=workspace.GENERAL, text="Down", blocks=[{"type": "actions", "elements": [button]}]
            )
            click = {**place, "ts": posted["ts"], "action_id": "ack"}
            await asyncio.to_thread(slack.control, "POST", "slack/click", click)
            await asyncio.to_thread(slack.control, "POST", "slack/write", {**place, "text": "Thanks"})
            async with asyncio.timeout(8):
                while len(heard) < 2:
                    await asyncio.sleep(0.05)
        finally:
            await handler.close_async()
        history = await client.conversations_history(channel=workspace.GENERAL)
        return sorted(heard), history["messages"][-1]["text"]

    assert asyncio.run(story()) == (["Thanks", "click"], "Acknowledged")
