"""PagerDuty's own Slack app posts incidents beside ours (pagerduty.md 9.4, slack.md 9)."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.runtime.test_incident_life import SENDER, incidents, integration_key, send

GENERAL = "C0SANDBOXGE"
CONNECTIONS = "/integration-slack/workspaces/T0SANDBOX0/connections"
EVENTS = ["incident.triggered", "incident.acknowledged", "incident.annotated"]


def connect(account: Account, source: Json, channel: str = GENERAL, **config: object) -> Json:
    connection = {
        "channel_id": channel,
        "source_id": source["id"],
        "source_type": f"{source['type']}_reference",
        "config": {"events": EVENTS, "urgency": None, "priorities": None, **config},
    }
    body = {"slack_connection": connection}
    return account.post(CONNECTIONS, body, host="APP", token=account.user_token)["slack_connection"]


def slack(account: Account, method: str, **arguments: object) -> Json:
    environment = account.environment
    return account.session.post(
        environment["SLACK_API_URL"] + method,
        data=arguments,
        headers={"Authorization": f"Bearer {environment['SLACK_USER_TOKEN']}"},
    ).json()


def messages(account: Account) -> list[Json]:
    return slack(account, "conversations.history", channel=GENERAL)["messages"]


def thread(account: Account, ts: str) -> list[str]:
    return [
        one["text"] for one in slack(account, "conversations.replies", channel=GENERAL, ts=ts)["messages"][1:]
    ]


def test_an_incident_is_posted_by_a_bot_of_its_own_and_kept_true(account: Account):
    service = account.service()
    connect(account, service)
    key = integration_key(account, service)
    send(account, key, summary="Disk <full> & hot")
    (incident,) = incidents(account)
    (message,) = messages(account)
    assert "Triggered" in message["text"]
    assert "Disk &lt;full&gt; &amp; hot" in message["text"]
    assert message["bot_profile"]["name"] == "PagerDuty"
    bot = slack(account, "bots.info", bot=message["bot_id"])["bot"]
    assert (bot["name"], bot["app_id"]) == ("PagerDuty", message["app_id"])

    path = f"/incidents/{incident['id']}"
    account.post(f"{path}/notes", {"note": {"content": "Looking"}}, headers=SENDER)
    body = {"incident": {"type": "incident_reference", "status": "acknowledged"}}
    account.put(path, body, headers=SENDER)
    assert messages(account)[0]["text"].startswith("Acknowledged: ")
    lines = ["Annotated by Sandbox Admin: Looking", "Acknowledged by Sandbox Admin"]
    assert thread(account, message["ts"]) == lines

    send(account, key, action="resolve")  # not subscribed to: the message is true, the thread is quiet
    assert messages(account)[0]["text"].startswith("Resolved: ")
    assert thread(account, message["ts"]) == lines


@pytest.mark.parametrize(
    ("config", "severity", "posted"),
    [
        pytest.param({"urgency": "high"}, "critical", True, id="the urgency"),
        pytest.param({"urgency": "low"}, "critical", False, id="another urgency"),
        pytest.param({"priorities": None}, "critical", True, id="any priority"),
        pytest.param({"priorities": []}, "critical", True, id="none wanted, none there"),
        pytest.param({"priorities": ["no_priority"]}, "critical", True, id="none by its word"),
        pytest.param({"priorities": ["P1"]}, "critical", False, id="a priority that it lacks"),
    ],
)
def test_filters_of_a_connection_let_incidents_through(
    account: Account, config: Json, severity: str, posted: bool
):
    if config.get("priorities") == ["P1"]:
        config = {"priorities": [account.get("/priorities")["priorities"][0]["id"]]}
    service = account.service()
    connect(account, service, **config)
    send(account, integration_key(account, service), severity=severity)
    assert len(messages(account)) == posted


def test_a_team_stands_for_all_its_services(account: Account):
    team = account.team()
    policy = account.policy("Of the team", teams=[reference(team)])
    connect(account, team)
    for name, fields in {"Ours": {"escalation_policy": reference(policy)}, "Theirs": {}}.items():
        send(account, integration_key(account, account.service(name, **fields)), summary=name)
    (message,) = messages(account)
    assert "Ours" in message["text"]


def test_a_channel_that_was_archived_hears_nothing(account: Account):
    account.sandbox.seed({"channels": ["payments"]})
    (channel,) = account.sandbox.store.find("slack.channel", name="payments")
    service = account.service()
    connect(account, service, channel["id"])
    assert slack(account, "conversations.archive", channel=channel["id"])["ok"]
    send(account, integration_key(account, service))
    assert len(incidents(account)) == 1
    assert account.sandbox.store.find("slack.message", channel=channel["id"], bot_id="B0SANDBOXPD") == []


def test_an_incident_has_channels_of_its_own(account: Account):
    """Its dedicated channel and the notified ones show it and hear of it; what cannot be is told."""
    send(account, integration_key(account, account.service()))
    (incident,) = incidents(account)
    path, by = f"/integration-slack/incidents/{incident['id']}", {"token": account.user_token}
    wanted = {"channel": {"name": "inc-1", "privacy": "private", "slack_team_id": "T0SANDBOX0"}}
    account.send("POST", f"{path}/dedicated_channel", wanted)  # with the key of the account
    assert account.sandbox.calls[-1].status == 401
    made = account.post(f"{path}/dedicated_channel", wanted, **by)["channel"]
    assert account.get(f"{path}/dedicated_channel", **by)["channel"] == made
    for name in ("inc-1", "inc-2"):
        again = {"channel": {"name": name}}
        account.refused(422, "POST", f"{path}/dedicated_channel", again, **by)
    general = {"channel": {"id": GENERAL}}
    account.post(f"{path}/notification_channels", general, **by)
    account.refused(422, "POST", f"{path}/notification_channels", general, **by)
    body = {"incident": {"type": "incident_reference", "status": "acknowledged"}}
    account.put(f"/incidents/{incident['id']}", body, headers=SENDER)
    (message,) = messages(account)
    assert message["text"].startswith("Acknowledged: ")
    assert thread(account, message["ts"]) == ["Acknowledged by Sandbox Admin"]
    (own,) = [
        one for one in account.sandbox.store.find("slack.message", channel=made["id"]) if "blocks" in one
    ][:1]
    assert own["text"].startswith("Acknowledged: ")
    both = {"channels": [{"id": GENERAL}, {"id": "C0NOWHERE"}]}
    replaced = account.put(f"{path}/notification_channels", both, **by)
    assert [one["id"] for one in replaced["channels"]] == [GENERAL]
    assert "C0NOWHERE" in replaced["warnings"][0]
    account.delete(f"{path}/notification_channels/{GENERAL}", **by)
    account.delete(f"{path}/dedicated_channel", **by)
    account.refused(404, "GET", f"{path}/dedicated_channel", **by)
    assert account.get(f"{path}/notification_channels", **by)["channels"] == []
