"""What the Slack endpoints refuse: nothing is stored that Slack did not sign within five minutes."""

from __future__ import annotations

import json
import time
from itertools import cycle

import pytest
import requests
from sqlalchemy import func, select

from pdslack_cli.sync.operate import queue
from pdslack_cli.sync.storage.tables import inbox
from tests.sync.odd import ODD, places, replaced
from tests.sync.world import until


def stored(world) -> float:
    return world.metric("accepted_total", source="slack")


def click(incident: str = "Q0NOWHERE") -> dict[str, object]:
    return {
        "type": "block_actions",
        "user": {"id": "U0MAYA", "team_id": "T0ACME"},
        "team": {"id": "T0ACME"},
        "api_app_id": "A0",
        "trigger_id": "1.1",
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C0"},
        "channel": {"id": "C0"},
        "actions": [
            {"type": "button", "action_id": "pdslack_acknowledge", "value": incident, "action_ts": "1"}
        ],
    }


@pytest.mark.parametrize("path", ["actions", "commands", "events"])
@pytest.mark.parametrize("wrong", [{"secret": "another"}, {"at": 0}, {"at": 360}, {"at": -301}], ids=str)
def test_what_slack_did_not_sign_now_is_refused(world, path, wrong):
    before = stored(world)
    if "at" in wrong:
        wrong = {"at": time.time() + wrong["at"] if wrong["at"] else 0}
    assert world.slack(path, payload=click(), **wrong).status_code == 401
    assert stored(world) == before


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        "text",
        None,
        {"type": "of_tomorrow"},
        {"type": "block_actions"},
        {**click(), "actions": []},
        {**click(), "actions": [{"action_id": "pdslack_acknowledge"}]},
        {**click(), "user": None},
        click("../users"),
        click("\u00b2"),
        {"type": "view_submission", "view": {"callback_id": "note"}},
        {"type": "view_submission", "user": {"id": "U"}, "view": {"id": "V", "callback_id": "note",
         "private_metadata": "{", "state": {"values": {}}}},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_signed_and_no_click_of_ours_does_nothing(world, payload):
    before = stored(world)
    assert world.slack("actions", payload=payload).status_code in {200, 400, 404}
    assert stored(world) == before


@pytest.mark.parametrize("body", [b"x" * 1_000_000, b"\xff\xfe", b"", b"payload=%7B"], ids=len)
def test_a_body_that_is_nothing_is_refused(world, body):
    answer = requests.post(f"{world.service.url}/slack/actions", data=body, timeout=10)
    assert answer.status_code in {400, 401, 413}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["click", "form"])
def test_an_odd_value_anywhere_is_refused_or_done_at_once(world, kind):
    given = click() if kind == "click" else form()
    for place, odd in zip([*places(given)] * 4, cycle(ODD), strict=False):
        answer = world.slack("actions", payload=replaced(given, place, odd))
        assert answer.status_code < 500, (place, odd)
    waits = select(func.count()).where(inbox.c.state == "ready", inbox.c.failing_since.is_(None))
    until(lambda: world.service.database.read(lambda connection: connection.execute(waits).scalar()) == 0)
    assert world.service.database.read(lambda connection: queue.parked(connection, failing=True)) == []


def form() -> dict[str, object]:
    place = {"incident": "Q0NOWHERE", "channel": "C0", "thread_ts": "1.1"}
    view = {"id": "V1", "hash": "1.1", "type": "modal", "callback_id": "snooze",
            "private_metadata": json.dumps(place),
            "state": {"values": {"hours": {"value": {"selected_option": {"value": "4"}}}}}}  # fmt: skip
    return {"type": "view_submission", "user": {"id": "U0MAYA"}, "team": {"id": "T0ACME"}, "view": view}
