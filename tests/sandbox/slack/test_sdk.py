"""Slack's own SDK works against the sandbox as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.slack import workspace
from tests.sandbox.slack.conftest import Workspace
from tests.support import slack_contract


@pytest.fixture
def client(slack: Workspace) -> Iterator[WebClient]:
    yield WebClient(slack.bot_token, base_url=slack.url)
    if slack_contract.AVAILABLE:
        assert [
            problem for call in slack.sandbox.calls for problem in slack_contract.call_problems(call)
        ] == []


def test_the_sdk_makes_and_fills_a_channel(slack: Workspace, client: WebClient) -> None:
    maya, tom = slack.person("maya"), slack.person("tom")
    channel = client.conversations_create(name="payments", is_private=False)["channel"]["id"]
    client.conversations_setTopic(channel=channel, topic="Cards & accounts")
    client.conversations_invite(channel=channel, users=[maya, tom])
    assert client.conversations_members(channel=channel)["members"] == [workspace.BOT_USER, maya, tom]
    assert client.conversations_info(channel=channel)["channel"]["topic"]["value"] == "Cards &amp; accounts"
    client.conversations_archive(channel=channel)
    with pytest.raises(SlackApiError, match="not_in_channel"):
        client.conversations_unarchive(channel=channel)


def test_the_sdk_follows_cursors_over_short_and_empty_pages(slack: Workspace, client: WebClient) -> None:
    hidden = [{"name": f"hidden-{number}", "private": True} for number in range(4)]
    slack.sandbox.seed({"channels": ["first", *hidden, "last"]})
    pages = [[channel["name"] for channel in page["channels"]] for page in client.conversations_list(limit=2)]
    assert pages == [["general", "first"], [], [], ["last"]]


def test_the_sdk_keeps_a_user_group(slack: Workspace, client: WebClient) -> None:
    maya = slack.person("maya")
    group = client.usergroups_create(name="On call", handle="oncall")["usergroup"]["id"]
    client.usergroups_users_update(usergroup=group, users=[maya])
    client.usergroups_update(usergroup=group, description="Who answers")
    client.usergroups_disable(usergroup=group)
    (listed,) = client.usergroups_list(include_disabled=True, include_users=True)["usergroups"]
    assert (listed["id"], listed["users"], listed["description"]) == (group, [maya], "Who answers")


def test_the_sdk_keeps_bookmarks(slack: Workspace, client: WebClient) -> None:
    channel = slack.channel("payments")
    added = client.bookmarks_add(
        channel_id=channel, title="Runbook", type="link", link="https://wiki.acme.example"
    )
    bookmark = added["bookmark"]["id"]
    client.bookmarks_edit(channel_id=channel, bookmark_id=bookmark, title="The runbook")
    assert [entry["title"] for entry in client.bookmarks_list(channel_id=channel)["bookmarks"]] == [
        "The runbook"
    ]
    client.bookmarks_remove(channel_id=channel, bookmark_id=bookmark)
    assert client.bookmarks_list(channel_id=channel)["bookmarks"] == []


def test_the_sdk_writes_messages(slack: Workspace, client: WebClient) -> None:
    channel = slack.channel("payments")
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "Card declined"}}]
    posted = client.chat_postMessage(channel=channel, text="Card declined", blocks=blocks, unfurl_links=False)
    client.chat_update(channel=channel, ts=posted["ts"], text="Card accepted", blocks=blocks)
    client.reactions_add(channel=channel, timestamp=posted["ts"], name="eyes")
    (message,) = client.conversations_history(channel=channel)["messages"]
    assert (message["text"], message["reactions"][0]["name"]) == ("Card accepted", "eyes")


def test_the_sdk_makes_an_app(slack: Workspace) -> None:
    client = WebClient(slack.tokens["config"], base_url=slack.url)
    app = client.apps_manifest_create(manifest=json.dumps({"display_information": {"name": "pdslack"}}))
    assert (
        client.apps_manifest_export(app_id=app["app_id"])["manifest"]["display_information"]["name"]
        == "pdslack"
    )


def test_the_sdk_waits_when_it_is_told_to(
    slack: Workspace, client: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    slack.sandbox.faults.add(Fault("429", provider="slack", path="conversations.list", seconds=7))
    assert client.conversations_list()["ok"]
    assert [round(wait) for wait in waits] in ([7], [8])
