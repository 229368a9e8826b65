"""Texts from others on a line: without secrets, hidden characters and commands."""

from __future__ import annotations

from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.visible import one_line


def safe_line(text: str) -> str:
    """Return `text` on one line, without control characters and without secrets."""
    return one_line(mask_tokens(text))
