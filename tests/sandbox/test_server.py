from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug import Response

from pdslack_cli.sandbox.http import Server
from pdslack_cli.sandbox.server import Sandbox
from tests.sandbox.conftest import Account

pytestmark = pytest.mark.wire


def test_the_environment_points_at_every_host(account: Account):
    base = account.sandbox.url
    assert {
        name: value for name, value in account.sandbox.environment().items() if name.endswith("_URL")
    } == {
        "PAGERDUTY_API_URL": f"{base}/pagerduty",
        "PAGERDUTY_APP_URL": f"{base}/pagerduty-app",
        "PAGERDUTY_EVENTS_URL": f"{base}/pagerduty-events",
        "SLACK_API_URL": f"{base}/slack/api/",
    }


@pytest.mark.parametrize(
    ("host", "method", "path", "status"),
    [
        pytest.param("API", "GET", "/nonsense", 404, id="unknown path"),
        pytest.param("API", "GET", "/teams/", 404, id="path with a slash too many"),
        pytest.param("API", "PATCH", "/teams", 405, id="wrong method"),
        pytest.param(
            "API", "GET", "/services/P1/integrations", 405, id="a list that PagerDuty does not have"
        ),
        pytest.param(
            "API", "GET", "/integration-slack/workspaces/T1/connections", 404, id="path of the app host"
        ),
        pytest.param("API", "POST", "/v2/enqueue", 404, id="path of the events host"),
        pytest.param("APP", "GET", "/teams", 404, id="path of the API host"),
        pytest.param("EVENTS", "GET", "/v2/enqueue", 405, id="events are only posted"),
    ],
)
def test_each_host_knows_only_its_own_paths(account: Account, host, method, path, status):
    answer = account.send(method, path, host=host, token=account.user_token, as_described=False)
    assert answer.status_code == status


def test_what_no_vendor_owns_is_not_found(account: Account):
    assert requests.get(f"{account.sandbox.url}/elsewhere").status_code == 404


def test_a_connection_is_kept_for_the_next_request(account: Account):
    connection = HTTPConnection(urlsplit(account.sandbox.url).netloc)
    connection.connect()
    connection.auto_open = 0  # a closed connection stays closed
    for _ in range(3):
        connection.request("GET", "/pagerduty/teams", headers={"Authorization": f"Token token={account.key}"})
        assert connection.getresponse().read()
    connection.close()


@pytest.mark.slow
def test_a_hundred_may_connect_at_once():
    with ExitStack() as stack:
        server = stack.enter_context(Server(0, lambda _: Response()))  # accepts none yet
        for _ in range(100):
            stack.enter_context(socket.create_connection(server.server_address, timeout=0.5))


def test_the_end_of_a_connection_is_announced(account: Account):
    connection = HTTPConnection(urlsplit(account.sandbox.url).netloc)
    connection.request("GET", "/", headers={"Connection": "close"})  # Node keeps it all the same, unless told
    assert connection.getresponse().headers["Connection"] == "close"
    connection.close()


def test_answers_are_dated_by_the_clock_that_can_be_moved(account: Account):
    account.control("POST", "clock", {"advance": 3600})
    dated = parsedate_to_datetime(account.send("GET", "/teams").headers["Date"])
    assert timedelta(minutes=59) < dated - datetime.now(UTC) < timedelta(minutes=61)


def test_calls_are_recorded_with_both_bodies(account: Account):
    team = account.team("Payments")
    account.refused(404, "GET", "/teams/PNONE?limit=1", as_described=False)
    made, missed = account.sandbox.calls
    assert (made.provider, made.method, made.path, made.status) == ("pagerduty", "POST", "/teams", 201)
    assert made.request_body["team"]["name"] == "Payments"
    assert made.answer_body["team"]["id"] == team["id"]
    assert (missed.path, missed.query, missed.status) == ("/teams/PNONE", "limit=1", 404)


def test_calls_are_told_and_forgotten_over_http(account: Account):
    account.get("/teams?limit=5")
    assert account.control("GET", "calls") == [
        {
            "provider": "pagerduty",
            "method": "GET",
            "path": "/teams",
            "query": "limit=5",
            "status": 200,
            "fault": "",
        }
    ]
    account.control("DELETE", "calls")
    assert account.sandbox.calls == []


def test_a_person_is_seeded_by_an_address_alone(account: Account):
    account.control("POST", "seed", {"people": ["maya@acme.example"]})
    assert "maya@acme.example" in [user["email"] for user in account.get("/users")["users"]]


