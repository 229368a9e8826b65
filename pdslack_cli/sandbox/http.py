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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_to_bytes

from werkzeug import Request, Response

MOST_BYTES = 64_000_000
RST_ON_CLOSE = struct.pack("ii", 1, 0)


class Dropped(Exception):  # noqa: N818 - it is no error of ours
    """Break the connection instead of answering, after holding it for up to `seconds`."""

    def __init__(self, seconds: float = 0) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, passes them to the server's `application`, writes responses."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet per small answer, not one for the head and one for the body
    server: Server

    def answer(self) -> None:
        """Serve one request."""
        if "Transfer-Encoding" in self.headers:
            self.send_error(411)
            return
        length = self.headers.get("Content-Length") or "0"
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > MOST_BYTES:
            self.close_connection = True  # the rest of the body would be read as the next request
            self.send_error(413 if length.isdigit() else 400)
            return
        body = self.rfile.read(int(length))
        environ = self._environ(body)
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
            "QUERY_STRING": query,
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
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


class Server(ThreadingHTTPServer):
    """A server on loopback with a thread per connection."""

    daemon_threads = True
    block_on_close = False

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
