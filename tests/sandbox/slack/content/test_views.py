"""Views keep to the limits of Slack (slack.md 5)."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.slack.conftest import Json, Workspace

TEXT = {"type": "plain_text", "text": "x"}
SECTION = {"type": "section", "text": TEXT}
INPUT = {"type": "input", "label": TEXT, "element": {"type": "plain_text_input", "action_id": "i"}}
NO_TRIGGER = "invalid_trigger_id"  # what is asked for last


def text(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"title": text(24), "submit": text(24), "close": text(24)}, NO_TRIGGER),
        ({"title": text(25)}, "invalid_arguments"),
        ({"submit": text(25)}, "invalid_arguments"),
        ({"close": text(25)}, "invalid_arguments"),
        ({"title": None}, "invalid_arguments"),
        ({"private_metadata": "x" * 3000, "callback_id": "x" * 255, "external_id": "x" * 255}, NO_TRIGGER),
        ({"private_metadata": "x" * 3001}, "invalid_arguments"),
        ({"callback_id": "x" * 256}, "invalid_arguments"),
        ({"external_id": "x" * 256}, "invalid_arguments"),
        ({"blocks": [SECTION] * 100}, NO_TRIGGER),
        ({"blocks": [SECTION] * 101}, "invalid_arguments"),
        ({"blocks": [INPUT]}, "invalid_arguments"),
        ({"blocks": [INPUT], "submit": TEXT}, NO_TRIGGER),
        ({"blocks": [{"type": "section", "text": text(2990)}] * 90}, "view_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value)[:40],
)
def test_a_view_is_refused_over_a_limit(slack: Workspace, fields: Json, error: str) -> None:
    view = {"type": "modal", "title": TEXT, "blocks": [SECTION], **fields}
    assert slack.error("views.open", trigger_id="1.2.3", view=json.dumps(view)) == error
