"""Text types that are sent to a vendor and never shown."""

from __future__ import annotations

from pydantic import Secret

HIDDEN = "(sensitive value)"
"""The placeholder that is shown in place of a secret."""


class SecretText(Secret[str]):
    """A text that plans, logs and tracebacks do not show; compared by its content."""

    def _display(self) -> str:
        return HIDDEN


class WriteOnlyText(SecretText):
    """A secret text that the vendor never returns: any two are equal, because nobody can compare them."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WriteOnlyText)

    def __hash__(self) -> int:
        return hash(WriteOnlyText)
