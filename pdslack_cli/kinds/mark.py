"""The mark `[pdslack:OWNER/KEY:CHECK]` at the end of a description: what makes an object ours.

CHECK binds it to the name of the object (`model.Owned`); a `!` behind it protects the object from deletion.
"""

from __future__ import annotations

import re

from pdslack_cli.model import Owned

PREFIX = "[pdslack:"
"""What every mark begins with: no text of a file may contain it."""

_MARK = re.compile(
    r"\[pdslack:(?P<owner>[a-z0-9-]{1,24})/(?P<key>[^\]\s:!]{1,80})"
    r"(?::(?P<check>[a-z0-9]{4}|\?)?(?P<protected>!)?)?\]\s*\Z"
)


def split_mark(text: str | None) -> tuple[str, Owned | None]:
    """The text as people wrote it, and what its mark says. A null reads as empty text (pagerduty.md 15)."""
    text = text or ""
    place = text.rfind(PREFIX)
    found = _MARK.match(text, place) if place >= 0 else None
    if not found:
        return text, None
    owned = Owned(found["owner"], found["key"], found["check"] or "", bool(found["protected"]))
    return text[:place].rstrip(), owned


def join_mark(text: str | None, owned: Owned | None) -> str:
    """The text with the mark put back, as it is sent to the vendor."""
    return "\n\n".join(part for part in (text or "", str(owned) if owned else "") if part)


def room_beside_mark(limit: int, owned: Owned) -> int:
    """How many characters of a field with that limit are left for people."""
    return limit - len(join_mark("x", owned)) + 1
