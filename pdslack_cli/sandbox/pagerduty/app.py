"""The simulated PagerDuty: three hosts, one account."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from pdslack_cli.model import Json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.courier import Parcel, Receipt, send
from pdslack_cli.sandbox.pagerduty import access, seeding
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families import KINDS, ROUTES
from pdslack_cli.sandbox.pagerduty.outlet import SlackOutlet
from pdslack_cli.sandbox.pagerduty.pace import PagerDutyPace
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, method_not_allowed, not_found
from pdslack_cli.sandbox.pagerduty.runtime import clockwork, timers
from pdslack_cli.sandbox.pagerduty.runtime.outbound import webhooks
from pdslack_cli.sandbox.pagerduty.runtime.workflows import starting
from pdslack_cli.sandbox.store import Store

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")

log = logging.getLogger(__name__)

REST, APP, EVENTS = "/pagerduty", "/pagerduty-app", "/pagerduty-events"
HOSTS = {REST: "api", APP: "app", EVENTS: "events"}
"""The API of each mount. A path is served by one host only."""


class SandboxPagerDuty:
    """A PagerDuty account over HTTP."""

    def __init__(self, store: Store, clock: SandboxClock, base: str, slack: SlackOutlet) -> None:
        self._store = store
        self._clock = clock
        self._pace = PagerDutyPace(store, clock)
        self._base = base
        self._slack = slack
        self._busy: dict[str, str] = {}  # what is on its way, and its queue

    def __call__(self, request: Request) -> Response:
        """Answer one request below one of the three mounts."""
        pace: dict[str, str] = {}
        try:
            api = self.account(f"{request.scheme}://{request.host}{REST}")
            if request.script_root == EVENTS:
                self._pace.spend_event(request.get_data())
            else:
                api.token = access.token_of(request, self._store)
                pace = self._pace.spend(request.headers["Authorization"])
                access.check(api.token, request)
            api.arguments, api.headers, api.content = request.args, request.headers, request.get_data()
            with self._store.transaction():
                result = self._handled(api, request)
                starting.settle(api)
            zone = api.zone() if request.method == "GET" else None
        except PagerDutyRefusal as refused:
            return response(refused.body_for(request.path), refused.status, {**pace, **refused.headers})
        return response(in_zone(result.body, zone), result.status, pace)

    def seed(self, wanted: Json) -> None:
        """Put the fixed catalogue in place, and what `wanted` names; an object of that name is left alone.

        Raises ValueError for what the account would refuse.
        """
        try:
            seeding.seed(self.account(REST), wanted)
        except PagerDutyRefusal as refused:
            raise ValueError("; ".join(map(str, refused.args))) from refused

    def next_time(self, until: datetime) -> datetime | None:
        """Return when the next timer ends, if it does by `until`."""
        return timers.next_end(self.account(), until)

    def pass_time(self, until: datetime) -> bool:
        """Run the next timer that ends by `until`; False if there is none."""
        api = self.account()
        with self._store.transaction():
            timer = timers.due(api, until)
            if timer is None:
                return False
            ahead = (datetime.fromisoformat(timer["_due"]) - self._clock.now()).total_seconds()
            if ahead > 0:
                self._clock.advance(ahead)
            self._run_timer(timer)
        return True

    def _run_timer(self, timer: Json) -> None:
        """Fire a timer. One that fails is removed, because it would stop the time for all others."""
        try:
            with self.acting() as api:
                clockwork.fire(api, timer)
        except Exception:
            log.exception("timer %s", timer["id"])

    def next_parcel(self) -> Parcel | None:
        """Return the next webhook that is due."""
        with self._store.transaction():
            parcel = webhooks.next_parcel(self.account(), set(self._busy.values()))
            if parcel is not None:
                self._busy[parcel.key] = webhooks.queue_of(self.account(), parcel.key)
        return parcel

    def send(self, parcel: Parcel) -> Receipt:
        """Send a webhook."""
        return send(parcel)

    def delivered(self, parcel: Parcel, receipt: Receipt) -> None:
        """Record the result of a webhook."""
        with self._store.transaction():
            webhooks.delivered(self.account(), parcel.key, receipt)
            self._busy.pop(parcel.key, None)

    @contextmanager
    def acting(self) -> Iterator[Api]:
        """The account, for something that happens to it without a request: all of it or nothing."""
        api = self.account()
        with self._store.transaction():
            yield api
            starting.settle(api)

    def account(self, base: str = "") -> Api:
        """The account; without a request (time passes, webhooks are sent) links begin with our own URL."""
        return Api(self._store, self._clock, KINDS, base or self._base + REST, self._slack)

    def environment(self, base: str) -> dict[str, str]:
        """The variables that point a client at this account."""
        return {
            "PAGERDUTY_API_URL": base + REST,
            "PAGERDUTY_APP_URL": base + APP,
            "PAGERDUTY_EVENTS_URL": base + EVENTS,
            "PAGERDUTY_API_KEY": seeding.ACCOUNT_KEY,
            "PAGERDUTY_USER_TOKEN": seeding.USER_TOKEN,
        }

    def _handled(self, api: Api, request: Request) -> SandboxResponse:
        host = HOSTS[request.script_root]
        try:
            endpoint, ids = ROUTES.bind("pagerduty", subdomain=host).match(request.path, request.method)
        except (NotFound, RequestRedirect):
            raise not_found() from None
        except MethodNotAllowed:
            raise method_not_allowed() from None
        result: SandboxResponse = endpoint(api, **ids)
        return result


def in_zone(body: Any, zone: tzinfo | None) -> Any:
    """A body with its times in the zone that the request asks for."""
    if zone is None:
        return body
    if isinstance(body, list):
        return [in_zone(one, zone) for one in body]
    if isinstance(body, dict):
        return {name: in_zone(one, zone) for name, one in body.items()}
    if isinstance(body, str) and MOMENT.fullmatch(body):
        return datetime.fromisoformat(body).astimezone(zone).isoformat()
    return body


def response(body: Json | str | None, status: int, headers: dict[str, str]) -> Response:
    """The HTTP answer."""
    if isinstance(body, str):
        return Response(body, status=status, headers=headers, mimetype="text/plain")
    content = "" if body is None else json.dumps(body)
    return Response(content, status=status, headers=headers, mimetype="application/json")
