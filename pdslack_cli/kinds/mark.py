"""The mark `[pdslack:OWNER/KEY:CHECK]` at the end of a description, which records the object's owner.

CHECK binds it to the name of the object (`model.OwnershipMark`); a `!` after it protects the object from
deletion. A mark has at most 121 characters, by the longest owner and the longest key.
"""

from __future__ import annotations

import re

from pdslack_cli.model import OwnershipMark

PREFIX = "[pdslack:"
"""The first characters of every mark; texts of a file must not contain it."""

LONGEST_OWNER = 24
LONGEST_KEY = 80  # that a mark is read with; a file's own keys are shorter (`fields/written.py`, KEY)

OWNER_PATTERN = f"[a-z0-9-]{{1,{LONGEST_OWNER}}}"

_MARK = re.compile(
    rf"\[pdslack:(?P<owner>{OWNER_PATTERN})/"
    rf"(?P<key>[^\]\s:!]{{1,{LONGEST_KEY}}})"
    r"(?::(?P<check>[a-z0-9]{4}|(?:[a-z0-9]{3})?\?)?(?P<protected>!)?)?\]\s*\Z"
)


def split_mark(text: str | None) -> tuple[str, OwnershipMark | None]:
    """Split a description into its text and its mark. Null reads as empty text (pagerduty.md 15)."""
    text = text or ""
    place = text.rfind(PREFIX)
    found = _MARK.match(text, place) if place >= 0 else None
    if not found:
        return text, None
    owned = OwnershipMark(found["owner"], found["key"], found["check"] or "", bool(found["protected"]))
    return text[:place].rstrip(), owned


def join_mark(text: str | None, owned: OwnershipMark | None, between: str = "\n\n") -> str:
    """Append the mark to the text, as it is sent to the vendor."""
    return between.join(part for part in (text or "", str(owned) if owned else "") if part)


def room_beside_mark(limit: int, owned: OwnershipMark) -> int:
    """Return how many characters the mark leaves for text in a field with that limit (`Kind.mark_limit`)."""
    return limit - len(join_mark("x", owned)) + 1
