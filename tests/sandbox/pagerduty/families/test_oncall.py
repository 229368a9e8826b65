from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.sandbox.conftest import Account, Json, reference

MONDAY = "2030-01-07T09:00:00Z"


def layer(user: Json, **fields) -> Json:
    return {
        "name": "Weekly",
        "start": MONDAY,
        "rotation_virtual_start": MONDAY,
        "rotation_turn_length_seconds": 604800,
        "users": [{"user": reference(user)}],
        **fields,
    }


def schedule(account: Account, *layers: Json, **fields) -> Json:
    body = {
        "type": "schedule",
        "name": "Primary",
        "time_zone": "Europe/Berlin",
        "schedule_layers": list(layers),
    }
    return account.post("/schedules", {"schedule": {**body, **fields}})["schedule"]


def put_layers(account: Account, shown: Json, *layers: Json) -> Json:
    body = {"type": "schedule", "time_zone": shown["time_zone"], "schedule_layers": list(layers)}
    return account.put(f"/schedules/{shown['id']}", {"schedule": body})["schedule"]


def names(shown: Json) -> list[str]:
    return [one["name"] for one in shown["schedule_layers"]]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_layers_come_back_newest_first_in_the_schedules_zone(account: Account):
    maya = account.user()
    shown = schedule(account, layer(maya, name="A"), layer(maya, name="B"))
    assert names(shown) == ["B", "A"]
    assert shown["schedule_layers"][0]["start"] == "2030-01-07T10:00:00+01:00"
    assert [user["id"] for user in shown["users"]] == [maya["id"]]


def test_lists_have_layers_only_on_request(account: Account):
    schedule(account, layer(account.user()))
    (plain,) = account.get("/schedules")["schedules"]
    (whole,) = account.get("/schedules?include[]=schedule_layers")["schedules"]
    assert "schedule_layers" not in plain
    assert names(whole) == ["Weekly"]


def test_a_start_in_the_past_becomes_now(account: Account):
    shown = schedule(account, layer(account.user(), start="2020-01-06T09:00:00Z"))
    start = moment(shown["schedule_layers"][0]["start"])
    assert timedelta(0) <= account.sandbox.clock.now() - start < timedelta(minutes=2)
    account.control("POST", "clock", {"advance": 86400})
    (kept,) = account.get(f"/schedules/{shown['id']}")["schedule"]["schedule_layers"]
    assert moment(kept["start"]) == start
    again = put_layers(account, shown, kept)["schedule_layers"][0]
    assert moment(again["start"]) == start, "what is sent back unchanged stays"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("2030-01-07T09:00:00Z", "2030-01-07T09:00:00Z", id="UTC"),
        pytest.param("2030-01-07 09:00:00 +0000 UTC", "2030-01-07T09:00:00Z", id="UTC as Go prints it"),
        pytest.param("2030-01-07T09:00:00+01:00", "2030-01-07T09:00:00Z", id="shifted"),
    ],
)
def test_a_rotation_starts_in_utc_or_is_shifted(account: Account, sent, kept):
    shown = schedule(account, layer(account.user(), rotation_virtual_start=sent))
    assert moment(shown["schedule_layers"][0]["rotation_virtual_start"]) == moment(kept)


def test_layers_are_ended_never_removed(account: Account):
    maya = account.user()
    shown = schedule(account, layer(maya, name="A"), layer(maya, name="B"))
    b, a = shown["schedule_layers"]
    assert (
        account.refused(
            400,
            "PUT",
            f"/schedules/{shown['id']}",
            {"schedule": {"type": "schedule", "schedule_layers": [b]}},
        )[0]
        == "Invalid Schedule"
    )
    now = account.sandbox.clock.now().replace(second=0, microsecond=0).isoformat()
    put_layers(account, shown, {**a, "end": now}, b)
    account.control("POST", "clock", {"advance": 60})
    added = put_layers(account, shown, b, layer(maya, name="C"))
    assert names(added) == ["C", "B", "A"], "an ended layer stays, whether it is sent or not"
    assert [one["id"] for one in added["schedule_layers"][1:]] == [b["id"], a["id"]]


