"""Problems and exceptions, with hints how to fix them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple


class Location(NamedTuple):
    """A place in a user's file. Line and column count from 1.

    `row` names the table row for entries that are repeated for every row and so share one place.
    """

    file: str
    line: int
    column: int
    row: str = ""

    def __str__(self) -> str:
        row = f" ({self.row})" if self.row else ""
        return f"{self.file}:{self.line}:{self.column}{row}"


class Severity(StrEnum):
    """The severity of a problem: certain, very likely, or worth a look."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Problem:
    """Something the user must fix: what is wrong, where, and what to do.

    A lint finding has the id of its `lint`; it must be fixed only if its severity is error.
    """

    message: str
    location: Location | None = None
    hint: str = ""
    severity: Severity = Severity.ERROR
    lint: str = ""

    @property
    def summary(self) -> str:
        """The message with the table row, for output that shows file, line and column separately."""
        return (
            f"{self.message} ({self.location.row})" if self.location and self.location.row else self.message
        )

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        return f"{place}{self.message}" + (f" ({self.hint})" if self.hint else "")


class PdslackError(Exception):
    """Base of all errors for users; only `cli/` catches it. `hint` says what the user can do.

    `passing`: the same command, run again, may succeed without a correction by anybody.
    """

    hint: str = ""
    passing: bool = False


class ProblemsError(PdslackError):
    """Problems of the stack, or of what it needs from the accounts; all that were found, together."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class ConfigError(ProblemsError):
    """The files are invalid; no network was needed to find out."""


class ApiError(PdslackError):
    """A vendor refused a call, or could not be reached.

    `status` is the HTTP status (0 without an answer), `code` the vendor's own error code, `tries` the number
    of attempts, `wait` the seconds that the vendor asks to wait, if it does; `fields` those of an object that
    were to be read, where they take calls of their own. The message never holds a token or a request body.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        method: str = "",
        path: str = "",
        status: int = 0,
        code: str = "",
        request_id: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.method = method
        self.path = path
        self.status = status
        self.code = code
        self.request_id = request_id
        self.hint = hint
        self.tries = 1
        self.wait: float | None = None
        self.fields: frozenset[str] = frozenset()

    @property
    def unavailable(self) -> bool:
        """Whether the account lacks the feature or object, or hides it from this token.

        Callers that can do without it continue. An invalid token (401) does not count.
        """
        refused = isinstance(self, AuthError) and self.status != HTTPStatus.UNAUTHORIZED
        return refused or isinstance(self, PlanLimitError | NotFoundError)

    def __str__(self) -> str:
        tried = f" (tried {self.tries} times)" if self.tries > 1 else ""
        traced = f" [request {self.request_id}]" if self.request_id else ""
        return f"{self.message}{tried}{traced}"


class AuthError(ApiError):
    """The token is missing, wrong or of the wrong kind (401), or lacks a permission (403)."""


class NotFoundError(ApiError):
    """The object is gone, or not yet visible."""

    passing = True


class HiddenError(NotFoundError):
    """The object is gone, or hidden from the token, which only a person can change."""

    passing = False


class StaleError(ApiError):
    """What the plan was made from has changed since, or is about to: another plan shows how it is."""

    passing = True


class PlanLimitError(ApiError):
    """The account's plan lacks the feature."""


class MalformedAnswerError(ApiError):
    """The answer is JSON, but not of the documented shape."""


@contextmanager
def ignore_unavailable() -> Iterator[None]:
    """Context manager: ignore an ApiError that is `unavailable`."""
    try:
        yield
    except ApiError as error:
        if not error.unavailable:
            raise


@contextmanager
def reading(fields: Collection[str]) -> Iterator[None]:
    """Context manager: an ApiError is about these fields, which are read by calls of their own."""
    try:
        yield
    except ApiError as error:
        error.fields = frozenset(fields)
        raise


class OutcomeUnknownError(ApiError):
    """A POST was sent and its answer was lost: the object may or may not exist."""

    passing = True
