"""Messages, threads, reactions and pins."""

from __future__ import annotations

import json

import pytest

from pdslack_cli.sandbox.slack import workspace
from tests.sandbox.slack.conftest import Json, Workspace

SECTION: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "Card declined"}}
METADATA: Json = {"event_type": "pds_incident", "event_payload": {"id": "Q1"}}
NO_PAYLOAD: Json = {"event_type": "pds_incident", "event_payload": {}}


def post(slack: Workspace, channel: str, token: str = "bot", **arguments: str) -> str:
    return str(slack.ok("chat.postMessage", token, channel=channel, **{"text": "x", **arguments})["ts"])


def history(slack: Workspace, channel: str, **arguments: str) -> list[Json]:
    return list(slack.ok("conversations.history", channel=channel, **arguments)["messages"])


def test_a_message_is_answered_with_its_channel_and_time(slack: Workspace) -> None:
    channel = slack.channel("payments")
    answer = slack.ok("chat.postMessage", channel="#payments", text="A & B <https://x.example|x>")
    assert answer["channel"] == channel
    assert answer["message"]["text"] == "A &amp; B <https://x.example|x>"
    assert (answer["message"]["user"], answer["message"]["bot_id"]) == (workspace.BOT_USER, workspace.BOT)
    assert [message["ts"] for message in history(slack, channel)] == [answer["ts"]]


def test_times_tell_messages_apart_and_order_them(slack: Workspace) -> None:
    channel = slack.channel("payments")
    posted = [post(slack, channel) for _ in range(5)]
    assert len(set(posted)) == 5
    assert [message["ts"] for message in history(slack, channel)] == sorted(posted, reverse=True)


@pytest.mark.parametrize(
    ("channel", "scopes", "error"),
    [
        pytest.param("others", ("chat:write", "chat:write.public"), None, id="public, with the scope for it"),
        pytest.param("others", ("chat:write",), "not_in_channel", id="public, without"),
        pytest.param("hidden", ("chat:write", "chat:write.public"), "channel_not_found", id="private"),
        pytest.param("nowhere", ("chat:write",), "channel_not_found", id="unknown"),
    ],
)
def test_posting_where_the_bot_is_not(
    slack: Workspace, channel: str, scopes: tuple[str, ...], error: str | None
) -> None:
    slack.sandbox.seed({"channels": ["others", {"name": "hidden", "private": True}]})
    answer = slack.call("chat.postMessage", slack.scoped(*scopes), channel=channel, text="x")
    assert answer.get("error") == error


def test_a_message_to_a_person_opens_direct_messages(slack: Workspace) -> None:
    maya = slack.person("maya")
    assert slack.ok("chat.postMessage", channel=maya, text="x")["channel"].startswith("D")
    channel = slack.ok("conversations.open", users=maya)["channel"]["id"]
    assert len(history(slack, channel)) == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param({}, "no_text", id="nothing"),
        pytest.param({"blocks": "[{"}, "invalid_blocks_format", id="broken blocks"),
        pytest.param({"blocks": "{}"}, "invalid_blocks_format", id="blocks that are no list"),
        pytest.param({"blocks": json.dumps([{"type": "banner"}])}, "invalid_blocks", id="unknown block"),
        pytest.param(
            {"blocks": json.dumps([{"type": "section"}])}, "invalid_blocks", id="section without text"
        ),
        pytest.param({"blocks": json.dumps([SECTION] * 51)}, "invalid_blocks", id="51 blocks"),
        pytest.param({"text": "x", "markdown_text": "y"}, "markdown_text_conflict", id="two texts"),
        pytest.param({"text": "x", "metadata": "{"}, "invalid_metadata_format", id="broken metadata"),
        pytest.param(
            {"text": "x", "metadata": '{"event_type": "a b"}'}, "invalid_metadata_schema", id="bad metadata"
        ),
        pytest.param(
            {"text": "x", "thread_ts": "1.000001"}, "cannot_reply_to_message", id="reply to nothing"
        ),
        pytest.param({"text": "x", "username": "Sam"}, "missing_scope", id="another name"),
    ],
)
def test_messages_that_are_refused(slack: Workspace, arguments: dict[str, str], error: str) -> None:
    channel = slack.channel("payments")
    token = slack.scoped("chat:write") if "username" in arguments else "bot"
    assert slack.error("chat.postMessage", token, channel=channel, **arguments) == error
    assert history(slack, channel) == []


def test_a_message_that_is_too_long_is_cut(slack: Workspace) -> None:
    answer = slack.ok("chat.postMessage", channel=slack.channel("payments"), text="x" * 40_001)
    assert len(answer["message"]["text"]) == 40_000
    assert answer["warning"] == "message_truncated"


