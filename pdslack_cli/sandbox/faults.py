"""Fault injection: network and vendor failures at exactly the call that a test names."""

from __future__ import annotations

import dataclasses
import json
import re
import threading
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass
from werkzeug import Response

from pdslack_cli.sandbox.settings import LONGEST_WAIT, STRICT

FaultKind = Literal[
    "402", "403", "404", "409", "410", "429", "500", "501",
    "reset", "lost", "timeout", "slow", "stale", "lag",
    "duplicate", "reorder", "drop",
]  # fmt: skip
COURIER = "webhook"
"""What is called the provider of requests that the vendors send."""

OF_WEBHOOKS = frozenset({"duplicate", "reorder", "drop"})
# Slack reads by POST.
SLACK_READS = re.compile(r"\.(list|listConnectInvites|info|lookup|members|conversations|lookupByEmail)$")


class InjectedRefusal(NamedTuple):
    """An error response in the vendor's format."""

    status: int
    message: str
    code: int
    slack_code: str


REFUSALS: Mapping[str, InjectedRefusal] = {
    "500": InjectedRefusal(500, "Internal Server Error", 2000, "internal_error"),
    "429": InjectedRefusal(429, "Rate Limit Exceeded", 2020, "ratelimited"),
    "402": InjectedRefusal(402, "Account does not have the required ability", 2012, "paid_teams_only"),
    "403": InjectedRefusal(403, "Access Denied", 2010, "restricted_action"),
    "410": InjectedRefusal(410, "Gone", 2100, "method_deprecated"),
    "501": InjectedRefusal(501, "Not Implemented", 2000, "unknown_method"),
    "404": InjectedRefusal(404, "Not Found", 2100, "channel_not_found"),
    "409": InjectedRefusal(409, "Conflict", 2001, "internal_error"),
}


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
    return pattern


Provider = Annotated[
    str, Field(pattern=rf"^(pagerduty|slack|{COURIER})?$", description=f"pagerduty, slack or {COURIER}")
]


@dataclass(frozen=True, config=STRICT)
class Fault:
    """One thing that goes wrong.

    - `402`, `403`, `404`, `409`, `410`, `429`, `500`, `501`: the vendor's own refusal, of Slack by the code
      that means the same (404 is `channel_not_found`); a 429 asks the client to wait `seconds`.
    - `reset`: the connection breaks before the request is applied; `lost`: after it is applied.
    - `timeout`: not applied, and no answer for `seconds`; `slow`: answered after `seconds`.
    - `lag`: a read shows the state of `seconds` ago.
    - `stale`: a read shows the state before the last write (Slack reads by POST: name the method in `path`).
    - `duplicate`: a webhook is sent twice; `drop`: never, though the vendor takes it for delivered;
      `reorder`: `seconds` late, so that later ones arrive first. `path` is searched in its URL.

    It strikes at the `nth` call that matches (counted from 1, from when it was added), then `times` times in
    a row. `path` is a regular expression searched in the path as the vendor sees it; an empty provider or
    method is any.
    """

    kind: FaultKind
    provider: Provider = ""
    method: Annotated[
        str, Field(pattern="^(?i:GET|POST|PUT|PATCH|DELETE)?$", description="a method of HTTP")
    ] = ""
    path: Annotated[str, AfterValidator(_compiled)] = ""
    nth: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT)] = 1

    def __post_init__(self) -> None:
        if self.kind in OF_WEBHOOKS and self.provider not in ("", COURIER):
            raise ValueError(f"provider: {self.kind} is for what the vendors send; leave it out")
        if self.kind not in OF_WEBHOOKS and self.provider == COURIER:
            raise ValueError(f"kind: expected one of {', '.join(sorted(OF_WEBHOOKS))} for {COURIER}")

    @property
    def last(self) -> int:
        """The number of the last call that it affects."""
        return self.nth + self.times - 1

    def matches(self, provider: str, method: str, path: str) -> bool:
        """Return whether a call counts for this fault."""
        if (self.kind in OF_WEBHOOKS) != (provider == COURIER):
            return False
        return (
            self.provider in ("", provider)
            and self.method.upper() in ("", method)
            and re.search(self.path, path) is not None
            and (self.kind != "stale" or provider == "slack" or method == "GET")
            and (self.kind != "lag" or method == "GET" or SLACK_READS.search(path) is not None)
        )


@dataclasses.dataclass
class Faults:
    """The pending faults."""

    _waiting: list[Fault] = dataclasses.field(default_factory=list)
    _matched: list[int] = dataclasses.field(default_factory=list)
    _lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        """Add a fault; several may be pending, and the first added takes precedence."""
        with self._lock:
            self._waiting.append(fault)
            self._matched.append(0)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._waiting.clear()
            self._matched.clear()

    def waiting(self) -> Sequence[tuple[Fault, int]]:
        """The pending faults, each with the number of calls that it matched."""
        with self._lock:
            return list(zip(self._waiting, self._matched, strict=True))

    def strike(self, provider: str, method: str, path: str) -> Fault | None:
        """Count a call; the fault that hits it, if one does."""
        struck = None
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if fault.matches(provider, method, path):
                    self._matched[index] += 1
                    if struck is None and fault.nth <= self._matched[index] < fault.nth + fault.times:
                        struck = fault
        return struck


def refusal(fault: Fault, provider: str) -> Response:
    """Return an error response in the vendor's format (pagerduty.md 1.8 and 1.9; slack.md 1.9)."""
    wait = str(max(1, round(fault.seconds)))
    refused = REFUSALS[fault.kind]
    if provider == "slack":
        body: object = {"ok": False, "error": refused.slack_code}
        # Slack answers 200 with a code wherever it understood the request.
        understood = fault.kind not in ("429", "500")
        status, headers = (200 if understood else refused.status), {"Retry-After": wait}
    else:
        body = {"error": {"message": refused.message, "code": refused.code}}
        status = refused.status
        headers = {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": wait}
    return Response(
        json.dumps(body),
        status=status,
        headers=headers if fault.kind == "429" else None,
        mimetype="application/json",
    )
