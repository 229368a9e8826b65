"""A text type that is sent to a vendor and never shown."""

from __future__ import annotations

from pydantic import Secret

HIDDEN = "(sensitive value)"
"""The placeholder that is shown in place of a secret."""


class SecretText(Secret[str]):
    """A text that plans, logs and tracebacks do not show; compared by its content."""

    def _display(self) -> str:
        return HIDDEN
