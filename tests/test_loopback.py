"""A call that skips the socket ends as it would over HTTP: the same answer, or the same failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests

from pdslack_cli.clients.http.calls import NoAnswerError
from pdslack_cli.clients.http.transport import Transport
from pdslack_cli.sandbox.faults import REFUSALS, Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.support.loopback import Loopback, plain_session

pytestmark = pytest.mark.wire  # the test itself chooses

CALLS = {
    "a list": ("GET", "/pagerduty/teams?limit=100&query=a%20b", None),
    "what is not there": ("GET", "/pagerduty/teams/PNONE", None),
    "a path of nobody": ("HEAD", "/pagerduty/nonsense/%C3%BC", None),
    "a creation": ("POST", "/pagerduty/teams", b'{"team": {"type": "team", "name": "\xc3\xbc"}}'),
    "a body that is no JSON": ("POST", "/pagerduty/teams", b"{"),
    "Slack": ("POST", "/slack/api/auth.test", b""),
}
FAULTS = [None, *REFUSALS, "reset", "lost", "stale", "lag"]
Send = Callable[[str, str, dict[str, str], bytes | None], tuple[int, Mapping[str, str], bytes]]
PER_CALL = {"date", "content-length", "connection", "x-request-id", "x-slack-req-id"}


def ended(sandbox: Sandbox, send: Send, fault: str | None, method: str, path: str, body: bytes | None) -> Any:
    """How the call ends in a sandbox that nothing has happened to."""
    sandbox.reset()
    if fault:
        sandbox.faults.add(Fault(fault))  # type: ignore[arg-type]
    environment = sandbox.environment()
    token = environment["SLACK_BOT_TOKEN"] if path.startswith("/slack") else environment["PAGERDUTY_API_KEY"]
    scheme = "Bearer " if path.startswith("/slack") else "Token token="
    headers = {"Authorization": f"{scheme}{token}", "Content-Type": "application/json"}
    try:
        status, answered, content = send(method, sandbox.url + path, headers, body)
    except NoAnswerError as error:
        return type(error.failure), str(error), error.unsent
    except requests.ConnectionError as error:
        return type(error.args[0]), str(error)
    kept = {name.lower(): value for name, value in answered.items() if name.lower() not in PER_CALL}
    return status, kept, content.replace(sandbox.url.encode(), b"URL")


def by_our_client(
    method: str, url: str, headers: dict[str, str], body: bytes | None
) -> tuple[int, Mapping[str, str], bytes]:
    answer = Transport().send(method, url, headers=headers, body=body, timeout=5)
    return answer.status, answer.headers, answer.content


def by_a_session(
    method: str, url: str, headers: dict[str, str], body: bytes | None
) -> tuple[int, Mapping[str, str], bytes]:
    with plain_session() as session:
        answer = session.request(method, url, headers=headers, data=body, timeout=5)
    return answer.status_code, answer.headers, answer.content


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("send", [by_our_client, by_a_session])
@pytest.mark.parametrize("call", CALLS)
def test_a_call_without_a_socket_ends_as_one_over_http(call, send, monkeypatch):
    with Sandbox() as sandbox:
        over_http = [ended(sandbox, send, fault, *CALLS[call]) for fault in FAULTS]
    Loopback().install(monkeypatch)
    with Sandbox() as sandbox:
        assert [ended(sandbox, send, fault, *CALLS[call]) for fault in FAULTS] == over_http
    assert len({*map(repr, over_http)}) > 4
