"""A call to a vendor and its answer, and the errors that come of them."""

from __future__ import annotations

import math
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal, Self, TypeVar

from pdslack_cli.clients.http.vendor_json import parsed, type_name
from pdslack_cli.errors import ApiError, MalformedAnswerError, OutcomeUnknownError
from pdslack_cli.model import Json, host_of

Provider = Literal["pagerduty", "slack"]

NAMES: dict[Provider, str] = {"pagerduty": "PagerDuty", "slack": "Slack"}
MOST_VALUES = 500_000  # of an answer: Python needs a hundred times the memory of the shortest ones
LONGEST_MESSAGE = 4000  # characters of an error
TEXT = "text"  # an answer that is not even the beginning of JSON
NEVER_SENT = (ConnectionRefusedError, socket.gaierror)
OUT_OF_TIME = {9, 10}  # OpenSSL's verify codes: not yet valid, and expired
OTHER_HOST = {62, 64}  # for another name, and for another address

E = TypeVar("E", bound=ApiError)
Mask = Callable[[str], str]


@dataclass(frozen=True)
class Received:
    """An answer as it came, header names in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class NoAnswerError(Exception):
    """No complete answer came from a host. `unsent`: the request was certainly not sent."""

    def __init__(self, failure: Exception, *, unsent: bool, host: str) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.unsent = unsent
        self.host = host


class TooLargeError(Exception):
    """The answer exceeds a limit, such as `has more than 500,000 values`."""


class RetryableError(Exception):
    """A try failed and another may succeed. `wait`: the seconds that the vendor asks to wait."""

    def __init__(self, error: ApiError, wait: float | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.wait = wait


@dataclass(frozen=True)
class ApiResponse:
    """A parsed answer: header names in lower case; `body` is None where `text` is not a JSON object.

    `other_type` names what the text is instead, such as `a list`; it is empty where JSON was cut off.
    """

    status: int
    headers: Mapping[str, str]
    body: Json | None
    text: str
    request_id: str
    other_type: str = ""

    @classmethod
    def read(cls, request: ApiRequest, received: Received, mask: Mask) -> Self:
        """Parse an answer. Secrets are masked in errors, which may echo what we sent."""
        text = received.content.decode(errors="replace")
        body, other_type = _json(text, request)
        if received.status >= 300 or body is None or body.get("ok") is False:
            text = mask(text)
            body, other_type = _json(text, request)
        headers = received.headers
        return cls(
            status=received.status,
            headers=headers,
            body=body,
            text=text,
            request_id=headers.get("x-request-id") or headers.get("x-slack-req-id") or "",
            other_type=other_type,
        )

    @property
    def excerpt(self) -> str:
        """The beginning of the text, on one line."""
        line = " ".join(self.text.split())
        return f"{line[:100]}…" if len(line) > 100 else line

    @property
    def ahead(self) -> timedelta | None:
        """How far the vendor's clock is ahead of ours, to the second; None without a readable date."""
        try:
            return parsedate_to_datetime(self.headers.get("date", "")) - datetime.now(UTC)
        except (ValueError, TypeError, OverflowError):  # no date, or one without a zone
            return None

    def number(self, header: str) -> float | None:
        """A header's value as a number of seconds or calls; None where it is absent or something else."""
        try:
            value = float(self.headers.get(header, ""))
        except ValueError:
            return None
        return value if math.isfinite(value) and value >= 0 else None

    def requested_wait(self, header: str, default: float) -> float | None:
        """The seconds that a header asks to wait: a number, or a date in HTTP's form.

        `default` where it is absent; None where it is unreadable: then the failure is one like any other.
        """
        text = self.headers.get(header)
        if text is None:
            return default
        if (seconds := self.number(header)) is not None:
            return seconds
        try:
            return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError, OverflowError):
            return None


