"""What the entries of an export hold, look up, and leave out with the reason."""

from __future__ import annotations

import pytest

from tests.export.account import CONDITIONS, SECRETS, path, reference, rule
from tests.export.exports import comments, exported, proved, words

# --- what stands in it -----------------------------------------------------------------------------


def test_a_name_stands_where_it_is_not_the_key_and_an_id_where_it_is_not_enough(accounts):
    for name in ("payments", "Platform", "Platform", "日本語"):
        accounts.team(name, None, {})

    _, second, third, _ = accounts.all("team")
    said = words(exported(accounts.sandbox))
    assert said["team/payments"] == {"members": {}}
    platforms = [said["team/platform"], said["team/platform-2"]]
    assert [team["name"] for team in platforms] == ["Platform", "Platform"]
    assert {team["id"] for team in platforms} == {second, third}
    assert said["team/team"]["name"] == "日本語"


def test_what_we_marked_keeps_its_key(accounts):
    accounts.team("Payments", "Takes money\n\n[pdslack:acme/cards]", {})

    assert words(exported(accounts.sandbox))["team/cards"] == {
        "name": "Payments",
        "description": "Takes money",
        "members": {},
    }


@pytest.mark.slow
def test_of_two_objects_with_one_mark_the_second_is_only_looked_up(accounts, tmp_path):
    for name in ("One", "Two"):
        accounts.team(name, "[pdslack:acme/same]", {})

    said = words(exported(accounts.sandbox))

    assert {"id", "members", "name"} == said["team/same"].keys()
    (other,) = [entry for ref, entry in said.items() if ref.startswith("team/") and ref != "team/same"]
    assert other.keys() == {"name", "lookup", "id"}
    proved(accounts.sandbox, tmp_path)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("zone", "managed"),
    [
        pytest.param("Eastern Time (US & Canada)", True, id="as the web interface calls it"),
        pytest.param("Mars/Olympus", False, id="known to nobody"),
    ],
)
def test_a_schedule_keeps_the_zone_that_it_has(accounts, tmp_path, zone, managed):
    accounts.person("maya@acme.example")
    (user,) = accounts.all("user")
    layer = {
        "start": "2026-01-05T09:00:00Z",
        "rotation_virtual_start": "2026-01-05T09:00:00Z",
        "rotation_turn_length_seconds": 86_400,
        "users": [{"user": reference("user", user)}],
    }
    accounts.schedule("Primary", None, [layer], [])
    (schedule,) = accounts.all("schedule")
    accounts.edit("pagerduty.schedule", schedule, lambda document: document.update(time_zone=zone))

    said = words(exported(accounts.sandbox)).get("schedule/primary")

    assert (said and said.get("time_zone")) == (zone if managed else None)
    proved(accounts.sandbox, tmp_path)


def test_one_person_has_one_key_in_both_products(accounts):
    accounts.person("pagerduty-only@acme.example", slack=False)
    accounts.person("Slack.Only@acme.example", pagerduty=False)
    accounts.team("All", None, dict.fromkeys(accounts.all("user"), "responder"))
    accounts.channel("room", private=True, people=tuple(accounts.all("slack_user")))

    said = words(exported(accounts.sandbox))

    assert said["person/maya"] == "maya@acme.example"
    assert said["person/slack.only"] == "slack.only@acme.example"
    assert said["team/all"]["members"] == {"responder": ["maya", "pagerduty-only"]}
    assert said["channel/room"]["members"] == ["admin", "maya", "slack.only"]


def test_members_of_a_public_channel_come_and_go_by_themselves(accounts):
    accounts.channel("lobby", people=tuple(accounts.all("slack_user")), topic="Hello")

    assert words(exported(accounts.sandbox))["channel/lobby"] == {"topic": "Hello"}


def test_what_others_own_is_looked_up_where_something_needs_it(accounts):
    policy = accounts.all("escalation_policy")[0]
    accounts.edit(
        "pagerduty.escalation_policy",
        policy,
        lambda document: document.update(description="[pdslack:others/x]"),
    )
    accounts.service("API", policy, [])
    accounts.team("Theirs", "[pdslack:others/theirs]", {})

    found = exported(accounts.sandbox)

    assert words(found)["escalation_policy/on-call"] == {"name": "On call", "lookup": True}
    assert comments(found, "escalation_policy/on-call") == "it belongs to owner 'others'"
    assert "team 'Theirs': belongs to owner 'others'" in found.left_out


def test_connections_between_what_another_owner_has_are_left_to_that_owner(accounts):
    policy = accounts.all("escalation_policy")[0]
    service = accounts.service("API", policy, [], description="[pdslack:others/api]")
    accounts.channel("theirs", purpose="[pdslack:others/theirs]")
    accounts.connection(reference("service", service), accounts.all("channel")[0])

    assert not any(ref.startswith("notification_rule/") for ref in words(exported(accounts.sandbox)))