def test_an_order_once_given_stays(account: Account):
    maya = account.user()
    shown = schedule(account, layer(maya, name="A"), layer(maya, name="B"))
    assert names(put_layers(account, shown, *shown["schedule_layers"])) == ["B", "A"]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"start": "2030-01-07T09:00:30Z"}, id="seconds"),
        pytest.param({"start": "2030-01-07T09:00:00"}, id="no zone"),
        pytest.param({"start": "Monday"}, id="no date"),
        pytest.param({"users": []}, id="nobody"),
        pytest.param({"users": [{"user": {"id": "PNONE", "type": "user_reference"}}]}, id="unknown user"),
        pytest.param({"rotation_turn_length_seconds": 0}, id="no turn"),
        pytest.param({"id": "PNONE"}, id="unknown layer"),
        pytest.param(
            {
                "restrictions": [
                    {"type": "weekly_restriction", "start_time_of_day": "09:00:00", "duration_seconds": 60}
                ]
            },
            id="week without a day",
        ),
        pytest.param(
            {
                "restrictions": [
                    {"type": "daily_restriction", "start_time_of_day": "9:00", "duration_seconds": 60}
                ]
            },
            id="time of day",
        ),
        pytest.param(
            {
                "restrictions": [
                    {"type": "daily_restriction", "start_time_of_day": "09:00:00", "duration_seconds": 604800}
                ]
            },
            id="a week long",
        ),
    ],
)
def test_a_wrong_layer_is_refused(account: Account, fields):
    body = {"type": "schedule", "name": "S", "time_zone": "Etc/UTC"}
    layers = [layer(account.user(), **fields)]
    account.refused(400, "POST", "/schedules", {"schedule": {**body, "schedule_layers": layers}})


def test_restrictions_read_back_as_sent(account: Account):
    weekly = {
        "type": "weekly_restriction",
        "start_time_of_day": "17:00:00",
        "duration_seconds": 230400,
        "start_day_of_week": 5,
    }
    daily = {"type": "daily_restriction", "start_time_of_day": "09:00:00", "duration_seconds": 28800}
    shown = schedule(account, layer(account.user(), restrictions=[weekly, daily]))
    assert shown["schedule_layers"][0]["restrictions"] == [weekly, daily]


@pytest.mark.parametrize(
    ("zone", "status"),
    [
        pytest.param("America/New_York", 201, id="IANA"),
        pytest.param("Etc/UTC", 201, id="UTC by its long name"),
        pytest.param("UTC", 201, id="UTC, which Terraform's provider refuses"),
        pytest.param("US/Mountain", 201, id="an older name"),
        pytest.param("Europe/Oslo", 201, id="not in PagerDuty's list"),
        pytest.param("Eastern Time (US & Canada)", 201, id="as the web interface calls it"),
        pytest.param("Atlantis", 400, id="unknown"),
    ],
)
def test_time_zones_have_known_names(account: Account, zone, status):
    body = {"schedule": {"type": "schedule", "name": "S", "time_zone": zone}}
    assert account.send("POST", "/schedules", body).status_code == status


def test_a_schedule_goes_once_no_policy_and_no_open_incident_needs_it(account: Account):
    maya = account.user()
    shown = schedule(account, layer(maya))
    policy = account.policy(targets=[reference(shown)])
    service = account.service(escalation_policy=reference(policy))
    sender = {"From": maya["email"]}
    incident = account.post(
        "/incidents",
        {"incident": {"type": "incident", "title": "Down", "service": reference(service)}},
        headers=sender,
    )["incident"]
    path = f"/schedules/{shown['id']}"
    assert account.refused(400, "DELETE", path)[1:] == [
        "Schedule can't be deleted if it's being used by escalation policies",
        "Schedule can't be deleted if it's being used by an escalation policy snapshot with open incidents",
    ]
    rules = [{"escalation_delay_in_minutes": 5, "targets": [reference(maya)]}]
    body = {"type": "escalation_policy", "name": "P", "escalation_rules": rules}
    account.put(f"/escalation_policies/{policy['id']}", {"escalation_policy": body})
    assert len(account.refused(400, "DELETE", path)[1:]) == 1
    resolved = {"incident": {"type": "incident_reference", "status": "resolved"}}
    account.put(f"/incidents/{incident['id']}", resolved, headers=sender)
    account.delete(path)


