"""Who is in a channel, and how they come and go."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.slack import workspace
from tests.sandbox.slack.conftest import Workspace


def members(slack: Workspace, channel: str) -> list[str]:
    return list(slack.ok("conversations.members", channel=channel)["members"])


def test_people_are_invited_several_at_once(slack: Workspace) -> None:
    channel, maya, tom = slack.channel("payments"), slack.person("maya"), slack.person("tom")
    slack.ok("conversations.invite", channel=channel, users=f"{maya},{tom}")
    assert members(slack, channel) == [workspace.BOT_USER, maya, tom]


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        pytest.param("member", "already_in_channel", id="already in"),
        pytest.param("U0NOBODY", "user_not_found", id="unknown"),
        pytest.param("S0GROUP", "user_not_found", id="a user group"),
        pytest.param(workspace.BOT_USER, "cant_invite_self", id="oneself"),
        pytest.param("gone", "cant_invite", id="deactivated"),
    ],
)
def test_one_who_cannot_come_keeps_all_out_unless_forced(slack: Workspace, wanted: str, error: str) -> None:
    channel, tom = slack.channel("payments"), slack.person("tom")
    slack.ok("conversations.invite", channel=channel, users=slack.person("member"))
    refused = {"member": slack.person("member"), "gone": slack.deactivated("gone")}.get(wanted, wanted)
    before = members(slack, channel)
    answer = slack.call("conversations.invite", channel=channel, users=f"{tom},{refused}")
    assert answer["error"] == error
    assert answer["errors"] == [{"user": refused, "ok": False, "error": error}]
    assert members(slack, channel) == before
    forced = slack.ok("conversations.invite", channel=channel, users=f"{tom},{refused}", force="true")
    assert [problem["error"] for problem in forced["errors"]] == [error]
    assert members(slack, channel) == [*before, tom]


@pytest.mark.parametrize(
    ("users", "error"),
    [
        pytest.param("", "no_user", id="nobody"),
        pytest.param(",".join(f"U{number}" for number in range(101)), "invalid_arguments", id="101 people"),
    ],
)
def test_an_invitation_has_one_to_a_hundred_people(slack: Workspace, users: str, error: str) -> None:
    assert slack.error("conversations.invite", channel=slack.channel("payments"), users=users) == error


def test_members_come_in_pages(slack: Workspace) -> None:
    channel = slack.channel("payments")
    people = [slack.person(f"person{number}") for number in range(4)]
    slack.ok("conversations.invite", channel=channel, users=",".join(people))
    first = slack.ok("conversations.members", channel=channel, limit="3")
    cursor = first["response_metadata"]["next_cursor"]
    second = slack.ok("conversations.members", channel=channel, limit="3", cursor=cursor)
    assert [first["members"], second["members"]] == [[workspace.BOT_USER, *people[:2]], people[2:]]
    assert second["response_metadata"]["next_cursor"] == ""


def test_a_cursor_expires_when_its_member_goes(slack: Workspace) -> None:
    channel, maya = slack.channel("payments"), slack.person("maya")
    slack.ok("conversations.invite", channel=channel, users=maya)
    cursor = slack.ok("conversations.members", channel=channel, limit="1")["response_metadata"]["next_cursor"]
    slack.ok("conversations.kick", channel=channel, user=maya)
    assert slack.error("conversations.members", channel=channel, cursor=cursor) == "invalid_cursor"


def test_kicking_takes_one_person_out(slack: Workspace) -> None:
    channel, maya = slack.channel("payments"), slack.person("maya")
    slack.ok("conversations.invite", channel=channel, users=maya)
    assert slack.ok("conversations.kick", channel=channel, user=maya)["errors"] == {}
    assert members(slack, channel) == [workspace.BOT_USER]


@pytest.mark.parametrize(
    ("channel", "user", "error"),
    [
        pytest.param("payments", workspace.BOT_USER, "cant_kick_self", id="oneself"),
        pytest.param("payments", workspace.ADMIN, "not_in_channel", id="who is not in"),
        pytest.param("payments", "U0NOBODY", "user_not_found", id="unknown"),
        pytest.param("general", workspace.ADMIN, "cant_kick_from_general", id="from general"),
    ],
)
def test_kicks_that_are_refused(slack: Workspace, channel: str, user: str, error: str) -> None:
    slack.channel("payments")
    assert slack.error("conversations.kick", channel=slack.channel_id(channel), user=user) == error


def test_joining_twice_is_a_warning(slack: Workspace) -> None:
    slack.sandbox.seed({"channels": ["others"]})
    channel = slack.channel_id("others")
    assert "warning" not in slack.ok("conversations.join", channel=channel)
    again = slack.ok("conversations.join", channel=channel)
    assert again["warning"] == "already_in_channel"
    assert again["response_metadata"]["warnings"] == ["already_in_channel"]
    assert members(slack, channel).count(workspace.BOT_USER) == 1


@pytest.mark.parametrize(
    ("ours", "error"),
    [
        pytest.param(True, "method_not_supported_for_channel_type", id="that we are in"),
        pytest.param(False, "channel_not_found", id="that we cannot see"),
    ],
)
def test_a_private_channel_cannot_be_joined(slack: Workspace, ours: bool, error: str) -> None:
    slack.sandbox.seed({"channels": [{"name": "secret", "private": True, "bot": ours}]})
    assert slack.error("conversations.join", channel=slack.channel_id("secret")) == error


def test_leaving(slack: Workspace) -> None:
    channel = slack.channel("payments")
    assert slack.error("conversations.leave", channel=channel) == "last_member"
    slack.ok("conversations.invite", channel=channel, users=slack.person("maya"))
    assert "not_in_channel" not in slack.ok("conversations.leave", channel=channel)
    assert slack.ok("conversations.leave", channel=channel)["not_in_channel"] is True
    assert slack.error("conversations.leave", "user", channel=workspace.GENERAL) == "cant_leave_general"


def test_direct_messages_are_opened_once(slack: Workspace) -> None:
    maya, tom = slack.person("maya"), slack.person("tom")
    alone = slack.ok("conversations.open", users=maya)["channel"]["id"]
    together = slack.ok("conversations.open", users=f"{maya},{tom}")["channel"]["id"]
    assert (alone[0], together[0]) == ("D", "G")
    again = slack.ok("conversations.open", users=f"{tom},{maya}")
    assert (again["channel"]["id"], again["already_open"]) == (together, True)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param({}, "users_list_not_supplied", id="nobody"),
        pytest.param({"users": workspace.BOT_USER}, "not_enough_users", id="only oneself"),
        pytest.param({"users": "U0NOBODY"}, "user_not_found", id="unknown"),
        pytest.param({"users": ",".join(f"U{number}" for number in range(9))}, "too_many_users", id="nine"),
        pytest.param(
            {"users": workspace.ADMIN, "prevent_creation": "1"}, "channel_not_found", id="not yet open"
        ),
        pytest.param({"channel": "general"}, "method_not_supported_for_channel_type", id="a channel"),
    ],
)
def test_direct_messages_that_are_refused(slack: Workspace, arguments: dict[str, str], error: str) -> None:
    if "channel" in arguments:
        arguments = {"channel": slack.channel_id("general")}
    assert slack.error("conversations.open", **arguments) == error


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        pytest.param("conversations.rename", {"name": "x"}, id="rename"),
        pytest.param("conversations.archive", {}, id="archive"),
        pytest.param("conversations.invite", {"users": workspace.ADMIN}, id="invite"),
    ],
)
def test_direct_messages_are_no_channel(slack: Workspace, method: str, arguments: dict[str, str]) -> None:
    channel = slack.ok("conversations.open", users=slack.person("maya"))["channel"]["id"]
    assert slack.error(method, channel=channel, **arguments) == "method_not_supported_for_channel_type"
