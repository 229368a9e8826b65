"""Who may call what."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.slack import workspace
from tests.sandbox.slack.conftest import Workspace


def token_is(slack: Workspace, token: str, **settings: object) -> None:
    slack.session.put(f"{slack.sandbox.url}/_sandbox/tokens/{token}", json=settings).raise_for_status()


@pytest.mark.parametrize(
    ("token", "error"),
    [
        pytest.param("", "not_authed", id="none"),
        pytest.param("xoxb-unknown", "invalid_auth", id="unknown"),
        pytest.param("xoxb-revoked", "token_revoked", id="revoked"),
        pytest.param("xoxp-gone", "account_inactive", id="of a deactivated person"),
        pytest.param("sandbox-account-key", "invalid_auth", id="of PagerDuty"),
    ],
)
def test_a_dead_token_is_refused(slack: Workspace, token: str, error: str) -> None:
    token_is(slack, "xoxb-revoked", kind="revoked")
    token_is(slack, "xoxp-gone", kind="user", user=slack.deactivated("gone"))
    assert slack.error("auth.test", token) == error


@pytest.mark.parametrize(
    ("method", "token"),
    [
        pytest.param("conversations.list", "app", id="an app-level token for channels"),
        pytest.param("conversations.list", "config", id="a configuration token for channels"),
        pytest.param("apps.manifest.export", "bot", id="a bot token for apps"),
        pytest.param("apps.manifest.export", "user", id="a user token for apps"),
    ],
)
def test_the_wrong_kind_of_token_is_refused(slack: Workspace, method: str, token: str) -> None:
    assert slack.error(method, token) == "not_allowed_token_type"


@pytest.mark.parametrize(
    ("token", "known_by"),
    [
        pytest.param("bot", {"user_id": workspace.BOT_USER, "bot_id": workspace.BOT}, id="bot"),
        pytest.param("user", {"user_id": workspace.ADMIN}, id="user"),
        pytest.param("app", {"app_id": workspace.APP}, id="app"),
        pytest.param("config", {"user_id": workspace.ADMIN, "expires_in": 12 * 60 * 60}, id="config"),
    ],
)
def test_auth_test_tells_whose_token_it_is(slack: Workspace, token: str, known_by: dict[str, object]) -> None:
    answer = slack.ok("auth.test", token)
    if "expires_in" in known_by:
        assert answer.pop("expires_in") == pytest.approx(known_by.pop("expires_in"), abs=5)
    assert known_by.items() <= answer.items()
    assert ("bot_id" in answer) == (token in ("bot", "app"))


def test_a_token_may_come_as_a_form_field(slack: Workspace) -> None:
    assert (
        slack.send("auth.test", "", data={"token": slack.bot_token}).json()["user_id"] == workspace.BOT_USER
    )


def test_a_token_in_a_json_body_does_not_count(slack: Workspace) -> None:
    assert slack.send("auth.test", "", json={"token": slack.bot_token}).json()["error"] == "not_authed"


def test_every_answer_says_which_scopes_the_token_has_and_the_method_takes(slack: Workspace) -> None:
    token = slack.scoped("channels:read", "users:read")
    for method in ("users.list", "usergroups.list"):
        assert slack.send(method, token).headers["x-oauth-scopes"] == "channels:read,users:read"
    assert slack.send("usergroups.list", token).headers["x-accepted-oauth-scopes"] == "usergroups:read"


def test_a_missing_scope_is_named(slack: Workspace) -> None:
    answer = slack.call("usergroups.list", slack.scoped("channels:read", "users:read"))
    assert answer["error"] == "missing_scope"
    assert (answer["needed"], answer["provided"]) == ("usergroups:read", "channels:read,users:read")


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        pytest.param({"is_private": "1"}, "groups:write", id="private"),
        pytest.param({}, "channels:manage,channels:write", id="public"),
    ],
)
def test_public_and_private_channels_need_scopes_of_their_own(
    slack: Workspace, arguments: dict[str, str], needed: str
) -> None:
    other = {"groups:write": "channels:manage"}.get(needed, "groups:write")
    answer = slack.call("conversations.create", slack.scoped(other), name="payments", **arguments)
    assert (answer["error"], answer["needed"]) == ("missing_scope", needed)
    assert slack.call(
        "conversations.create", slack.scoped(needed.split(",")[0]), name="payments", **arguments
    )["ok"]


def test_a_private_channel_cannot_be_read_with_the_scope_for_public_ones(slack: Workspace) -> None:
    channel = slack.channel("payments", is_private="1")
    answer = slack.call("conversations.info", slack.scoped("channels:read"), channel=channel)
    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:read")


@pytest.mark.parametrize(
    ("scopes", "email"),
    [
        pytest.param(("users:read",), None, id="without the scope"),
        pytest.param(("users:read", "users:read.email"), "maya@acme.example", id="with the scope"),
    ],
)
def test_addresses_are_shown_with_their_own_scope_only(
    slack: Workspace, scopes: tuple[str, ...], email: str | None
) -> None:
    user = slack.ok("users.info", slack.scoped(*scopes), user=slack.person("maya"))["user"]
    assert user["profile"].get("email") == email


def test_a_configuration_token_dies_after_twelve_hours(slack: Workspace) -> None:
    slack.sandbox.clock.advance(12 * 60 * 60 - 60)
    slack.ok("auth.test", "config")
    slack.sandbox.clock.advance(61)
    assert slack.error("auth.test", "config") == "token_expired"


def test_the_environments_configuration_token_comes_back_with_the_next_seed(slack: Workspace) -> None:
    slack.sandbox.clock.advance(13 * 60 * 60)
    slack.sandbox.seed({})
    assert slack.ok("auth.test", "config")["expires_in"] > 11 * 60 * 60


def test_rotation_gives_a_new_pair_and_kills_the_old_one(slack: Workspace) -> None:
    first = workspace.REFRESH_TOKEN
    pair = slack.ok("tooling.tokens.rotate", "", refresh_token=first)
    assert pair["exp"] - pair["iat"] == 12 * 60 * 60
    assert slack.error("auth.test", "config") == "invalid_auth"
    assert slack.error("tooling.tokens.rotate", "", refresh_token=first) == "invalid_refresh_token"
    slack.ok("auth.test", pair["token"])
    slack.ok("tooling.tokens.rotate", "", refresh_token=pair["refresh_token"])


def test_a_token_revokes_itself(slack: Workspace) -> None:
    token = slack.scoped("chat:write")
    assert slack.ok("auth.revoke", token, test="1")["revoked"] is False
    assert slack.ok("auth.revoke", token)["revoked"] is True
    assert slack.error("auth.test", token) == "token_revoked"
