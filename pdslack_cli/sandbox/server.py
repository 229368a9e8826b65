"""The sandbox: a PagerDuty and a Slack behind one loopback port."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.http import http_date

from pdslack_cli.model import Json, host_of
from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.control import session
from pdslack_cli.sandbox.control.control import Control
from pdslack_cli.sandbox.courier import Courier
from pdslack_cli.sandbox.faults import REFUSALS, Fault, Faults, refusal
from pdslack_cli.sandbox.http import Dropped, Server
from pdslack_cli.sandbox.pagerduty import SandboxPagerDuty
from pdslack_cli.sandbox.settings import SandboxLimits
from pdslack_cli.sandbox.slack import SandboxSlack
from pdslack_cli.sandbox.slack.runtime.sockets import SOCKETS
from pdslack_cli.sandbox.store import Store
from pdslack_cli.sandbox.timekeeper import Timekeeper

if TYPE_CHECKING:
    from pdslack_cli.sandbox.page.page import Page

CALLS_KEPT = 20_000
LARGEST_CALL = 32_000_000
"""The most bytes of a body; a script of an automation action may have 16 MiB."""

WITH_FILES = ("/slack/files/", "/_sandbox/")
"""Where a body may be as long as the server takes: files, and states of a sandbox."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")

log = logging.getLogger(__name__)


class Vendor(Protocol):
    """A pretend vendor: the state is in the store, so a vendor itself holds none that must last."""

    def __call__(self, request: Request) -> Response:
        """Answer a request whose path is already relative to the vendor's mount."""
        ...

    def seed(self, wanted: Json) -> None:
        """Put the fixed catalogue in place, and what `wanted` names; what exists is left alone."""
        ...

    def environment(self, base: str) -> dict[str, str]:
        """The variables that point a client at this vendor, given the sandbox's own URL."""
        ...


