"""What to write instead of a wrong word: the nearest of those that are allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LEAST_ALIKE = 0.65
_SAME_PERSON = 0.8  # so alike is what stands before the @ of two addresses
_LONGEST_WORD = 100  # difflib takes quadratic time, and nobody misspells a text


def nearest(word: str, choices: Iterable[str], alike: float = _LEAST_ALIKE) -> str:
    """Return the choice most similar to `word`, ignoring case, or "" if none is similar.

    Everybody's address at a company ends alike, so that the domain makes none similar.
    """
    if len(word) > _LONGEST_WORD:
        return ""
    spelled = {choice.lower(): choice for choice in choices}
    person, at, _ = word.lower().partition("@")
    if at and person:
        others = {choice: choice.partition("@")[0] for choice in spelled}
        alike_person = set(
            difflib.get_close_matches(person, set(others.values()), len(others) or 1, _SAME_PERSON)
        )
        spelled = {choice: spelled[choice] for choice, other in others.items() if other in alike_person}
    found = difflib.get_close_matches(word.lower(), spelled, 1, alike)
    return spelled[found[0]] if found else ""


def suggest(word: str, choices: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the choice most similar to `word`, or "" if none is similar."""
    found = nearest(word, choices)
    return f"did you mean '{found}'?" if found else ""


class Replacement(str):
    """The hint to write another value instead: `Replacement("4h")` is "write 4h"."""

    __slots__ = ("value",)

    value: str

    def __new__(cls, value: str) -> Replacement:
        made = super().__new__(cls, f"write {value}")
        made.value = value
        return made


def one_of(choices: Iterable[object], given: object, shown: str = "", also: str = "") -> tuple[str, str]:
    """Return the message and the hint for a value that is none of the allowed ones.

    `shown` is how the message writes the value, if not as Python does; `also` what is allowed besides them.
    """
    choices = list(choices)
    allowed = ", ".join(map(repr, choices)) + (f", or {also}" if also else "")
    message = f"must be one of {allowed}, got {shown or repr(given)}"
    hint = f"write {choices[0]}" if len(choices) == 1 else "use one of these values"
    return message, suggest(str(given), map(str, choices)) or hint


def all_of(words: Iterable[str]) -> str:
    """Return "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
