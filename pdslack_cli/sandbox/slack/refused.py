"""The error responses of the sandbox Slack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pdslack_cli.model import Json


class SlackRefusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """An answer with `ok: false`; nothing the call did is kept.

    `more` is what stands beside the error code (slack.md 1.2).
    """

    status = 200

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.body: Json = {"ok": False, "error": error, **more}
        self.headers: dict[str, str] = {}


class RateLimited(SlackRefusal):
    """Too many calls; the only refusal with a status of its own (slack.md 1.8)."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("ratelimited")
        self.headers = {"Retry-After": str(seconds)}


def messages(*lines: str) -> Json:
    """The text that Slack sends beside an error code."""
    return {"messages": [f"[ERROR] {line}" for line in lines]}


def invalid_arguments(*lines: str) -> SlackRefusal:
    """An argument is missing or makes no sense, and the method has no code of its own for it."""
    return SlackRefusal("invalid_arguments", response_metadata=messages(*lines))


def missing_scope(needed: Iterable[str], provided: Iterable[str]) -> SlackRefusal:
    """The token has none of the scopes that would do."""
    return SlackRefusal("missing_scope", needed=",".join(needed), provided=",".join(provided))
