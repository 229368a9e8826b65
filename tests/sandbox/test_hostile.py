"""The sandbox is for programs of this machine: not for web pages, and no body breaks it."""

from __future__ import annotations

import json
import re
import socket
import stat
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from pdslack_cli.sandbox.server import Sandbox
from tests.conftest import examples
from tests.sandbox.conftest import Account
from tests.support.loopback import plain_session

pytestmark = pytest.mark.wire

PATHS = ("/pagerduty/teams", "/slack/api/auth.test", "/_sandbox/calls", "/elsewhere")


def send(account: Account, path: str, method: str = "GET", **headers: str) -> int:
    tokens = {"Authorization": f"Token token={account.key}"}
    url = account.sandbox.url + path
    return requests.request(method, url, headers={**tokens, **headers}, timeout=10).status_code


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "169.254.0.1", "", "[::1", "[zz]"]
)
def test_host_that_is_not_loopback_is_refused(account, path, host):
    assert send(account, path, Host=host) == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:1234", "[::1]:80"])
def test_loopback_host_is_answered(account, host):
    assert send(account, "/pagerduty/teams", Host=host) == 200


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_web_page_is_refused(account, path, method, headers):
    assert send(account, path, method, **headers) == 403


def test_its_own_origin_is_answered(account):
    assert send(account, "/pagerduty/teams", Origin=account.sandbox.url) == 200