def test_a_rotation_keeps_its_people_and_its_team_members(account: Account):
    team, maya = account.team(), account.user()
    account.put(f"/teams/{team['id']}/users/{maya['id']}", {"role": "responder"})
    schedule(account, layer(maya), teams=[reference(team)])
    account.refused(400, "DELETE", f"/teams/{team['id']}/users/{maya['id']}")
    account.refused(400, "DELETE", f"/users/{maya['id']}")


def policy_body(*targets: Json, **fields) -> Json:
    rule = {"escalation_delay_in_minutes": 15, "targets": list(targets)}
    return {"type": "escalation_policy", "name": "Payments", "escalation_rules": [rule], **fields}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"escalation_rules": []}, id="no rules"),
        pytest.param({"escalation_rules": [{"escalation_delay_in_minutes": 0, "targets": []}]}, id="nobody"),
        pytest.param({"name": "a/b"}, id="forbidden character"),
        pytest.param({"name": "Payments "}, id="space at the end"),
        pytest.param({"num_loops": 10}, id="too many loops"),
        pytest.param({"teams": [{"id": "PNONE", "type": "team_reference"}]}, id="unknown team"),
    ],
)
def test_a_wrong_policy_is_refused(account: Account, fields):
    body = policy_body(reference(account.user()), **fields)
    account.refused(400, "POST", "/escalation_policies", {"escalation_policy": body})


def test_a_policy_of_a_team_may_notify_others(account: Account):
    body = {"escalation_policy": policy_body(reference(account.user()), teams=[reference(account.team())])}
    account.post("/escalation_policies", body)


def test_targets_come_back_in_an_order_of_their_own(account: Account):
    people = [account.user(f"{name}@acme.example") for name in ("ann", "ben", "cem")]
    shown = account.policy(targets=[reference(person) for person in people])
    targets = [target["id"] for target in shown["escalation_rules"][0]["targets"]]
    assert targets == sorted(targets)


def test_rules_keep_an_id_that_is_sent_back(account: Account):
    shown = account.policy()
    path = f"/escalation_policies/{shown['id']}"
    again = account.put(path, {"escalation_policy": policy_body(escalation_rules=shown["escalation_rules"])})
    assert again["escalation_policy"]["escalation_rules"] == shown["escalation_rules"]


def test_round_robin_needs_a_plan_that_has_it(account: Account):
    robin = {"escalation_rule_assignment_strategy": {"type": "round_robin"}}
    rule = {"escalation_delay_in_minutes": 5, "targets": [reference(account.user())], **robin}
    body = {"escalation_policy": policy_body(escalation_rules=[rule])}
    account.post("/escalation_policies", body)
    path = "/escalation_policies?include[]=escalation_rule_assignment_strategies"
    (shown,) = account.get(path)["escalation_policies"]
    assert shown["escalation_rules"][0]["escalation_rule_assignment_strategy"] == {"type": "round_robin"}
    account.control("PUT", "plan", {"features": {"round_robin": False}})
    for response in (account.send("GET", path), account.send("POST", "/escalation_policies", body)):
        assert (response.status_code, response.text) == (403, "Forbidden")


def test_a_policy_goes_once_no_service_needs_it(account: Account):
    policy = account.policy()
    service = account.service(escalation_policy=reference(policy))
    account.refused(400, "DELETE", f"/escalation_policies/{policy['id']}")
    (shown,) = account.get("/escalation_policies?include[]=services&include[]=teams&include[]=targets")[
        "escalation_policies"
    ]
    assert shown["services"][0]["name"] == service["name"]
    account.delete(f"/services/{service['id']}")
    account.delete(f"/escalation_policies/{policy['id']}")
