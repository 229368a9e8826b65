"""A vendor that answers from a list and remembers what it was asked."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from werkzeug import Request, Response

from pdslack_cli.sandbox.http import Dropped


@dataclass(frozen=True)
class Reply:
    """One answer: a mapping is sent as JSON, a text as it is."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, request: Request) -> Response:
        is_text = isinstance(self.body, str)
        content = self.body if is_text else json.dumps(self.body)
        mimetype = "text/plain" if is_text else "application/json"
        return Response(content, self.status, self.headers, mimetype=mimetype)


def broken(request: Request) -> Response:
    """No answer: the connection breaks after the request was read."""
    raise Dropped


def stalled(request: Request) -> Response:
    """No answer either, for as long as the client will wait."""
    raise Dropped(5)


class Scripted:
    """Answers requests in order; a script that ends with `...` repeats its last answer."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self._script: list[Any] = []

    def plays(self, *script: Any) -> None:
        self._script = list(script)

    def __call__(self, request: Request) -> Response:
        request.get_data()  # the connection is gone when the test looks
        self.seen.append(request)
        if not self._script:
            return Response("the script has no more answers", 418)
        answer = self._script[0]
        if self._script[1:] != [...]:
            self._script.pop(0)
        return answer(request)


class RawVendor:
    """A server that does with each connection what `behave` says, once it has read the whole request.

    Closing a connection with bytes unread resets it, and a client may then lose the answer.
    """

    def __init__(self, behave: Callable[[socket.socket], None]) -> None:
        self.requests: list[bytes] = []
        self._behave = behave
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client has seen enough
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(65536)
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            missing = int(length[1]) - len(head.partition(b"\r\n\r\n")[2]) if length else 0
            while missing > 0 and (more := connection.recv(65536)):
                head += more
                missing -= len(more)
            self.requests.append(head)
            self._behave(connection)

    def close(self) -> None:
        self._socket.close()
