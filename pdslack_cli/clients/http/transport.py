"""HTTP transport of all clients, with limits on time, size and redirects.

Redirects are not followed. An exchange has one deadline, from the first packet to the last byte of the
answer, and an answer has a limit on its decoded size. Proxies and certificates are looked up once;
`.netrc` is never read.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError
from urllib3.util import make_headers

from pdslack_cli.clients.http.calls import NoAnswerError, Received, TooLargeError
from pdslack_cli.clients.http.certificates import certificates
from pdslack_cli.clients.http.large import LARGE, wait_for_turn
from pdslack_cli.clients.http.readers import MOST_READS
from pdslack_cli.model import host_of

MAX_ANSWER = 64 * 2**20  # bytes, decoded
CONNECT_SECONDS = 10.0
NEVER = urllib3.Retry(total=False, redirect=False)  # `retry.py` does the retries

Pool = urllib3.HTTPConnectionPool | urllib3.PoolManager
"""The connections to a host; the manager where a proxy forwards plain requests, which name the whole URL."""


class Transport:
    """Sends requests and reads their answers. Thread-safe; keeps connections open."""

    def __init__(self, ca_bundle: str | None = None) -> None:
        self._ca_bundle = ca_bundle
        self._lock = threading.Lock()
        self._pools: dict[str, Pool] = {}  # by scheme and host

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float,
    ) -> Received:
        """Make one exchange, of `timeout` seconds at most. Raises NoAnswerError or TooLargeError."""
        seconds = urllib3.Timeout(total=timeout, connect=min(CONNECT_SECONDS, timeout))
        try:
            parts = urlsplit(url)
            pool = self._pool(parts)
            response = pool.urlopen(
                method,
                url if isinstance(pool, urllib3.PoolManager) else _target(parts),
                body=body,
                headers={"Accept-Encoding": "gzip", **(headers or {})},
                timeout=seconds,
                redirect=False,
                retries=NEVER,
                preload_content=False,
            )
            with response:
                content = response.read(LARGE)
                if len(content) == LARGE:
                    wait_for_turn()
                    content += response.read(MAX_ANSWER + 1 - LARGE)
                if len(content) > MAX_ANSWER:
                    raise TooLargeError("is larger than the limit of 64 MB")
                response.release_conn()
        except (HTTPError, OSError, http.client.HTTPException, ValueError) as failure:
            unsent = isinstance(failure, (NewConnectionError, ConnectTimeoutError, ProxyError))
            raise NoAnswerError(failure, unsent=unsent, host=host_of(url)) from failure
        return Received(
            response.status, {name.lower(): value for name, value in response.headers.items()}, content
        )

    def _pool(self, parts: SplitResult) -> Pool:
        """The connections to that host, through the proxy that the environment names for it."""
        host = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if host not in self._pools:
                self._pools[host] = self._new_pool(host)
            return self._pools[host]

    def _new_pool(self, url: str) -> Pool:
        from requests.utils import (  # late: a fifth of a second, and only for a call
            get_auth_from_url,
            get_environ_proxies,
            select_proxy,
        )

        options: dict[str, Any] = {"maxsize": MOST_READS, "num_pools": 2}
        if url.startswith("https"):
            options["ssl_context"] = certificates(self._ca_bundle)
        manager: urllib3.PoolManager
        if proxy := select_proxy(url, get_environ_proxies(url)):
            proxy = proxy if "://" in proxy else f"http://{proxy}"
            user, password = get_auth_from_url(proxy)
            login = make_headers(proxy_basic_auth=f"{user}:{password}") if user else None
            manager = urllib3.ProxyManager(proxy, proxy_headers=login, **options)
        else:
            manager = urllib3.PoolManager(**options)
        manager.pool_classes_by_scheme = {"http": Connections, "https": SecureConnections}
        if proxy and url.startswith("http:"):
            return manager
        # Not the manager, which looks the host up again for each call, at a tenth of what the call costs.
        return manager.connection_from_url(url)


def _target(parts: SplitResult) -> str:
    """The part of its URL that a request names."""
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class _TimedReader(io.RawIOBase):
    """Reads a socket until a deadline; a socket's own timeout restarts with each packet."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, seconds: float) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def fileno(self) -> int:
        return self._raw.fileno()

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """A response with one deadline for status, headers and body: the time its connection has left."""

    def __init__(
        self, sock: socket.socket, *options: Any, connection: http.client.HTTPConnection, **more: Any
    ):
        super().__init__(sock, *options, **more)
        raw = self.fp.detach()  # a BufferedReader, according to http.client's code
        # urllib3 sets the connection's timeout to what is left of the whole exchange.
        self.fp = io.BufferedReader(_TimedReader(raw, sock, connection.timeout or 0))


class _Connection(HTTPConnection):
    def __init__(self, *options: Any, **more: Any) -> None:
        super().__init__(*options, **more)
        self.response_class = partial(_TimedResponse, connection=self)  # type: ignore[assignment]


class _SecureConnection(HTTPSConnection):
    def __init__(self, *options: Any, **more: Any) -> None:
        super().__init__(*options, **more)
        self.response_class = partial(_TimedResponse, connection=self)  # type: ignore[assignment]


class Connections(urllib3.HTTPConnectionPool):
    """Connections whose answers have a deadline."""

    ConnectionCls = _Connection


class SecureConnections(urllib3.HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _SecureConnection
