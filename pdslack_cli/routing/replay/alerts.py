"""Past alerts as JSON lines: each with the fields of `send:` in a test case, and a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from pdslack_cli.errors import Location, Problem, ProblemsError
from pdslack_cli.model import Json, instant_of
from pdslack_cli.routing.testing.cases import Target

HINT = 'each line is like {"at": "2026-01-05T09:00:00Z", "to": "routing/KEY", "event": {"summary": "…"}}'


class Alert(BaseModel):
    """An event that was received, and its destination; without `raw`, sent through the Events API."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: Annotated[datetime, AfterValidator(instant_of)]
    to: Target
    event: dict[str, Any]
    raw: dict[str, Any] | None = None
    id: str = ""  # PagerDuty's id of the alert

    def line(self) -> str:
        """Format the alert as one line, as `read_alerts` expects it."""
        return self.model_dump_json(exclude_defaults=True) + "\n"


def read_alerts(lines: Iterable[bytes], name: str, on_read: Callable[[int], object]) -> Iterator[Alert]:
    """Read the alerts in a file; raises ProblemsError at the first invalid line.

    `on_read` is called with the size of each line in bytes. Empty lines are ignored.
    """
    for number, line in enumerate(lines, 1):
        on_read(len(line))
        if not line.strip():
            continue
        try:
            yield Alert.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            message = f"not a valid alert: {f'{place}: ' if place else ''}{first['msg']}"
            raise ProblemsError([Problem(message, Location(name, number, 1), HINT)]) from None


# In answers, PD-CEF is spelled as in older times (pagerduty.md 11, unverified), so both spellings are read.
_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "summary": ("summary", "message", "description"),
    "source": ("source", "source_origin"),
    "severity": ("severity",),
    "component": ("component", "source_component"),
    "group": ("group", "service_group"),
    "class": ("class", "event_class"),
    "custom_details": ("custom_details", "details"),
    "client": ("client",),
    "client_url": ("client_url",),
}


def event_of(alert: Json) -> Json:
    """Return the event of a PagerDuty alert: from its normalised form, or from the alert's own fields."""
    body = alert.get("body") or {}
    known = body.get("cef_details") or {}
    event = {
        name: value
        for name, spellings in _SPELLINGS.items()
        if (value := next((known[word] for word in spellings if known.get(word) is not None), None))
        is not None
    }
    from_alert = {
        "summary": alert.get("summary"),
        "severity": alert.get("severity"),
        "custom_details": body.get("details"),
        "dedup_key": alert.get("alert_key"),
    }
    return (
        {name: value for name, value in from_alert.items() if value is not None}
        | event
        | {"event_action": "trigger"}
    )
