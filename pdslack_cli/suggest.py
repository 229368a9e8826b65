"""Words that messages share: what to write instead of a wrong word, lists, articles, and counts."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MISSPELT = 0.8  # so alike is a misspelt word, where another one may be a name in the account

_LEAST_ALIKE = 0.65
_SAME_PERSON = 0.8  # so alike is what stands before the @ of two addresses
_SHORTEST_CUT = 3  # characters of a word that stand for all of it: `ack`
_LONGEST_WORD = 100  # difflib takes quadratic time, and nobody misspells a text

# What people call a value in other tools, and what the field that takes one of several values may call it.
_OTHER_WORDS = {
    **dict.fromkeys(("varchar", "select", "dropdown", "enum", "single_fixed"), ("string",)),
    **dict.fromkeys(("number", "long"), ("integer",)),
    **dict.fromkeys(("decimal", "double"), ("float",)),
    **dict.fromkeys(("date", "time", "timestamp"), ("datetime",)),
    **dict.fromkeys(("link", "uri"), ("url",)),
    **dict.fromkeys(("all", "parallel", "team"), ("everyone", "all", "anyone")),
    "everyone": ("anyone",),
    **dict.fromkeys(("round_robin", "round-robin", "rotate"), ("rotating",)),
    **dict.fromkeys(("fatal", "emergency", "alert", "high", "sev1", "p1"), ("critical", "incident")),
    **dict.fromkeys(("debug", "notice", "low", "ok"), ("info",)),
    **dict.fromkeys(("page", "paged", "open", "triggered", "trigger"), ("incident", "trigger")),
    **dict.fromkeys(("process", "local", "agent"), ("sidecar",)),
    **dict.fromkeys(("rundeck", "pagerduty"), ("runbook",)),
    **dict.fromkeys(("body", "text", "summary"), ("string", "details")),
}


def nearest(word: str, choices: Iterable[str], alike: float = _LEAST_ALIKE) -> str:
    """Return the choice most similar to `word`, or the only one it begins, ignoring case; or "".

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
    if not found and len(word) >= _SHORTEST_CUT:
        begun = [choice for choice in spelled if choice.startswith(word.lower())]
        found = begun if len(begun) == 1 else []
    return spelled[found[0]] if found else ""


def suggest(word: str, choices: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the choice most similar to `word`, or "" if none is similar."""
    found = nearest(word, choices)
    return f"did you mean '{found}'?" if found else ""


class Replacement(str):
    """The hint to write one of other values instead: `Replacement("4h")` is "write 4h".

    The values are known, so that those which the field refuses can be left out.
    """

    __slots__ = ("lead", "values")

    values: tuple[str, ...]
    lead: str

    def __new__(cls, *values: str, lead: str = "write") -> Replacement:
        made = super().__new__(cls, f"{lead} {all_of(values, 'or')}")
        made.values, made.lead = values, lead
        return made


def one_of(choices: Iterable[object], given: object, shown: str = "", also: str = "") -> tuple[str, str]:
    """Return the message and the hint for a value that is none of the allowed ones.

    `shown` is how the message writes the value, if not as Python does; `also` what is allowed besides them.
    """
    choices = list(choices)
    allowed = ", ".join(map(repr, choices)) + (f", or {also}" if also else "")
    message = f"must be one of {allowed}, got {shown or repr(given)}"
    if len(choices) == 1 and not also:
        message = f"must be {choices[0]}, got {shown or repr(given)}"
    hint = f"write {choices[0]}" if len(choices) == 1 else "use one of these values"
    other = next((word for word in _OTHER_WORDS.get(str(given).lower(), ()) if word in choices), "")
    return message, (f"write {other}" if other else "") or suggest(str(given), map(str, choices)) or hint


def all_of(words: Iterable[str], last: str = "and") -> str:
    """Return "a, b and c"."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def a(noun: str) -> str:
    """Return the noun with its indefinite article."""
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"  # all of ours in u begin with a y: user, URL


def counted(number: int, noun: str) -> str:
    """`1 problem`, `2 problems`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
