"""How a call may be written, and what is answered to one that is not understood."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.slack.conftest import Workspace

BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "Card declined"}}]


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({"data": {"name": "payments", "is_private": "1"}}, id="form"),
        pytest.param({"json": {"name": "payments", "is_private": True}}, id="json"),
        pytest.param({"files": {"name": (None, "payments"), "is_private": (None, "true")}}, id="multipart"),
        pytest.param({"params": {"name": "payments", "is_private": "true"}}, id="query of a POST"),
        pytest.param(
            {"verb": "GET", "params": {"name": "payments", "is_private": "true"}}, id="query of a GET"
        ),
    ],
)
def test_arguments_come_in_any_encoding(slack: Workspace, request_: dict[str, Any]) -> None:
    channel = slack.send("conversations.create", **request_).json()["channel"]
    assert (channel["name"], channel["is_private"]) == ("payments", True)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({"json": {"text": "x", "blocks": BLOCKS}}, id="array in JSON"),
        pytest.param({"json": {"text": "x", "blocks": json.dumps(BLOCKS)}}, id="text in JSON"),
        pytest.param({"data": {"text": "x", "blocks": json.dumps(BLOCKS)}}, id="text in a form"),
    ],
)
def test_blocks_are_an_array_or_its_text(slack: Workspace, request_: dict[str, Any]) -> None:
    channel = slack.channel("payments")
    answer = slack.send("chat.postMessage", params={"channel": channel}, **request_).json()
    (block,) = answer["message"]["blocks"]
    assert block["text"] == BLOCKS[0]["text"]


@pytest.mark.parametrize("users", [["maya", "tom"], "maya,tom"], ids=["JSON array", "joined by commas"])
def test_lists_are_arrays_or_joined_by_commas(slack: Workspace, users: list[str] | str) -> None:
    group = slack.ok("usergroups.create", name="On call")["usergroup"]["id"]
    wanted = [slack.person("maya"), slack.person("tom")]
    sent = wanted if isinstance(users, list) else ",".join(wanted)
    slack.send("usergroups.users.update", json={"usergroup": group, "users": sent})
    assert slack.ok("usergroups.users.list", usergroup=group)["users"] == wanted


def test_null_is_left_out(slack: Workspace) -> None:
    answer = slack.send("conversations.create", json={"name": "payments", "is_private": None}).json()
    assert answer["channel"]["is_private"] is False


def test_a_method_for_forms_does_not_read_json(slack: Workspace) -> None:
    answer = slack.send("users.info", json={"user": slack.person("maya")}).json()
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: user"]


@pytest.mark.parametrize(
    ("content_type", "body", "error"),
    [
        pytest.param("application/json", "{", "invalid_arguments", id="broken JSON"),
        pytest.param("application/json", "[]", "invalid_arguments", id="no object"),
        pytest.param("text/plain", "name=payments", "invalid_post_type", id="another type"),
        pytest.param("", "name=payments", "missing_post_type", id="no type"),
    ],
)
def test_a_body_that_is_not_understood_is_refused(
    slack: Workspace, content_type: str, body: str, error: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = slack.send("conversations.create", data=body.encode(), headers=headers).json()
    assert answer["error"] == error


@pytest.mark.parametrize(
    ("method", "error"),
    [
        pytest.param("conversations.info", "invalid_arguments", id="the generic code"),
        pytest.param("conversations.create", "invalid_name_required", id="a channel's name"),
        pytest.param("usergroups.create", "missing_subteam_name", id="a group's name"),
        pytest.param("usergroups.disable", "missing_argument", id="a group"),
        pytest.param("conversations.frobnicate", "unknown_method", id="no such method"),
        pytest.param("slackLists.create", "unknown_method", id="a method that is not served"),
    ],
)
def test_what_is_missing_is_said(slack: Workspace, method: str, error: str) -> None:
    assert slack.error(method) == error


def test_only_get_and_post_are_answered(slack: Workspace) -> None:
    assert slack.send("auth.test", verb="DELETE").status_code == 405


def test_refusals_are_answered_with_200(slack: Workspace) -> None:
    assert slack.send("conversations.info", data={"channel": "C0NONE"}).status_code == 200


def test_api_test_says_back_what_it_hears(slack: Workspace) -> None:
    assert slack.call("api.test", "", foo="bar") == {"ok": True, "args": {"foo": "bar"}}
    assert slack.error("api.test", "", error="name_taken") == "name_taken"
