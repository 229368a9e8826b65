"""Messages that are written later, when the clock gets there (slack.md 2.6)."""

from __future__ import annotations

import pytest

from tests.sandbox.slack.conftest import Workspace


def seconds_from_now(slack: Workspace, seconds: int) -> int:
    return int(slack.sandbox.clock.now().timestamp()) + seconds


def texts(slack: Workspace, channel: str) -> list[str]:
    return [message["text"] for message in slack.ok("conversations.history", channel=channel)["messages"]]


def test_a_message_is_written_at_its_time(slack: Workspace) -> None:
    channel = slack.channel("payments")
    at = seconds_from_now(slack, 3600)
    for text in ("Hand over", "Never"):
        made = slack.ok("chat.scheduleMessage", channel=channel, text=text, post_at=at)
    slack.ok(
        "chat.deleteScheduledMessage", channel=channel, scheduled_message_id=made["scheduled_message_id"]
    )
    assert texts(slack, channel) == []
    (waiting,) = slack.ok("chat.scheduledMessages.list", channel=channel)["scheduled_messages"]
    assert (waiting["text"], waiting["post_at"]) == ("Hand over", at)
    slack.control("POST", "clock", {"advance": 7200})
    (message,) = slack.ok("conversations.history", channel=channel)["messages"]
    assert (message["text"], int(message["ts"].partition(".")[0])) == ("Hand over", at)
    assert slack.ok("chat.scheduledMessages.list")["scheduled_messages"] == []


@pytest.mark.parametrize(
    ("seconds", "error"), [(-60, "time_in_past"), (121 * 86_400, "time_too_far"), (None, "invalid_time")]
)
def test_a_time_out_of_range_is_refused(slack: Workspace, seconds: int | None, error: str) -> None:
    channel = slack.channel("payments")
    at = "soon" if seconds is None else str(seconds_from_now(slack, seconds))
    assert slack.error("chat.scheduleMessage", channel=channel, text="x", post_at=at) == error


def test_nothing_is_written_to_a_channel_that_was_archived(slack: Workspace) -> None:
    channel = slack.channel("payments")
    slack.ok("chat.scheduleMessage", channel=channel, text="x", post_at=seconds_from_now(slack, 60))
    slack.ok("conversations.archive", channel=channel)
    slack.control("POST", "clock", {"advance": 120})
    assert slack.sandbox.store.find("slack.message", channel=channel) == []
