"""The mark `[pdslack:OWNER/KEY]` at the end of a description: it makes an object ours, with no state file."""

from __future__ import annotations

import re

from pdslack_cli.model import Owned

_MARK = re.compile(r"\s*\[pdslack:(?P<owner>[a-z0-9-]{1,24})/(?P<key>[^\]\s]{1,80})\]\s*\Z")


def split_mark(text: str | None) -> tuple[str, Owned | None]:
    """The text as people wrote it, and what its mark says. A null reads as empty text (pagerduty.md 15)."""
    text = text or ""
    found = _MARK.search(text)
    if not found:
        return text, None
    return text[: found.start()], Owned(found["owner"], found["key"])


def join_mark(text: str | None, owned: Owned | None) -> str:
    """The text with the mark put back, as it is sent to the vendor."""
    return "\n\n".join(part for part in (text or "", str(owned) if owned else "") if part)


def room_beside_mark(limit: int, owned: Owned) -> int:
    """How many characters of a field with that limit are left for people."""
    return limit - len(join_mark("x", owned)) + 1