@pytest.mark.parametrize(
    ("update", "left"),
    [
        pytest.param({"text": "new"}, {"text": "new", "metadata": METADATA}, id="text takes the blocks away"),
        pytest.param(
            {"text": "new", "blocks": "[]"}, {"text": "new", "metadata": METADATA}, id="empty blocks"
        ),
        pytest.param(
            {"text": "new", "metadata": "{}", "blocks": json.dumps([SECTION | {"block_id": "b"}])},
            {"text": "new", "blocks": [SECTION | {"block_id": "b"}]},
            id="empty metadata",
        ),
        pytest.param(
            {"metadata": json.dumps(NO_PAYLOAD)},
            {
                "text": "old",
                "blocks": [SECTION | {"block_id": "a"}],
                "metadata": NO_PAYLOAD,
            },
            id="metadata alone",
        ),
    ],
)
def test_what_an_update_leaves_out(slack: Workspace, update: dict[str, str], left: Json) -> None:
    channel = slack.channel("payments")
    blocks = json.dumps([SECTION | {"block_id": "a"}])
    ts = post(slack, channel, text="old", blocks=blocks, metadata=json.dumps(METADATA))
    slack.ok("chat.update", channel=channel, ts=ts, **update)
    (message,) = history(slack, channel, include_all_metadata="1")
    assert {name: message[name] for name in ("text", "blocks", "metadata") if name in message} == left


def test_metadata_is_listed_when_asked_only(slack: Workspace) -> None:
    channel = slack.channel("payments")
    post(slack, channel, metadata=json.dumps(METADATA))
    assert "metadata" not in history(slack, channel)[0]
    assert history(slack, channel, include_all_metadata="true")[0]["metadata"] == METADATA


@pytest.mark.parametrize(
    ("method", "error"),
    [
        pytest.param("chat.update", "cant_update_message", id="update"),
        pytest.param("chat.delete", "cant_delete_message", id="delete"),
    ],
)
def test_only_ones_own_messages_change(slack: Workspace, method: str, error: str) -> None:
    channel = slack.channel("payments")
    slack.ok("conversations.invite", channel=channel, users=workspace.ADMIN)
    theirs = {"channel": channel, "ts": post(slack, channel, "user")}
    assert slack.error(method, **theirs, text="y") == error
    slack.ok("chat.delete", "user", **theirs)
    assert slack.error(method, **theirs, text="y") == "message_not_found"


def test_an_update_is_not_too_long_and_not_empty(slack: Workspace) -> None:
    channel = slack.channel("payments")
    mine = {"channel": channel, "ts": post(slack, channel)}
    assert slack.error("chat.update", **mine, text="x" * 4001) == "msg_too_long"
    assert slack.error("chat.update", **mine) == "no_text"
    slack.ok("conversations.archive", channel=channel)
    assert slack.error("chat.update", **mine, text="y") == "is_inactive"


def test_a_thread_is_listed_apart_from_the_channel(slack: Workspace) -> None:
    channel = slack.channel("payments")
    parent = post(slack, channel, text="parent")
    first = post(slack, channel, text="first", thread_ts=parent)
    second = post(slack, channel, text="second", thread_ts=first, reply_broadcast="1")
    assert [message["text"] for message in history(slack, channel)] == ["second", "parent"]
    assert history(slack, channel)[1]["reply_count"] == 2
    for ts in (parent, second):
        thread = slack.ok("conversations.replies", channel=channel, ts=ts)["messages"]
        assert [message["text"] for message in thread] == ["parent", "first", "second"]
    assert slack.error("conversations.replies", channel=channel, ts="1.000001") == "thread_not_found"
    link = slack.ok("chat.getPermalink", channel=channel, message_ts=first)["permalink"]
    assert link.endswith(f"?thread_ts={parent}&cid={channel}")


@pytest.mark.parametrize(
    ("window", "listed"),
    [
        pytest.param({}, [2, 1, 0], id="everything"),
        pytest.param({"oldest": 1}, [2], id="after"),
        pytest.param({"latest": 1}, [0], id="before"),
        pytest.param({"oldest": 1, "inclusive": 1}, [2, 1], id="from"),
    ],
)
def test_history_looks_through_a_window(slack: Workspace, window: dict[str, int], listed: list[int]) -> None:
    channel = slack.channel("payments")
    posted = [post(slack, channel) for _ in range(3)]
    arguments = {name: "1" if name == "inclusive" else posted[index] for name, index in window.items()}
    assert [message["ts"] for message in history(slack, channel, **arguments)] == [
        posted[index] for index in listed
    ]


