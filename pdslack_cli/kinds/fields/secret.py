"""Text types that are sent to a vendor and never shown."""

from __future__ import annotations

from typing import Any

from pydantic import AfterValidator, Secret

from pdslack_cli.kinds.fields.scalars import problem

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


class HiddenText(SecretText):
    """A text as the vendor masks it: equal to any, because nobody can compare them."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str | SecretText)

    def __hash__(self) -> int:
        return hash(HiddenText)


def secret_at_most(characters: int) -> Any:
    """Return the annotation of a secret with a documented limit; its error does not show the text.

    Such a secret is never cleared: without one, the vendor refuses the object.
    """

    def check(secret: SecretText | None) -> SecretText:
        if secret is None or not secret.get_secret_value().strip():
            raise problem("must not be empty", "write the secret, or leave it out where the object exists")
        if (length := len(secret.get_secret_value())) > characters:
            message = f"must have at most {characters} characters, got {length}"
            raise problem(message, "check that it is the whole secret and nothing else")
        return secret

    return AfterValidator(check)
