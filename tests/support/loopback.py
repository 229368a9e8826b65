"""Calls to a sandbox of this process, answered without a socket between them.

Half of the time of a call over loopback goes into sockets, threads and the parsing of headers, on both sides.
The code of the client and of the sandbox runs in full; only the wire is left out, and only where nothing can
happen on it. A call goes over HTTP as ever to any other server, where a fault may delay it, where a URL or a
header is not plain ASCII, in modules marked `wire`, and in all tests if PDSLACK_WIRE is set.
"""

from __future__ import annotations

import errno
import io
import os
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from typing import Any, ClassVar, TypeVar
from urllib.parse import unquote_to_bytes

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError
from werkzeug import Request

from pdslack_cli.clients.http import readers
from pdslack_cli.clients.http.calls import NoAnswerError, Received
from pdslack_cli.clients.http.transport import Transport
from pdslack_cli.sandbox.http import Dropped
from pdslack_cli.sandbox.server import Sandbox

PLAIN_URL = re.compile(
    r"(http://(127\.0\.0\.1:\d+))(/[\w./~:@!$&'()*+,;=%-]*)(?:\?([\w./~:@!$&'()*+,;=%?-]*))?", re.ASCII
)
PLAIN_VALUE = re.compile(r"[ -~]*")
WAITING = frozenset({"timeout", "slow"})
SHORT = 0.5  # seconds; no client of a test gives up so soon

T = TypeVar("T")


class OneByOne(Executor):
    """Reads that wait for nothing, one after the other: as threads they would take a quarter longer."""

    def __init__(self, most: int, *, thread_name_prefix: str) -> None: ...

    def submit(self, work: Callable[..., T], /, *args: Any, **options: Any) -> Future[T]:
        """Do it now; an error ends all, as it does in threads."""
        done: Future[T] = Future()
        done.set_result(work(*args, **options))
        return done


class PlainAdapter(HTTPAdapter):
    """The wire below the sessions of our tests: none, where our clients skip it too."""

    loopback: ClassVar[Loopback | None] = None
    """The one that is installed."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        if self.loopback is None or not isinstance(body, bytes | None) or options.get("stream"):
            return super().send(request, *args, **options)
        try:
            received = self.loopback.answer(
                str(request.method), str(request.url), headers=request.headers, body=body, timeout=SHORT
            )
        except NoAnswerError as none:
            raise requests.ConnectionError(none.failure, request=request) from none
        if received is None:
            return super().send(request, *args, **options)
        raw = HTTPResponse(
            io.BytesIO(received.content),
            dict(received.headers),
            received.status,
            preload_content=False,
            decode_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)


def plain_session() -> requests.Session:
    """A session that does not look for proxies, which takes a quarter of the time of a call."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", PlainAdapter())
    return session


class Loopback:
    """The running sandboxes of this process, by URL."""

    def __init__(self) -> None:
        self._running: dict[str, Sandbox] = {}

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Know the sandboxes that are started from now on, and answer the calls of our clients to them."""
        start, stop, send = Sandbox.start, Sandbox.stop, Transport.send

        def started(sandbox: Sandbox) -> None:
            start(sandbox)
            self._running[sandbox.url] = sandbox

        def stopped(sandbox: Sandbox) -> None:
            self._running.pop(sandbox.url, None)
            stop(sandbox)

        def sent(transport: Transport, method: str, url: str, **options: Any) -> Received:
            return self.answer(method, url, **options) or send(transport, method, url, **options)

        patch.setattr(Sandbox, "start", started)
        patch.setattr(Sandbox, "stop", stopped)
        patch.setattr(Transport, "send", sent)
        patch.setattr(PlainAdapter, "loopback", self)
        patch.setattr(readers, "ThreadPoolExecutor", OneByOne)

    def answer(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float,
    ) -> Received | None:
        """The sandbox's answer; None if the call must go over HTTP."""
        parts = PLAIN_URL.fullmatch(url)
        sandbox = self._running.get(parts[1]) if parts else None
        if parts is None or sandbox is None or not _keeps_time(sandbox):
            return None
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(parts[3]).decode("latin-1"),
            "QUERY_STRING": parts[4] or "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": parts[2].partition(":")[2],
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "",
            "CONTENT_LENGTH": str(len(body or b"")),
            "HTTP_HOST": parts[2],
            "HTTP_ACCEPT_ENCODING": "gzip",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body or b""),
        }
        for name, value in (headers or {}).items():
            if not PLAIN_VALUE.fullmatch(value):
                return None
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        environ["CONTENT_TYPE"] = environ.get("HTTP_CONTENT_TYPE", "")
        try:
            response = sandbox._answer(Request(environ))
        except Dropped as dropped:
            time.sleep(dropped.seconds)
            raise NoAnswerError(connection_reset(), unsent=False, host=parts[2]) from None
        content = b"" if method == "HEAD" or response.status_code == 204 else response.get_data()
        return Received(
            response.status_code, {name.lower(): value for name, value in response.headers}, content
        )


def _keeps_time(sandbox: Sandbox) -> bool:
    """Whether no pending fault can delay a call for longer than any deadline."""
    return all(
        fault.kind not in WAITING or fault.seconds < SHORT or seen >= fault.last
        for fault, seen in sandbox.faults.waiting()
    )


def connection_reset() -> ProtocolError:
    """What urllib3 says of a connection that was reset instead of answered."""
    reset = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
    return ProtocolError("Connection aborted.", reset)