class Sandbox:
    """Both vendors, their shared state, and what tests need to know and to break.

    `path` is the SQLite file that keeps the state, `port` the port on 127.0.0.1 (0: any free one).
    """

    def __init__(self, path: str = ":memory:", port: int = 0) -> None:
        self.clock = SandboxClock()
        self.store = Store(path, self.clock.now)
        self.faults = Faults()
        self.calls: list[RecordedCall] = []
        self.session = session.SessionRecording(self.clock.now)
        self._server = Server(port, self._answer, self._hold_socket)
        self.slack = SandboxSlack(self.store, self.clock, self.url)
        self.pagerduty = SandboxPagerDuty(self.store, self.clock, self.url, self.slack.native_app)
        self.account = self.pagerduty.account
        self.vendors: Mapping[str, Vendor] = {
            "pagerduty": self.pagerduty,
            "slack": self.slack,
        }
        self._mounts = {
            "/pagerduty": "pagerduty",
            "/pagerduty-app": "pagerduty",
            "/pagerduty-events": "pagerduty",
            "/slack/api": "slack",
            "/slack/hooks": "slack",
            "/slack/files": "slack",
        }
        self.time = Timekeeper(self.clock, self.store, (self.pagerduty, self.slack))
        self._control = Control(self)
        self._page: Page | None = None
        self._courier = Courier((self.pagerduty, self.slack.events), self.faults)
        self.seed({})

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def environment(self) -> dict[str, str]:
        """The variables that point any client at this sandbox."""
        return {
            name: value
            for vendor in self.vendors.values()
            for name, value in vendor.environment(self.url).items()
        }

    def state_id(self) -> str:
        """The name of its state: another one after a reset or a restore."""
        return self.store.state_id()

    def start(self) -> None:
        """Listen, in the background, and let time pass."""
        self._server.start()
        self.time.start()
        self._courier.start()

    def stop(self) -> None:
        """Stop listening and close the file."""
        self.slack.sockets.close()
        self.store.revision.close()
        self._server.stop()
        self.time.stop()
        self._courier.stop()
        self.store.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def seed(self, wanted: Json) -> None:
        """Add what `wanted` names to both vendors, as `POST /_sandbox/seed` does."""
        with self.store.transaction():
            for vendor in self.vendors.values():
                vendor.seed(wanted)
        self.store.end_stale_reads()
        if wanted:
            self.session.note_seed(wanted)

    def reset(self) -> None:
        """Back to the fixed catalogue alone."""
        self.store.reset()
        self.time.resume()
        self.seed({})
        self.faults.clear()
        self.calls.clear()

    def snapshot(self) -> bytes:
        """The state of both vendors."""
        return self.store.snapshot()

    def restore(self, snapshot: bytes) -> None:
        """Go back to a snapshot of this or another sandbox."""
        self.store.restore(snapshot)
        self.time.resume()

    def replay(self, recorded: str) -> Sequence[Json]:
        """Make the requests of a session again, the clock moving between them as it did then.

        Returns what ended otherwise. Raises ValueError where it is no session.
        """
        different, began = [], self.clock.now()
        for one in list(session.read(recorded)):
            # A request that moved the clock then moves it now, so that the next one is not early.
            early = one.seconds - (self.clock.now() - began).total_seconds()
            if early > 0:
                self.time.advance(early)
            request = one.request(lambda: (message["ts"] for message in self.store.all("slack.message")))
            try:
                outcome = session.outcome_of(self._mounted_answer(request))
            except Dropped:
                outcome = session.Outcome(0)
            if outcome != one.outcome:
                ends = {"was": str(one.outcome), "is": str(outcome)}
                different.append({"method": request.method, "path": request.path, **ends})
        return different

    def _answer(self, request: Request) -> Response:
        try:
            response = self._mounted_answer(request)
        except HTTPException as refused:  # of a body that is no form
            response = refused.get_response(request.environ)
        response.headers["Date"] = http_date(self.clock.now())
        return response

    def _hold_socket(self, environ: Mapping[str, Any]) -> None:
        request = Request(dict(environ))
        if not foreign_caller(request) and request.path.startswith(SOCKETS):
            self.slack.sockets.serve(environ, request.path.removeprefix(SOCKETS))

    def _mounted_answer(self, request: Request) -> Response:
        if foreign := foreign_caller(request):
            return Response(foreign, HTTPStatus.FORBIDDEN, mimetype="text/plain")
        if (request.content_length or 0) > LARGEST_CALL and not request.path.startswith(WITH_FILES):
            raise RequestEntityTooLarge
        for prefix, provider in self._mounts.items():
            if request.path.startswith(f"{prefix}/"):
                return self._noted_answer(provider, mounted(request, prefix))
        if request.path in ("/", "/_sandbox/changes") or request.path.startswith("/_page/"):
            return self._shown_page(request)
        return self._control(request)

    def _noted_answer(self, provider: str, request: Request) -> Response:
        at = self.clock.now()
        try:
            response = self._vendor_answer(provider, request)
        except Dropped:
            self.session.note(request, session.Outcome(0), at)
            raise
        self.session.note(request, session.outcome_of(response), at)
        return response

    def _shown_page(self, request: Request) -> Response:
        from pdslack_cli.sandbox.page.page import Page  # late: templates, and most sandboxes nobody looks at

        if self._page is None:
            self._page = Page(self)
        request.get_data()  # kept, so that the form can be read and noted
        at = self.clock.now()
        response = self._page(request)
        if request.method == "POST":
            self.session.note(request, session.outcome_of(response), at)
        return response

    def _vendor_answer(self, provider: str, request: Request) -> Response:
        fault = self.faults.strike(provider, request.method, request.path)
        self._wait(fault)
        if fault and fault.kind in REFUSALS:
            response = refusal(fault, provider)
            self._record(provider, request, response, fault)
            return response
        if fault and fault.kind in ("reset", "timeout"):
            self._record(provider, request, None, fault)
            raise Dropped(fault.seconds if fault.kind == "timeout" else 0)
        response = self._applied(provider, request, fault)
        if fault and fault.kind == "lost":
            raise Dropped
        return response

    def _applied(self, provider: str, request: Request, fault: Fault | None) -> Response:
        lost = fault is not None and fault.kind == "lost"
        try:
            # Recorded inside the transaction: the order of calls is the order in which they took effect.
            with self._view(fault):
                response = self.vendors[provider](request)
                self._record(provider, request, None if lost else response, fault)
        except HTTPException as refused:
            response = refused.get_response(request.environ)
            self._record(provider, request, response, fault)
        except Exception:
            log.exception("%s %s %s", provider, request.method, request.path)
            response = Response("Internal Server Error", HTTPStatus.INTERNAL_SERVER_ERROR)
            self._record(provider, request, response, fault)
        return response

    def _view(self, fault: Fault | None) -> AbstractContextManager[None]:
        """The documents as a request sees them."""
        if fault and fault.kind == "stale":
            return self.store.as_before_last_write()
        if fault and fault.kind == "lag":
            return self.store.as_of(self.clock.now() - timedelta(seconds=fault.seconds))
        return self.store.transaction()

    def _wait(self, fault: Fault | None) -> None:
        seconds = SandboxLimits.read(self.store).latency_seconds
        if fault and fault.kind == "slow":
            seconds += fault.seconds
        if seconds:
            time.sleep(seconds)

    def _record(
        self, provider: str, request: Request, response: Response | None, fault: Fault | None
    ) -> None:
        self.calls.append(RecordedCall.of(provider, request, response, fault.kind if fault else ""))
        if len(self.calls) > CALLS_KEPT:
            del self.calls[:-CALLS_KEPT]


def foreign_caller(request: Request) -> str:
    """Why a request is not answered: a web page must not reach the sandbox; empty where it is.

    A page of any site can send requests here, and by a name of its own that leads to this machine even read
    the answers (DNS rebinding). Programs name a loopback host, and no origin.
    """
    host = request.headers.get("Host", "")
    if host_of(f"//{host}") not in LOOPBACK:
        return "the sandbox answers to 127.0.0.1 and localhost only\n"
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        return "the sandbox takes no requests of web pages\n"
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return "the sandbox takes no requests of web pages\n"
    return ""


def past_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """`NO_PROXY` with loopback added, in both spellings: programs differ in which of them they read first."""
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if exempt.strip() != "*":
        exempt = ",".join(dict.fromkeys([*filter(None, exempt.split(",")), "127.0.0.1"]))
    return {"NO_PROXY": exempt, "no_proxy": exempt}


def mounted(request: Request, prefix: str) -> Request:
    """The same request as seen from below `prefix`."""
    path = request.environ["PATH_INFO"].removeprefix(prefix)
    return Request({**request.environ, "SCRIPT_NAME": prefix, "PATH_INFO": path})
