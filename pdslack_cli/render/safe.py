"""Text that others wrote, made safe to print."""

from __future__ import annotations

from pdslack_cli.config.tokens import mask_tokens


def one_line(text: str) -> str:
    """Return `text` on one line, without control characters.

    They move a terminal's cursor, and those that turn the direction of writing hide from a reviewer what a
    line says.
    """
    return "".join(char if char.isprintable() else " " for char in text)


def safe_line(text: str) -> str:
    """Return `text` on one line, without control characters and without secrets."""
    return one_line(mask_tokens(text))
