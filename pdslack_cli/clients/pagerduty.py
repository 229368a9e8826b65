"""Client for PagerDuty's REST API, on top of pdpyras, with our errors, rate limiting and retries."""

from __future__ import annotations

import json
import threading
import warnings
from contextlib import nullcontext
from typing import Any, Literal, Unpack
from urllib.parse import urlencode

from pdslack_cli.clients.http.calls import ApiRequest, ApiResponse, Received
from pdslack_cli.clients.http.gate import Gate
from pdslack_cli.clients.http.paging import Pages
from pdslack_cli.clients.http.throttle import Throttle
from pdslack_cli.clients.http.vendor_json import entries, reads_answers
from pdslack_cli.clients.pagerduty_responses import (
    LAST_POSITION,
    PAGE,
    SLACK_PATHS,
    is_write_conflict,
    next_page,
    result,
)
from pdslack_cli.clients.settings import SecretName, Settings
from pdslack_cli.clients.vendor_client import ClientOptions, VendorClient
from pdslack_cli.model import Json

Token = Literal["account", "user"]
Host = Literal["api", "app"]
Method = Literal["GET", "POST", "PUT", "DELETE"]
Objects = list[Json]  # inside the class, `list` is our method

VARIABLES: dict[Token, SecretName] = {"account": "PAGERDUTY_API_KEY", "user": "PAGERDUTY_USER_TOKEN"}
MOST_WRITES = 10  # at once


