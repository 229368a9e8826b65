"""HTTP/1.1 server of the sandbox: converts between sockets and werkzeug's requests.

Werkzeug's own development server closes the connection after every response, after a delay of 10 ms; the
vendors keep connections open, and thousands of calls in tests should not wait.
"""

from __future__ import annotations

import io
import re
import select
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from string import printable
from typing import NoReturn
from urllib.parse import quote, unquote_to_bytes

from werkzeug import Request, Response
from werkzeug.routing import Map, RuleFactory

MOST_BYTES = 64_000_000
LONGEST_LENGTH = 30  # digits, with the zeros before them
LONGEST_LINE = 4096  # bytes, of a chunk's size or a trailer
MOST_TRAILERS = 100
RST_ON_CLOSE = struct.pack("ii", 1, 0)


class Dropped(Exception):  # noqa: N818 - it is no error of ours
    """Break the connection instead of answering, after holding it for up to `seconds`."""

    def __init__(self, seconds: float = 0) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class UnreadableBody(Exception):  # noqa: N818 - it is a refusal, in HTTP's terms
    """A body whose end cannot be found, or that is too long."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Routes(Map):
    """Routes that are matched and never asked for a URL: to prepare for that is half of the cost of a map."""

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a rule, or several."""
        for rule in rulefactory.get_rules(self):
            rule._compile_builder = lambda append_unknown=True: _not_built  # type: ignore[method-assign]
            super().add(rule)


def _not_built(*_: object) -> NoReturn:
    raise NotImplementedError("a route of the sandbox is matched only")


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, passes them to the server's `application`, writes responses."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet per small answer, not one for the head and one for the body
    server: Server

    def answer(self) -> None:
        """Serve one request."""
        try:
            environ = self._environ(read_body(self.headers, self.rfile))
        except UnreadableBody as wrong:
            self.close_connection = True  # the rest of the body would be read as the next request
            self.send_error(wrong.status)
            return
        if self.server.upgrade and self.headers.get("Upgrade", "").lower() == "websocket":
            self.close_connection = True
            self.server.upgrade({**environ, "werkzeug.socket": self.connection})
            return
        request = Request(environ)
        try:
            response = self.server.application(request)
        except Dropped as dropped:
            self._drop(dropped.seconds)
            return
        if response.is_streamed:
            self._stream(response)
            return
        content = response.get_data()
        self.send_response_only(response.status_code)
        for name, value in response.headers:
            self.send_header(name, value)
        if response.status_code == 204:
            content = b""
        elif "Content-Length" not in response.headers:
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def setup(self) -> None:
        """Register the connection with the server, so that stopping it closes the connection."""
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        """Flush and unregister the connection."""
        self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Do nothing: the sandbox keeps its own list of calls."""

    def _environ(self, body: bytes) -> dict[str, object]:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ: dict[str, object] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": quote(query, safe=printable, encoding="latin-1"),  # raw bytes are no text
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,  # however it was framed
        }
        for name, value in self.headers.items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        return environ

    def _stream(self, response: Response) -> None:
        """Write each part as soon as it is available; closing the connection ends the response."""
        self.close_connection = True
        self.send_response_only(response.status_code)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        for part in response.iter_encoded():
            self.wfile.write(part)
            self.wfile.flush()

    def _drop(self, seconds: float) -> None:
        self.close_connection = True
        # Readable here means that the client gave up: its request has been read already.
        select.select([self.connection], [], [], seconds)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST_ON_CLOSE)


def read_body(headers: Message, stream: BufferedIOBase) -> bytes:
    """The body of a request, of a stated length or in chunks. Raises UnreadableBody."""
    encoding, lengths = headers.get("Transfer-Encoding"), set(headers.get_all("Content-Length") or ())
    if len(lengths) + (encoding is not None) > 1:  # which is meant is a way to smuggle requests (RFC 9112, 6)
        raise UnreadableBody(HTTPStatus.BAD_REQUEST)
    if encoding is None:
        return _exactly(stream, _length(next(iter(lengths), "") or "0", 10))
    if encoding.strip().lower() != "chunked":
        raise UnreadableBody(HTTPStatus.NOT_IMPLEMENTED)
    body = bytearray()
    while size := _length(_line(stream).partition(";")[0].strip(), 16):
        if len(body) + size > MOST_BYTES:
            raise UnreadableBody(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body += _exactly(stream, size)
        if _line(stream):
            raise UnreadableBody(HTTPStatus.BAD_REQUEST)
    for _ in range(MOST_TRAILERS):
        if not _line(stream):
            return bytes(body)
    raise UnreadableBody(HTTPStatus.BAD_REQUEST)


def _length(text: str, base: int) -> int:
    """A number of bytes, in digits of a base."""
    if not re.fullmatch(r"[0-9]+" if base == 10 else r"[0-9A-Fa-f]+", text):
        raise UnreadableBody(HTTPStatus.BAD_REQUEST)
    if len(text) > LONGEST_LENGTH or int(text, base) > MOST_BYTES:
        raise UnreadableBody(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return int(text, base)


def _exactly(stream: BufferedIOBase, size: int) -> bytes:
    """The next `size` bytes; a client that went away in between has asked for nothing."""
    read = stream.read(size)
    if len(read) < size:
        raise ConnectionResetError
    return read


def _line(stream: BufferedIOBase) -> str:
    """The next line, without its end."""
    line = stream.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise UnreadableBody(HTTPStatus.BAD_REQUEST)
    return line.rstrip(b"\r\n").decode("latin-1")


class Server(ThreadingHTTPServer):
    """A server on loopback with a thread per connection."""

    daemon_threads = True
    block_on_close = False
    # Of more that connect at once than can wait, Linux lets the rest try again after a second.
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        application: Callable[[Request], Response],
        upgrade: Callable[[Mapping[str, object]], None] | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.application = application
        self.upgrade = upgrade  # what holds a WebSocket, until it ends
        self.connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="sandbox", daemon=True)

    def start(self) -> None:
        """Serve in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Close all connections and free the port."""
        with suppress(OSError):  # wakes the thread, which else looks fifty times a second whether to end
            self.socket.shutdown(socket.SHUT_RDWR)
        self.shutdown()
        self._thread.join()
        self.server_close()
        for connection in list(self.connections):
            with suppress(OSError):  # the client may have been faster
                connection.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close without shutdown: a graceful shutdown would hide the reset of a dropped response."""
        self.close_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore connections broken by clients; report anything else, which is a bug."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # the base's are narrower than ours
