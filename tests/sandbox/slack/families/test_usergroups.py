"""User groups: handles, members, and putting away what cannot be deleted."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.slack import workspace
from tests.sandbox.slack.conftest import Json, Workspace


def group(slack: Workspace, name: str = "On call", **arguments: str) -> str:
    return str(slack.ok("usergroups.create", name=name, **arguments)["usergroup"]["id"])


def listed(slack: Workspace, **arguments: str) -> list[Json]:
    return list(slack.ok("usergroups.list", **arguments)["usergroups"])


def test_a_group_is_made_empty(slack: Workspace) -> None:
    made = slack.ok("usergroups.create", name="R&D on call", handle="rnd", description="Who > answers")[
        "usergroup"
    ]
    assert (made["name"], made["description"]) == ("R&amp;D on call", "Who &gt; answers")
    assert (made["handle"], made["users"], made["date_delete"]) == ("rnd", [], 0)
    assert made["created_by"] == workspace.BOT_USER


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param({"name": "", "handle": "x"}, "missing_subteam_name", id="no name"),
        pytest.param({"name": "First"}, "name_already_exists", id="name taken"),
        pytest.param({"name": "x", "handle": "first"}, "handle_already_exists", id="handle taken"),
        pytest.param({"name": "x", "handle": "disabled"}, "handle_already_exists", id="by a disabled group"),
        pytest.param({"name": "x", "handle": "general"}, "handle_already_exists", id="by a channel"),
        pytest.param({"name": "x", "handle": "admin"}, "handle_already_exists", id="by a person"),
        pytest.param({"name": "x", "handle": "here"}, "forbidden_handle", id="reserved"),
        pytest.param({"name": "x", "handle": "On Call"}, "bad_handle", id="not a handle"),
        pytest.param({"name": "x", "description": "d" * 141}, "description_too_long", id="long description"),
        pytest.param({"name": "x", "channels": "C0NONE"}, "invalid_channel_provided", id="unknown channel"),
    ],
)
def test_groups_that_are_refused(slack: Workspace, arguments: dict[str, str], error: str) -> None:
    group(slack, "First", handle="first")
    slack.ok("usergroups.disable", usergroup=group(slack, "Disabled", handle="disabled"))
    assert slack.error("usergroups.create", **arguments) == error
    if arguments["name"]:
        other = group(slack, "Other", handle="other")
        assert slack.error("usergroups.update", usergroup=other, **arguments) == error


def test_a_description_is_one_line_of_140_characters(slack: Workspace) -> None:
    made = slack.ok("usergroups.create", name="x", description="a\n" + "d" * 138)["usergroup"]
    assert made["description"] == "a " + "d" * 138


def test_an_update_leaves_what_it_does_not_name(slack: Workspace) -> None:
    channel = slack.channel("payments")
    id_ = group(slack, handle="oncall", description="Who answers", channels=channel)
    updated = slack.ok("usergroups.update", usergroup=id_, name="On call")["usergroup"]
    assert (updated["handle"], updated["description"]) == ("oncall", "Who answers")
    assert updated["prefs"]["channels"] == [channel]
    cleared = slack.ok("usergroups.update", usergroup=id_, description="", channels="")["usergroup"]
    assert (cleared["description"], cleared["prefs"]["channels"]) == ("", [])


@pytest.mark.parametrize(
    ("users", "error"),
    [
        pytest.param([], "no_users_provided", id="nobody"),
        pytest.param(["maya", "gone"], "invalid_users", id="one deactivated"),
        pytest.param(["maya", "bot"], "invalid_users", id="one bot"),
        pytest.param(["maya", "nobody"], "invalid_users", id="one unknown"),
    ],
)
def test_one_who_cannot_be_a_member_fails_all(slack: Workspace, users: list[str], error: str) -> None:
    tom = slack.person("tom")
    ids = {
        "maya": slack.person("maya"),
        "gone": slack.deactivated("gone"),
        "bot": workspace.BOT_USER,
        "nobody": "U0NO",
    }
    id_ = group(slack)
    slack.ok("usergroups.users.update", usergroup=id_, users=tom)
    sent = ",".join(ids[user] for user in users)
    assert slack.error("usergroups.users.update", usergroup=id_, users=sent) == error
    assert slack.ok("usergroups.users.list", usergroup=id_)["users"] == [tom]


def test_members_are_replaced_as_a_whole(slack: Workspace) -> None:
    id_, maya, tom = group(slack), slack.person("maya"), slack.person("tom")
    slack.ok("usergroups.users.update", usergroup=id_, users=maya)
    slack.ok("usergroups.users.update", usergroup=id_, users=f"{tom},{tom}")
    assert slack.ok("usergroups.users.list", usergroup=id_)["users"] == [tom]


def test_default_channels_pull_members_in_and_never_put_them_out(slack: Workspace) -> None:
    channel, maya = slack.channel("payments"), slack.person("maya")
    id_ = group(slack, channels=channel)
    slack.ok("usergroups.users.update", usergroup=id_, users=maya)
    assert maya in slack.ok("conversations.members", channel=channel)["members"]
    slack.ok("usergroups.update", usergroup=id_, channels="")
    assert maya in slack.ok("conversations.members", channel=channel)["members"]


def test_a_disabled_group_hides_until_asked_for(slack: Workspace) -> None:
    id_ = group(slack)
    slack.ok("usergroups.disable", usergroup=id_)
    assert listed(slack) == []
    (shown,) = listed(slack, include_disabled="1")
    assert shown["date_delete"] > 0
    assert slack.error("usergroups.users.list", usergroup=id_) == "no_such_subteam"
    assert slack.ok("usergroups.users.list", usergroup=id_, include_disabled="1")["users"] == []
    slack.ok("usergroups.enable", usergroup=id_)
    assert [shown["id"] for shown in listed(slack)] == [id_]


def test_enabling_and_disabling_twice_is_refused(slack: Workspace) -> None:
    id_ = group(slack)
    assert slack.error("usergroups.enable", usergroup=id_) == "already_enabled"
    slack.ok("usergroups.disable", usergroup=id_)
    assert slack.error("usergroups.disable", usergroup=id_) == "already_disabled"


def test_a_listing_has_members_and_counts_when_asked(slack: Workspace) -> None:
    id_, maya = group(slack), slack.person("maya")
    slack.ok("usergroups.users.update", usergroup=id_, users=maya)
    (plain,) = listed(slack)
    assert not {"users", "user_count"} & plain.keys()
    (full,) = listed(slack, include_users="true", include_count="true")
    assert (full["users"], full["user_count"]) == ([maya], 1)


def test_a_count_after_a_write_is_text(slack: Workspace) -> None:
    assert slack.ok("usergroups.create", name="On call", include_count="1")["usergroup"]["user_count"] == "0"


@pytest.mark.parametrize(
    "method", ["usergroups.update", "usergroups.enable", "usergroups.disable", "usergroups.users.list"]
)
def test_an_unknown_group_is_not_found(slack: Workspace, method: str) -> None:
    assert slack.error(method, usergroup="S0NONE") == "no_such_subteam"