@dataclass(frozen=True)
class ApiRequest:
    """A call to make. `repeatable`: calling it twice has the same effect as once.

    `list_key`: an answer that is a bare list counts as an object with the list under this key. `host`: which
    of the vendor's hosts it goes to, as the variables that move them are called. `removes`: the id of what it
    deletes, where the path does not end in it. `makes`: where an answer has the id of what it created, and
    nothing else of it.
    """

    provider: Provider
    method: str
    path: str
    repeatable: bool
    list_key: str = ""
    host: Literal["api", "app", "events"] = "api"
    removes: str = ""
    makes: str = ""

    def __str__(self) -> str:
        return self.path if self.provider == "slack" else f"{self.method} {self.path}"

    @property
    def vendor(self) -> str:
        """The vendor's name as people write it."""
        return NAMES[self.provider]

    @property
    def _url_variable(self) -> str:
        """The variable that says where the vendor is."""
        return f"{self.provider}_{self.host}_url".upper()

    def error(
        self,
        kind: type[E],
        message: str,
        *,
        status: int = 0,
        code: str = "",
        request_id: str = "",
        hint: str = "",
    ) -> E:
        """An error about this call, with as much of what the vendor says as a person reads."""
        return kind(
            _beginning(message),
            provider=self.provider,
            method=self.method,
            path=self.path,
            status=status,
            code=code,
            request_id=request_id,
            hint=_beginning(hint),
        )

    def lost(self, error: ApiError) -> RetryableError | OutcomeUnknownError:
        """What to raise if the outcome of the call is unknown: a retry only if it is repeatable."""
        return RetryableError(error) if self.repeatable else self._unknown(error)

    def _unknown(self, error: ApiError) -> OutcomeUnknownError:
        return self.error(
            OutcomeUnknownError,
            f"{error.message}; it is unknown whether it was done",
            status=error.status,
            code=error.code,
            request_id=error.request_id,
            hint="outcome unknown: run again; a created object is found by its mark or name",
        )

    def redirected(self, answer: ApiResponse) -> ApiError:
        """What to raise for a redirect: redirects are not followed, least of all with a token."""
        there = host_of(answer.headers.get("location", "")) or "another address"
        return self.error(
            ApiError,
            f"{self.vendor} answered {self} with a redirect ({answer.status}) to {there!r}; "
            "pdslack does not follow redirects",
            status=answer.status,
            request_id=answer.request_id,
            hint=f"check {self._url_variable} and the network's proxy",
        )

    def misshapen(self, answer: ApiResponse, fault: str = "") -> ApiError:
        """What to raise for JSON that is no object, or for a page of a proxy: a retry would get the same.

        `fault` is what is wrong with an object.
        """
        unreadable = answer.other_type in (TEXT, "")
        got = f"text that is not JSON: {answer.excerpt!r}" if unreadable else answer.other_type
        error = self.error(
            MalformedAnswerError,
            f"{self.vendor}'s answer to {self}: {fault or f'expected an object, got {got}'}",
            status=answer.status,
            request_id=answer.request_id,
            hint=f"check {self._url_variable} and the network's proxy",
        )
        return error if self.repeatable else self._unknown(error)

    def too_large(self, limit: TooLargeError) -> ApiError:
        """What to raise for an answer over a limit: a retry would not help."""
        error = self.error(
            ApiError,
            f"{self.vendor}'s answer to {self} {limit}",
            hint=f"check {self._url_variable} and the network's proxy",
        )
        return error if self.repeatable else self._unknown(error)

    def unanswered(self, none: NoAnswerError) -> RetryableError | ApiError:
        """What to raise where no answer came."""
        causes, reason = list(_causes(none.failure)), reason_of(none.failure)
        unreached = f"{self.vendor} could not be reached: {reason}"
        refused = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
        if refused:
            return self.error(ApiError, unreached, hint=self._certificate_hint(refused, none.host))
        if none.unsent or any(isinstance(cause, NEVER_SENT) for cause in causes):
            hint = f"check the network to {none.host}, its proxy and {self._url_variable}, and run again"
            return RetryableError(self.error(ApiError, unreached, hint=hint))
        hint = "run again: completed changes are not repeated"
        return self.lost(self.error(ApiError, f"{self.vendor} gave no answer to {self}: {reason}", hint=hint))

    def _certificate_hint(self, refused: ssl.SSLCertVerificationError, host: str) -> str:
        if refused.verify_code in OUT_OF_TIME:
            return f"check this machine's clock and the certificate of {host}"
        if refused.verify_code in OTHER_HOST:
            return f"another server answers at {host}: check {self._url_variable} and the network's proxy"
        return f"if a proxy inspects traffic to {host}, set REQUESTS_CA_BUNDLE to its certificates"


def _json(text: str, request: ApiRequest) -> tuple[Json | None, str]:
    """The JSON object in an answer, {} if it is empty; or None, and what else it is if it is complete."""
    if len(text) > MOST_VALUES and sum(map(text.count, ",[{")) > MOST_VALUES:
        raise TooLargeError(f"has more than {MOST_VALUES:,} values")
    try:
        body = parsed(text or "{}", request)
    except ValueError:
        return None, "" if text.lstrip().startswith(("{", "[")) else TEXT
    if isinstance(body, list) and request.list_key:
        body = {request.list_key: body}
    return (body, "") if isinstance(body, dict) else (None, type_name(body))


def _beginning(text: str) -> str:
    """The text, cut where it is longer than a message may be."""
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}…"


def reason_of(failure: BaseException) -> str:
    """The root cause of an exception, without the layers that libraries add."""
    *_, cause = _causes(failure)
    if isinstance(cause, ssl.SSLCertVerificationError):  # without the place in Python's source
        return f"certificate verify failed: {cause.verify_message.removesuffix('.')}"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The failure and what it wraps, outermost first.

    Not by `__context__`: it also leads to whatever the caller was handling when it made this call.
    """
    cause: BaseException | None = failure
    while cause is not None:
        yield cause
        wrapped = (arg for arg in reversed(cause.args) if isinstance(arg, BaseException))
        cause = cause.__cause__ or next(wrapped, None)
