"""Triggers of workflows: made for workflows that an app has, and refused as Slack does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.slack.conftest import Json, Workspace

WORKFLOW = {
    "title": "Page",
    "description": "Pages somebody",
    "input_parameters": {"properties": {"summary": {"type": "string"}}, "required": ["summary"]},
    "steps": [],
}
INPUTS = {"summary": {"value": "{{data.summary}}"}}


@pytest.fixture
def wanted(slack: Workspace) -> Json:
    manifest = {"display_information": {"name": "flows"}, "workflows": {"page": WORKFLOW}}
    app = slack.ok("apps.manifest.create", "config", manifest=json.dumps(manifest))["app_id"]
    about = {"name": "Page", "workflow": "#/workflows/page", "workflow_app_id": app}
    return {"type": "webhook", "inputs": json.dumps(INPUTS), **about}


def test_a_trigger_is_made_listed_replaced_and_deleted(slack: Workspace, wanted: Json) -> None:
    made = slack.ok("workflows.triggers.create", "config", **wanted)["trigger"]
    assert made["webhook_url"].startswith("https://hooks.slack.com/triggers/")
    app = wanted["workflow_app_id"]
    assert slack.ok("workflows.triggers.list", "config", app_id=app)["triggers"] == [made]
    renamed = {**wanted, "name": "Other", "trigger_id": made["id"]}
    after = slack.ok("workflows.triggers.update", "config", **renamed)["trigger"]
    assert (after["name"], after["webhook_url"]) == ("Other", made["webhook_url"])
    slack.ok("workflows.triggers.delete", "config", trigger_id=made["id"])
    assert slack.ok("workflows.triggers.list", "config", app_id=app)["triggers"] == []


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"type": "manual"}, "invalid_trigger_type"),
        ({"workflow": "#/workflows/other"}, "workflow_not_found"),
        ({"workflow_app_id": "A0NONE"}, "invalid_workflow_app_id"),
        ({"inputs": "{}"}, "invalid_trigger_inputs"),
        ({"type": "shortcut"}, "invalid_trigger_config"),
        ({"type": "event", "event": '{"event_type": "reaction_added"}'}, "invalid_trigger_event_type"),
        ({"type": "event", "event": '{"event_type": "slack#/events/pin_added"}'}, "invalid_trigger_config"),
        (
            {"type": "scheduled", "schedule": '{"start_time": "2020-01-01T00:00:00Z"}'},
            "invalid_trigger_config",
        ),
    ],
)
def test_what_slack_refuses(slack: Workspace, wanted: Json, changed: dict[str, Any], error: str) -> None:
    assert slack.error("workflows.triggers.create", "config", **{**wanted, **changed}) == error
