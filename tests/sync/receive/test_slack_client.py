"""The asynchronous Slack client goes to no other host, and reads no endless answer."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from slack_bolt.async_app import AsyncApp

from pdslack_cli.errors import PdslackError
from pdslack_cli.sync.receive.slack_client import BoundedAsyncClient
from pdslack_cli.sync.receive.socket_mode import SocketConnection
from tests.clients.scripted import RawVendor

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


def moved_to(url: str, status: int) -> RawVendor:
    answer = b"HTTP/1.1 %d x\r\nLocation: %s/x\r\nContent-Length: 0\r\n\r\n" % (status, url.encode())
    return RawVendor(lambda connection: connection.sendall(answer))


@pytest.fixture
def elsewhere():
    vendor = RawVendor(lambda connection: connection.sendall(HEAD + b"\r\n{}"))
    yield vendor
    vendor.close()


def client_of(vendor: RawVendor) -> BoundedAsyncClient:
    return BoundedAsyncClient("xoxb-of-ours", base_url=f"{vendor.url}/api/", retry_handlers=[])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(elsewhere, status):
    client = client_of(moved_to(elsewhere.url, status))

    with pytest.raises(PdslackError, match="with a redirect"):
        asyncio.run(client.views_open(trigger_id="1", view={"type": "modal"}))

    assert elsewhere.requests == []


def test_socket_mode_follows_no_redirect(elsewhere, caplog):
    moved = moved_to(elsewhere.url, 307)
    wss = moved.url.replace("http://", "ws://").encode()
    body = b'{"ok": true, "url": "%s"}' % wss
    opening = RawVendor(lambda connection: connection.sendall(HEAD + b"\r\n" + body))

    async def connect() -> None:
        app = AsyncApp(signing_secret="s", token="xoxb-of-ours", client=client_of(opening))
        connection = SocketConnection(app, "xapp-of-ours")
        running = asyncio.ensure_future(connection.run())
        while "with a redirect" not in caplog.text:
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(connect(), 60))
    assert elsewhere.requests == []


@pytest.mark.slow
def test_packed_answer_without_measure_is_not_read():
    zeros = gzip.compress(bytes(80 * 2**20))
    packed = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(zeros) + zeros
    client = client_of(RawVendor(lambda connection: connection.sendall(packed)))

    with pytest.raises(PdslackError, match="larger than 64 MB"):
        asyncio.run(client.views_open(trigger_id="1", view={"type": "modal"}))