def test_history_comes_in_pages(slack: Workspace) -> None:
    channel = slack.channel("payments")
    posted = [post(slack, channel) for _ in range(3)]
    first = slack.ok("conversations.history", channel=channel, limit="2")
    assert first["has_more"] is True
    cursor = first["response_metadata"]["next_cursor"]
    last = slack.ok("conversations.history", channel=channel, limit="2", cursor=cursor)
    assert (last["has_more"], [message["ts"] for message in last["messages"]]) == (False, posted[:1])


@pytest.mark.parametrize("end", ["oldest", "latest"])
def test_a_window_is_made_of_times(slack: Workspace, end: str) -> None:
    channel = slack.channel("payments")
    post(slack, channel)
    assert slack.error("conversations.history", channel=channel, **{end: "yesterday"}) == f"invalid_ts_{end}"


@pytest.mark.parametrize("method", ["conversations.history", "conversations.replies"])
def test_a_bot_reads_only_where_it_is(slack: Workspace, method: str) -> None:
    slack.sandbox.seed({"channels": ["others"]})
    assert slack.error(method, channel=slack.channel_id("others"), ts="1.000001") == "not_in_channel"


def test_a_message_for_one_person_is_kept_nowhere(slack: Workspace) -> None:
    channel = slack.channel("payments")
    to_maya = {"channel": channel, "user": slack.person("maya"), "text": "x"}
    assert slack.error("chat.postEphemeral", **to_maya) == "user_not_in_channel"
    slack.ok("conversations.invite", channel=channel, users=to_maya["user"])
    assert slack.ok("chat.postEphemeral", **to_maya)["message_ts"]
    assert history(slack, channel) == []


def test_reactions_are_given_and_taken_once(slack: Workspace) -> None:
    channel = slack.channel("payments")
    eyes = {"channel": channel, "timestamp": post(slack, channel), "name": "eyes"}
    assert slack.error("reactions.remove", **eyes) == "no_reaction"
    slack.ok("reactions.add", **eyes)
    assert slack.error("reactions.add", **eyes) == "already_reacted"
    assert history(slack, channel)[0]["reactions"] == [
        {"name": "eyes", "users": [workspace.BOT_USER], "count": 1}
    ]
    slack.ok("reactions.remove", **eyes)
    assert "reactions" not in history(slack, channel)[0]
    for name in (":eyes:", "no_such_emoji", "", "Eyes"):
        assert slack.error("reactions.add", **{**eyes, "name": name}) == "invalid_name"
    for name in (
        "+1::skin-tone-3",
        "flag-us",
        "large_green_circle",
        "face_with_bags_under_eyes",
        "simple_smile",
    ):
        slack.ok("reactions.add", **{**eyes, "name": name})


def test_pins_are_set_and_taken_off_once(slack: Workspace) -> None:
    channel = slack.channel("payments")
    mark = {"channel": channel, "timestamp": post(slack, channel)}
    assert slack.error("pins.remove", **mark) == "no_pin"
    slack.ok("pins.add", **mark)
    assert slack.error("pins.add", **mark) == "already_pinned"
    (item,) = slack.ok("pins.list", channel=channel)["items"]
    assert (item["message"]["ts"], item["created_by"]) == (mark["timestamp"], workspace.BOT_USER)
    slack.ok("pins.remove", **mark)
    assert slack.ok("pins.list", channel=channel)["items"] == []


@pytest.mark.parametrize(
    ("method", "error"),
    [
        pytest.param("reactions.add", "no_access", id="reaction"),
        pytest.param("pins.add", "not_in_channel", id="pin"),
    ],
)
def test_only_members_mark_messages(slack: Workspace, method: str, error: str) -> None:
    slack.sandbox.seed({"channels": ["others"]})
    channel = slack.channel_id("others")
    mark = {"channel": channel, "timestamp": post(slack, channel), "name": "eyes"}
    assert slack.error(method, **mark) == error


def test_a_workspace_may_have_emoji_of_its_own(slack: Workspace) -> None:
    channel = slack.channel("payments")
    parrot = {"channel": channel, "timestamp": post(slack, channel), "name": "party_parrot"}
    assert slack.error("reactions.add", **parrot) == "invalid_name"
    slack.sandbox.seed({"emoji": ["party_parrot"]})
    slack.ok("reactions.add", **parrot)
    assert [*slack.ok("emoji.list")["emoji"]] == ["party_parrot"]
