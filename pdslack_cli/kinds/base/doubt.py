"""A value that a vendor refuses, or may refuse, as kinds report it."""

from __future__ import annotations

from typing import NamedTuple

from pdslack_cli.model import DataPath


class Doubt(NamedTuple):
    """A value that the vendor refuses, or may refuse: its path, the message, and a safe value."""

    place: DataPath
    message: str
    hint: str
    at_key: bool = False  # the key at that place is in doubt, not its value
    offset: int | None = None  # where in the text at that place
    lacking: bool = False  # something is missing: perhaps what a mistake hides
    guess: bool = False  # by words that ship with us: an account that is asked knows its own
