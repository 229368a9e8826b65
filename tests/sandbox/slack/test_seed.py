"""What is there before the first call."""

from __future__ import annotations

from pdslack_cli.sandbox.slack import workspace
from tests.sandbox.slack.conftest import Workspace

WANTED = {
    "workspace": "T0ACME",
    "people": [
        {"name": "Maya", "email": "maya@acme.example"},
        {"name": "Tom", "email": "tom@acme.example", "slack": "U0TOM"},
    ],
    "channels": [
        "platform-alerts",
        {"name": "payments", "creator": "maya@acme.example", "members": ["Tom"], "bot": True},
    ],
    "user_groups": [
        "platform-oncall",
        {"name": "Payments", "handle": "payments-oncall", "users": ["maya@acme.example"]},
    ],
    "services": [{"name": "of no concern"}],
}


def test_a_new_workspace_has_an_admin_a_bot_and_a_general_channel(slack: Workspace) -> None:
    (general,) = slack.ok("conversations.list")["channels"]
    assert (general["name"], general["is_general"], general["is_member"]) == ("general", True, False)
    assert slack.ok("conversations.members", channel=general["id"])["members"] == [workspace.ADMIN]


def test_seeding_adds_what_is_named(slack: Workspace) -> None:
    slack.sandbox.seed(WANTED)
    assert slack.ok("auth.test")["team_id"] == "T0ACME"
    maya = slack.ok("users.lookupByEmail", email="maya@acme.example")["user"]
    assert (maya["real_name"], maya["team_id"]) == ("Maya", "T0ACME")
    groups = slack.ok("usergroups.list", include_users="1")["usergroups"]
    assert [(group["handle"], group["users"]) for group in groups] == [
        ("platform-oncall", [workspace.ADMIN]),
        ("payments-oncall", [maya["id"]]),
    ]


def test_a_seeded_channel_is_not_the_bots(slack: Workspace) -> None:
    slack.sandbox.seed(WANTED)
    channels = {channel["name"]: channel for channel in slack.ok("conversations.list")["channels"]}
    alerts, payments = channels["platform-alerts"], channels["payments"]
    assert (alerts["creator"], alerts["is_member"]) == (workspace.ADMIN, False)
    assert payments["is_member"] is True
    maya = slack.ok("users.lookupByEmail", email="maya@acme.example")["user"]["id"]
    members = slack.ok("conversations.members", channel=payments["id"])["members"]
    assert (payments["creator"], members) == (maya, [maya, "U0TOM", workspace.BOT_USER])


def test_who_has_a_slack_id_has_another_address_there(slack: Workspace) -> None:
    slack.sandbox.seed(WANTED)
    assert slack.error("users.lookupByEmail", email="tom@acme.example") == "users_not_found"
    assert slack.ok("users.info", user="U0TOM")["user"]["real_name"] == "Tom"


def test_seeding_twice_leaves_what_is_there(slack: Workspace) -> None:
    slack.sandbox.seed(WANTED)
    channel = slack.channel_id("payments")
    slack.ok("conversations.setTopic", channel=channel, topic="Cards")
    before = {
        kind: slack.sandbox.store.all(kind) for kind in ("slack.user", "slack.channel", "slack.user_group")
    }
    slack.sandbox.seed(WANTED)
    assert {kind: slack.sandbox.store.all(kind) for kind in before} == before


def test_a_seed_that_names_nobody_is_refused(slack: Workspace) -> None:
    wanted = {"channels": [{"name": "payments", "members": ["nobody"]}]}
    answer = slack.session.post(f"{slack.sandbox.url}/_sandbox/seed", json=wanted)
    assert answer.status_code == 400
    assert "nobody" in answer.json()["error"]
    assert [channel["name"] for channel in slack.ok("conversations.list")["channels"]] == ["general"]


def test_every_secret_says_that_it_is_the_sandboxs(slack: Workspace) -> None:
    environment = slack.sandbox.vendors["slack"].environment("http://127.0.0.1:1")
    assert environment.pop("SLACK_API_URL") == "http://127.0.0.1:1/slack/api/"
    prefixes = {name: value.partition("sandbox")[0] for name, value in environment.items()}
    assert prefixes == {
        "SLACK_BOT_TOKEN": "xoxb-",
        "SLACK_USER_TOKEN": "xoxp-",
        "SLACK_APP_TOKEN": "xapp-",
        "SLACK_CONFIG_TOKEN": "xoxe.xoxp-",
        "SLACK_SIGNING_SECRET": "",
    }
    assert all("sandbox" in value for value in environment.values())
