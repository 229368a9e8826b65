"""Texts that are written to a vendor and shown to nobody."""

from __future__ import annotations

from pydantic import Secret

HIDDEN = "(sensitive value)"
"""What stands in place of such a text."""


class SecretText(Secret[str]):
    """A text that neither a plan nor a log nor a traceback shows; two are equal where their texts are."""

    def _display(self) -> str:
        return HIDDEN
