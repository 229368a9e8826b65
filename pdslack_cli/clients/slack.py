"""Client for Slack's Web API, on top of slack_sdk, with our errors, rate limiting and retries."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, Unpack

from pdslack_cli.clients.http.calls import ApiRequest
from pdslack_cli.clients.http.paging import Pages
from pdslack_cli.clients.http.throttle import Throttle
from pdslack_cli.clients.http.vendor_json import entries, position, reads_answers, text_or_none
from pdslack_cli.clients.settings import SecretName, Settings
from pdslack_cli.clients.slack_methods import MAKES, PAGE_SIZE, PER_MINUTE, REMOVES, TIER_2, repeatable
from pdslack_cli.clients.slack_responses import check_token_kind, result
from pdslack_cli.clients.vendor_client import ClientOptions, VendorClient
from pdslack_cli.errors import ApiError
from pdslack_cli.model import Json

if TYPE_CHECKING:
    from pdslack_cli.clients.http.transport import Transport
    from pdslack_cli.clients.slack_sdk_client import SlackSdk

Actor = Literal["bot", "user", "app"]
Token = Literal[Actor, "config"]
Entries = list[Any]  # inside the class, `list` is our method

VARIABLES: dict[Token, SecretName] = {
    "bot": "SLACK_BOT_TOKEN",
    "user": "SLACK_USER_TOKEN",
    "app": "SLACK_APP_TOKEN",
    "config": "SLACK_CONFIG_TOKEN",
}

MOST_ENTRIES = 100_000  # of a list: there are workspaces of tens of thousands of people and channels
RESTARTS = 3  # of a listing whose cursor expired


class SlackClient(VendorClient):
    """Calls to one workspace. Thread-safe.

    Every call raises ApiError or a subclass: AuthError (no token, a dead one, a missing scope),
    NotFoundError, PlanLimitError, and OutcomeUnknownError where a method that creates something got
    no answer. `ApiError.code` is Slack's own code. `paced=False` turns off rate limiting by Slack's
    tiers, for a server without them; a 429 is obeyed all the same.
    """

    usual_timeout = 30

    def __init__(self, settings: Settings, *, paced: bool = True, **options: Unpack[ClientOptions]) -> None:
        super().__init__(settings, **options)
        self._paced = paced
        self._throttles: dict[tuple[Token, str], Throttle] = {}
        self._transport: Transport | None = None
        self._clients: dict[Token, SlackSdk] = {}
        self._scopes: dict[Token, frozenset[str]] = {}
        self._identity_lock = threading.Lock()
        self._identities: dict[Token, Json] = {}
        self._kept: dict[str, Entries] = {}

    @property
    def scopes(self) -> Mapping[Token, frozenset[str]]:
        """The scopes of each token used so far (slack.md 1.1: `x-oauth-scopes`)."""
        return self._scopes

    def has(self, token: Token) -> bool:
        """Whether that token is set."""
        return self._settings.has(VARIABLES[token])

    def call(self, method: str, /, *, token: Token = "bot", **arguments: Any) -> Json:
        """Call a method and return the body. Arguments of None are left out, nested values encoded."""
        client = self._client(token)
        removes = str(arguments.get(REMOVES.get(method, ""), ""))
        makes = MAKES.get(method, "")
        request = ApiRequest("slack", "POST", method, repeatable(method), removes=removes, makes=makes)
        form = {name: _form_value(value) for name, value in arguments.items() if value is not None}

        def attempt(tries: int) -> Json:
            answer = self._send(request, lambda: client.exchange(method, form))
            if "x-oauth-scopes" in answer.headers:
                self._scopes[token] = frozenset(answer.headers["x-oauth-scopes"].replace(" ", "").split(","))
            return result(request, answer, tries, VARIABLES[token])

        return self._run(request, self._throttle(token, method), attempt, lambda: str(form))

    @reads_answers
    def identity(self, token: Actor = "bot") -> Json:
        """The identity and workspace of a token (slack.md 2.1: `auth.test`); read once.

        Raises AuthError if the token is not of the kind that its variable expects.
        """
        with self._identity_lock:
            if token not in self._identities:
                answer = self.call("auth.test", token=token)
                check_token_kind(answer, token, VARIABLES[token])
                for name in ("team_id", "enterprise_id", "user_id"):  # which are compared with other ids
                    text_or_none(answer, name)
                self._identities[token] = answer
            return self._identities[token]

    def list(self, method: str, wrapper: str, /, *, token: Token = "bot", **arguments: Any) -> Entries:
        """All entries of a list, over all its pages; `wrapper` is the key that holds them."""
        for _ in range(RESTARTS):
            try:
                pages = Pages(ApiRequest("slack", "POST", method, repeatable=True), MOST_ENTRIES)
                for _ in self._read(pages, method, wrapper, token, arguments):
                    pass
                return pages.objects
            except ApiError as error:
                if error.code != "invalid_cursor":  # cursors expire (slack.md 1.7)
                    raise
                expired = error
        raise expired

    def list_or_keep(self, method: str, wrapper: str) -> Entries:
        """All entries of a list that Slack allows about once a minute: those of before while it does not."""
        if method not in self._kept or self._throttle("bot", method).is_ready:
            self._kept[method] = self.list(method, wrapper)
        return self._kept[method]

    def pages(
        self, method: str, wrapper: str, /, *, token: Token = "bot", **arguments: Any
    ) -> Iterator[Entries]:
        """The entries of a list page by page, for callers that do not need all of them."""
        pages = Pages(ApiRequest("slack", "POST", method, repeatable=True), MOST_ENTRIES)
        return self._read(pages, method, wrapper, token, arguments)

    def _read(
        self, pages: Pages, method: str, wrapper: str, token: Token, arguments: Json
    ) -> Iterator[Entries]:
        """Read page after page into `pages`, which refuses a list without an end."""
        arguments = {"limit": PAGE_SIZE.get(method), **arguments}
        cursor: str | None = ""
        while cursor is not None:  # pages may be short or empty before the last one (slack.md 1.7)
            body = self.call(method, token=token, **arguments, cursor=cursor or None)
            metadata = body.get("response_metadata")
            cursor = position(pages.request, metadata, "next_cursor") if isinstance(metadata, dict) else None
            page = entries(pages.request, body, wrapper, object)
            pages.add(page, cursor)
            yield page

    def _client(self, token: Token) -> SlackSdk:
        """The SDK client with that token: one for all threads, since it has no state between calls."""
        from pdslack_cli.clients.http.transport import Transport  # late: urllib3
        from pdslack_cli.clients.slack_sdk_client import SlackSdk  # late: the SDK

        with self._lock:
            if token not in self._clients:
                self._transport = self._transport or Transport(self._settings.ca_bundle)
                self._clients[token] = SlackSdk(
                    self._settings.secret(VARIABLES[token]),
                    self._settings.slack_api_url,
                    self._transport,
                    timeout=self._timeout,
                )
            return self._clients[token]

    def _throttle(self, token: Token, method: str) -> Throttle:
        """The throttle of a method: Slack limits each separately (slack.md 1.8), with bursts of a minute."""
        with self._lock:
            if (token, method) not in self._throttles:
                per_minute = PER_MINUTE.get(method, TIER_2)
                interval = 60 / per_minute if self._paced else 0
                throttle = Throttle(
                    self._clock,
                    interval=interval,
                    burst=per_minute,
                    longest_pause=self._retry.longest_pause,
                )
                self._throttles[token, method] = throttle
            return self._throttles[token, method]


def _form_value(value: Any) -> Any:
    """Encode an argument as a form field (slack.md 1.3): strings comma-joined, other values as JSON."""
    if isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value):
        return ",".join(value)
    return json.dumps(value) if isinstance(value, (dict, list, tuple)) else value
