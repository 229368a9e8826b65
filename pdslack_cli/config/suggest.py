"""A guess at what a misspelt word was meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LONGEST_WORD = 100  # difflib takes quadratic time, and nobody misspells a text


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return the choice nearest to `word`, case ignored, or "" where none is near."""
    if len(word) > _LONGEST_WORD:
        return ""
    spelled = {choice.lower(): choice for choice in choices}
    found = difflib.get_close_matches(word.lower(), spelled, n=1)
    return spelled[found[0]] if found else ""


def suggest(word: str, choices: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the choice nearest to `word`, or "" where none is near."""
    found = nearest(word, choices)
    return f"did you mean '{found}'?" if found else ""
