"""Answers as the vendors document them, byte for byte, read by the real clients.

Those that a real account gives on request are recorded anew by `pytest --record` with its tokens in the
environment; the others (a limit, a refusal) nobody can order, so they stay as the documentation has them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import vcr
from vcr.record_mode import RecordMode
from vcr.stubs.urllib3_stubs import VCRRequestsHTTPSConnection

from pdslack_cli.clients import Clients, connect
from pdslack_cli.clients.http.transport import SecureConnections
from pdslack_cli.clients.settings import Settings
from pdslack_cli.errors import ApiError, AuthError, NotFoundError
from tests.clients.conftest import SECRETS

CASSETTES = Path(__file__).parent / "cassettes"
KEPT_HEADERS = {"content-type", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-oauth-scopes"}


def without_headers_and_body(request: vcr.request.Request) -> vcr.request.Request:
    """What is kept of a recorded request: what it is matched by."""
    return vcr.request.Request(request.method, request.uri, None, {})


def scrubbed(response: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a recorded answer: no cookies, no addresses, no names of people or places."""
    headers = {name.lower(): values for name, values in response["headers"].items()}
    text = response["body"]["string"].decode()
    for pattern, instead in (
        (r"[\w.+-]+@[\w-]+\.[\w.]+", "somebody@acme.example"),
        (r'"(url|team|user)":\s*"[^"]*"', r'"\1":"acme"'),
        (r'"([TEUB])[A-Z0-9]{8,}"', r'"\g<1>01ACME0001"'),
    ):
        text = re.sub(pattern, instead, text)
    return {
        "status": response["status"],
        "headers": {name: values for name, values in headers.items() if name in KEPT_HEADERS},
        "body": {"string": text.encode()},
    }


Cassette = Callable[..., Clients]


@pytest.fixture
def cassette(request: pytest.FixtureRequest, clock) -> Iterator[Cassette]:
    """Clients that hear the cassette of a name instead of a vendor.

    `recordable` names the secret that a real account needs to give this answer on request.
    """
    with ExitStack() as tapes:

        def play(name: str, *, recordable: str = "") -> Clients:
            path = CASSETTES / f"{name}.yaml"
            secrets, mode = SECRETS, RecordMode.NONE
            if request.config.getoption("record"):
                if not os.environ.get(recordable):
                    pytest.skip(
                        f"recording needs {recordable}" if recordable else "no account gives this on request"
                    )
                path.unlink(missing_ok=True)
                secrets, mode = dict(os.environ), RecordMode.ALL
            tape = vcr.VCR(
                record_mode=mode,
                before_record_request=without_headers_and_body,
                before_record_response=scrubbed,
                decode_compressed_response=True,
                match_on=["method", "scheme", "host", "path", "query"],
                custom_patches=((SecureConnections, "ConnectionCls", VCRRequestsHTTPSConnection),),
            )
            tapes.enter_context(tape.use_cassette(str(path)))
            return connect(Settings.read(secrets), clock=clock)

        yield play


def test_the_abilities_of_an_account(cassette):
    clients = cassette("pagerduty-abilities", recordable="PAGERDUTY_API_KEY")
    assert "teams" in clients.pagerduty.get("/abilities")["abilities"]


def test_services_over_two_pages(cassette):
    services = cassette("pagerduty-services").pagerduty.list(
        "/services", "services", include=["integrations"]
    )
    assert [service["name"] for service in services] == ["My Application Service", "Web", "Database"]


def test_pagerduty_says_wait_and_then_answers(cassette, clock):
    clients = cassette("pagerduty-rate-limited")
    assert clients.pagerduty.get("/priorities")["priorities"][0]["name"] == "P1"
    assert clock.time() >= 1024


def test_pagerduty_forbids_in_plain_text(cassette):
    clients = cassette("pagerduty-plain-403")
    with pytest.raises(AuthError, match="403: Forbidden"):
        clients.pagerduty.list(
            "/escalation_policies", "escalation_policies", include=["escalation_rule_assignment_strategies"]
        )


def test_pagerduty_knows_no_such_object_and_says_no_more(cassette):
    with pytest.raises(NotFoundError):
        cassette("pagerduty-bare-404").pagerduty.get("/alert_grouping_settings/PJWA06X")


def test_who_the_slack_token_is(cassette):
    clients = cassette("slack-auth-test", recordable="SLACK_BOT_TOKEN")
    assert clients.slack.call("auth.test")["team_id"].startswith("T")
    assert "chat:write" in clients.slack.scopes["bot"]


def test_slack_misses_a_scope(cassette):
    clients = cassette("slack-missing-scope")
    with pytest.raises(AuthError) as raised:
        clients.slack.call("conversations.create", name="inc-payments")
    assert "channels:manage" in raised.value.hint
    assert clients.slack.scopes["bot"] == {"chat:write", "channels:read"}


def test_slack_says_wait_and_then_answers(cassette, clock):
    clients = cassette("slack-ratelimited")
    (group,) = clients.slack.list("usergroups.list", "usergroups", include_disabled=True)
    assert group["handle"] == "oncall-payments"
    assert clock.time() >= 1030


def test_a_proxy_answers_for_slack(cassette):
    clients = cassette("slack-plain-403")
    with pytest.raises(ApiError, match=r"HTTP 403.*Blocked by the network's policy"):
        clients.slack.call("conversations.info", channel="C0INC000001")
