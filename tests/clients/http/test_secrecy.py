"""No token is ever in a log, an error, a traceback or what Python prints of our objects."""

from __future__ import annotations

import logging
import traceback

import pytest
from werkzeug import Request, Response

from pdslack_cli.clients import Clients, connect
from pdslack_cli.clients.settings import Settings
from pdslack_cli.errors import ApiError
from tests.clients.conftest import SECRETS
from tests.clients.scripted import Reply, broken

REFRESH = "xoxe-1-refresh-4799"


def echo(request: Request) -> Response:
    """A proxy's page that shows the request it did not like."""
    return Response(f"Bad header: {request.headers['Authorization']}", 403)


def echo_json(request: Request) -> Response:
    return Reply({"error": {"message": request.headers["Authorization"]}}, 403)(request)


def leaked(text: str) -> list[str]:
    return [secret for secret in [*SECRETS.values(), REFRESH] if secret in text]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Reply({"ok": True}), id="success"),
        pytest.param(Reply({"ok": False, "error": "invalid_auth"}, 401), id="refusal"),
        pytest.param(Reply("Bad Gateway", 502), id="server error"),
        pytest.param(broken, id="reset"),
        pytest.param(echo, id="page that echoes headers"),
        pytest.param(echo_json, id="JSON that echoes headers"),
    ],
)
def test_no_token_is_logged_or_raised(settings, clock, vendor, caplog, capfd, answer):
    vendor.plays(answer, ...)
    clients = connect(settings, clock=clock)
    texts = []
    with caplog.at_level(logging.DEBUG):
        for call in (
            lambda: clients.pagerduty.get("/teams"),
            lambda: clients.pagerduty.create("/teams", {"team": {}}, token="user"),
            lambda: clients.slack.call("auth.test"),
            lambda: clients.slack.call("tooling.tokens.rotate", token="config", refresh_token=REFRESH),
        ):
            try:
                call()
            except ApiError as error:
                texts += [repr(error), str(error), error.hint, *traceback.format_exception(error)]
    written = capfd.readouterr()
    assert leaked("\n".join([*texts, caplog.text, written.out, written.err])) == []
    assert caplog.records


def test_no_token_is_in_what_python_prints(settings: Settings, clock):
    clients: Clients = connect(settings, clock=clock)
    assert leaked(repr(settings) + str(settings) + repr(clients) + repr(vars(clients.slack))) == []
    assert leaked(settings.mask(" ".join(SECRETS.values()))) == []
