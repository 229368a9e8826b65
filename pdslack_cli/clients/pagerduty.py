"""PagerDuty's REST API, through pdpyras: the few calls we make, with our errors, pace and retries."""

from __future__ import annotations

import threading
import warnings
from contextlib import nullcontext
from datetime import timedelta
from typing import Any, Literal

from pdslack_cli.clients.calls import Answer, CallLog, OnCall, Request, ids_made
from pdslack_cli.clients.gate import Gate
from pdslack_cli.clients.just_made import JustMade
from pdslack_cli.clients.pagerduty_answers import PAGE, SLACK_PATHS, in_each_others_way, next_page, result
from pdslack_cli.clients.paging import distinct
from pdslack_cli.clients.retry import Retry
from pdslack_cli.clients.settings import SecretName, Settings
from pdslack_cli.clients.throttle import SYSTEM_CLOCK, Clock, Throttle
from pdslack_cli.clients.vendor_json import entries, parsed
from pdslack_cli.model import Json

Token = Literal["account", "user"]
Host = Literal["api", "app"]
Method = Literal["GET", "POST", "PUT", "DELETE"]
Objects = list[Json]  # inside the class, `list` is our method

VARIABLES: dict[Token, SecretName] = {"account": "PAGERDUTY_API_KEY", "user": "PAGERDUTY_USER_TOKEN"}
CONNECT_SECONDS = 10.0
MOST_WRITES = 10  # at once


