"""What an app is sent, against the samples of Slack: events, clicks, forms, commands (slack.md 7.5)."""

from __future__ import annotations

import json

from tests.sandbox.slack.conftest import Json, Workspace
from tests.sandbox.slack.runtime.test_bolt import BLOCKS, MODAL
from tests.sandbox.slack.runtime.test_events import Listener, listener, until
from tests.support.slack_contract import body_problems, needs_samples

__all__ = ["listener"]

SAMPLES = {
    "app_home_opened": "AppHomeOpened",
    "app_mention": "AppMention",
    "channel_archive": "ChannelArchive",
    "channel_created": "ChannelCreated",
    "channel_rename": "ChannelRename",
    "channel_unarchive": "ChannelUnarchive",
    "member_joined_channel": "MemberJoinedChannel",
    "member_left_channel": "MemberLeftChannel",
    "message": "MessageBot",
    "message_changed": "MessageChanged",
    "message_deleted": "MessageDeleted",
    "pin_added": "PinAdded",
    "pin_removed": "PinRemoved",
    "reaction_added": "ReactionAdded",
    "reaction_removed": "ReactionRemoved",
    "block_actions": "../payloads/BlockAction",
    "message_action": "../payloads/MessageShortcut",
    "view_submission": "../payloads/ViewSubmission",
    "view_closed": "../payloads/ViewClosed",
    "command": "../payloads/SlashCommand",
}


SENT_TOO = {
    "/event/app_id": "7.5 has it in messages of apps",
    "/event/bot_profile": "11.2",
    "/event/team": "7.5",
    "/event/user": "7.5",
    "/event/message/app_id": "7.5",
    "/event/previous_message/app_id": "7.5",
    "/response_urls": "7.5",
    "/api_app_id": "7.5 has it in every other payload",
    "/user/username": "7.5",
    "/is_enterprise_install": "the text of a form, where the sample is of JSON",
}
"""Keys that the sample of a body lacks, and where slack.md has them. Blocks are the app's own."""


def kind_of(body: Json) -> str:
    event = body.get("event", body)
    return str(event.get("subtype") or event.get("type") or "command")


@needs_samples
def test_all_that_an_app_is_sent_has_the_shape_of_its_sample(slack: Workspace, listener: Listener) -> None:
    maya = slack.person("maya")
    urls = ("events_url", "interactivity_url", "command_url")
    slack.control("PUT", "slack/app", dict.fromkeys(urls, listener.url))
    channel = slack.channel("payments")
    slack.ok("conversations.invite", channel=channel, users=maya)
    bot = slack.ok("auth.test")["user_id"]
    posted = slack.ok("chat.postMessage", channel=channel, text=f"<@{bot}>", blocks=json.dumps(BLOCKS))["ts"]
    where = {"user": maya, "channel": channel, "ts": posted}
    slack.control("POST", "slack/click", {**where, "action_id": "acknowledge"})
    slack.control("POST", "slack/message-shortcut", {**where, "callback_id": "declare"})
    slack.control("POST", "slack/command", {"user": maya, "channel": channel, "command": "/page"})
    for _ in range(2):
        # Events come when they come, so the last request need not be of what somebody did.
        act = next(body for _, body in reversed(listener.requests) if "trigger_id" in body)
        view = slack.ok(
            "views.open", trigger_id=act["trigger_id"], view=json.dumps({**MODAL, "notify_on_close": True})
        )
        named = {"user": maya, "view_id": view["view"]["id"]}
        closes = kind_of(act) == "view_submission"
        slack.control(
            "POST",
            "slack/close" if closes else "slack/submit",
            named if closes else {**named, "values": {"text": {"value": {"value": "x"}}}},
        )
    mark = {"channel": channel, "timestamp": posted}
    slack.ok("reactions.add", **mark, name="eyes")
    slack.ok("reactions.remove", **mark, name="eyes")
    slack.ok("pins.add", **mark)
    slack.ok("pins.remove", **mark)
    slack.ok("chat.update", channel=channel, ts=posted, text="Edited")
    slack.ok("chat.delete", channel=channel, ts=posted)
    slack.ok("conversations.kick", channel=channel, user=maya)
    slack.ok("conversations.rename", channel=channel, name="payments-2")
    slack.control("POST", "slack/open-home", {"user": maya})
    slack.ok("conversations.archive", channel=channel)
    slack.ok("conversations.unarchive", "user", channel=channel)

    until(lambda: {kind_of(body) for _, body in listener.requests} >= SAMPLES.keys())
    problems = [
        problem
        for _, body in listener.requests
        for folder in ["" if SAMPLES[kind_of(body)].startswith("..") else "events/"]
        for problem in body_problems(f"{folder}{SAMPLES[kind_of(body)].removeprefix('../')}Payload", body)
    ]
    unknown = {
        problem for problem in problems if "/blocks" not in problem and problem.split()[1] not in SENT_TOO
    }
    assert not unknown, "\n".join(sorted(unknown))
