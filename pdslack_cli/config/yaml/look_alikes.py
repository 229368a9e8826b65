"""Characters that look like ASCII ones: word processors, web pages and other keyboards leave them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from pdslack_cli.errors import Problem
from pdslack_cli.suggest import a

_JOINER = "\u200d"  # holds emoji together
_ESCAPE = re.compile(r"\\(?:x|u)([0-9a-f]{4}|[0-9a-f]{2})")
_PLAIN_QUOTES = {"SINGLE": "'", "DOUBLE": '"'}
_WORD = re.compile(r"\w+")
_LETTERS = {
    **dict(zip("аеорсухіјѕһԁԛԝгАВЕКМНОРСТУХІЈЅԌԚԜ", "aeopcyxijshdqwrABEKMHOPCTYXIJSGQW", strict=True)),
    **dict(zip("αικνορτυχγωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aikvoptuxywABEZHIKMNOPTYX", strict=True)),
    **dict(zip("ıɑɡ", "iag", strict=True)),
}
"""Cyrillic, Greek and other letters that a font draws like Latin ones."""


def look_alike(text: str, *, letters: bool = True) -> str:
    """Return the first character of `text` that is invisible or looks like an ASCII one, or "".

    Letters of another alphabet count in words that have no others: the rest is a language.
    """
    disguised = {
        place for word in _disguised_words(text) if letters for place in range(word.start(), word.end())
    }
    return next(
        (
            character
            for place, character in enumerate(text)
            if not character.isascii() and (place in disguised or _is_one(character))
        ),
        "",
    )


def with_plain_letters(text: str) -> str:
    """Return the text with ASCII letters in the place of those that look like them."""
    for word in _disguised_words(text):  # which are as long as what they look like
        text = text[: word.start()] + "".join(map(_plain, word[0])) + text[word.end() :]
    return text


def _disguised_words(text: str) -> list[re.Match[str]]:
    """Find the words that look like ASCII ones and are not."""
    if text.isascii():
        return []
    return [
        word for word in _WORD.finditer(text) if not word[0].isascii() and all(map(_plain_letter, word[0]))
    ]


def _plain_letter(character: str) -> str:
    """Return the ASCII letter or digit that a character is or looks like, or ""."""
    plain = _LETTERS.get(character) or unicodedata.normalize("NFKC", character)
    return plain if plain.isascii() and len(plain) == 1 else ""


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
    if plain := _plain_letter(character):
        return plain
    return next((quote for word, quote in _PLAIN_QUOTES.items() if word in name), "")
