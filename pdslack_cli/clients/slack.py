"""Slack's Web API, through slack_sdk: calls by method name, with our errors, pace and retries."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Literal

from pdslack_cli.clients.calls import Answer, CallLog, OnCall, Request, ids_made
from pdslack_cli.clients.just_made import JustMade
from pdslack_cli.clients.paging import distinct
from pdslack_cli.clients.retry import Retry
from pdslack_cli.clients.settings import SecretName, Settings
from pdslack_cli.clients.slack_answers import refuse_other_kind, result
from pdslack_cli.clients.slack_methods import PAGE_SIZE, PER_MINUTE, TIER_2, repeatable
from pdslack_cli.clients.throttle import SYSTEM_CLOCK, Clock, Throttle
from pdslack_cli.clients.vendor_json import entries, parsed
from pdslack_cli.errors import ApiError
from pdslack_cli.model import Json

if TYPE_CHECKING:
    from slack_sdk import WebClient

Actor = Literal["bot", "user", "app"]
Token = Literal[Actor, "config"]
Entries = list[Any]  # inside the class, `list` is our method

VARIABLES: dict[Token, SecretName] = {
    "bot": "SLACK_BOT_TOKEN",
    "user": "SLACK_USER_TOKEN",
    "app": "SLACK_APP_TOKEN",
    "config": "SLACK_CONFIG_TOKEN",
}

RESTARTS = 3  # of a listing whose cursor expired
NOT_JSON = "Received a response in a non-JSON format: "  # how the SDK reports one, in place of a code


class Slack:
    """Calls to one workspace. Thread-safe.

    Every call raises ApiError or one of its kinds: AuthError (no token, a dead one, a missing scope),
    NotFoundError, PlanLimitError, and OutcomeUnknownError where a method that makes something got no
    answer. `ApiError.code` is Slack's own code. `paced=False` does not space calls by Slack's tiers, for a
    server that has none; a 429 is obeyed all the same.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = SYSTEM_CLOCK,
        on_call: OnCall | None = None,
        timeout: int = 30,
        paced: bool = True,
        just_made: JustMade | None = None,
    ) -> None:
        self._settings = settings
        self._paced = paced
        self._clock = clock
        self._timeout = timeout
        self._log = CallLog(on_call)
        self._retry = Retry(clock)
        self._just_made = just_made or JustMade(clock)
        self._lock = threading.Lock()
        self._throttles: dict[tuple[Token, str], Throttle] = {}
        self._clients: dict[Token, WebClient] = {}
        self._scopes: dict[Token, frozenset[str]] = {}
        self._identity_lock = threading.Lock()
        self._identities: dict[Token, Json] = {}

    @property
    def calls(self) -> int:
        """How many requests were made so far, repeats included."""
        return self._log.count

    @property
    def clock_ahead(self) -> timedelta | None:
        """How far the vendor's clock was ahead of ours when it last told the time."""
        return self._log.ahead

    @property
    def now(self) -> datetime:
        """The time by the vendor's clock; by ours, until it has told its own."""
        return datetime.now(UTC) + (self.clock_ahead or timedelta())

    @property
    def scopes(self) -> Mapping[Token, frozenset[str]]:
        """What each token that was used so far may do (slack.md 1.1: `x-oauth-scopes`)."""
        return self._scopes

    def has(self, token: Token) -> bool:
        """Whether that token is set."""
        return self._settings.has(VARIABLES[token])

    def call(self, method: str, /, *, token: Token = "bot", **arguments: Any) -> Json:
        """The answer's body. None leaves an argument out; lists of words and nested values are encoded."""
        client = self._client(token)
        request = Request("slack", "POST", method, repeatable(method))
        form = {name: _form_value(value) for name, value in arguments.items() if value is not None}

        def attempt(tries: int) -> Json:
            answer = self._send(request, client, form)
            if "x-oauth-scopes" in answer.headers:
                self._scopes[token] = frozenset(answer.headers["x-oauth-scopes"].replace(" ", "").split(","))
            self._just_made.add(*ids_made(request, answer))
            return result(request, answer, tries, VARIABLES[token])

        return self._just_made.wait_for(
            lambda: self._retry.run(self._throttle(token, method), attempt), lambda: str(form)
        )

    def identity(self, token: Actor = "bot") -> Json:
        """Whom the token acts as, and in which workspace (slack.md 2.1: `auth.test`); asked once.

        Raises AuthError where the token is of another kind than its variable is for.
        """
        with self._identity_lock:
            if token not in self._identities:
                answer = self.call("auth.test", token=token)
                refuse_other_kind(answer, token, VARIABLES[token])
                self._identities[token] = answer
            return self._identities[token]

    def list(self, method: str, wrapper: str, /, *, token: Token = "bot", **arguments: Any) -> Entries:
        """All entries of a list, over all its pages; `wrapper` is the key that holds them."""
        for _ in range(RESTARTS):
            try:
                return distinct(self._entries(method, wrapper, token, arguments))
            except ApiError as error:
                if error.code != "invalid_cursor":  # cursors expire (slack.md 1.7)
                    raise
                expired = error
        raise expired

    def _entries(self, method: str, wrapper: str, token: Token, arguments: Json) -> Entries:
        request = Request("slack", "POST", method, repeatable=True)
        found: Entries = []
        arguments = {"limit": PAGE_SIZE.get(method), **arguments}
        while True:
            body = self.call(method, token=token, **arguments)
            found += entries(request, body, wrapper, object)
            cursor = (body.get("response_metadata") or {}).get("next_cursor")
            if not cursor:  # pages may be short or empty before the last one (slack.md 1.7)
                return found
            arguments["cursor"] = cursor

    def _send(self, request: Request, client: WebClient, form: Mapping[str, Any]) -> Answer:
        began = self._clock.time()
        answer: Answer | None = None
        try:
            answer = self._exchange(request, client, form)
        # The last two: the SDK stumbles over a body that is no text, or JSON but no object.
        except (OSError, HTTPException, ValueError, AttributeError) as failure:
            raise request.unanswered(failure) from failure
        finally:
            self._log.add(request, answer, self._clock.time() - began)
        return answer

    def _exchange(self, request: Request, client: WebClient, form: Mapping[str, Any]) -> Answer:
        from slack_sdk.errors import SlackApiError

        try:
            response = client.api_call(request.path, data=dict(form))
        except SlackApiError as refused:
            response = refused.response
        headers = {name.lower(): value for name, value in response.headers.items()}
        body = response.data if isinstance(response.data, dict) else {"error": NOT_JSON}
        text = json.dumps(body)
        body = parsed(text if body.get("ok") else self._settings.mask(text), request)
        code = str(body.get("error", ""))
        return Answer(
            status=response.status_code,
            headers=headers,
            body=None if code.startswith(NOT_JSON) else body,
            text=code.removeprefix(NOT_JSON),
            request_id=headers.get("x-slack-req-id", ""),
        )

    def _client(self, token: Token) -> WebClient:
        """The SDK's client with that token: one for all threads, since it keeps nothing between calls."""
        from slack_sdk import WebClient

        with self._lock:
            if token not in self._clients:
                client = WebClient(
                    self._settings.secret(VARIABLES[token]),
                    base_url=self._settings.slack_api_url,
                    timeout=self._timeout,
                    ssl=ssl.create_default_context(cafile=self._settings.ca_bundle),
                    logger=_silent(),
                    retry_handlers=[],  # by default it repeats any call once, also one that posts
                )
                client.proxy = None  # the SDK's own choice of proxy ignores NO_PROXY; urllib's does not
                self._clients[token] = client
            return self._clients[token]

    def _throttle(self, token: Token, method: str) -> Throttle:
        """Slack counts each method by itself (slack.md 1.8), and tolerates a minute's calls at once."""
        with self._lock:
            if (token, method) not in self._throttles:
                per_minute = PER_MINUTE.get(method, TIER_2)
                interval = 60 / per_minute if self._paced else 0
                throttle = Throttle(self._clock, interval=interval, burst=per_minute)
                self._throttles[token, method] = throttle
            return self._throttles[token, method]


def _form_value(value: Any) -> Any:
    """An argument as a form field (slack.md 1.3): words comma-joined, without spaces, the rest as JSON."""
    if isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value):
        return ",".join(value)
    return json.dumps(value) if isinstance(value, (dict, list, tuple)) else value


def _silent() -> logging.Logger:
    """For the SDK, which would write bodies (with texts and refresh tokens) to the debug log."""
    return logging.Logger("slack_sdk", level=logging.CRITICAL + 1)