def test_hidden_values_are_told_how_to_write(accounts):
    headers = {"X-Token": SECRETS[0]}
    accounts.webhook(
        "https://sync.acme.example/x", {"type": "account_reference"}, headers, events=["service.created"]
    )

    found = exported(accounts.sandbox)

    assert "headers" not in words(found)["webhook/sync.acme.example"]
    assert '{"X-Token": "${WEBHOOK_SYNC_ACME_EXAMPLE_X_TOKEN}"}' in comments(
        found, "webhook/sync.acme.example"
    )


def test_hidden_settings_stand_beside_those_that_are_shown(accounts):
    service = accounts.service("API", accounts.all("escalation_policy")[0], [])
    schemas = accounts.pagerduty("GET", "/extension_schemas")["extension_schemas"]
    extension = {
        "name": "Tickets",
        "endpoint_url": f"https://acme.example/{SECRETS[0]}",
        "extension_schema": reference("extension_schema", schemas[0]["id"]),
        "extension_objects": [reference("service", service)],
        "config": {"user": "pd", "hosts": [{"token": SECRETS[1]}]},
    }
    accounts.make("extension", "/extensions", extension)

    found = exported(accounts.sandbox)

    assert words(found)["extension/tickets"].keys() == {"name", "schema", "services"}
    told = comments(found, "extension/tickets")
    assert 'write config: {"user": "pd", "hosts": [{"token": "${EXTENSION_TICKETS_HOSTS_0_TOKEN}"}]}' in told
    assert "write endpoint: ${EXTENSION_TICKETS_ENDPOINT}" in told
    assert "as set there" not in told


def test_rules_that_our_lints_refuse_say_that_they_are_meant_so(accounts):
    service = accounts.service("API", accounts.all("escalation_policy")[0], [])
    accounts.service_rules(service, path(("start", [rule(CONDITIONS[4], severity="info")])), active=True)

    (said,) = words(exported(accounts.sandbox))["service/api"]["rules"]

    assert said["ignore"] == ["lone-value"]


def test_a_field_that_no_file_can_say_is_left_out_alone(accounts):
    service = accounts.service(
        "API", accounts.all("escalation_policy")[0], [], description="token xoxb-1234567-abcdef"
    )
    accounts.orchestration("Events", "", "", [], {"router": path(("start", [rule(route_to=service)]))})
    accounts.pagerduty("DELETE", f"/services/{service}")
    accounts.service(
        "Other", accounts.all("escalation_policy")[0], [], description="token xoxb-1234567-abcdef"
    )

    found = exported(accounts.sandbox)

    assert words(found)["routing/events"] == {
        "name": "Events",
        "integrations": ["Events Default Integration"],
    }
    assert comments(found, "routing/events").startswith(
        "`routes` is left out: routes[0]: it refers to the service"
    )
    assert "description" not in words(found)["service/other"]
    assert (
        comments(found, "service/other")
        == "`description` is left out: it contains what looks like a Slack token (xoxb…)"
    )


def test_of_integrations_with_one_name_the_first_is_said(accounts):
    api = {"type": "events_api_v2_inbound_integration", "name": "API"}
    accounts.service("API", accounts.all("escalation_policy")[0], [api, {**api, "name": "B"}, api])

    found = exported(accounts.sandbox)

    assert [each["name"] for each in words(found)["service/api"]["integrations"]] == ["API", "B"]
    assert comments(found, "service/api") == "`integrations[2]` is left out: two integrations are named 'API'"


def test_alert_grouping_that_services_share_without_a_name_is_left_out(accounts):
    services = [accounts.service(name, accounts.all("escalation_policy")[0], []) for name in ("A", "B", "C")]
    config = {"aggregate": "all", "fields": ["class"], "time_window": 300}
    accounts.grouping(services[:2], type="content_based", config=config)
    accounts.grouping(services[2:], type="time", config={"timeout": 600})

    found = exported(accounts.sandbox)

    assert ["alert_grouping" in words(found)[f"service/{key}"] for key in "abc"] == [False, False, True]
    assert "shared by 2 services" in comments(found, "service/a")


def test_policies_with_round_robin_say_so(accounts):
    rules = [{
        "escalation_delay_in_minutes": 30,
        "targets": [reference("user", accounts.all("user")[0])],
        "escalation_rule_assignment_strategy": {"type": "round_robin"},
    }]  # fmt: skip
    body = {"type": "escalation_policy", "name": "Round", "escalation_rules": rules}
    accounts.make("escalation_policy", "/escalation_policies", body)

    (level,) = words(exported(accounts.sandbox))["escalation_policy/round"]["levels"]

    assert level["assign"] == "round_robin"
