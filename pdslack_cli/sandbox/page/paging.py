"""How much of a long list the page shows: the address has the number, and a link that is more."""

from __future__ import annotations

MOST_LISTED = 5_000


def listed_number(wanted: str, usual: int) -> int:
    """How many of a list are shown, as the address has it."""
    return min(max(int(wanted), usual), MOST_LISTED) if wanted.isdecimal() and len(wanted) < 9 else usual
