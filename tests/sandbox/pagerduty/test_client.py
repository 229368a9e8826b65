"""The `pagerduty` package, which followed pdpyras, works against the sandbox unchanged.

It insists on https; its transport may be chosen, so here a TLS proxy is played by one that speaks plain HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pagerduty
import pytest

from tests.sandbox.conftest import Account
from tests.sandbox.pagerduty.runtime.test_incident_life import integration_key


class PlainTransport(httpx2.HTTPTransport):
    """Sends what is meant for https over http."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(scheme="http")
        return super().handle_request(request)


def over_tls(url: str) -> dict[str, object]:
    """The arguments that lead a client to a sandbox behind TLS."""
    return {"base_url": url.replace("http:", "https:"), "transport": PlainTransport()}


@pytest.fixture
def client(account: Account) -> Iterator[pagerduty.RestApiV2Client]:
    tls = over_tls(account.environment["PAGERDUTY_API_URL"])
    client = pagerduty.RestApiV2Client(account.key, default_from="admin@sandbox.example", **tls)
    yield client
    client.close()


def test_configuration_is_made_found_and_listed(client: pagerduty.RestApiV2Client):
    for number in range(7):
        client.rpost("teams", json={"type": "team", "name": f"Team {number}"})
    assert [team["name"] for team in client.iter_all("teams", page_size=3)] == [
        f"Team {number}" for number in range(7)
    ]
    maya = client.persist("users", "email", {"type": "user", "name": "Maya", "email": "maya@acme.example"})
    assert client.find("users", "maya@acme.example", attribute="email")["id"] == maya["id"]
    assert len(list(client.iter_cursor("/incident_workflows/actions"))) > 5
    assert len(list(client.iter_cursor("/audit/records"))) == 8
    client.rdelete(f"/users/{maya['id']}")


@pytest.mark.slow
def test_an_incident_from_its_event_to_its_history(client: pagerduty.RestApiV2Client, account: Account):
    key = integration_key(account, account.service())
    events = pagerduty.EventsApiV2Client(key, **over_tls(account.environment["PAGERDUTY_EVENTS_URL"]))
    dedup_key = events.trigger("Disk full", "db1", severity="critical")
    events.acknowledge(dedup_key)
    events.resolve(dedup_key)
    events.close()
    (incident,) = client.list_all("incidents", params={"statuses[]": ["resolved"]})
    assert incident["title"] == "Disk full"
    client.rpost(f"/incidents/{incident['id']}/notes", json={"content": "It was the log"})
    notes = client.iter_incident_notes(incident["id"])  # its entries of the log
    assert [note["channel"]["summary"] for note in notes] == ["It was the log"]
    figures = list(client.iter_analytics_raw_incidents({}))
    assert [(one["id"], one["status"]) for one in figures] == [(incident["id"], "resolved")]


def test_a_wrong_key_is_told(account: Account):
    client = pagerduty.RestApiV2Client("wrong", **over_tls(account.environment["PAGERDUTY_API_URL"]))
    with pytest.raises(pagerduty.Error, match="401"):
        client.rget("users")
    client.close()
