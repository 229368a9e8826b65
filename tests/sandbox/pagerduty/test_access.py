from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account

KEY = "Token token=sandbox-account-key"


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        pytest.param(KEY, 200, id="account key"),
        pytest.param("Token token=sandbox-user-token", 200, id="user token"),
        pytest.param("", 401, id="none"),
        pytest.param("Token token=unknown", 401, id="unknown"),
        pytest.param("Bearer sandbox-account-key", 401, id="API key as OAuth token"),
        pytest.param("sandbox-account-key", 401, id="bare"),
    ],
)
def test_a_token_is_needed_in_its_own_shape(account: Account, authorization, status):
    response = account.send("GET", "/abilities", headers={"Authorization": authorization})
    assert response.status_code == status


def test_a_read_only_key_reads_but_does_not_write(account: Account):
    account.control("PUT", "tokens/readonly", {"kind": "account", "read_only": True})
    assert account.get("/teams", token="readonly")["teams"] == []
    account.refused(403, "POST", "/teams", {"team": {"type": "team", "name": "X"}}, token="readonly")


def test_an_oauth_token_is_held_to_its_scopes(account: Account):
    scopes = ["teams.read", "services.read"]
    account.control("PUT", "tokens/oauth", {"kind": "oauth_app", "scopes": scopes})
    bearer = {"Authorization": "Bearer oauth"}
    assert account.send("GET", "/teams", headers=bearer).status_code == 200
    service = account.service()
    path = f"/event_orchestrations/services/{service['id']}"
    assert account.send("GET", path, headers=bearer).status_code == 200, "a service's path is in services.*"
    refused = account.send("POST", "/teams", {"team": {"type": "team", "name": "X"}}, headers=bearer)
    assert refused.status_code == 403
    assert refused.json()["error"]["required_scopes"] == ["teams.write"]
    assert refused.json()["error"]["token_scopes"] == scopes


def test_only_a_user_token_knows_who_it_is(account: Account):
    assert account.get("/users/me", token=account.user_token)["user"]["email"] == "admin@sandbox.example"
    assert "account-level access token" in account.refused(400, "GET", "/users/me")[1]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Accept": "*/*"}, 200, id="anything"),
        pytest.param({"Accept": "application/json"}, 200, id="JSON"),
        pytest.param({"Accept": "application/vnd.pagerduty+json;version=1"}, 406, id="the dead version"),
    ],
)
def test_the_accept_header_pins_the_version(account: Account, headers, status):
    assert account.send("GET", "/teams", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param("name=X", "application/x-www-form-urlencoded", id="a form"),
        pytest.param("{", "application/json", id="broken JSON"),
        pytest.param("[]", "application/json", id="a list"),
        pytest.param("{}", "application/json", id="no wrapper"),
        pytest.param('{"team": "X"}', "application/json", id="a wrapped string"),
    ],
)
def test_a_body_is_a_wrapped_json_object(account: Account, content, kind):
    url = account.environment["PAGERDUTY_API_URL"] + "/teams"
    headers = {"Authorization": KEY, "Content-Type": kind}
    response = account.session.post(url, data=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["message"]


def test_classic_pages_add_up_to_the_whole(account: Account):
    names = [f"Team {number:02}" for number in range(7)]
    for name in names:
        account.team(name)
    seen, offset = [], 0
    while True:
        page = account.get(f"/teams?limit=3&offset={offset}")
        seen += [team["name"] for team in page["teams"]]
        assert (page["limit"], page["offset"], page["total"]) == (3, offset, None)
        offset += len(page["teams"])
        if not page["more"]:
            break
    assert seen == names
    assert account.get("/teams?total=true&limit=1")["total"] == 7


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        pytest.param("", 25, id="usual"),
        pytest.param("limit=0", 25, id="none"),
        pytest.param("limit=1000", 100, id="too many"),
    ],
)
def test_a_page_has_at_most_a_hundred(account: Account, query, limit):
    assert account.get(f"/teams?{query}")["limit"] == limit


def test_paging_ends_at_ten_thousand(account: Account):
    response = account.send("GET", "/teams?limit=100&offset=9950")
    assert (response.status_code, response.json()["error"]["code"]) == (400, 2002)


def test_cursor_pages_add_up_to_the_whole(account: Account):
    seen, cursor = [], ""
    while cursor is not None:
        page = account.get(f"/incident_workflows/actions?limit=4{cursor and '&cursor=' + cursor}")
        seen += [action["id"] for action in page["actions"]]
        cursor = page["next_cursor"]
    assert seen == [action["id"] for action in account.get("/incident_workflows/actions")["actions"]]
    assert len(seen) > 4


def test_the_rate_limit_is_told_and_kept(account: Account):
    assert account.send("GET", "/teams").headers["ratelimit-limit"] == "960"
    account.control("PUT", "limits", {"pagerduty_per_minute": 2})
    answers = [account.send("GET", "/teams") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[2].json()["error"]["code"] == 2020
    assert 0 < int(answers[2].headers["ratelimit-reset"]) <= 60
    assert account.send("GET", "/teams", token=account.user_token).status_code == 200, "another bucket"
    account.control("POST", "clock", {"advance": 60})
    assert account.send("GET", "/teams").status_code == 200


def test_an_account_without_an_ability_is_told_so(account: Account):
    assert "teams" in account.get("/abilities")["abilities"]
    account.control("PUT", "abilities", ["urgencies"])
    response = account.send("GET", "/teams")
    assert (response.status_code, response.json()["error"]["code"]) == (402, 2014)
    statuses = {
        name: account.send("GET", f"/abilities/{name}").status_code for name in ("urgencies", "teams", "no")
    }
    assert statuses == {"urgencies": 204, "teams": 402, "no": 404}


@pytest.mark.parametrize(
    ("path", "wrapper", "name"),
    [
        pytest.param("/vendors?limit=100", "vendors", "Datadog", id="vendors"),
        pytest.param("/extension_schemas", "extension_schemas", "Generic V2 Webhook", id="extension schemas"),
        pytest.param("/priorities", "priorities", "P1", id="priorities"),
        pytest.param("/licenses", "licenses", "Business (Full User)", id="licenses"),
    ],
)
def test_the_catalogue_is_there_from_the_start(account: Account, path, wrapper, name):
    assert name in [entry["summary"] for entry in account.get(path)[wrapper]]


def test_allocations_tell_who_has_a_license(account: Account):
    maya = account.user()
    (license_,) = account.get("/licenses")["licenses"]
    allocations = account.get("/license_allocations")["license_allocations"]
    assert maya["id"] in [allocation["user"]["id"] for allocation in allocations]
    assert account.get(f"/users/{maya['id']}/license")["license"]["id"] == license_["id"]
