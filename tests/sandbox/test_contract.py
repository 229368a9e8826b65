from __future__ import annotations

import pytest

from tests.support.contract import openapi

TEAM = {"id": "P1", "type": "team", "name": "Payments"}


def members(**user) -> dict:
    shown = {"id": "P1", "type": "user_reference", **user}
    return {"members": [{"user": shown, "role": "manager"}], "limit": 25, "offset": 0, "more": False}


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        pytest.param("POST", "/teams", {}, r"^POST /teams: \.: 'team' is a required", id="no wrapper"),
        pytest.param(
            "POST", "/teams", {"team": {"type": "team", "name": 3}}, r"\.team\.name: 3 is not", id="type"
        ),
        pytest.param(
            "POST", "/teams", {"team": {"name": "X"}}, r"\.team: 'type' is a required", id="missing field"
        ),
        pytest.param("POST", "/nonsense", {}, "POST /nonsense is not described", id="unknown path"),
        pytest.param("PATCH", "/teams", {}, "PATCH /teams is not described", id="unknown method"),
        pytest.param(
            "PUT",
            "/incidents/P1",
            {"incident": {"type": "incident", "status": "open"}},
            r"\.incident\.status: 'open' is not one of",
            id="unknown word, far inside",
        ),
    ],
)
def test_a_request_that_is_not_as_described_is_named(method, path, body, complaint):
    with pytest.raises(AssertionError, match=complaint):
        openapi("pagerduty-rest.json").check_request(method, path, body)


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        pytest.param(
            "/teams/P1", 200, {"team": {**TEAM, "description": None}}, id="null for a text that is optional"
        ),
        pytest.param("/teams/P1", 201, {"team": TEAM}, id="another success than the described one"),
        pytest.param("/teams/P1/members", 200, members(type="user"), id="an object for a reference"),
    ],
)
def test_what_is_usual_in_life_passes(path, status, body):
    openapi("pagerduty-rest.json").check_answer("GET", path, status, body)


@pytest.mark.parametrize(
    ("path", "body", "complaint"),
    [
        pytest.param(
            "/teams/P1",
            {"team": {**TEAM, "name": None}},
            r"\.team\.name: None",
            id="null for a required text",
        ),
        pytest.param(
            "/teams", {"teams": None}, r"\.teams: None is not of type 'array'", id="null for a list"
        ),
        pytest.param(
            "/teams/P1/members",
            members(type="team"),
            r"\.members\[0\]\.user\.type: 'team'",
            id="a wrong type",
        ),
    ],
)
def test_an_answer_that_is_not_as_described_is_named(path, body, complaint):
    with pytest.raises(AssertionError, match=complaint):
        openapi("pagerduty-rest.json").check_answer("GET", path, 200, body)


def test_hosts_with_a_base_path_are_known_by_it():
    body = {"routing_key": "k", "event_action": "jump"}
    with pytest.raises(AssertionError, match=r"\.event_action: 'jump'"):
        openapi("pagerduty-events.json").check_request("POST", "/v2/enqueue", body)
    connection = {"slack_connection": {"channel_id": "C1"}}
    with pytest.raises(AssertionError, match="source_id"):
        openapi("pagerduty-slack.json").check_request(
            "POST", "/integration-slack/workspaces/T1/connections", connection
        )
