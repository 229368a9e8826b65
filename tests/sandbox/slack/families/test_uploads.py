"""Uploads of files: the URL, the bytes, the file in its channel (slack.md 2.12)."""

from __future__ import annotations

import json

import pytest
import requests
from slack_sdk import WebClient

from tests.sandbox.slack.conftest import Workspace


def test_the_sdk_uploads_a_file_into_a_thread(slack: Workspace) -> None:
    channel = slack.channel("payments")
    first = slack.ok("chat.postMessage", channel=channel, text="Card declined")["ts"]
    client = WebClient(slack.bot_token, base_url=slack.url)
    done = client.files_upload_v2(
        channel=channel, thread_ts=first, filename="log.txt", content="a line", initial_comment="The log"
    )
    assert (done["file"]["title"], done["file"]["size"], done["file"]["channels"]) == (
        "log.txt",
        6,
        [channel],
    )
    (reply,) = slack.ok("conversations.replies", channel=channel, ts=first)["messages"][1:]
    assert (reply["text"], reply["files"][0]["id"]) == ("The log", done["file"]["id"])
    assert slack.ok("files.info", file=done["file"]["id"])["file"]["mimetype"] == "text/plain"
    canvas = slack.ok("canvases.create", title="Notes")["canvas_id"]
    assert [file["id"] for file in slack.ok("files.list")["files"]] == [canvas, done["file"]["id"]]
    assert [file["id"] for file in slack.ok("files.list", types="canvases")["files"]] == [canvas]
    for name in ("url_private", "url_private_download"):
        url = done["file"][name]
        read = requests.get(url, headers={"Authorization": f"Bearer {slack.bot_token}"})
        assert (read.content, read.headers["Content-Type"]) == (b"a line", "text/plain")
        assert (requests.get(url).status_code, requests.get(url).text) == (403, "not_authed")
    slack.ok("files.delete", file=done["file"]["id"])
    assert requests.get(url, headers={"Authorization": f"Bearer {slack.bot_token}"}).status_code == 404
    assert slack.error("files.info", file=done["file"]["id"]) == "file_not_found"


def begun(slack: Workspace, sent: bytes | None) -> str:
    """The id of an upload whose bytes came, or not."""
    url = slack.ok("files.getUploadURLExternal", filename="log.txt", length=3)
    if sent is not None:
        assert requests.post(url["upload_url"], files={"file": sent}).text == f"OK - {len(sent)}"
    return str(url["file_id"])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"files": "[]"}, "invalid_arguments", id="no file"),
        pytest.param({"files": '[{"id": "F0NONE"}]'}, "file_not_found", id="unknown"),
        pytest.param({"sent": None}, "file_not_found", id="no bytes came"),
        pytest.param({"channel": "C0NONE"}, "channel_not_found", id="no such channel"),
        pytest.param({"channel": "#general"}, "not_in_channel", id="the bot is not there"),
        pytest.param({"archived": True}, "posting_to_channel_denied", id="archived"),
    ],
)
def test_an_upload_that_cannot_be_completed_is_refused(
    slack: Workspace, change: dict[str, object], error: str
) -> None:
    id_ = begun(slack, b"abc" if "sent" not in change else None)
    channel = slack.channel("payments", "user") if "archived" in change else slack.channel("payments")
    if "archived" in change:
        slack.ok("conversations.archive", "user", channel=channel)
    if "channel" in change:
        general = slack.channel_id("general")
        channel = general if change["channel"] == "#general" else str(change["channel"])
    files = change.get("files", json.dumps([{"id": id_}]))
    token = "user" if "archived" in change else "bot"
    assert slack.error("files.completeUploadExternal", token, files=files, channel_id=channel) == error


def test_a_completed_upload_is_not_sent_again(slack: Workspace) -> None:
    url = slack.ok("files.getUploadURLExternal", filename="log.txt", length=3)["upload_url"]
    requests.post(url, data=b"abc").raise_for_status()
    slack.ok("files.completeUploadExternal", files=json.dumps([{"id": url.rpartition("/")[2]}]))
    again = requests.post(url, data=b"abc")
    assert (again.status_code, again.text) == (400, "file_not_found")
    assert slack.error("files.getUploadURLExternal", filename="x", length=0) == "invalid_arguments"
