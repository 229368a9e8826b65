"""Text in pictures: approximate width, and characters that are not allowed."""

from __future__ import annotations

import unicodedata

from pdslack_cli.render.output.safe import safe_line

ELLIPSIS = "…"

# Widths in ems of a wide sans-serif, so that text fits its box whichever font the reader has.
_WIDTHS = {
    **dict.fromkeys("iljI|.,:;!'`", 0.32),
    **dict.fromkeys('ft()[]{}/\\ r-"°', 0.42),
    **dict.fromkeys("mMW@%…—", 0.98),
    **dict.fromkeys("w", 0.82),
}
_LOWER, _UPPER, _FULL = 0.6, 0.72, 1.05
BOLD = 1.08


def clean(text: str) -> str:
    """Return the text on one line, without characters that XML does not allow."""
    return " ".join(safe_line(text).split())


def width(text: str, size: float) -> float:
    """Return the approximate width of the text, in pixels."""
    return size * sum(_em(character) for character in text)


def _em(character: str) -> float:
    known = _WIDTHS.get(character)
    if known is not None:
        return known
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return _FULL
    return _UPPER if character.isupper() else _LOWER


def clip(text: str, size: float, room: float) -> str:
    """Shorten the text to `room` pixels, with an ellipsis if necessary."""
    if width(text, size) <= room:
        return text
    left = room - width(ELLIPSIS, size)
    for end, character in enumerate(text):
        left -= size * _em(character)
        if left < 0:
            return text[:end].rstrip() + ELLIPSIS
    return text
