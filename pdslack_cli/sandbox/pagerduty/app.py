"""The pretend PagerDuty: three hosts, one account."""

from __future__ import annotations

import json

from werkzeug import Request, Response
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from pdslack_cli.model import Json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.pagerduty import access, seeding
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families import KINDS, ROUTES
from pdslack_cli.sandbox.pagerduty.pace import PagerDutyPace
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, method_not_allowed, not_found
from pdslack_cli.sandbox.store import Store

REST, APP, EVENTS = "/pagerduty", "/pagerduty-app", "/pagerduty-events"
HOSTS = {REST: "api", APP: "app", EVENTS: "events"}
"""The API of each mount. A path is served by one host only."""


class SandboxPagerDuty:
    """A PagerDuty account over HTTP."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock
        self._pace = PagerDutyPace(store, clock)

    def __call__(self, request: Request) -> Response:
        """Answer one request below one of the three mounts."""
        pace: dict[str, str] = {}
        try:
            api = Api(self._store, self._clock, KINDS, base=request.host_url.rstrip("/") + REST)
            if request.script_root != EVENTS:
                api.token = access.token_of(request, self._store)
                pace = self._pace.spend(request.headers["Authorization"])
                access.check(api.token, request)
            api.arguments, api.headers, api.content = request.args, request.headers, request.get_data()
            with self._store.transaction():
                result = self._handled(api, request)
        except PagerDutyRefusal as refused:
            return response(refused.body, refused.status, {**pace, **refused.headers})
        return response(result.body, result.status, pace)

    def seed(self, wanted: Json) -> None:
        """Put the fixed catalogue in place, and what `wanted` names; an object of that name is left alone.

        Raises ValueError for what the account would refuse.
        """
        try:
            seeding.seed(Api(self._store, self._clock, KINDS, base=REST), wanted)
        except PagerDutyRefusal as refused:
            raise ValueError(str(refused)) from refused

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


def response(body: Json | str | None, status: int, headers: dict[str, str]) -> Response:
    """The HTTP answer."""
    if isinstance(body, str):
        return Response(body, status=status, headers=headers, mimetype="text/plain")
    content = "" if body is None else json.dumps(body)
    return Response(content, status=status, headers=headers, mimetype="application/json")
