from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, reference


@pytest.mark.parametrize(
    ("change", "text"),
    [
        pytest.param({"name": None}, "Name can't be blank", id="no name"),
        pytest.param({"name": " "}, "Name can't be blank", id="blank name"),
        pytest.param({"name": "x" * 101}, "Name is too long (maximum is 100 characters)", id="long name"),
        pytest.param({"name": 5}, "Name must be a string", id="wrong type"),
        pytest.param({"description": ["x"]}, "Description must be a string", id="wrong description"),
        pytest.param({"default_role": "king"}, "Default role is not one of manager, none", id="unknown role"),
        pytest.param({"type": "service"}, "Type must be team", id="another kind's type"),
    ],
)
def test_a_team_with_a_wrong_field_is_refused(account: Account, change, text):
    body = {"team": {"type": "team", "name": "Payments", **change}}
    assert account.refused(400, "POST", "/teams", body)[1:] == [text]
    assert account.get("/teams")["teams"] == []


def test_an_update_changes_only_what_it_names(account: Account):
    team = account.team(description="Takes money")
    path = f"/teams/{team['id']}"
    updated = account.put(path, {"team": {"type": "team", "name": "Pay", "colour": "red"}})["team"]
    assert (updated["name"], updated["description"]) == ("Pay", "Takes money")
    assert "colour" not in updated, "unknown fields are ignored"
    cleared = account.put(path, {"team": {"type": "team", "name": "Pay", "description": ""}})["team"]
    assert cleared["description"] is None


def test_a_team_goes_once_nothing_belongs_to_it(account: Account):
    team = account.team()
    policy = account.policy(teams=[reference(team)], targets=[reference(member(account, team))])
    schedule = account.post(
        "/schedules",
        {"schedule": {"type": "schedule", "name": "S", "time_zone": "Etc/UTC", "teams": [reference(team)]}},
    )["schedule"]
    response = account.send("DELETE", f"/teams/{team['id']}")
    assert (response.status_code, response.json()["error"]["code"]) == (400, 6006)
    assert len(response.json()["error"]["errors"]) == 2
    account.delete(f"/escalation_policies/{policy['id']}")
    account.delete(f"/schedules/{schedule['id']}")
    account.delete(f"/teams/{team['id']}")
    account.refused(404, "GET", f"/teams/{team['id']}")


def member(account: Account, team, email: str = "maya@acme.example", role: str = "responder"):
    user = account.user(email)
    account.put(f"/teams/{team['id']}/users/{user['id']}", {"role": role})
    return user


def roles(account: Account, team) -> dict[str, str]:
    members = account.get(f"/teams/{team['id']}/members?include[]=users")["members"]
    return {entry["user"]["email"]: entry["role"] for entry in members}


def test_adding_a_member_twice_changes_the_role(account: Account):
    team = account.team()
    maya = member(account, team)
    account.put(f"/teams/{team['id']}/users/{maya['id']}", {"role": "observer"})
    assert roles(account, team) == {"maya@acme.example": "observer"}


@pytest.mark.parametrize(
    ("base", "role"),
    [
        pytest.param("user", "manager", id="user"),
        pytest.param("limited_user", "responder", id="limited user"),
    ],
)
def test_the_role_in_a_team_follows_the_base_role(account: Account, base, role):
    team, user = account.team(), account.user(role=base)
    account.put(f"/teams/{team['id']}/users/{user['id']}")
    assert roles(account, team) == {user["email"]: role}


def test_a_read_only_user_joins_no_team(account: Account):
    team, user = account.team(), account.user(role="read_only_user")
    account.refused(400, "PUT", f"/teams/{team['id']}/users/{user['id']}", {"role": "observer"})


def test_a_member_stays_while_the_teams_policy_needs_them(account: Account):
    team = account.team()
    maya = member(account, team)
    path = f"/teams/{team['id']}/users/{maya['id']}"
    policy = account.policy(targets=[reference(maya)], teams=[reference(team)])
    assert account.refused(400, "DELETE", path)[1:] == [
        "User cannot be removed as they belong to an escalation policy on this team"
    ]
    account.delete(f"/escalation_policies/{policy['id']}")
    account.delete(path)
    assert roles(account, team) == {}
    account.refused(404, "DELETE", path)


def test_a_policy_has_one_team(account: Account):
    policy, first, second = account.policy(), account.team("First"), account.team("Second")
    account.put(f"/teams/{first['id']}/escalation_policies/{policy['id']}")
    assert account.refused(400, "PUT", f"/teams/{second['id']}/escalation_policies/{policy['id']}")[1:] == [
        "Escalation Policy has already been taken"
    ]
    account.delete(f"/teams/{second['id']}/escalation_policies/{policy['id']}")
    teams = account.get(f"/escalation_policies/{policy['id']}")["escalation_policy"]["teams"]
    assert [team["id"] for team in teams] == [first["id"]]


