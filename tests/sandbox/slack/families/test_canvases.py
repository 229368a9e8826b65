"""Canvases: written and never read back, one for a channel (slack.md 2.9)."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.slack.conftest import Workspace


def markdown(text: str) -> dict[str, str]:
    return {"type": "markdown", "markdown": text}


def test_a_channel_has_one_canvas_whose_id_shows_in_its_properties(slack: Workspace) -> None:
    channel = slack.channel("payments")
    content = json.dumps(markdown("# Runbook"))
    canvas = slack.ok("conversations.canvases.create", channel_id=channel, document_content=content)
    again = slack.error("conversations.canvases.create", channel_id=channel, document_content=content)
    assert again == "channel_canvas_already_exists"
    shown = slack.ok("conversations.info", channel=channel)["channel"]
    assert shown["properties"]["canvas"]["file_id"] == canvas["canvas_id"]
    access = {"canvas_id": canvas["canvas_id"], "access_level": "read", "channel_ids": channel}
    assert slack.error("canvases.access.set", **access) == "canvas_not_found"
    slack.ok("canvases.delete", canvas_id=canvas["canvas_id"])
    assert "properties" not in slack.ok("conversations.info", channel=channel)["channel"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"operation": "replace", "document_content": markdown("New")}, "New", id="all"),
        pytest.param(
            {"operation": "insert_at_start", "document_content": markdown("0")}, "0\n# A\nb", id="start"
        ),
        pytest.param(
            {"operation": "insert_at_end", "document_content": markdown("c")}, "# A\nb\nc", id="end"
        ),
        pytest.param({"operation": "delete", "section_id": "A"}, "b", id="a section"),
        pytest.param(
            {"operation": "insert_after", "section_id": "A", "document_content": markdown("!")},
            "# A\n!\nb",
            id="after a section",
        ),
    ],
)
def test_one_change_at_a_time(slack: Workspace, change: dict[str, object], expected: str) -> None:
    canvas = slack.ok("canvases.create", document_content=json.dumps(markdown("# A\nb")))["canvas_id"]
    criteria = json.dumps({"contains_text": "A"})
    (section,) = slack.ok("canvases.sections.lookup", canvas_id=canvas, criteria=criteria)["sections"]
    if "section_id" in change:
        change = {**change, "section_id": section["id"]}
    slack.ok("canvases.edit", canvas_id=canvas, changes=json.dumps([change]))
    assert (slack.sandbox.store.get("slack.file", canvas) or {})["markdown"] == expected
    two = json.dumps([change, change])
    assert slack.error("canvases.edit", canvas_id=canvas, changes=two) == "invalid_arguments"


def test_a_canvas_of_the_bot_is_seen_by_nobody_until_it_is_shared(slack: Workspace) -> None:
    canvas = slack.ok("canvases.create", title="Runbook")["canvas_id"]
    assert slack.error("files.info", "user", file=canvas) == "file_not_found"
    admin = slack.ok("auth.test", "user")["user_id"]
    slack.ok("canvases.access.set", canvas_id=canvas, access_level="read", user_ids=admin)
    assert slack.ok("files.info", "user", file=canvas)["file"]["title"] == "Runbook"
