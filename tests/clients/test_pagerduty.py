from __future__ import annotations

import logging
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug import Request, Response

from pdslack_cli.clients.http.calls import ApiCall
from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.clients.settings import Settings
from pdslack_cli.errors import (
    ApiError,
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    PlanLimitError,
)
from tests.clients.scripted import Reply, broken, stalled

OK = Reply({"team": {"id": "P1"}})
EMPTY = Reply("", 204)
LIMITED = Reply({"error": {"message": "Rate Limit Exceeded", "code": 2020}}, 429, {"ratelimit-reset": "7"})
BARE_LIMITED = Reply("slow down", 429)
BROKEN_INSIDE = Reply({"error": {"message": "Internal Server Error", "code": 2000}}, 500)
CONFLICT = Reply({"error": {"message": "Conflict", "code": 2001}}, 409)
LOCKED = Reply({"error": {"message": "Invalid", "code": 2001, "errors": ["User could not be locked"]}}, 400)
GONE = Reply({"error": {"message": "Not Found", "code": 2100}}, 404)
PAGE_OF_PROXY = Reply("<html>welcome to the hotel</html>", 200)


def ask(client: PagerDutyClient, verb: str):
    match verb:
        case "GET":
            return client.get("/teams/P1")
        case "POST":
            return client.create("/teams", {"team": {"name": "Payments"}})
        case "PUT":
            return client.update("/teams/P1", {"team": {"name": "Payments"}})
        case "DELETE":
            return client.delete("/teams/P1")


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(BROKEN_INSIDE, id="500"),
        pytest.param(Reply("Bad Gateway", 502), id="502"),
        pytest.param(Reply({}, 503), id="503"),
        pytest.param(Reply({}, 408), id="408"),
        pytest.param(LIMITED, id="429"),
        pytest.param(BARE_LIMITED, id="429 without headers or JSON"),
        pytest.param(CONFLICT, id="409"),
        pytest.param(LOCKED, id="could not be locked"),
        pytest.param(broken, id="reset"),
        pytest.param(PAGE_OF_PROXY, id="an answer that is no JSON"),
    ],
)
def test_one_failure_of_a_repeatable_call_is_made_good(pagerduty, vendor, verb, failure):
    vendor.plays(failure, OK)
    assert ask(pagerduty, verb) == (None if verb == "DELETE" else {"team": {"id": "P1"}})
    assert [request.method for request in vendor.seen] == [verb, verb]


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(LIMITED, id="429"),
        pytest.param(BARE_LIMITED, id="429 without headers or JSON"),
        pytest.param(CONFLICT, id="409"),
        pytest.param(LOCKED, id="could not be locked"),
    ],
)
def test_a_post_that_did_nothing_is_sent_again(pagerduty, vendor, failure):
    vendor.plays(failure, failure, OK)
    assert ask(pagerduty, "POST") == {"team": {"id": "P1"}}
    assert len(vendor.seen) == 3


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        pytest.param(broken, 0, id="reset"),
        pytest.param(stalled, 0, id="time-out"),
        pytest.param(BROKEN_INSIDE, 500, id="500"),
        pytest.param(Reply("", 504), 504, id="504"),
        pytest.param(Reply({}, 408), 408, id="408"),
        pytest.param(Reply('{"team": {"id"', 201), 201, id="half an answer"),
    ],
)
def test_a_post_that_may_have_worked_is_never_sent_again(settings, clock, vendor, failure, status):
    vendor.plays(failure, OK)
    with pytest.raises(OutcomeUnknownError, match="unknown whether it was done") as raised:
        ask(PagerDutyClient(settings, clock=clock, timeout=0.1), "POST")
    assert raised.value.status == status
    assert "run again" in raised.value.hint
    assert len(vendor.seen) == 1


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "DELETE"])
def test_what_was_never_sent_is_tried_again_and_then_reported_as_not_done(nobody, clock, verb):
    client = PagerDutyClient(nobody, clock=clock)
    with pytest.raises(ApiError, match="PagerDuty could not be reached: Connection refused") as raised:
        ask(client, verb)
    assert type(raised.value) is ApiError
    assert "PAGERDUTY_API_URL" in raised.value.hint
    assert client.calls == raised.value.tries == 6


def test_a_host_without_an_address_was_never_sent_anything(settings, clock, monkeypatch):
    def no_address(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    with pytest.raises(ApiError, match="could not be reached: Name or service not known") as raised:
        ask(PagerDutyClient(settings, clock=clock), "POST")
    assert raised.value.tries == 6


def test_a_connection_that_takes_too_long_was_never_sent_anything(settings, clock, monkeypatch):
    def too_long(*args: object, **kwargs: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", too_long)
    with pytest.raises(ApiError, match="could not be reached: timed out") as raised:
        ask(PagerDutyClient(settings, clock=clock), "POST")
    assert raised.value.tries == 6


def test_a_lost_answer_is_lost_even_while_another_failure_is_being_handled(nobody, pagerduty, vendor, clock):
    vendor.plays(broken)
    try:
        ask(PagerDutyClient(nobody, clock=clock), "GET")
    except ApiError:
        with pytest.raises(OutcomeUnknownError):
            ask(pagerduty, "POST")
    assert len(vendor.seen) == 1


def test_what_fails_on_and_on_is_given_up_with_the_last_reason(pagerduty, vendor, clock):
    vendor.plays(broken, BROKEN_INSIDE, ...)
    began = clock.time()
    with pytest.raises(ApiError, match=r"answered GET /teams/P1 with 500 .*\(tried 6 times\)") as raised:
        ask(pagerduty, "GET")
    assert "status.pagerduty.com" in raised.value.hint
    assert clock.time() - began <= 31


def test_a_limit_that_never_ends_is_given_up_after_five_minutes(pagerduty, vendor, clock):
    vendor.plays(LIMITED, ...)
    began = clock.time()
    with pytest.raises(ApiError) as raised:
        ask(pagerduty, "POST")
    assert (type(raised.value), raised.value.status) == (ApiError, 429)
    assert 280 <= clock.time() - began <= 310


def test_a_429_is_waited_out_as_its_headers_say(pagerduty, vendor, clock):
    vendor.plays(LIMITED, OK)
    began = clock.time()
    ask(pagerduty, "GET")
    assert 7.5 <= clock.time() - began <= 7.5 * 1.3


def test_a_token_that_is_used_up_waits_and_the_other_does_not(pagerduty, vendor, clock):
    seconds = []

    def noted(request: Request) -> Response:
        seconds.append(clock.time())
        return OK(request)

    used_up = {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "30"}
    vendor.plays(Reply({}, 200, used_up), noted, noted)
    pagerduty.get("/teams")
    pagerduty.get("/teams", token="user")
    pagerduty.get("/teams")
    assert seconds == [1000, 1030]


def test_a_delete_that_finds_nothing_is_done_only_if_we_deleted_it(pagerduty, vendor):
    vendor.plays(broken, GONE)
    pagerduty.delete("/teams/P1")
    vendor.plays(GONE)
    with pytest.raises(NotFoundError):
        pagerduty.delete("/teams/P1")


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


def test_a_redirect_is_not_followed(pagerduty, vendor):
    vendor.plays(Reply("moved", 302, {"Location": "/rest/elsewhere"}), OK)
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