class PagerDuty:
    """Calls to one account. Thread-safe.

    `token` and `host` choose who asks and where: PagerDuty's Slack API (`/integration-slack/…`) refuses
    account keys, and its connections live on the `app` host (pagerduty.md 1.1, 1.3).

    Every call raises ApiError or one of its kinds: AuthError (401, 403, or no token), NotFoundError,
    PlanLimitError (402), and OutcomeUnknownError for a POST whose answer was lost.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = SYSTEM_CLOCK,
        on_call: OnCall | None = None,
        timeout: float = 60,
        just_made: JustMade | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._timeout = timeout
        self._log = CallLog(on_call)
        self._retry = Retry(clock)
        self._just_made = just_made or JustMade(clock)
        self._writing = Gate(MOST_WRITES)
        self._throttles = {token: Throttle(clock) for token in VARIABLES}
        self._hosts = {"api": settings.pagerduty_api_url, "app": settings.pagerduty_app_url}
        self._sessions = threading.local()  # a requests session is not for several threads
        self._sdk = _import_pdpyras()

    @property
    def calls(self) -> int:
        """How many requests were made so far, repeats included."""
        return self._log.count

    @property
    def clock_ahead(self) -> timedelta | None:
        """How far the vendor's clock was ahead of ours when it last told the time."""
        return self._log.ahead

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

        A list that is not `paged` comes whole, and knows no limit (pagerduty.md 1.6).
        """
        request = Request("pagerduty", "GET", path, repeatable=True)
        found: Objects = []
        page: Json | None = {"limit": PAGE} if paged else {}
        while page is not None:
            body = self._call(request, token, host, params={**params, **page})
            received = entries(request, body, wrapper)
            found += received
            page = next_page(request, body, len(received), len(found))
        return distinct(found)

    def get(self, path: str, *, token: Token = "account", host: Host = "api", **params: Any) -> Json:
        """The answer's body, as PagerDuty wrapped it. A list in `params` repeats its key (`team_ids[]`)."""
        return self._call(Request("pagerduty", "GET", path, repeatable=True), token, host, params=params)

    def create(
        self,
        path: str,
        body: Json | None = None,
        *,
        token: Token = "account",
        host: Host = "api",
        sender: str | None = None,
    ) -> Json:
        """POST: never sent twice unless PagerDuty surely did nothing the first time.

        `sender` is the e-mail of the user in whose name it is done, where PagerDuty wants one
        (pagerduty.md 1.2: `From`).
        """
        request = Request("pagerduty", "POST", path, repeatable=False)
        return self._call(request, token, host, body=body, sender=sender)

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
        request = Request("pagerduty", "PUT", path, repeatable=True)
        return self._call(request, token, host, body=body, sender=sender)

    def delete(self, path: str, *, token: Token = "account", host: Host = "api") -> None:
        """DELETE. An object that is gone already is a NotFoundError, unless we deleted it a try before."""
        self._call(Request("pagerduty", "DELETE", path, repeatable=True), token, host)

    def _call(
        self,
        request: Request,
        token: Token,
        host: Host,
        *,
        params: Json | None = None,
        body: Json | None = None,
        sender: str | None = None,
    ) -> Json:
        session = self._session(token)
        accept = {"Accept": "application/json"} if request.path.startswith(SLACK_PATHS) else {}
        headers = session.prepare_headers(request.method, accept | ({"From": sender} if sender else {}))
        query = session.normalize_params({name: _literal(value) for name, value in (params or {}).items()})

        def attempt(tries: int) -> Json:
            with nullcontext() if request.method == "GET" else self._writing:
                # Through `parent` (requests), past pdpyras's own loop: that repeats 429 for ever, and POST.
                answer = self._send(
                    request,
                    session.parent,
                    url=f"{self._hosts[host]}{request.path}",
                    headers=headers,
                    params=query,
                    json=body,
                )
            self._learn(token, answer)
            self._just_made.add(*ids_made(request, answer))
            if in_each_others_way(answer):
                self._writing.narrow()
            return result(request, answer, tries, VARIABLES[token])

        return self._just_made.wait_for(
            lambda: self._retry.run(self._throttles[token], attempt),
            lambda: f"{request.path} {query} {body}",
        )

    def _send(self, request: Request, session: Any, **arguments: Any) -> Answer:
        from requests import ConnectTimeout, RequestException

        began = self._clock.time()
        answer: Answer | None = None
        try:
            response = session.request(
                request.method,
                timeout=(CONNECT_SECONDS, self._timeout),
                verify=self._settings.ca_bundle or True,
                allow_redirects=False,  # a POST that is followed becomes a GET
                **arguments,
            )
            answer = self._answer(request, response)
        except RequestException as failure:
            raise request.unanswered(failure, unsent=isinstance(failure, ConnectTimeout)) from failure
        finally:
            self._log.add(request, answer, self._clock.time() - began)
        return answer

    def _answer(self, request: Request, response: Any) -> Answer:
        # Not `response.text`: without a charset in the header, requests guesses one, slowly.
        text = response.content.decode(errors="replace")
        if not response.ok:
            text = self._settings.mask(text)
        try:
            body = parsed(text, request) if text else {}
        except ValueError:
            body = None
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body if isinstance(body, dict) else None,
            text=text,
            request_id=response.headers.get("x-request-id", ""),
        )

    def _learn(self, token: Token, answer: Answer) -> None:
        limit, remaining, reset = (
            answer.number(f"ratelimit-{name}") for name in ("limit", "remaining", "reset")
        )
        if limit is not None and remaining is not None and reset is not None:
            self._throttles[token].learn(limit, remaining, reset)

    def _session(self, token: Token) -> Any:
        """This thread's pdpyras session with that token."""
        session = getattr(self._sessions, token, None)
        if session is None:
            session = self._sdk.APISession(self._settings.secret(VARIABLES[token]))
            session.auth = _keep_authorization
            setattr(self._sessions, token, session)
        return session


def _keep_authorization(request: Any) -> Any:
    """For requests, which would otherwise replace our Authorization header by an entry of ~/.netrc."""
    return request


def _literal(value: Any) -> Any:
    """A query value as PagerDuty reads it: lower-case booleans (pagerduty.md 1.6)."""
    return str(value).lower() if isinstance(value, bool) else value


def _import_pdpyras() -> Any:
    """pdpyras, late because it takes a fifth of a second, and without the warning that it is retired."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pdpyras
    return pdpyras
