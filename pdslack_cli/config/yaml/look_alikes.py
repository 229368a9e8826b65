"""Characters that look like ASCII ones: word processors and web pages leave them in files."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from pdslack_cli.errors import Problem
from pdslack_cli.kinds.fields.scalars import a

_JOINER = "\u200d"  # holds emoji together
_ESCAPE = re.compile(r"\\(?:x|u)([0-9a-f]{4}|[0-9a-f]{2})")
_PLAIN_QUOTES = {"SINGLE": "'", "DOUBLE": '"'}


def look_alike(text: str) -> str:
    """Return the first character of `text` that is invisible or looks like an ASCII one, or ""."""
    return next((character for character in text if not character.isascii() and _is_one(character)), "")


def described(character: str) -> str:
    """Return the name of a look-alike, and what to write instead."""
    name = unicodedata.name(character, "character without a name").lower()
    plain = _plain(character)
    cure = f"write {plain} in its place" if plain.strip() else "use a plain space" if plain else "remove it"
    shown = f"{character} is" if character.isprintable() else "there is"
    return f"{shown} {a(name)} (U+{ord(character):04X}) here: {cure}"


def with_look_alikes_named(problem: Problem) -> Problem:
    """Add a hint to a problem whose message shows a text with a look-alike."""
    # Python shows what is invisible as an escape.
    escaped = (chr(int(digits, 16)) for digits in _ESCAPE.findall(problem.message))
    character = look_alike(problem.message + "".join(escaped))
    hint = described(character) if character else ""
    if problem.hint.startswith(hint):  # none, or named already
        return problem
    return replace(problem, hint=f"{hint}; {problem.hint}" if problem.hint else hint)


def _is_one(character: str) -> bool:
    category = unicodedata.category(character)
    if category in {"Zs", "Zl", "Zp", "Pi", "Pf", "Pd", "Cc"} or character in "„‚":
        return True
    return (category == "Cf" and character != _JOINER) or "FULLWIDTH" in unicodedata.name(character, "")


def _plain(character: str) -> str:
    category, name = unicodedata.category(character), unicodedata.name(character, "")
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    if "FULLWIDTH" in name:
        return unicodedata.normalize("NFKC", character)
    return next((quote for word, quote in _PLAIN_QUOTES.items() if word in name), "")
