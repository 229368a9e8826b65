"""The pace of events per routing key and of incoming webhooks, where one is set (pagerduty.md 12)."""

from __future__ import annotations

import requests

from tests.sandbox.conftest import Account
from tests.sandbox.pagerduty.runtime.test_incident_life import integration_key


def test_each_routing_key_has_its_own_pace_that_slides(account: Account) -> None:
    first, second = (integration_key(account, account.service(name)) for name in ("One", "Two"))
    account.control("PUT", "limits", {"events_per_minute": 3})

    def send(key: str) -> tuple[int, str]:
        payload = {"summary": "x", "source": "y", "severity": "info"}
        event = {"routing_key": key, "event_action": "trigger", "payload": payload}
        answer = account.send("POST", "/v2/enqueue", event, host="EVENTS")
        return answer.status_code, "" if answer.ok else answer.text

    assert [send(first), send(first)] == [(202, "")] * 2
    account.sandbox.clock.advance(40)
    assert [send(first), send(first), send(second)] == [(202, ""), (429, ""), (202, "")]
    account.sandbox.clock.advance(21)  # the first two are longer ago than a minute, the third is not
    assert [send(first), send(first), send(first)] == [(202, ""), (202, ""), (429, "")]


def test_an_incoming_webhook_takes_a_message_a_second(account: Account) -> None:
    account.control("PUT", "limits", {"slack_tiers": True})
    url = account.control("POST", "slack/incoming-webhook", {"channel": "general"})["url"]
    assert requests.post(url, json={"text": "x"}).text == "ok"
    refused = requests.post(url, json={"text": "x"})
    assert (refused.status_code, refused.headers["Retry-After"], refused.text) == (429, "1", "ratelimited")
    account.sandbox.clock.advance(1)
    assert requests.post(url, json={"text": "x"}).text == "ok"
