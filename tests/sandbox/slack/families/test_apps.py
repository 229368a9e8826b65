"""Apps and their manifests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pdslack_cli.sandbox.slack import workspace
from tests.sandbox.slack.conftest import Json, Workspace

SCOPES = {"scopes": {"bot": ["commands", "channels:read"]}}


def manifest(**parts: Any) -> str:
    return json.dumps({"display_information": {"name": "pdslack"}, **parts})


def test_an_app_is_made_anew_at_every_call_and_tells_its_secrets_once(slack: Workspace) -> None:
    first, second = (slack.ok("apps.manifest.create", "config", manifest=manifest()) for _ in range(2))
    assert first["app_id"] != second["app_id"]
    assert first["credentials"].keys() == {
        "client_id",
        "client_secret",
        "verification_token",
        "signing_secret",
    }
    assert first["credentials"]["signing_secret"] != second["credentials"]["signing_secret"]
    exported = slack.ok("apps.manifest.export", "config", app_id=first["app_id"])
    assert first["credentials"]["client_secret"] not in json.dumps(exported)


def test_an_export_adds_defaults(slack: Workspace) -> None:
    app = slack.ok("apps.manifest.create", "config", manifest=manifest(oauth_config=SCOPES))["app_id"]
    exported = slack.ok("apps.manifest.export", "config", app_id=app)["manifest"]
    assert exported["oauth_config"]["scopes"] == SCOPES["scopes"]
    assert exported["settings"]["token_rotation_enabled"] is False
    assert exported["_metadata"]["major_version"] == 1


def test_an_exported_manifest_can_be_sent_back(slack: Workspace) -> None:
    app = slack.ok("apps.manifest.create", "config", manifest=manifest(oauth_config=SCOPES))["app_id"]
    exported = slack.ok("apps.manifest.export", "config", app_id=app)["manifest"]
    assert slack.ok("apps.manifest.update", "config", app_id=app, manifest=json.dumps(exported))
    assert slack.ok("apps.manifest.export", "config", app_id=app)["manifest"] == exported


def test_an_update_replaces_everything_and_says_if_scopes_changed(slack: Workspace) -> None:
    features = {"bot_user": {"display_name": "pdslack"}}
    created = slack.ok(
        "apps.manifest.create", "config", manifest=manifest(features=features, oauth_config=SCOPES)
    )
    app = {"app_id": created["app_id"]}
    same_scopes = slack.ok("apps.manifest.update", "config", **app, manifest=manifest(oauth_config=SCOPES))
    assert same_scopes["permissions_updated"] is False
    assert "bot_user" not in str(slack.ok("apps.manifest.export", "config", **app)["manifest"])
    assert (
        slack.ok("apps.manifest.update", "config", **app, manifest=manifest())["permissions_updated"] is True
    )


def test_new_scopes_in_a_manifest_do_not_reach_a_token(slack: Workspace) -> None:
    before = slack.send("auth.test").headers["x-oauth-scopes"]
    app = slack.ok("apps.manifest.create", "config", manifest=manifest())["app_id"]
    slack.ok("apps.manifest.update", "config", app_id=app, manifest=manifest(oauth_config=SCOPES))
    assert slack.send("auth.test").headers["x-oauth-scopes"] == before


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        pytest.param({"display_information": {}}, "/display_information/name", id="no name"),
        pytest.param(
            {"display_information": {"name": "x" * 36}}, "/display_information/name", id="long name"
        ),
        pytest.param({"events": {}}, "/events", id="unknown part"),
        pytest.param({"settings": {"socket_mode": True}}, "/settings/socket_mode", id="unknown setting"),
        pytest.param(
            {"features": {"bot_user": {"display_name": "PD Slack"}}},
            "/features/bot_user/display_name",
            id="bot's name",
        ),
        pytest.param(
            {"settings": {"event_subscriptions": {"user_events": ["team_join"]}}},
            "/settings/event_subscriptions",
            id="events without an address",
        ),
        pytest.param(
            {"settings": {"interactivity": {"is_enabled": True}}},
            "/settings/interactivity",
            id="buttons without an address",
        ),
        pytest.param(
            {
                "settings": {"socket_mode_enabled": True},
                "features": {"slash_commands": [{"command": "/pds", "description": "x"}]},
            },
            "/features/slash_commands/0",
            id="command without its scope",
        ),
        pytest.param(
            {
                "settings": {
                    "socket_mode_enabled": True,
                    "event_subscriptions": {"bot_events": ["reaction_added"]},
                }
            },
            "/settings/event_subscriptions/bot_events",
            id="event without its scope",
        ),
        pytest.param({"functions": {"f": {}}}, "/functions", id="functions without a runtime"),
        pytest.param(
            {"oauth_config": {"scopes": {"bot": [], "bot_optional": ["commands"]}}},
            "/oauth_config/scopes",
            id="optional scope that is not asked for",
        ),
    ],
)
@pytest.mark.parametrize("method", ["apps.manifest.validate", "apps.manifest.create"])
def test_a_wrong_manifest_is_pointed_at(slack: Workspace, method: str, parts: Json, pointer: str) -> None:
    answer = slack.call(method, "config", manifest=manifest(**parts))
    assert answer["error"] == "invalid_manifest"
    assert [error["pointer"] for error in answer["errors"]] == [pointer]


def test_a_manifest_for_socket_mode_is_right(slack: Workspace) -> None:
    parts = {
        "_metadata": {"major_version": 2},
        "features": {
            "bot_user": {"display_name": "pdslack", "always_online": True},
            "slash_commands": [{"command": "/pds", "description": "Work with incidents"}],
            "shortcuts": [
                {"name": "Declare", "type": "global", "callback_id": "declare", "description": "Opens one"}
            ],
        },
        "oauth_config": SCOPES,
        "settings": {
            "socket_mode_enabled": True,
            "interactivity": {"is_enabled": True},
            "event_subscriptions": {"bot_events": ["channel_rename"]},
        },
    }
    assert slack.ok("apps.manifest.validate", "config", manifest=manifest(**parts))["errors"] == []
    answer = slack.send(
        "apps.manifest.create", "config", json={"manifest": json.loads(manifest(**parts))}
    ).json()
    assert answer["ok"]


@pytest.mark.parametrize(
    ("app_id", "error"),
    [
        pytest.param("A0NONE", "app_not_found", id="unknown"),
        pytest.param("pdslack", "invalid_app_id", id="no id"),
        pytest.param(workspace.APP, "app_not_found", id="the app of the tokens, which was made by hand"),
    ],
)
@pytest.mark.parametrize("method", ["apps.manifest.export", "apps.manifest.update", "apps.manifest.delete"])
def test_an_app_that_is_not_there(slack: Workspace, method: str, app_id: str, error: str) -> None:
    assert slack.error(method, "config", app_id=app_id, manifest=manifest()) == error


def test_a_deleted_app_is_gone(slack: Workspace) -> None:
    app = slack.ok("apps.manifest.create", "config", manifest=manifest())["app_id"]
    slack.ok("apps.manifest.delete", "config", app_id=app)
    assert slack.error("apps.manifest.export", "config", app_id=app) == "app_not_found"


def test_a_manifest_that_is_no_json_is_refused(slack: Workspace) -> None:
    assert slack.error("apps.manifest.create", "config", manifest="{") == "invalid_manifest"
