"""Socket Mode: WebSocket connections of the app, and the envelopes that go over them (slack.md 7.7)."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox import strict_json
from pdslack_cli.sandbox.settings import upsert
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.runtime.app_endpoints import SOCKET_MODE
from pdslack_cli.sandbox.store import Store

if TYPE_CHECKING:
    from pdslack_cli.sandbox.slack.runtime.connection import WebSocket

MOST_CONNECTIONS = 10
SECONDS_TO_ACKNOWLEDGE = 3
PLANNED_SECONDS = 3600
LARGEST_FRAME = 1_000_000
SOCKETS = "/slack/socket/"
TICKET = "slack.socket_ticket"


def open_connection(call: SlackCall) -> Json:
    """`apps.connections.open`: a URL for one connection."""
    ticket = uuid.uuid4().hex
    call.store.insert(TICKET, ticket, {"id": ticket})
    upsert(call.store, SOCKET_MODE, workspace.APP, {"id": workspace.APP})
    return {"url": f"ws{call.base.removeprefix('http')}{SOCKETS}{ticket}"}


class SocketMode:
    """The open connections. Each envelope goes to one of them, in turn, as Slack does."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._open: list[WebSocket] = []
        self._warned: list[WebSocket] = []
        self._waiting: dict[str, tuple[WebSocket, threading.Event]] = {}
        self._answers: dict[str, Any] = {}
        self._turn = 0

    @property
    def connected(self) -> bool:
        """Whether the app listens."""
        with self._lock:
            return bool(self._open)

    def serve(self, environ: Mapping[str, Any], ticket: str) -> None:
        """Hold a connection until it ends. A ticket that is unknown or used is turned away."""
        from pdslack_cli.sandbox.slack.runtime.connection import WebSocket  # late, as it says

        known = self._use(ticket)
        with self._lock:  # once the app knows that it is connected, so do we; its first frame is the hello
            socket = WebSocket.accept(dict(environ), ping_interval=20, max_message_size=LARGEST_FRAME)
            welcome = known and len(self._open) < MOST_CONNECTIONS
            if welcome:
                self._open.append(socket)
                socket.send(json.dumps(self._hello()))
        if not welcome:
            reason = "too_many_websockets" if known else "link_disabled"
            socket.send(json.dumps({"type": "disconnect", "reason": reason}))
            socket.close()
            socket.wait_for_end()
            return
        try:
            for frame in socket.frames():
                self._receive(frame)
        finally:
            self._leave(socket)
            with self._lock:
                for waiting, ended in self._waiting.values():
                    if waiting is socket:
                        ended.set()  # nobody will acknowledge it there
            socket.wait_for_end()

    def deliver(self, kind: str, payload: Json, **fields: Any) -> tuple[bool, Any]:
        """Send an envelope; whether it was acknowledged in time, and the answer that came with it."""
        envelope_id = str(uuid.uuid4())
        ended = threading.Event()
        with self._lock:
            if not self._open:
                return False, None
            self._turn += 1
            # A client that was warned comes back before it leaves, and listens to the new connection alone.
            staying = [socket for socket in self._open if socket not in self._warned] or self._open
            socket = staying[self._turn % len(staying)]
            self._waiting[envelope_id] = socket, ended
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, **fields}
        socket.send(json.dumps(envelope))
        ended.wait(SECONDS_TO_ACKNOWLEDGE)
        with self._lock:
            del self._waiting[envelope_id]
            return envelope_id in self._answers, self._answers.pop(envelope_id, None)

    def disconnect(self, reason: str) -> None:
        """Ask every connection to come back, as before a planned refresh."""
        with self._lock:
            asked = [*self._open]
            if reason == "warning":
                self._warned = [*asked]
            else:
                self._open, self._warned = [], []  # what happens now is for the connection that comes next
        for socket in asked:
            socket.send(
                json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
            )
            if reason != "warning":
                socket.close()

    def close(self) -> None:
        """End every connection."""
        with self._lock:
            closing = [*self._open]
        for socket in closing:
            socket.close()

    def _leave(self, socket: WebSocket) -> None:
        """Send no more envelopes to a connection."""
        with self._lock:
            for known in (self._open, self._warned):
                if socket in known:
                    known.remove(socket)

    def _use(self, ticket: str) -> bool:
        """Whether a ticket is known; it is used up."""
        with self._store.transaction():
            known = self._store.get(TICKET, ticket) is not None
            if known:
                self._store.delete(TICKET, ticket)
        return known

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {"host": "sandbox", "approximate_connection_time": PLANNED_SECONDS},
            "connection_info": {"app_id": workspace.APP},
        }

    def _receive(self, frame: str | bytes | None) -> None:
        try:
            message = strict_json.parse(frame or b"{}")
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        envelope_id = str(message.get("envelope_id"))
        with self._lock:
            if envelope_id in self._waiting:
                self._answers[envelope_id] = message.get("payload")
                self._waiting[envelope_id][1].set()
