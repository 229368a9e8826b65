"""The arguments of a call: form, JSON, multipart or query string (slack.md 1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug import Request

from pdslack_cli.sandbox import strict_json
from pdslack_cli.sandbox.slack.refused import SlackRefusal, invalid_arguments

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Arguments:
    """The arguments of a call, read as what the method takes them for. A JSON null counts as left out."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {name: value for name, value in values.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """A text; a number becomes its digits."""
        value = self._values.get(name, default)
        if isinstance(value, bool | list | dict):
            raise invalid_arguments(f"must be a string [json-pointer:/{name}]")
        return str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean, as JSON or as `1`, `0`, `true`, `false`."""
        return str(self._values.get(name, default)).lower() in ("1", "true")

    def words(self, name: str) -> list[str]:
        """A list, as JSON or joined by commas."""
        value = self._values.get(name, "")
        found = value if isinstance(value, list) else str(value).split(",")
        return [str(word).strip() for word in found if str(word).strip()]

    def structure(self, name: str, error_code: str = "invalid_arguments") -> Any:
        """An object or array, as JSON or as JSON in a string; None if left out or empty.

        A string that is no JSON is refused with the code `error_code`.
        """
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return strict_json.parse(value) if value else None
        except ValueError as error:
            raise SlackRefusal(error_code) from error

    def all(self) -> dict[str, Any]:
        """Every argument as it came."""
        return dict(self._values)


def read_arguments(request: Request, json_body: bool) -> Arguments:
    """The arguments in the query string and the body; without `json_body` a JSON body is ignored."""
    body = request.get_data()  # before the form is read, or nobody can see these bytes any more
    values: dict[str, Any] = {**request.args, **request.form}
    if request.mimetype == "application/json":
        if json_body:
            values |= read_json(body)
    elif request.mimetype not in FORMS and body:
        raise SlackRefusal("invalid_post_type" if request.mimetype else "missing_post_type")
    return Arguments(values)


def read_json(body: bytes) -> dict[str, Any]:
    """The object in a JSON body."""
    try:
        values = strict_json.parse(body or b"{}")
    except ValueError as error:
        raise invalid_arguments("the body is not valid JSON") from error
    if not isinstance(values, dict):
        raise invalid_arguments("the body is not a JSON object")
    return values