def test_a_section_that_is_seeded_with_a_text_is_refused_with_what_is_expected(account: Account):
    answer = requests.post(f"{account.sandbox.url}/_sandbox/seed", json={"services": "Ledger"}, timeout=9)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "services: expected a list of names, or of objects with `name`, got 'Ledger'" in answer.text


def test_seeding_twice_adds_nothing(account: Account):
    wanted = {
        "workspace": "T0ACME",
        "people": [{"name": "Maya", "email": "maya@acme.example"}],
        "teams": ["Platform", {"name": "Payments", "description": "Takes money"}],
        "schedules": ["Primary"],
        "escalation_policies": ["Platform"],
        "services": [{"id": "PAUTH01", "name": "Auth"}],
        "event_orchestrations": ["Production"],
        "incident_workflows": ["Major incident"],
        "webhook_subscriptions": ["Sync"],
        "automation_actions": ["Restart"],
        "automation_runners": ["Cluster"],
        "custom_fields": ["region", {"name": "zone", "display_name": "Zone"}],
        "channels": ["platform-alerts"],
        "user_groups": ["oncall"],
        "emoji": ["party_parrot"],
    }
    account.control("POST", "seed", wanted)
    once = account.sandbox.snapshot()
    account.control("POST", "seed", wanted)
    assert account.sandbox.snapshot() == once
    assert [team["name"] for team in account.get("/teams")["teams"]] == ["Payments", "Platform"]
    assert [(s["id"], s["name"]) for s in account.get("/services")["services"]] == [("PAUTH01", "Auth")]
    assert len(account.get("/automation_actions/actions?name=rest")["actions"]) == 1
    fields = account.get("/incidents/types/incident_default/custom_fields")["fields"]
    assert [field["name"] for field in fields] == ["region", "zone"]


def test_reset_leaves_the_fixed_catalogue(account: Account):
    account.team()
    account.control("POST", "reset")
    assert account.get("/teams")["teams"] == []
    assert [p["name"] for p in account.get("/priorities")["priorities"]] == ["P1", "P2", "P3", "P4", "P5"]


def test_the_clock_moves_on_demand(account: Account):
    before = account.sandbox.clock.now()
    account.control("POST", "clock", {"advance": 3600})
    assert account.sandbox.clock.now() - before >= timedelta(hours=1)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("POST", "faults", {"kind": "explosion"}, id="unknown fault"),
        pytest.param("PUT", "limits", {"speed": 3}, id="unknown limit"),
        pytest.param("POST", "clock", {}, id="no seconds"),
    ],
)
def test_control_refuses_what_it_does_not_know(account: Account, method, path, body):
    response = requests.request(method, f"{account.sandbox.url}/_sandbox/{path}", json=body)
    assert response.status_code == 400
    assert response.json()["error"]


def test_ids_are_the_same_in_every_run():
    ids = []
    for _ in range(2):
        with Sandbox() as sandbox:
            account = Account(sandbox)
            ids.append([account.service()["id"], account.orchestration()["id"]])
            account.session.close()
    assert ids[0] == ids[1]


def test_a_snapshot_moves_to_another_sandbox(account: Account):
    team = account.team()
    with Sandbox() as other:
        other.restore(account.sandbox.snapshot())
        copy = Account(other)
        assert copy.get(f"/teams/{team['id']}")["team"]["name"] == "Payments"
        copy.session.close()


CHILD = """
import sys, threading
from pdslack_cli.sandbox.server import Sandbox
sandbox = Sandbox(sys.argv[1])
sandbox.start()
print(sandbox.environment()["PAGERDUTY_API_URL"], flush=True)
threading.Event().wait()
"""


@pytest.mark.slow
def test_a_killed_sandbox_keeps_every_answered_request(tmp_path):
    path = str(tmp_path / "state.sqlite")
    with subprocess.Popen([sys.executable, "-c", CHILD, path], stdout=subprocess.PIPE, text=True) as child:
        url = child.stdout.readline().strip()
        headers = {"Authorization": "Token token=sandbox-account-key"}
        body = {"orchestration": {"name": "Production"}}
        assert requests.post(f"{url}/event_orchestrations", json=body, headers=headers).status_code == 201
        os.kill(child.pid, signal.SIGKILL)
    with Sandbox(path) as sandbox:
        account = Account(sandbox)
        (survivor,) = account.get("/event_orchestrations")["orchestrations"]
        assert account.get(f"/event_orchestrations/{survivor['id']}/router")["orchestration_path"]["sets"]
        account.session.close()
