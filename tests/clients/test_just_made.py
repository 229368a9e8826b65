"""Calls that name what was just made: not found is waited for, and nothing else is."""

from __future__ import annotations

import pytest

from pdslack_cli.errors import ApiError
from tests.clients.scripted import Reply

MADE = Reply({"service": {"id": "PNEW"}}, 201)
OK = Reply({"service": {"id": "PNEW"}})
MISSING = Reply({"error": {"message": "Not Found", "code": 2100}}, 404)
UNKNOWN_TARGET = Reply(
    {"error": {"message": "Invalid Input", "errors": ["Service PNEW could not be found"]}}, 400
)
INVALID = Reply({"error": {"message": "Invalid Input", "errors": ["Name cannot be empty"]}}, 400)
FORBIDDEN = Reply({"error": {"message": "Forbidden"}}, 403)
PATH = "/event_orchestrations/services/PNEW"


@pytest.mark.parametrize(
    ("refusal", "path", "body"),
    [
        pytest.param(MISSING, "/services/PNEW/integrations", {}, id="in the path"),
        pytest.param(MISSING, "/extensions", {"service": {"id": "PNEW"}}, id="in the body"),
        pytest.param(UNKNOWN_TARGET, "/extensions", {"service": {"id": "PNEW"}}, id="told by a 400"),
        pytest.param(FORBIDDEN, PATH, {}, id="a service's path answers 403"),
    ],
)
def test_what_names_it_is_repeated_until_it_shows(pagerduty, vendor, clock, refusal, path, body):
    vendor.plays(MADE, refusal, refusal, OK)
    pagerduty.create("/services", {})
    began = clock.time()

    assert pagerduty.update(path, body) == {"service": {"id": "PNEW"}}

    assert clock.time() - began == 1.5
    assert len(vendor.seen) == 4


@pytest.mark.parametrize(
    ("refusal", "path"),
    [
        pytest.param(MISSING, "/services/POLD", id="another object"),
        pytest.param(INVALID, "/services/PNEW", id="another reason"),
        pytest.param(FORBIDDEN, "/services/PNEW", id="a role that may not"),
    ],
)
def test_other_refusals_are_told_at_once(pagerduty, vendor, clock, refusal, path):
    vendor.plays(MADE, refusal, ...)
    pagerduty.create("/services", {})
    began = clock.time()

    with pytest.raises(ApiError):
        pagerduty.update(path, {})

    assert clock.time() == began
    assert len(vendor.seen) == 2


def test_slack_channel_that_does_not_show_is_waited_for(slack, vendor, clock):
    gone = Reply({"ok": False, "error": "channel_not_found"})
    vendor.plays(Reply({"ok": True, "channel": {"id": "CNEW"}}), gone, gone, gone, Reply({"ok": True}))
    slack.call("conversations.create", name="new")
    began = clock.time()

    assert slack.call("conversations.setTopic", channel="CNEW", topic="T") == {"ok": True}

    assert clock.time() - began == 3.5
