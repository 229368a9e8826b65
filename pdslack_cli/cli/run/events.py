"""The event that a file and flags of a command line describe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pdslack_cli.config.sources.files import STDIN, read_bytes, read_stdin
from pdslack_cli.errors import PdslackError
from pdslack_cli.model import Json, json_value
from pdslack_cli.routing.pcl.events import from_events_api


def event_of(file: Path | None, fields: Mapping[str, str | None], details: list[str] | None) -> Json:
    """Return the event of a file, if any, with the fields and custom details that flags replace."""
    event = _read_event(file) if file else {}
    event |= {name: value for name, value in fields.items() if value is not None}
    return _with_details(event, details)


def _read_event(path: Path) -> Json:
    """Return the event as rules receive it; the body of an Events API request is accepted as well."""
    try:
        body = json_value(read_stdin() if path == STDIN else read_bytes(path))
    except OSError as error:
        raise PdslackError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise PdslackError(f"{path} is not JSON: {error}") from None
    except RecursionError:
        raise PdslackError(f"{path} is not an event: it is nested too deeply") from None
    if not isinstance(body, dict) or not isinstance(body.get("payload") or {}, dict):
        whose = "'payload'" if isinstance(body, dict) else "one event"
        raise PdslackError(f"{path} must contain {whose} as a JSON object")
    return from_events_api(body)


def _with_details(event: Json, pairs: list[str] | None) -> Json:
    """Return the event with the custom details that `--details` gives, which replace those of the file."""
    for pair in pairs or ():
        if "=" not in pair:
            raise PdslackError(f"--details: expected KEY=VALUE, got {pair!r}")
    if not pairs:
        return event
    there = event.get("custom_details") or {}
    if not isinstance(there, dict):
        raise PdslackError("--details: 'custom_details' of the event must be a JSON object to be added to")
    return {**event, "custom_details": there | dict(pair.split("=", 1) for pair in pairs)}
