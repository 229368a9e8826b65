"""The error responses of the sandbox PagerDuty (pagerduty.md 1.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pdslack_cli.model import Json

V3_RESOURCES = frozenset({"schedules", "rotations", "events", "overrides", "custom_shifts"})


class FieldError(str):
    """What is wrong with one field, as a sentence."""

    __slots__ = ("field",)
    field: str

    def __new__(cls, field: str, sentence: str) -> Self:
        """The sentence, and the path of the field within its object."""
        error = super().__new__(cls, sentence)
        error.field = field
        return error


class PagerDutyRefusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """A call that is answered with an error object; its changes are rolled back."""

    def __init__(
        self,
        status: int,
        message: str,
        code: int,
        errors: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, *errors)
        self.status = status
        self.errors = errors
        self.body: Json | str = {
            "error": {"message": message, "code": code, **({"errors": list(errors)} if errors else {})}
        }
        self.headers = headers or {}

    def body_for(self, path: str) -> Json | str:
        """The body in the form of the API that the path belongs to: v3 has the texts of each field."""
        if not self.errors or not path.startswith("/v3/") or isinstance(self.body, str):
            return self.body
        resource = [part for part in path.split("/") if part in V3_RESOURCES][-1].removesuffix("s")
        texts: dict[str, list[str]] = {}
        for error in self.errors:
            place = f"{resource}.{error.field}" if isinstance(error, FieldError) else resource
            texts.setdefault(place, []).append(error)
        return {"error": {**self.body["error"], "errors": texts}}


class PlainlyRefused(PagerDutyRefusal):
    """A refusal whose body is not the vendor's JSON (pagerduty.md 1.9)."""

    def __init__(self, status: int, body: Json | str) -> None:
        super().__init__(status, str(body), 0)
        self.body = body


def invalid(*errors: str) -> PagerDutyRefusal:
    """Validation, names taken, objects in use: all are 400 with code 2001 and differ only in text."""
    return PagerDutyRefusal(400, "Invalid Input Provided", 2001, errors)


def bad_arguments(*errors: str) -> PagerDutyRefusal:
    """An invalid query parameter or header."""
    return PagerDutyRefusal(400, "Arguments Caused Error", 2002, errors)


def unauthorized() -> PagerDutyRefusal:
    """No token, a token in the wrong shape, or one of another account."""
    return PagerDutyRefusal(401, "Unauthorized", 2006)


def lacks_ability(ability: str) -> PagerDutyRefusal:
    """The account's plan lacks the ability."""
    return PagerDutyRefusal(402, f"Account does not have the {ability} ability", 2014)


def forbidden(*errors: str) -> PagerDutyRefusal:
    """The token does not allow this."""
    return PagerDutyRefusal(403, "Access Denied", 2010, errors)


def not_found() -> PagerDutyRefusal:
    """No such object, or no such path."""
    return PagerDutyRefusal(404, "Not Found", 2100)


def method_not_allowed() -> PagerDutyRefusal:
    """The path exists, this method of it does not."""
    return PagerDutyRefusal(405, "Method Not Allowed", 2101)
