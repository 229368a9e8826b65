"""PagerDuty's lists, requests and refusals, as the client sends and reads them."""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug import Request, Response

from pdslack_cli.clients.http.call_log import ApiCall
from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.clients.settings import Settings
from pdslack_cli.errors import (
    ApiError,
    AuthError,
    NotFoundError,
    PlanLimitError,
)
from tests.clients.scripted import Reply, broken
from tests.clients.test_pagerduty import EMPTY, OK, ask


def services(*numbers: int, **more: object) -> Reply:
    return Reply({"services": [{"id": f"P{number}"} for number in numbers], **more})


@pytest.mark.parametrize(
    ("pages", "queries", "count"),
    [
        pytest.param([services(1, 2)], [{}], 2, id="no paging"),
        pytest.param([services(more=False)], [{}], 0, id="empty"),
        pytest.param(
            [
                services(*range(100), more=True),
                services(*range(100, 160), more=True),
                services(160, more=False),
            ],
            [{}, {"offset": "100"}, {"offset": "160"}],
            161,
            id="classic, by what was received",
        ),
        pytest.param(
            [services(1, 2, more=True), services(2, 3, more=False)],
            [{}, {"offset": "2"}],
            3,
            id="one that was made meanwhile shifts another",
        ),
        pytest.param(
            [services(1, next_cursor="a"), services(next_cursor="b"), services(2, next_cursor=None)],
            [{}, {"cursor": "a"}, {"cursor": "b"}],
            2,
            id="cursor",
        ),
        pytest.param(
            [services(*range(50), after="a", limit=50), services(50, after="b", limit=50)],
            [{}, {"after": "a"}],
            51,
            id="after, which the last page has too",
        ),
    ],
)
def test_a_list_has_all_pages(pagerduty, vendor, pages, queries, count):
    vendor.plays(*pages)
    found = pagerduty.list("/services", "services")
    assert [service["id"] for service in found] == list(dict.fromkeys(service["id"] for service in found))
    assert len(found) == count
    assert [request.args.to_dict() for request in vendor.seen] == [
        {"limit": "100", **query} for query in queries
    ]


def test_every_page_is_asked_for_with_the_same_filters(pagerduty, vendor):
    vendor.plays(services(1, more=True), services(2, more=False))
    pagerduty.list("/services", "services", include=["integrations", "teams"], total=True, query=None)
    for request in vendor.seen:
        assert request.args.getlist("include[]") == ["integrations", "teams"]
        assert request.args["total"] == "true"
        assert "query" not in request.args


@pytest.mark.slow
def test_a_list_beyond_ten_thousand_says_so(pagerduty, vendor):
    def page(request: Request) -> Response:
        offset, limit = int(request.args.get("offset", 0)), int(request.args["limit"])
        assert offset + limit <= 10_000
        return services(*range(offset, offset + min(limit, 99)), more=True)(request)

    vendor.plays(page, ...)
    with pytest.raises(ApiError, match="GET /services has more than the 10,000 objects") as raised:
        pagerduty.list("/services", "services")
    assert "delete those" in raised.value.hint


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(services(more=True), id="more, but nothing on the page"),
        pytest.param(Reply({"teams": []}), id="another list"),
        pytest.param(Reply({"services": None}), id="no list"),
    ],
)
def test_a_list_that_makes_no_sense_is_an_error_and_not_a_short_list(pagerduty, vendor, page):
    vendor.plays(page, ...)
    with pytest.raises(ApiError):
        pagerduty.list("/services", "services")


def test_requests_carry_what_pagerduty_wants(pagerduty, vendor):
    vendor.plays(OK, OK, EMPTY)
    body = {"team": {"name": "Größe"}}
    pagerduty.create("/teams", body, sender="maya@acme.example")
    pagerduty.get("/teams/P1")
    assert pagerduty.update("/teams/P1/users/P2", {"role": "manager"}) == {}
    created, read, _ = vendor.seen
    assert created.path == "/rest/teams"
    assert created.headers["Authorization"] == "Token token=account-key-4711"
    assert created.headers["Accept"] == "application/vnd.pagerduty+json;version=2"
    assert created.headers["Content-Type"] == "application/json"
    assert created.headers["From"] == "maya@acme.example"
    assert created.json == body
    assert "From" not in read.headers


def test_answers_are_read_as_utf_8(pagerduty, vendor):
    vendor.plays(
        lambda _: Response('{"team": {"name": "Größe ☎"}}'.encode(), content_type="application/json")
    )
    assert ask(pagerduty, "GET") == {"team": {"name": "Größe ☎"}}


def test_slack_connections_are_asked_for_at_the_other_host_with_the_user_token(pagerduty, vendor):
    vendor.plays(Reply({"slack_connections": []}))
    pagerduty.list(
        "/integration-slack/workspaces/T1/connections", "slack_connections", token="user", host="app"
    )
    (request,) = vendor.seen
    assert request.path == "/app/integration-slack/workspaces/T1/connections"
    assert request.headers["Authorization"] == "Token token=user-token-4712"
    assert request.headers["Accept"] == "application/json"


