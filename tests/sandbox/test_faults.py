from __future__ import annotations

import time

import pytest
import requests

from pdslack_cli.sandbox.faults import Fault
from tests.sandbox.conftest import Account

pytestmark = pytest.mark.wire

TEAM = {"team": {"type": "team", "name": "Payments"}}


def team_names(account: Account) -> list[str]:
    return [team["name"] for team in account.get("/teams")["teams"]]


@pytest.mark.parametrize(
    ("kind", "applied"),
    [
        pytest.param("reset", False, id="reset before it is applied"),
        pytest.param("lost", True, id="lost after it is applied"),
        pytest.param("timeout", False, id="no answer"),
    ],
)
def test_a_broken_connection_does_or_does_not_apply_the_request(account: Account, kind, applied):
    account.sandbox.faults.add(Fault(kind, method="POST", seconds=0.05))
    with pytest.raises(requests.ConnectionError):
        account.send("POST", "/teams", TEAM)
    assert (account.sandbox.calls[-1].status, account.sandbox.calls[-1].fault) == (0, kind)
    assert team_names(account) == (["Payments"] if applied else [])


def test_a_timeout_outlasts_a_client_that_gives_up(account: Account):
    account.sandbox.faults.add(Fault("timeout", seconds=30))
    with pytest.raises(requests.ReadTimeout):
        account.send("GET", "/teams", timeout=0.05)
    assert team_names(account) == []


def test_an_error_is_answered_in_the_vendors_shape_and_nothing_is_applied(account: Account):
    account.sandbox.faults.add(Fault("500", method="POST"))
    response = account.send("POST", "/teams", TEAM)
    assert (response.status_code, response.json()["error"]["code"]) == (500, 2000)
    assert team_names(account) == []


def test_a_429_says_how_long_to_wait(account: Account):
    account.sandbox.faults.add(Fault("429", seconds=7))
    response = account.send("GET", "/teams")
    assert response.status_code == 429
    assert response.json() == {"error": {"message": "Rate Limit Exceeded", "code": 2020}}
    assert (response.headers["ratelimit-remaining"], response.headers["ratelimit-reset"]) == ("0", "7")


def test_a_429_of_slack_is_slacks(account: Account):
    account.sandbox.faults.add(Fault("429", provider="slack", seconds=7))
    response = requests.post(account.environment["SLACK_API_URL"] + "auth.test")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    assert response.json() == {"ok": False, "error": "ratelimited"}


def test_slow_takes_its_time_and_answers(account: Account):
    account.sandbox.faults.add(Fault("slow", seconds=0.1))
    start = time.monotonic()
    account.get("/teams")
    assert time.monotonic() - start >= 0.1


def test_latency_slows_every_call(account: Account):
    account.control("PUT", "limits", {"latency_seconds": 0.05})
    start = time.monotonic()
    account.get("/teams")
    assert time.monotonic() - start >= 0.05


def test_a_stale_read_shows_the_state_before_the_last_write(account: Account):
    account.team("Payments")
    platform = account.team("Platform")
    account.sandbox.faults.add(Fault("stale", times=2))
    assert team_names(account) == ["Payments"]
    account.refused(404, "GET", f"/teams/{platform['id']}")
    assert team_names(account) == ["Payments", "Platform"]


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        pytest.param(Fault("500"), [500, 200, 200, 200], id="the first call"),
        pytest.param(Fault("500", nth=3), [200, 200, 500, 200], id="the third call"),
        pytest.param(Fault("500", nth=2, times=2), [200, 500, 500, 200], id="two calls in a row"),
        pytest.param(Fault("500", provider="slack"), [200, 200, 200, 200], id="another provider"),
        pytest.param(Fault("500", method="PUT"), [200, 200, 200, 200], id="another method"),
        pytest.param(Fault("500", path="^/users$"), [200, 500, 200, 200], id="a path"),
    ],
)
def test_a_fault_strikes_where_it_should(account: Account, fault, statuses):
    account.sandbox.faults.add(fault)
    paths = ("/teams", "/users", "/teams", "/users")
    assert [account.send("GET", path).status_code for path in paths] == statuses


def test_faults_come_and_go_over_http(account: Account):
    account.control("POST", "faults", {"kind": "500", "times": 1000})
    assert account.send("GET", "/teams").status_code == 500
    account.control("DELETE", "faults")
    assert account.send("GET", "/teams").status_code == 200
