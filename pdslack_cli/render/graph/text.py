"""Text in pictures: how wide it is in no font in particular, and what may not stand in it."""

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
    """The text on one line, without what XML cannot hold."""
    return " ".join(safe_line(text).split())


def width(text: str, size: float) -> float:
    """About how many pixels the text takes at that font size."""
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
    """As much of the text as fits into `room` pixels, with an ellipsis where some is left out."""
    if width(text, size) <= room:
        return text
    left = room - width(ELLIPSIS, size)
    for end, character in enumerate(text):
        left -= size * _em(character)
        if left < 0:
            return text[:end].rstrip() + ELLIPSIS
    return text
