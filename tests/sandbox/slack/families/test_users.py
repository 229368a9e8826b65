"""People, bots, and the workspace they are in."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.slack import workspace
from tests.sandbox.slack.conftest import Workspace


@pytest.mark.parametrize(
    ("email", "found"),
    [
        pytest.param("maya@acme.example", True, id="as written"),
        pytest.param("Maya@ACME.example", True, id="case ignored"),
        pytest.param("gone@acme.example", False, id="deactivated"),
        pytest.param("nobody@acme.example", False, id="unknown"),
        pytest.param("", False, id="empty"),
    ],
)
def test_people_are_found_by_address(slack: Workspace, email: str, found: bool) -> None:
    maya = slack.person("maya")
    slack.deactivated("gone")
    answer = slack.call("users.lookupByEmail", email=email)
    if found:
        assert answer["user"]["id"] == maya
    else:
        assert answer["error"] == "users_not_found"


def test_the_listing_has_everybody(slack: Workspace) -> None:
    maya, gone = slack.person("maya"), slack.deactivated("gone")
    members = {user["id"]: user for user in slack.ok("users.list")["members"]}
    assert set(members) == {
        workspace.ADMIN,
        workspace.BOT_USER,
        workspace.PAGERDUTY_USER,
        workspace.SLACKBOT,
        maya,
        gone,
    }
    assert members[gone]["deleted"] is True
    assert members[workspace.BOT_USER]["is_bot"] is True
    assert members[workspace.ADMIN]["is_admin"] is True


def test_users_come_in_pages_when_a_limit_is_given(slack: Workspace) -> None:
    everybody = [user["id"] for user in slack.ok("users.list")["members"]]
    first = slack.ok("users.list", limit="2")
    second = slack.ok("users.list", limit="2", cursor=first["response_metadata"]["next_cursor"])
    assert [user["id"] for user in first["members"] + second["members"]] == everybody
    assert second["response_metadata"]["next_cursor"] == ""


@pytest.mark.slow
def test_a_thousand_users_are_not_listed_without_a_limit(slack: Workspace) -> None:
    people = [{"name": f"p{number}", "email": f"p{number}@acme.example"} for number in range(1000)]
    slack.sandbox.vendors["slack"].seed({"people": people})
    assert slack.error("users.list") == "limit_required"


def test_an_unknown_user_is_not_found(slack: Workspace) -> None:
    assert slack.error("users.info", user="U0NOBODY") == "user_not_found"


def test_what_else_clients_ask_about_people(slack: Workspace) -> None:
    maya, gone = slack.person("maya"), slack.deactivated("gone")
    profile = slack.ok("users.profile.get", user=maya)["profile"]
    assert (profile["email"], profile["real_name"]) == ("maya@acme.example", "Maya")
    assert slack.ok("users.profile.get", "user")["profile"]["display_name"] == "admin"
    assert [slack.ok("users.getPresence", user=who)["presence"] for who in (maya, gone)] == ["active", "away"]
    assert slack.ok("users.getPresence")["online"] is True
    assert slack.ok("dnd.info", user=maya)["dnd_enabled"] is False
    assert list(slack.ok("dnd.teamInfo", users=f"{maya},U0NOBODY")["users"]) == [maya]
    assert slack.ok("emoji.list")["emoji"] == {}
    for method in ("users.profile.get", "users.getPresence", "dnd.info"):
        assert slack.error(method, user="U0NOBODY") == "user_not_found"


def test_the_bot_and_the_workspace_know_themselves(slack: Workspace) -> None:
    bot = slack.ok("bots.info", bot=workspace.BOT)["bot"]
    assert (bot["app_id"], bot["user_id"]) == (workspace.APP, workspace.BOT_USER)
    assert slack.error("bots.info", bot="B0NONE") == "bot_not_found"
    assert slack.ok("team.info")["team"]["id"] == workspace.TEAM
    assert slack.error("team.info", team="T0OTHER") == "team_not_found"
