"""What senders write and what people delete: it pages nobody, misleads nobody, and keeps no message away."""

from __future__ import annotations

import json

import pytest
import requests

from tests.sync.world import TOM, until

pytestmark = pytest.mark.slow_after(2)

TITLES = [
    "<!channel> <!here> <!subteam^S123|x> <@U123> <#C123|x> <https://evil.example|click> <mailto:a@b|x>",
    "\u202egnp.exe\u202c zero\u200bwidth\u200d \u2066isolated\u2069",
    "&lt;!channel&gt; &amp;lt;@U123&gt;",
    "``` *b* _i_ ~s~ `c`\n> quoted\n\x00\x07\x1b[31mred",
    "😀" * 1024,
    "@channel @here @everyone #general |pipes| >>>",
]
FIELDS = 32  # as many as a message shows
FORBIDDEN = ("<!", "<@U123", "<#C123", "|click>", "<mailto", "\u202e", "\u200b", "\u2066", "\x00", "\x1b")


@pytest.fixture(scope="module")
def database():
    return ""


def texts(value):
    """All texts of a message that others may have written, without the times that we wrote."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value.replace("<!date^", "")] if isinstance(value, str) else []


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(TITLES)))
def test_a_title_is_text_and_nothing_else(world, number):
    title = TITLES[number]
    id_ = world.trigger(title, dedup_key=f"hostile {number}", custom_details={title[:30]: title})
    world.shows(id_, "triggered")
    world.pagerduty("POST", f"/incidents/{id_}/notes", {"note": {"content": title}})
    world.set_status(id_, "resolved")
    world.shows(id_, "resolved")
    until(lambda: len(world.replies(id_)) == 3)
    shown = texts([[post["text"], post["blocks"]] for post in world.posts(id_)])
    assert [text for text in shown if any(word in text for word in FORBIDDEN)] == []


@pytest.mark.slow
def test_a_huge_alert_and_many_custom_fields_fit(world):
    for number in range(FIELDS):
        field = {"name": f"field_{number}", "display_name": f"Field {number}", "data_type": "string"}
        body = {"field": {**field, "field_type": "single_value"}}
        world.pagerduty("POST", "/incidents/custom_fields", body)
    details = {f"key {number}": "v" * 1000 for number in range(50)}
    id_ = world.trigger("Huge", dedup_key="huge", custom_details=details)
    values = [{"name": f"field_{number}", "value": "w" * 200} for number in range(FIELDS)]
    world.pagerduty("PUT", f"/incidents/{id_}/custom_fields/values", {"custom_fields": values})
    world.set_status(id_, "acknowledged")
    message = world.shows(id_, "acknowledged")
    assert f"Field {FIELDS - 1}" in json.dumps(message)
    assert world.row(id_).error is None
    assert "pdslack_resolve" in json.dumps(message)


def test_somebody_without_a_slack_account_is_named(world):
    body = {"user": {"type": "user", "name": "Zed", "email": "zed@acme.example"}}
    zed = world.pagerduty("POST", "/users", body)["user"]["id"]
    id_ = world.trigger("For somebody", dedup_key="somebody")
    world.shows(id_, "triggered")
    assignments = [{"assignee": {"id": zed, "type": "user_reference"}}]
    body = {"incident": {"type": "incident_reference", "assignments": assignments}}
    world.pagerduty("PUT", f"/incidents/{id_}", body)
    assert "<@" not in json.dumps(world.shows(id_, "zed")["blocks"][1])


@pytest.mark.slow
def test_a_service_that_is_deleted_meanwhile(world):
    id_ = world.trigger("Of a service that goes", dedup_key="goes")
    world.shows(id_, "triggered")
    environ = world.sandbox.environment
    service = world.incident(id_)["service"]["id"]
    headers = {"Authorization": f"Token token={environ['PAGERDUTY_API_KEY']}"}
    assert requests.delete(f"{environ['PAGERDUTY_API_URL']}/services/{service}", headers=headers).ok
    world.service.cache.clear()
    world.click(TOM, id_, "pdslack_acknowledge")
    world.shows(id_, "acknowledged")