def test_an_address_belongs_to_one_user(account: Account):
    account.user("maya@acme.example")
    body = {"user": {"type": "user", "name": "Other", "email": "MAYA@acme.example"}}
    assert account.refused(400, "POST", "/users", body)[1:] == ["Email has already been taken"]


def test_spaces_in_a_name_collapse(account: Account):
    assert account.user(name="Maya   Ng ")["name"] == "Maya Ng"


def test_a_sender_must_be_a_user(account: Account):
    body = {"user": {"type": "user", "name": "Tom", "email": "tom@acme.example"}}
    account.refused(400, "POST", "/users", body, headers={"From": "nobody@acme.example"})
    account.post("/users", body, headers={"From": "admin@sandbox.example"})


def test_a_new_user_is_reached_by_email_at_once(account: Account):
    maya = account.user()
    path = f"/users/{maya['id']}"
    (method,) = account.get(f"{path}/contact_methods")["contact_methods"]
    assert (method["type"], method["address"]) == ("email_contact_method", maya["email"])
    (rule,) = account.get(f"{path}/notification_rules")["notification_rules"]
    assert (rule["urgency"], rule["contact_method"]["id"]) == ("high", method["id"])
    assert len(account.get(f"{path}/notification_rules?urgency=all")["notification_rules"]) == 2
    listed = account.get(
        "/users?query=maya&include[]=contact_methods&include[]=notification_rules&include[]=teams"
    )
    assert listed["users"][0]["contact_methods"][0]["address"] == maya["email"]


def test_contact_methods_and_rules_are_unique(account: Account):
    path = f"/users/{account.user()['id']}"
    phone = {"type": "phone_contact_method", "label": "Work", "address": "5551234", "country_code": 49}
    method = account.post(f"{path}/contact_methods", {"contact_method": phone})["contact_method"]
    again = {"contact_method": {**phone, "label": "Home"}}
    assert account.refused(400, "POST", f"{path}/contact_methods", again)[1:] == [
        "User Contact method must be unique"
    ]
    rule = {
        "type": "assignment_notification_rule",
        "start_delay_in_minutes": 5,
        "urgency": "high",
        "contact_method": reference(method),
    }
    made = account.post(f"{path}/notification_rules", {"notification_rule": rule})["notification_rule"]
    assert account.refused(400, "POST", f"{path}/notification_rules", {"notification_rule": rule})[1:] == [
        "Channel Start delay must be unique for a given contact method"
    ]
    account.put(f"{path}/contact_methods/{method['id']}", {"contact_method": {**phone, "label": "Desk"}})
    account.delete(f"{path}/contact_methods/{method['id']}")
    account.refused(404, "GET", f"{path}/notification_rules/{made['id']}")


def test_users_are_found_by_name_address_and_team(account: Account):
    team = account.team()
    member(account, team)
    account.user("tom@acme.example", name="Thomas")
    found = [
        account.get(f"/users?{query}")["users"]
        for query in ("query=thom", "query=tom@", f"team_ids[]={team['id']}")
    ]
    assert [[user["name"] for user in users] for users in found] == [["Thomas"], ["Thomas"], ["Maya"]]


def test_who_may_be_paged_cannot_leave(account: Account):
    maya = account.user()
    policy = account.policy(targets=[reference(maya)])
    account.refused(400, "DELETE", f"/users/{maya['id']}")
    account.delete(f"/escalation_policies/{policy['id']}")
    account.delete(f"/users/{maya['id']}")
    account.refused(404, "GET", f"/users/{maya['id']}")


def test_who_has_assigned_incidents_cannot_leave(account: Account):
    tom, sender = account.user("tom@acme.example"), {"From": "admin@sandbox.example"}
    to_tom = [{"assignee": reference(tom)}]
    body = {
        "type": "incident",
        "title": "Down",
        "service": reference(account.service()),
        "assignments": to_tom,
    }
    incident = account.post("/incidents", {"incident": body}, headers=sender)["incident"]
    assert "assigned incidents" in " ".join(account.refused(400, "DELETE", f"/users/{tom['id']}"))
    resolved = {"incident": {"type": "incident_reference", "status": "resolved"}}
    account.put(f"/incidents/{incident['id']}", resolved, headers=sender)
    account.delete(f"/users/{tom['id']}")
