"""How requests leave: through the proxy that the environment names, and what is looked up for them once."""

from __future__ import annotations

import base64
import socket
import threading
import time

import pytest
import requests.utils

from pdslack_cli.clients import connect
from pdslack_cli.clients.http.call_log import ApiCall
from pdslack_cli.clients.http.calls import NoAnswerError
from pdslack_cli.clients.http.readers import MOST_READS, map_concurrently
from pdslack_cli.clients.http.transport import Transport
from pdslack_cli.clients.settings import Settings
from pdslack_cli.engine.live import read_live
from pdslack_cli.errors import ApiError
from pdslack_cli.sandbox.server import Sandbox
from tests.clients.scripted import RawVendor, Reply
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.wire

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def answer(connection: socket.socket) -> None:
    connection.sendall(ANSWER)


@pytest.fixture
def proxy(monkeypatch):
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = RawVendor(answer)
    address = server.url.removeprefix("http://")
    monkeypatch.setenv("http_proxy", f"http://maya:secret@{address}")
    monkeypatch.setenv("HTTPS_PROXY", f"http://maya:secret@{address}")
    yield server
    server.close()


LOGIN = b"Basic " + base64.b64encode(b"maya:secret")


def test_the_proxy_of_the_environment_is_asked_with_its_login(proxy):
    assert Transport().send("GET", "http://vendor.example/x?a=1", timeout=5).content == b"{}"

    (request,) = proxy.requests
    assert request.startswith(b"GET http://vendor.example/x?a=1 HTTP/1.1\r\n")
    assert LOGIN.lower() in request.lower()


def test_tls_goes_through_a_tunnel_and_its_login_to_the_proxy_alone(proxy):
    with pytest.raises(NoAnswerError):  # this proxy speaks no TLS
        Transport().send("GET", "https://vendor.example/x", headers={"Authorization": "token"}, timeout=5)

    (request,) = proxy.requests
    assert request.startswith(b"CONNECT vendor.example:443 ")
    assert LOGIN.lower() in request.lower()
    assert b"token" not in request


@pytest.mark.parametrize("exempt", ["127.0.0.1", "127.0.0.0/8", "*"])
def test_no_proxy_is_obeyed(proxy, monkeypatch, exempt):
    monkeypatch.setenv("NO_PROXY", exempt)
    vendor = RawVendor(answer)

    Transport().send("GET", f"{vendor.url}/x", timeout=5)

    assert proxy.requests == []
    assert vendor.requests[0].startswith(b"GET /x HTTP/1.1\r\n")


def test_the_environment_is_looked_at_once_however_many_calls(pagerduty, slack, vendor, monkeypatch):
    looked = []
    real = requests.utils.get_environ_proxies
    monkeypatch.setattr(
        requests.utils, "get_environ_proxies", lambda url, **more: looked.append(url) or real(url, **more)
    )
    monkeypatch.setattr(requests.utils, "get_netrc_auth", lambda url, **more: looked.append("netrc"))
    vendor.plays(Reply({"ok": True}), ...)

    for _ in range(20):
        pagerduty.get("/teams")
        slack.call("auth.test")

    assert len(looked) == 2  # one for each client
    assert "netrc" not in looked


def test_the_first_failure_of_many_reads_ends_them_all():
    begun = []

    def work(number: int) -> None:
        begun.append(number)
        if number == 0:
            raise ApiError("gone", provider="pagerduty")
        time.sleep(0.1)

    with pytest.raises(ApiError, match="gone"):
        map_concurrently(range(1_000), work)
    assert len(begun) <= 10 * MOST_READS  # of a thousand; a busy machine begins a few more


@pytest.mark.slow
def test_parts_of_one_product_are_read_while_the_other_still_lists():
    wanted = stack(
        "{owner: acme, people: {maya: maya@acme.example}, teams: {ops: {members: {manager: [maya]}}}}"
    )
    members_read = threading.Event()
    in_time: list[bool] = []

    def on_call(call: ApiCall) -> None:
        if call.path.endswith("/members"):
            members_read.set()
        elif call.provider == "slack":
            in_time.append(members_read.wait(5))

    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        assert runner.apply(wanted).complete

        read_live(wanted, connect(Settings.read(sandbox.environment()), on_call=on_call))

    assert in_time
    assert all(in_time)
