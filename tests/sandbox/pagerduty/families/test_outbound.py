from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, Json, reference

# Webhook subscriptions


def subscription(**fields) -> Json:
    return {
        "type": "webhook_subscription",
        "delivery_method": {
            "type": "http_delivery_method",
            "url": "https://sync.acme.example/hook",
            "custom_headers": [{"name": "X-Env", "value": "prod"}],
        },
        "events": ["incident.triggered", "incident.acknowledged"],
        "filter": {"type": "account_reference"},
        **fields,
    }


def subscribe(account: Account, **fields) -> Json:
    body = {"webhook_subscription": subscription(**fields)}
    return account.post("/webhook_subscriptions", body)["webhook_subscription"]


def test_the_secret_is_told_once_and_headers_never(account: Account):
    made = subscribe(account)
    assert len(made["delivery_method"]["secret"]) == 64
    shown = account.get(f"/webhook_subscriptions/{made['id']}")["webhook_subscription"]
    assert shown["delivery_method"]["secret"] is None
    for told in (made, shown):
        assert told["delivery_method"]["custom_headers"] == [{"name": "X-Env", "value": "-- redacted --"}]
    assert account.get("/webhook_subscriptions")["webhook_subscriptions"] == [shown]


def test_events_that_are_not_documented_are_taken(account: Account):
    events = ["action_invocation.created", "incident.novel.kind"]
    assert subscribe(account, events=events)["events"] == events


def test_events_come_back_sorted(account: Account):
    assert subscribe(account)["events"] == ["incident.acknowledged", "incident.triggered"]


def test_the_delivery_method_cannot_be_changed(account: Account):
    made = subscribe(account)
    elsewhere = {"type": "http_delivery_method", "url": "https://other.acme.example"}
    body = {"webhook_subscription": {"delivery_method": elsewhere, "description": "Sync", "active": False}}
    path = f"/webhook_subscriptions/{made['id']}"
    shown = account.put(path, body, as_described=False)["webhook_subscription"]
    assert shown["delivery_method"]["url"] == "https://sync.acme.example/hook"
    assert (shown["description"], shown["active"]) == ("Sync", False)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"events": []}, id="no events"),
        pytest.param({"events": ["incident.triggered"] * 2}, id="an event twice"),
        pytest.param({"events": ["incident.*"]}, id="a glob"),
        pytest.param({"filter": {"type": "service_reference"}}, id="a service without id"),
        pytest.param({"filter": {"type": "team_reference", "id": "PNONE"}}, id="unknown team"),
        pytest.param({"delivery_method": {"type": "http_delivery_method", "url": "ftp://x"}}, id="not HTTP"),
        pytest.param(
            {
                "delivery_method": {
                    "type": "http_delivery_method",
                    "url": "https://x.example",
                    "custom_headers": [{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}],
                }
            },
            id="a header twice",
        ),
    ],
)
def test_a_wrong_subscription_is_refused(account: Account, fields):
    body = {"webhook_subscription": subscription(**fields)}
    account.refused(400, "POST", "/webhook_subscriptions", body)


def test_subscriptions_are_found_by_scope_and_limited_in_each(account: Account):
    service = account.service()
    for _ in range(10):
        subscribe(account, filter=reference(service))
    subscribe(account)
    of_service = f"filter_type=service&filter_id={service['id']}"
    queries = {"filter_type=account": 1, of_service: 10, "filter_type=team": 0}
    for query, number in queries.items():
        assert len(account.get(f"/webhook_subscriptions?{query}")["webhook_subscriptions"]) == number, query
    body = {"webhook_subscription": subscription(filter=reference(service))}
    response = account.send("POST", "/webhook_subscriptions", body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, 2019)


# Slack connections


@pytest.fixture
def workspace(account: Account) -> str:
    account.control("POST", "seed", {"workspace": "T0ACME", "channels": ["incidents"]})
    return "/integration-slack/workspaces/T0ACME/connections"


def channel(account: Account) -> Json:
    (found,) = account.sandbox.store.find("slack.channel", name="incidents")
    return found


def config(**fields) -> Json:
    return {"events": ["incident.triggered"], **fields}


def connection(account: Account, **fields) -> Json:
    return {
        "channel_id": channel(account)["id"],
        "source_id": account.service("API")["id"],
        "source_type": "service_reference",
        "config": config(events=["incident.triggered", "incident.resolved"], urgency="high", priorities=None),
        **fields,
    }


def test_a_connection_joins_a_service_and_a_channel(account: Account, workspace: str):
    on_app = {"host": "APP", "token": account.user_token}
    made = account.post(workspace, {"slack_connection": connection(account)}, **on_app)["slack_connection"]
    assert (made["source_name"], made["channel_name"]) == ("API", "incidents")
    assert made["config"]["events"] == ["incident.resolved", "incident.triggered"]
    assert (made["config"]["priorities"], made["notification_type"]) == (None, "responder")
    page = account.get(workspace, **on_app)
    assert (page["slack_connections"], page["limit"], page["total"]) == ([made], 50, 1)
    path = f"{workspace}/{made['id']}"
    priority = account.get("/priorities")["priorities"][0]["id"]
    config = {"events": ["incident.triggered"], "urgency": None, "priorities": [priority, "no_priority"]}
    body = {**made, "config": config, "notification_type": "stakeholder"}
    shown = account.put(path, {"slack_connection": body}, **on_app)["slack_connection"]
    assert (shown["config"], shown["notification_type"]) == (config, "stakeholder")
    account.delete(path, **on_app)
    assert account.get(workspace, **on_app)["slack_connections"] == []