BODY = b'{"team":{"type":"team","name":"Payments"}}'
FRAMED = [
    (b"Content-Length: 42\r\n\r\n" + BODY, [201]),
    (b"Content-Length: x\r\n\r\n", [400]),
    (b"Content-Length: -1\r\n\r\n", [400]),
    (b"Content-Length: 1e3\r\n\r\n", [400]),
    (b"Content-Length: 99999999999\r\n\r\n", [413]),
    ("Content-Length: １２\r\n\r\n".encode(), [400]),
    (b"Content-Length: 43\r\n\r\n" + BODY, []),
    (b"Content-Length: 42\r\nContent-Length: 42\r\n\r\n" + BODY, [201]),
    (b"Content-Length: 42\r\nContent-Length: 2\r\n\r\n" + BODY, [400]),
    (b"Transfer-Encoding: chunked\r\n\r\n2a\r\n" + BODY + b"\r\n0\r\n\r\n", [201]),
    (b"Transfer-Encoding: Chunked\r\n\r\n" + b"".join(b"1;of=42\r\n%c\r\n" % one for one in BODY) +
     b"000\r\nX-Checksum: 1\r\n\r\n", [201]),
    (b"Transfer-Encoding: chunked\r\n\r\n2A\r\n" + BODY + b"\r\n0\r\n\r\n"
     b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n", [201, 200]),
    (b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", [501]),
    (b"Transfer-Encoding: chunked\r\nContent-Length: 42\r\n\r\n2a\r\n" + BODY + b"\r\n0\r\n\r\n", [400]),
    (b"Transfer-Encoding: chunked\r\n\r\nx\r\n", [400]),
    (b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", [400]),
    (b"Transfer-Encoding: chunked\r\n\r\n0x2a\r\n", [400]),
    (b"Transfer-Encoding: chunked\r\n\r\n29\r\n" + BODY + b"\r\n0\r\n\r\n", [400]),
    (b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", [413]),
    (b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 5000, [400]),
    (b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n3d09000\r\n", [413]),
    (b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 200, [400]),
    (b"Transfer-Encoding: chunked\r\n\r\n2a\r\n" + BODY[:20], []),
]  # fmt: skip


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(("framed", "statuses"), FRAMED, ids=[repr(one[-70:]) for one, _ in FRAMED])
def test_a_body_is_read_to_its_end_or_refused(account, framed, statuses):
    head = "POST /pagerduty/teams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Token token={account.key}\r\n"
    parts = urlsplit(account.sandbox.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(head.encode() + framed)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answer)] == statuses
    assert [team["name"] for team in account.get("/teams")["teams"]] == ["Payments"] * (201 in statuses)


def test_a_query_that_is_no_text_is_answered(account):
    parts = urlsplit(account.sandbox.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(
            b"GET /pagerduty/teams?query=\x80\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + f"Authorization: Token token={account.key}\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")


# --- bodies ------------------------------------------------------------------------------------------

ENDPOINTS = [
    ("POST", "seed"),
    ("POST", "faults"),
    ("POST", "clock"),
    ("PUT", "tokens/t"),
    ("PUT", "abilities"),
    ("PUT", "plan"),
    ("PUT", "limits"),
]
ODD = [
    "[",
    "[]",
    "null",
    "5",
    '"x"',
    '{"": 1}',
    "[[1]]",
    "NaN",
    '{"advance": NaN}',
    '{"advance": 1e308}',
    '{"advance": -1e308}',
    '{"advance": 1e999}',
    '{"advance": "x"}',
    '{"advance": null}',
    '{"people": 5}',
    '{"people": [5]}',
    '{"people": [{"email": 5}]}',
    '{"people": [{}]}',
    '{"teams": [{"name": [1]}]}',
    '{"channels": [{"name": 5}]}',
    '{"incidents": [{}]}',
    '{"workspace": [1]}',
    '{"services": [{"name": "x", "teams": 7}]}',
    '{"kind": "500", "path": "("}',
    '{"kind": "500", "nth": "x"}',
    '{"kind": "slow", "seconds": 1e308}',
    '{"kind": "nonsense"}',
    '{"latency_seconds": "x"}',
    '{"latency_seconds": 1e308}',
    '{"latency_seconds": -1}',
    '{"pagerduty_per_minute": "x"}',
    '{"kind": 5}',
    '{"kind": "user", "scopes": 5}',
    '{"kind": "user", "provider": "x"}',
    '{"features": 5}',
    '{"features": {"x": "y"}}',
    '{"x": "\\ud800"}',
    "\x00",
    "[" * 100_000,
    '{"people": ' + "[" * 500 + "]" * 500 + "}",
]


@pytest.mark.slow
@pytest.mark.parametrize(("method", "endpoint"), ENDPOINTS)
def test_odd_bodies_of_the_control_endpoint_are_refused_or_harmless(account, method, endpoint):
    session = plain_session()
    bot = {"Authorization": f"Bearer {account.environment['SLACK_BOT_TOKEN']}"}
    url = account.sandbox.url
    for body in ODD:
        answer = session.request(method, f"{url}/_sandbox/{endpoint}", data=body.encode(), timeout=10)

        assert answer.status_code in (200, 400), (body[:100], answer.text)
        if answer.status_code == 400:
            assert answer.json()["error"], body[:100]
        account.control("DELETE", "faults")
        account.control("POST", "clock", {"advance": 1})
        account.get("/users")
        assert session.post(f"{url}/slack/api/users.list", headers=bot, timeout=10).json()["ok"], body[:100]


FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("path", "kind", "body", "status"),
    [
        pytest.param("/pagerduty/teams", "text/plain", b"x" * 40_000_000, 413, id="a long one"),
        pytest.param("/slack/api/chat.postMessage", FORM, b"x" * 600_000, 413, id="a broken form"),
        pytest.param("/_page/event", FORM, b"x" * 600_000, 413, id="a broken form of the page"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(account, path, kind, body, status):
    headers = {"Content-Type": kind, "Authorization": f"Token token={account.key}"}
    answer = requests.post(account.sandbox.url + path, data=body, headers=headers, timeout=20)
    assert answer.status_code == status
    assert account.get("/teams")["teams"] == []


@pytest.mark.parametrize(
    "body",
    ["NaN", '{"team": {"name": NaN}}', '{"team": {"name": 1e999}}', "[" * 100_000,
     '{"team": ' + '{"a": ' * 2000 + "1" + "}" * 2000 + "}", '{"team": {"name": "\\ud800"}}', "\xff"],
    ids=lambda body: body[:30],
)  # fmt: skip
def test_odd_json_is_the_callers_mistake(account, body):
    url, headers = account.sandbox.url, {"Content-Type": "application/json"}
    token = {"Authorization": f"Token token={account.key}"}
    answer = requests.post(f"{url}/pagerduty/teams", data=body.encode(), headers=headers | token, timeout=10)
    assert answer.status_code == 400
    account.allow(answer.request)

    bot = {"Authorization": f"Bearer {account.environment['SLACK_BOT_TOKEN']}"}
    answer = requests.post(
        f"{url}/slack/api/conversations.create", data=body.encode(), headers=headers | bot, timeout=10
    )
    assert (answer.status_code, answer.json()["ok"]) == (200, False)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["people", "teams", "name", "email", "kind", "advance", "seconds", "features"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@pytest.mark.slow
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(endpoint=st.sampled_from(ENDPOINTS), body=json_values)
def test_any_json_at_the_control_endpoint_leaves_the_accounts_alive(account, endpoint, body):
    method, path = endpoint
    url = f"{account.sandbox.url}/_sandbox/{path}"
    answer = plain_session().request(method, url, data=json.dumps(body), timeout=10)

    assert answer.status_code in (200, 400)
    account.control("DELETE", "faults")
    account.control("PUT", "limits", {})
    assert account.send("GET", "/users").status_code == 200


# --- the file ----------------------------------------------------------------------------------------


def test_file_is_for_our_eyes_only(tmp_path):
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"")
    path.chmod(0o644)

    with Sandbox(str(path)) as sandbox:
        sandbox.seed({"teams": ["Payments"]})
        files = list(tmp_path.iterdir())
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
