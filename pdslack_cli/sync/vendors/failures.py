"""The consequence of a failed call for its work: retry it, park it, or use a fallback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pdslack_cli.clients.slack_responses import TOKEN_DEAD
from pdslack_cli.errors import ApiError, AuthError, NotFoundError, OutcomeUnknownError

UNUSABLE_CHANNEL = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "channel_is_archived",
        "is_inactive",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "not_in_channel",
        "no_permission",
    }
)
GONE_MESSAGE = frozenset({"message_not_found", "cant_update_message"})
"""Nobody can change the message by this token: it was deleted, or another app posted it."""
UNCHANGEABLE = "edit_window_closed"
"""The workspace lets nobody change messages after a while: a new one would soon be as old."""
GONE_THREAD = frozenset({"thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked"})
REFUSED = range(400, 429)


def passes(error: ApiError) -> bool:
    """Whether a retry may succeed: no answer, a server's error, a rate limit, a renewed token."""
    if isinstance(error, OutcomeUnknownError | AuthError):
        return True
    if isinstance(error, NotFoundError):
        return False
    if error.provider == "slack":
        return not error.code or error.wait is not None or error.status >= 429 or error.code in TRANSIENT
    return error.status not in REFUSED


def is_unfit(error: ApiError) -> bool:
    """Whether Slack may take the text of a message where it refused the whole (`invalid_blocks`)."""
    known = UNUSABLE_CHANNEL | {UNCHANGEABLE}
    return error.provider == "slack" and not passes(error) and error.code not in known


def forbids(error: ApiError) -> bool:
    """Whether Slack does not let the app do this, however often it tries; a dead token is renewed one day."""
    return isinstance(error, AuthError) and error.code not in TOKEN_DEAD


def or_nothing(read: Callable[[], Any]) -> Any:
    """What `read` returns; () where the vendor refuses it for good, and the message can do without.

    Raises ApiError where another try may go better.
    """
    try:
        return read()
    except ApiError as error:
        if passes(error) and not error.unavailable:
            raise
        return ()


def shown_error(error: ApiError) -> str:
    """What an operator reads of a failed call; of a refused token also which one it is and what to do."""
    return f"{error}; {error.hint}" if isinstance(error, AuthError) and error.hint else str(error)


TRANSIENT = frozenset(
    {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