def test_priorities_left_out_mean_incidents_without_one(account: Account, workspace: str):
    body = connection(account, config=config())
    made = account.post(workspace, {"slack_connection": body}, host="APP", token=account.user_token)
    assert made["slack_connection"]["config"] == config(urgency=None, priorities=[])


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"channel_id": "C0NONE"}, id="unknown channel"),
        pytest.param({"source_id": "PNONE"}, id="unknown service"),
        pytest.param({"source_type": "team_reference"}, id="a service as a team"),
        pytest.param({"config": {"events": ["incident.resolved"]}}, id="without triggered"),
        pytest.param({"config": config(urgency="severe")}, id="unknown urgency"),
        pytest.param({"config": config(priorities=["P1"])}, id="priority by name"),
    ],
)
def test_a_wrong_connection_is_refused(account: Account, workspace: str, fields):
    body = {"slack_connection": connection(account, **fields)}
    account.refused(400, "POST", workspace, body, host="APP", token=account.user_token)


def test_connections_are_for_admins_in_a_connected_workspace(account: Account, workspace: str):
    account.refused(401, "GET", workspace, host="APP")
    tom = account.user("tom@acme.example")
    account.control("PUT", "tokens/toms", {"kind": "user", "user": tom["id"]})
    account.refused(403, "GET", workspace, host="APP", token="toms")
    elsewhere = workspace.replace("T0ACME", "T0OTHER")
    (message,) = account.refused(404, "GET", elsewhere, host="APP", token=account.user_token)
    assert "not been connected to this workspace" in message


def test_the_connection_to_the_workspace_can_be_taken_away(account: Account, workspace: str):
    account.control("PUT", "plan", {"features": {"slack_connection": False}})
    account.refused(404, "GET", workspace, host="APP", token=account.user_token)


# Events


def event(**fields) -> Json:
    payload = {"summary": "Card declined", "source": "api", "severity": "critical"}
    return {"routing_key": "R" * 32, "event_action": "trigger", "payload": payload, **fields}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(event(), id="trigger"),
        pytest.param(
            event(event_action="resolve", dedup_key="x", payload=None), id="resolve without payload"
        ),
        pytest.param(event(dedup_key=""), id="an empty key is none"),
        pytest.param(event(links=[{"href": "https://x.example", "text": "X"}]), id="with a link"),
    ],
)
def test_an_event_is_taken(account: Account, body):
    wanted = {name: value for name, value in body.items() if value is not None}
    response = account.send("POST", "/v2/enqueue", wanted, host="EVENTS", headers={"Authorization": ""})
    assert response.status_code == 202
    assert response.json()["dedup_key"]
    (kept,) = account.sandbox.store.all("pagerduty.event")
    assert kept["event"]["event_action"] == body["event_action"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param(
            {"routing_key": "short"},
            "Length of 'routing_key' is incorrect (should be 32 characters)",
            id="key",
        ),
        pytest.param(
            {"event_action": "start"},
            "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')",
            id="action",
        ),
        pytest.param({"event_action": "resolve"}, "'dedup_key' is missing or blank", id="resolve what"),
        pytest.param({"payload": None}, "'payload' is missing or blank", id="no payload"),
        pytest.param(
            {"payload": {"summary": "X", "severity": "info"}},
            "'payload.source' is missing or blank",
            id="no source",
        ),
        pytest.param(
            {"payload": {"summary": "X", "source": "a", "severity": "P1"}},
            "'payload.severity' is invalid "
            "(must be one of the following: 'critical', 'warning', 'error' or 'info')",
            id="severity",
        ),
        pytest.param(
            {"links": [{"text": "X"}]}, "'links' is invalid (each must have 'href')", id="link to nowhere"
        ),
    ],
)
def test_a_wrong_event_is_refused(account: Account, change, error):
    response = account.send("POST", "/v2/enqueue", event(**change), host="EVENTS")
    assert (response.status_code, response.json()["status"]) == (400, "invalid event")
    assert response.json()["errors"] == [error]


def test_a_body_that_is_no_json_is_unrecognized(account: Account):
    url = account.environment["PAGERDUTY_EVENTS_URL"] + "/v2/enqueue"
    response = account.session.post(url, data="{")
    assert (response.status_code, response.json()["errors"]) == (400, ["JSON parse error"])


def test_change_events_are_not_for_orchestration_keys(account: Account):
    change = {"routing_key": "a" * 32, "payload": {"summary": "Deployed", "source": "ci"}}
    assert account.send("POST", "/v2/change/enqueue", change, host="EVENTS").status_code == 202
    change["routing_key"] = "R" * 32
    assert account.send("POST", "/v2/change/enqueue", change, host="EVENTS").status_code == 400
