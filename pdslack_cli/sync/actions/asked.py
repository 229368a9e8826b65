"""What somebody asks for in Slack, as an arrival: the same for buttons, forms, the command and mentions."""

from __future__ import annotations

from collections.abc import Mapping

from pdslack_cli.model import Json
from pdslack_cli.sync.storage.inbox import Arrival

LONGEST_ID = 100


def asked(
    dedup: str,
    action: str,
    incident: object,
    user: object,
    channel: object,
    thread_ts: object = "",
    values: Mapping[str, object] | None = None,
    *,
    foreign: bool = False,
) -> Arrival:
    """An act to be done for a Slack user, who is answered in that channel and thread.

    Raises ValueError for what names no incident, person or place: it could neither be done nor answered.
    """
    who, where, thread = _name(user), _name(channel or ""), _name(thread_ts or "")
    of = _name(incident)
    if not (who and of and of.isascii() and of.isalnum()):
        raise ValueError("it names no person or no incident")
    body = {
        "user": who,
        "foreign": foreign,
        "values": {name: value for name, value in (values or {}).items() if isinstance(value, str)},
        "channel": where,
        "thread_ts": thread,
    }
    return Arrival("slack", dedup, of, action, body)


def is_foreign(body: Json) -> bool:
    """Whether who clicked, or wrote, belongs to another workspace than the app (slack.md 7.5)."""
    if event := body.get("event"):
        theirs, ours = event.get("user_team") or event.get("team"), body.get("team_id")
    else:
        theirs, ours = body["user"].get("team_id"), (body.get("team") or {}).get("id")
    return bool(theirs and ours and theirs != ours)


def _name(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_ID or (value and not value.isprintable()):
        raise ValueError("it is no name")
    return value
