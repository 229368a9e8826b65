"""What can go wrong, said so that a user can mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple


class Location(NamedTuple):
    """A place in a file the user wrote. Line and column count from 1.

    What is written once and repeated for every row of a table is at one place; `row` tells them apart.
    """

    file: str
    line: int
    column: int
    row: str = ""

    def __str__(self) -> str:
        row = f" ({self.row})" if self.row else ""
        return f"{self.file}:{self.line}:{self.column}{row}"


class Severity(StrEnum):
    """How sure it is that something is wrong: certainly, very likely, or worth a look."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Problem:
    """Something the user must fix: what is wrong with which value, where, and what to do.

    What a lint found has its id; only one that is an error must be fixed.
    """

    message: str
    location: Location | None = None
    hint: str = ""
    severity: Severity = Severity.ERROR
    lint: str = ""

    @property
    def summary(self) -> str:
        """The message, for where the place is shown apart as file, line and column, which tell no row."""
        return (
            f"{self.message} ({self.location.row})" if self.location and self.location.row else self.message
        )

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        return f"{place}{self.message}" + (f" ({self.hint})" if self.hint else "")


class PdslackError(Exception):
    """Everything we raise on purpose; only `cli/` catches it. `hint` says what the user can do."""

    hint: str = ""


class ProblemsError(PdslackError):
    """The stack, or what it asks of the accounts, has problems; all that were found, together."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class ConfigError(ProblemsError):
    """The files themselves are wrong: known without a network."""


class ApiError(PdslackError):
    """A vendor refused a call, or could not be reached.

    `status` is the HTTP status (0 where there was no answer), `code` the vendor's own code as text,
    `tries` how often the call was made before we gave up. The message
    never holds a token or a request body.
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

    @property
    def unavailable(self) -> bool:
        """Whether the account has no such thing, or does not show it to this token.

        Then whatever can do without it goes on. A token that is no token (401) may do nothing.
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


class PlanLimitError(ApiError):
    """The account's plan lacks the feature."""


class MalformedAnswerError(ApiError):
    """The answer is JSON, but not of the shape that the vendor documents."""


@contextmanager
def unless_unavailable() -> Iterator[None]:
    """Go on without what the account lacks, or does not show to this token."""
    try:
        yield
    except ApiError as error:
        if not error.unavailable:
            raise


class OutcomeUnknownError(ApiError):
    """A POST was sent and its answer was lost: the object may or may not exist."""