class PagerDutyClient(VendorClient):
    """Calls to one account. Thread-safe.

    `token` and `host` select the credentials and the server: PagerDuty's Slack API (`/integration-slack/…`)
    refuses account keys, and its connections are on the `app` host (pagerduty.md 1.1, 1.3).

    Every call raises ApiError or a subclass: AuthError (401, 403, or no token), NotFoundError,
    PlanLimitError (402), and OutcomeUnknownError for a POST whose answer was lost.
    """

    usual_timeout = 60

    def __init__(self, settings: Settings, **options: Unpack[ClientOptions]) -> None:
        from pdslack_cli.clients.http.transport import Transport  # late: urllib3

        super().__init__(settings, **options)
        self._writing = Gate(MOST_WRITES)
        self._throttles = {
            token: Throttle(self._clock, longest_pause=self._retry.longest_pause) for token in VARIABLES
        }
        self._hosts = {"api": settings.pagerduty_api_url, "app": settings.pagerduty_app_url}
        self._sessions: dict[Token, Any] = {}
        self._sender_lock = threading.Lock()
        self._senders: list[str | None] = []
        self._sdk = _import_pdpyras()
        self._transport = Transport(settings.ca_bundle)

    def has(self, token: Token) -> bool:
        """Whether that token is set."""
        return self._settings.has(VARIABLES[token])

    def list(
        self,
        path: str,
        wrapper: str,
        *,
        token: Token = "account",
        host: Host = "api",
        paged: bool = True,
        **params: Any,
    ) -> Objects:
        """All objects of a list, over all its pages; `wrapper` is the key that holds them.

        A list that is not `paged` comes in one answer and takes no limit (pagerduty.md 1.6).
        """
        request = ApiRequest("pagerduty", "GET", path, repeatable=True, host=host)
        pages, so_far = Pages(request, LAST_POSITION), 0
        page: Json | None = {"limit": PAGE} if paged else {}
        while page is not None:
            body = self._call(request, token, params={**params, **page})
            received = entries(request, body, wrapper)
            so_far += len(received)
            page = next_page(request, body, len(received), so_far)
            pages.add(received, None if page is None else next(iter(page.values())))
        return pages.objects

    def get(self, path: str, *, token: Token = "account", host: Host = "api", **params: Any) -> Json:
        """The body of the answer, with its wrapper. A list in `params` repeats its key (`team_ids[]`)."""
        return self._call(
            ApiRequest("pagerduty", "GET", path, repeatable=True, host=host), token, params=params
        )

    @reads_answers
    def default_sender(self) -> str | None:
        """The e-mail of an owner, an admin or else any user of the account; read once. None without users."""
        with self._sender_lock:
            if not self._senders:
                users = self.get("/users", limit=PAGE)["users"]
                rank = {"owner": 0, "admin": 1}
                first = min(users, key=lambda user: rank.get(user.get("role"), 2), default=None)
                self._senders.append(first["email"] if first else None)
            return self._senders[0]

    def create(
        self,
        path: str,
        body: Json | None = None,
        *,
        token: Token = "account",
        host: Host = "api",
        sender: str | None = None,
    ) -> Json:
        """POST: repeated only if PagerDuty certainly did nothing the first time.

        `sender` is the e-mail of the acting user, where PagerDuty requires one
        (pagerduty.md 1.2: `From`).
        """
        request = ApiRequest("pagerduty", "POST", path, repeatable=False, host=host)
        return self._call(request, token, body=body, sender=sender)

    def link(self, path: str, body: Json) -> Json:
        """POST that only adds links between objects, or takes them away: the second time it does nothing."""
        return self._call(ApiRequest("pagerduty", "POST", path, repeatable=True), "account", body=body)

    def draft(self, path: str, body: Json, **params: Any) -> Json:
        """POST by which PagerDuty only renders or counts: it keeps nothing, so the call may be repeated."""
        request = ApiRequest("pagerduty", "POST", path, repeatable=True)
        return self._call(request, "account", body=body, params=params)

    def create_each(self, path: str, key: str, bodies: Objects) -> Objects:
        """POST of several objects under `key`; the answer is a bare list with a status for each."""
        request = ApiRequest("pagerduty", "POST", path, repeatable=False, list_key=key)
        return entries(request, self._call(request, "account", body={key: bodies}), key)

    def update(
        self,
        path: str,
        body: Json,
        *,
        token: Token = "account",
        host: Host = "api",
        sender: str | None = None,
    ) -> Json:
        """PUT; {} where PagerDuty answers with nothing. `sender` as for `create`."""
        request = ApiRequest("pagerduty", "PUT", path, repeatable=True, host=host)
        return self._call(request, token, body=body, sender=sender)

    def delete(self, path: str, *, token: Token = "account", host: Host = "api") -> None:
        """DELETE. An object that does not exist is a NotFoundError, unless an earlier try deleted it."""
        self._call(ApiRequest("pagerduty", "DELETE", path, repeatable=True, host=host), token)

    def _call(
        self,
        request: ApiRequest,
        token: Token,
        *,
        params: Json | None = None,
        body: Json | None = None,
        sender: str | None = None,
    ) -> Json:
        session = self._session(token)
        headers = dict(session.headers)
        if request.path.startswith(SLACK_PATHS):
            headers["Accept"] = "application/json"
        if sender:
            headers["From"] = sender
        if body is not None:
            headers["Content-Type"] = "application/json"
        defined = {name: _literal(value) for name, value in (params or {}).items() if value is not None}
        query = session.normalize_params(defined)
        url = f"{self._hosts[request.host]}{request.path}" + (
            f"?{urlencode(query, doseq=True)}" if query else ""
        )
        content = None if body is None else json.dumps(body).encode()

        def exchange() -> Received:
            # Bypasses pdpyras's own retries, which repeat 429 forever, and POST.
            return self._transport.send(
                request.method, url, headers=headers, body=content, timeout=self._timeout
            )

        def attempt(tries: int) -> Json:
            with nullcontext() if request.method == "GET" else self._writing.turn(request.path):
                answer = self._send(request, exchange)
            self._update_throttle(token, answer)
            if is_write_conflict(answer):
                self._writing.narrow()
            return result(request, answer, tries, VARIABLES[token])

        return self._run(request, self._throttles[token], attempt, lambda: f"{request.path} {query} {body}")

    def _update_throttle(self, token: Token, answer: ApiResponse) -> None:
        limit, remaining, reset = (
            answer.number(f"ratelimit-{name}") for name in ("limit", "remaining", "reset")
        )
        if limit is not None and remaining is not None and reset is not None:
            self._throttles[token].follow_limits(limit, remaining, reset)

    def _session(self, token: Token) -> Any:
        """The pdpyras session with that token, which knows PagerDuty's headers and parameters."""
        with self._lock:
            if token not in self._sessions:
                self._sessions[token] = self._sdk.APISession(self._settings.secret(VARIABLES[token]))
            return self._sessions[token]


def _literal(value: Any) -> Any:
    """A query value as PagerDuty reads it: lower-case booleans (pagerduty.md 1.6)."""
    return str(value).lower() if isinstance(value, bool) else value


def _import_pdpyras() -> Any:
    """pdpyras, without the warning that it is retired."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pdpyras  # late: a fifth of a second
    return pdpyras