def test_netrc_does_not_replace_our_token(pagerduty, vendor, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    vendor.plays(OK)
    ask(pagerduty, "GET")
    assert vendor.seen[0].headers["Authorization"] == "Token token=account-key-4711"


@pytest.mark.parametrize("there", ["/rest/elsewhere", "http://[::1", "http://[zz]/", "//", "http://a:b:c"])
def test_a_redirect_is_not_followed(pagerduty, vendor, there):
    vendor.plays(Reply("moved", 302, {"Location": there}), OK)
    with pytest.raises(ApiError) as raised:
        ask(pagerduty, "POST")
    assert "PAGERDUTY_API_URL" in raised.value.hint
    assert len(vendor.seen) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "message", "hint"),
    [
        pytest.param(
            400,
            {
                "error": {
                    "message": "Invalid Input Provided",
                    "code": 2001,
                    "errors": ["Name is too long", "And bad"],
                }
            },
            ApiError,
            "400 (code 2001): Invalid Input Provided: Name is too long: And bad",
            "",
            id="a list of errors",
        ),
        pytest.param(
            400,
            {
                "error": {
                    "message": "Invalid",
                    "code": 2001,
                    "errors": {"time_zone": ["is unknown", "is odd"]},
                }
            },
            ApiError,
            "Invalid: time_zone: is unknown, is odd",
            "",
            id="errors by field",
        ),
        pytest.param(
            400,
            {"error": {"message": "Invalid", "errors": "just a text"}},
            ApiError,
            "400: Invalid: just a text",
            "",
            id="errors as text",
        ),
        pytest.param(400, '"entity is bad"', ApiError, '400: "entity is bad"', "", id="a bare string"),
        pytest.param(400, {"error": "No token"}, ApiError, "400: No token", "", id="an error that is a text"),
        pytest.param(
            401, {"error": {"message": "Unauthorized", "code": 2006}}, AuthError, "401", "region", id="401"
        ),
        pytest.param(
            402,
            {"error": {"message": "Ability needed", "code": 2014}},
            PlanLimitError,
            "402",
            "plan",
            id="402",
        ),
        pytest.param(
            400,
            {"error": {"message": "Ability needed", "code": 2014}},
            PlanLimitError,
            "2014",
            "plan",
            id="2014",
        ),
        pytest.param(403, "Forbidden", AuthError, "403: Forbidden", "read-only key", id="403 as plain text"),
        pytest.param(
            403,
            {"error": {"message": "Missing scope", "required_scopes": ["teams.write", "users.read"]}},
            AuthError,
            "403: Missing scope",
            "give the token in PAGERDUTY_API_KEY the scopes teams.write, users.read",
            id="403 with scopes",
        ),
        pytest.param(
            404, "", NotFoundError, "404: no reason given", "it was deleted", id="404 without a body"
        ),
        pytest.param(422, {"error": {"message": "No"}}, ApiError, "422: No", "", id="422"),
        pytest.param(
            403,
            "\n<html>Blocked by policy</html>",
            AuthError,
            "403: <html>Blocked by policy</html>",
            "does not come from PagerDuty: check PAGERDUTY_API_URL and the network's proxy",
            id="403 with a page",
        ),
        pytest.param(407, "", ApiError, "407: no reason given", "the network's proxy", id="407"),
    ],
)
def test_a_refusal_becomes_an_error_that_says_what_and_why(
    pagerduty, vendor, status, body, kind, message, hint
):
    vendor.plays(Reply(body, status, {"x-request-id": "r-17"}))
    with pytest.raises(ApiError) as raised:
        ask(pagerduty, "POST")
    error = raised.value
    assert type(error) is kind
    assert str(error).startswith("PagerDuty answered POST /teams with ")
    assert str(error).endswith("[request r-17]")
    assert message in str(error)
    assert hint in error.hint
    assert (error.provider, error.method, error.path, error.status) == ("pagerduty", "POST", "/teams", status)
    assert len(vendor.seen) == 1


def test_a_refused_slack_connection_asks_for_the_right_user(pagerduty, vendor):
    vendor.plays(Reply({"error": {"message": "Forbidden"}}, 403))
    with pytest.raises(AuthError) as raised:
        pagerduty.get("/integration-slack/workspaces/T1/connections", token="user", host="app")
    assert "PAGERDUTY_USER_TOKEN" in raised.value.hint
    assert "linked to a Slack user" in raised.value.hint


def test_a_missing_token_is_named_when_it_is_first_needed(clock):
    client = PagerDutyClient(Settings.read({}), clock=clock)
    assert not client.has("user")
    with pytest.raises(AuthError, match="PAGERDUTY_USER_TOKEN is not set"):
        client.get("/teams", token="user")
    assert client.calls == 0


def test_every_call_is_counted_told_and_logged(settings, clock, vendor, caplog):
    vendor.plays(broken, Reply({}, 200, {"x-request-id": "r-1"}))
    told: list[ApiCall] = []
    client = PagerDutyClient(settings, clock=clock, on_call=told.append)
    with caplog.at_level(logging.DEBUG, "pdslack_cli"):
        client.get("/teams", query="Payments")
    assert client.calls == 2
    assert [(call.method, call.path, call.status, call.request_id) for call in told] == [
        ("GET", "/teams", 0, ""),
        ("GET", "/teams", 200, "r-1"),
    ]
    assert [record.message for record in caplog.records if record.name.startswith("pdslack_cli")] == [
        "PagerDuty GET /teams: no answer, 0.000 s, request -",
        "PagerDuty GET /teams: 200, 0.000 s, request r-1",
    ]


def test_many_threads_may_call_at_once(pagerduty, vendor):
    def echo(request: Request) -> Response:
        return Reply({"path": request.path})(request)

    vendor.plays(echo, ...)
    paths = [f"/teams/{number}" for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(pagerduty.get, paths))
    assert [answer["path"] for answer in answers] == [f"/rest{path}" for path in paths]
    assert pagerduty.calls == 60
    assert Counter(request.method for request in vendor.seen) == {"GET": 60}


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "DELETE"])
def test_what_is_not_implemented_is_asked_once(pagerduty, vendor, verb):
    vendor.plays(Reply({"error": {"message": "Not Implemented"}}, 501), ...)

    with pytest.raises(ApiError) as raised:
        ask(pagerduty, verb)

    assert type(raised.value) is PlanLimitError
    assert "remove it from the file" in raised.value.hint
    assert len(vendor.seen) == 1
