"""An event is taken, or the reason is told: whatever answers in the place of PagerDuty's Events API."""

from __future__ import annotations

import gzip
import json

import pytest
from werkzeug import Request, Response

from pdslack_cli.clients.events import send_event
from pdslack_cli.clients.settings import Settings
from pdslack_cli.errors import ApiError, OutcomeUnknownError
from tests.clients.scripted import Reply, broken

ODD = r"POST /v2/enqueue: expected an object, got "


@pytest.fixture
def events(environ) -> Settings:
    return Settings.read({**environ, "PAGERDUTY_EVENTS_URL": environ["PAGERDUTY_API_URL"]})


def bomb(request: Request) -> Response:
    return Response(gzip.compress(bytes(80 * 2**20)), 202, {"Content-Encoding": "gzip"})


def echo(request: Request) -> Response:
    return Reply({"errors": [request.get_data(as_text=True)]}, 400)(request)


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (Reply({"errors": 7}, 400), ApiError, r"refused the event \(400\): 7"),
        (Reply({"errors": {"summary": ["blank"]}}, 400), ApiError, r"\(400\): summary: blank"),
        (Reply({"errors": [], "message": "invalid"}, 400), ApiError, r"\(400\): invalid"),
        (Reply({"message": {"a": 1}}, 400), ApiError, r"\(400\): a: 1"),
        (Reply("null", 429), ApiError, r"\(429\): null"),
        (Reply("", 503), ApiError, r"\(503\): no reason is given"),
        (Reply({}, 301, {"Location": "http://x.example"}), ApiError, "does not follow redirects"),
        (Reply("null", 202), OutcomeUnknownError, ODD + "null"),
        (Reply([], 202), OutcomeUnknownError, ODD + "a list"),
        (Reply("<html>", 200), OutcomeUnknownError, ODD + "text that is not JSON: '<html>'"),
        (Reply('{"dedup_key":' + "[" * 9999, 202), OutcomeUnknownError, ODD + "text that is not JSON"),
        (Reply('{"dedup_key": NaN}', 202), OutcomeUnknownError, ODD + "text that is not JSON"),
        (Reply("", 200), OutcomeUnknownError, r"the status 'success', got ''; it is unknown"),
        (Reply({"ok": True}, 200), OutcomeUnknownError, "expected the status 'success', got '{\"ok\""),
        (Reply({"status": "error"}, 202), OutcomeUnknownError, "expected the status 'success'"),
        (bomb, OutcomeUnknownError, "larger than the limit of 64 MB"),
        (broken, OutcomeUnknownError, "gave no answer to POST /v2/enqueue"),
        (echo, ApiError, r"\*\*\*"),
    ],
)
def test_an_event_that_is_not_taken_is_told(events, vendor, answer, kind, message):
    vendor.plays(answer)
    with pytest.raises(kind, match=message) as raised:
        send_event(events, {"routing_key": events.secret("PAGERDUTY_API_KEY")})

    assert len(vendor.seen) == 1
    assert events.secret("PAGERDUTY_API_KEY") not in raised.value.message


def test_an_answer_that_takes_it_is_returned(events, vendor):
    taken = {"status": "success", "dedup_key": "disk"}
    vendor.plays(Reply(taken, 202))
    assert send_event(events, {"routing_key": "R"}, change=True) == taken
    (request,) = vendor.seen
    assert request.path == "/rest/v2/change/enqueue"
    assert json.loads(request.get_data()) == {"routing_key": "R"}
