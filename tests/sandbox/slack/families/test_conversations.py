"""Channels: their names, texts, life, and who sees them."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.slack import workspace
from tests.sandbox.slack.conftest import Json, Workspace


def names(answer: Json) -> list[str]:
    return [channel["name"] for channel in answer["channels"]]


def pages(slack: Workspace, method: str, **arguments: str) -> list[list[str]]:
    """The names on each page of a listing, to its end."""
    found, cursor = [], ""
    while True:
        answer = slack.ok(method, **arguments, cursor=cursor)
        found.append(names(answer))
        cursor = answer["response_metadata"]["next_cursor"]
        if not cursor:
            return found


def test_the_maker_of_a_channel_is_its_creator_and_member(slack: Workspace) -> None:
    channel = slack.ok("conversations.create", name="payments")["channel"]
    assert channel["creator"] == workspace.BOT_USER
    assert channel["is_member"] is True
    assert slack.ok("conversations.members", channel=channel["id"])["members"] == [workspace.BOT_USER]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("", "invalid_name_required", id="empty"),
        pytest.param("Payments", "invalid_name_specials", id="upper case"),
        pytest.param("pay ments", "invalid_name_specials", id="space"),
        pytest.param("pay.ments", "invalid_name_specials", id="dot"),
        pytest.param("#payments", "invalid_name_specials", id="hash"),
        pytest.param("päyments", None, id="another alphabet's lower case"),
        pytest.param("支払い", None, id="no case at all"),
        pytest.param("-_-", "invalid_name_punctuation", id="only punctuation"),
        pytest.param("p" * 81, "invalid_name_maxlength", id="81 characters"),
        pytest.param("p" * 80, None, id="80 characters"),
        pytest.param("everyone", "name_taken", id="reserved"),
        pytest.param("general", "name_taken", id="of a channel"),
    ],
)
def test_names_follow_the_rules(slack: Workspace, name: str, error: str | None) -> None:
    answer = slack.call("conversations.create", name=name)
    assert answer.get("error") == error
    renamed = slack.call("conversations.rename", channel=slack.channel("other"), name=name)
    assert renamed.get("error") == (error if error or not answer["ok"] else "name_taken")


@pytest.mark.parametrize(
    "taken",
    [
        pytest.param({"channels": [{"name": "payments", "archived": True}]}, id="by an archived channel"),
        pytest.param({"channels": [{"name": "payments", "private": True}]}, id="by a channel we cannot see"),
        pytest.param({"user_groups": ["payments"]}, id="by a user group's handle"),
    ],
)
def test_a_name_stays_taken(slack: Workspace, taken: Json) -> None:
    slack.sandbox.seed(taken)
    assert slack.error("conversations.create", name="payments") == "name_taken"


def test_a_private_channel_shows_itself_to_its_members_only(slack: Workspace) -> None:
    slack.sandbox.seed({"channels": [{"name": "hidden", "private": True}]})
    ours = slack.channel("ours", is_private="1")
    assert names(slack.ok("conversations.list", types="public_channel,private_channel")) == [
        "general",
        "ours",
    ]
    assert slack.error("conversations.info", channel=slack.channel_id("hidden")) == "channel_not_found"
    assert slack.ok("conversations.info", channel=ours)["channel"]["is_private"] is True
    assert (
        slack.ok("conversations.info", "user", channel=slack.channel_id("hidden"))["channel"]["name"]
        == "hidden"
    )


def test_a_listing_is_of_public_channels_unless_asked_otherwise(slack: Workspace) -> None:
    slack.channel("ours", is_private="1")
    assert names(slack.ok("conversations.list")) == ["general"]


@pytest.mark.parametrize(
    ("types", "listed"),
    [
        pytest.param("private_channel", ["ours"], id="private"),
        pytest.param("private_channel,public_channel", ["general", "ours"], id="both"),
        pytest.param("public_channel, private_channel", ["general"], id="a space hides what follows"),
    ],
)
def test_types_choose_what_is_listed(slack: Workspace, types: str, listed: list[str]) -> None:
    slack.channel("ours", is_private="1")
    assert names(slack.ok("conversations.list", types=types)) == listed


@pytest.mark.parametrize(
    "types",
    [
        pytest.param("public_channel,secret", id="unknown type"),
        pytest.param("public_channel,private_channel", id="scope missing for one type"),
    ],
)
def test_types_that_cannot_be_listed_are_refused(slack: Workspace, types: str) -> None:
    assert slack.error("conversations.list", slack.scoped("channels:read"), types=types) == "invalid_types"


def test_pages_are_filtered_after_they_are_cut(slack: Workspace) -> None:
    hidden = [{"name": f"hidden-{number}", "private": True} for number in range(3)]
    slack.sandbox.seed({"channels": ["first", *hidden, "last"]})
    # general and first; two hidden; one hidden and last
    assert pages(slack, "conversations.list", limit="2") == [["general", "first"], [], ["last"]]


def test_archived_channels_are_filtered_after_pages_are_cut(slack: Workspace) -> None:
    slack.sandbox.seed({"channels": [{"name": "old", "archived": True}, "new"]})
    assert pages(slack, "conversations.list", limit="2") == [["general", "old"], ["new"]]
    assert pages(slack, "conversations.list", limit="2", exclude_archived="1") == [["general"], ["new"]]


def test_a_page_has_a_hundred_channels_by_default(slack: Workspace) -> None:
    slack.sandbox.seed({"channels": [f"channel-{number}" for number in range(100)]})
    assert [len(page) for page in pages(slack, "conversations.list")] == [100, 1]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param({"limit": "1000"}, "invalid_limit", id="over the maximum"),
        pytest.param({"limit": "0"}, "invalid_limit", id="zero"),
        pytest.param({"limit": "-1"}, "invalid_limit", id="negative"),
        pytest.param({"limit": "many"}, "invalid_limit", id="no number"),
        pytest.param({"cursor": "bmV4dDo="}, "invalid_cursor", id="unknown cursor"),
    ],
)
@pytest.mark.parametrize("method", ["conversations.list", "users.conversations"])
def test_a_page_that_does_not_exist_is_refused(
    slack: Workspace, method: str, arguments: dict[str, str], error: str
) -> None:
    assert slack.error(method, **arguments) == error


def test_the_channels_of_a_user_are_those_they_are_in(slack: Workspace) -> None:
    maya = slack.person("maya")
    slack.sandbox.seed({"channels": ["others"]})
    slack.ok("conversations.invite", channel=slack.channel("payments"), users=maya)
    assert pages(slack, "users.conversations") == [["payments"]]
    assert pages(slack, "users.conversations", user=maya, limit="1") == [["general"], ["payments"]]


@pytest.mark.parametrize("field", ["topic", "purpose"])
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("Cards & <accounts>", "Cards &amp; &lt;accounts&gt;", id="escaped"),
        pytest.param("Cards &amp; accounts", "Cards &amp; accounts", id="escaped by the caller"),
        pytest.param(
            "See https://wiki.acme.example/x?a=1&b=2.",
            "See <https://wiki.acme.example/x?a=1&amp;b=2>.",
            id="link in brackets",
        ),
        pytest.param("<https://x.example|docs>", "<https://x.example|docs>", id="link in Slack's form"),
        pytest.param("On call: <!subteam^S123>", "On call: <!subteam^S123>", id="mention"),
        pytest.param("", "", id="cleared"),
    ],
)
def test_texts_come_back_as_slack_keeps_them(slack: Workspace, field: str, sent: str, kept: str) -> None:
    channel = slack.channel("payments")
    method = f"conversations.set{field.title()}"
    assert slack.ok(method, channel=channel, **{field: sent})["channel"][field]["value"] == kept
    read = slack.ok("conversations.info", channel=channel)["channel"][field]
    assert (read["value"], read["creator"]) == (kept, workspace.BOT_USER)


@pytest.mark.parametrize("field", ["topic", "purpose"])
@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("ü" * 250, None, id="250 characters"),
        pytest.param("ü" * 251, "too_long", id="251 characters"),
        pytest.param("&" * 250, None, id="counted before they are escaped"),
    ],
)
def test_texts_have_250_characters_at_most(
    slack: Workspace, field: str, text: str, error: str | None
) -> None:
    channel = slack.channel("payments")
    answer = slack.call(f"conversations.set{field.title()}", channel=channel, **{field: text})
    assert answer.get("error") == error


def test_a_new_topic_is_told_in_the_channel(slack: Workspace) -> None:
    channel = slack.channel("payments")
    slack.ok("conversations.setTopic", channel=channel, topic="Cards")
    (message,) = slack.ok("conversations.history", channel=channel)["messages"]
    assert (message["subtype"], message["topic"]) == ("channel_topic", "Cards")


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        pytest.param("conversations.setTopic", {"topic": "x"}, id="topic"),
        pytest.param("conversations.setPurpose", {"purpose": "x"}, id="purpose"),
        pytest.param("conversations.rename", {"name": "x"}, id="rename"),
        pytest.param("conversations.invite", {"users": workspace.ADMIN}, id="invite"),
        pytest.param("conversations.archive", {}, id="archive"),
        pytest.param("conversations.kick", {"user": workspace.ADMIN}, id="kick"),
    ],
)
def test_only_members_change_a_channel(slack: Workspace, method: str, arguments: dict[str, str]) -> None:
    slack.sandbox.seed({"channels": ["others"]})
    assert slack.error(method, channel=slack.channel_id("others"), **arguments) == "not_in_channel"


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        pytest.param("conversations.setTopic", {"topic": "x"}, "is_archived", id="topic"),
        pytest.param("conversations.rename", {"name": "x"}, "is_archived", id="rename"),
        pytest.param("conversations.invite", {"users": workspace.ADMIN}, "is_archived", id="invite"),
        pytest.param("conversations.join", {}, "is_archived", id="join"),
        pytest.param("conversations.archive", {}, "already_archived", id="archive"),
        pytest.param("chat.postMessage", {"text": "x"}, "is_archived", id="message"),
    ],
)
def test_an_archived_channel_does_not_change(
    slack: Workspace, method: str, arguments: dict[str, str], error: str
) -> None:
    channel = slack.channel("payments")
    slack.ok("conversations.archive", channel=channel)
    assert slack.error(method, channel=channel, **arguments) == error


def test_archiving_puts_the_bot_out(slack: Workspace) -> None:
    channel, maya = slack.channel("payments"), slack.person("maya")
    slack.ok("conversations.invite", channel=channel, users=maya)
    slack.ok("conversations.archive", channel=channel)
    shown = slack.ok("conversations.info", channel=channel)["channel"]
    assert (shown["is_archived"], shown["is_member"]) == (True, False)
    assert slack.ok("conversations.members", channel=channel)["members"] == [maya]


def test_a_bot_cannot_unarchive_and_a_person_does_not_bring_it_back(slack: Workspace) -> None:
    channel = slack.channel("payments")
    assert slack.error("conversations.unarchive", channel=channel) == "not_archived"
    slack.ok("conversations.archive", channel=channel)
    assert slack.error("conversations.unarchive", channel=channel) == "not_in_channel"
    slack.ok("conversations.unarchive", "user", channel=channel)
    shown = slack.ok("conversations.info", channel=channel)["channel"]
    assert (shown["is_archived"], shown["is_member"]) == (False, False)


def test_an_archived_private_channel_is_lost_to_the_bot(slack: Workspace) -> None:
    channel = slack.channel("payments", is_private="1")
    slack.ok("conversations.archive", channel=channel)
    assert slack.error("conversations.unarchive", channel=channel) == "channel_not_found"


def test_general_is_never_archived(slack: Workspace) -> None:
    assert slack.error("conversations.archive", "user", channel=workspace.GENERAL) == "cant_archive_general"


def test_a_renamed_channel_keeps_its_former_names(slack: Workspace) -> None:
    channel = slack.channel("payments")
    slack.ok("conversations.rename", channel=channel, name="cards")
    shown = slack.ok("conversations.rename", channel=channel, name="money")["channel"]
    assert (shown["name"], shown["previous_names"]) == ("money", ["cards", "payments"])
    slack.channel("payments")


def test_the_creator_and_admins_rename_and_nobody_else(slack: Workspace) -> None:
    slack.sandbox.seed({"channels": [{"name": "others", "bot": True}]})
    channel = slack.channel_id("others")
    assert slack.error("conversations.rename", channel=channel, name="ours") == "not_authorized"
    slack.ok("conversations.rename", "user", channel=channel, name="theirs")
