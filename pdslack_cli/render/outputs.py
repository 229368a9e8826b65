"""Outputs as variables of a shell, of GitHub Actions, or of GitLab."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping

from pdslack_cli.errors import PdslackError
from pdslack_cli.masking import mask_secrets

Outputs = Mapping[str, Mapping[str, str]]
"""Values by their name, by the reference of their object."""


def masked(outputs: Outputs) -> Outputs:
    """Return the outputs with all values except ids masked, and with the secrets in their names."""
    return {
        ref: {masked_name(name): value if name == "id" else _masked(value) for name, value in values.items()}
        for ref, values in outputs.items()
    }


def masked_name(name: str) -> str:
    """Mask secrets in a name, so that two names still differ."""
    return mask_secrets(name, salt="output")


def variables(outputs: Outputs) -> Mapping[str, str]:
    """Return values by variable name; raises PdslackError if two have the same name."""
    found: dict[str, str] = {}
    holders: dict[str, str] = {}
    for ref, values in outputs.items():
        for name, value in values.items():
            variable = _variable(ref, name)
            if variable in found:
                both = f"{holders[variable]} and {ref} {name!r}"
                raise PdslackError(
                    f"{both} would both become {variable}; select one with --only, or use --format json"
                )
            found[variable], holders[variable] = value, f"{ref} {name!r}"
    return found


def _variable(ref: str, name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", f"{ref}_{name}".upper()).strip("_")


def shell_lines(outputs: Outputs, unlisted: Collection[tuple[str, str]] = ()) -> Iterator[str]:
    """Yield lines for a shell; comments mark objects that are `unlisted` in the files."""
    marked = {_variable(ref, name) for ref, name in unlisted}
    for name, value in variables(outputs).items():
        yield f"{name}={shlex.quote(value)}" + ("  # not in the file" if name in marked else "")


def dotenv_lines(outputs: Outputs) -> Iterator[str]:
    """Yield lines of a GitLab dotenv report, without quotes or spaces; raises PdslackError."""
    for name, value in variables(outputs).items():
        if re.search(r"\s", value):
            raise PdslackError(
                f"{name} has whitespace in its value, which GitLab's dotenv files cannot contain"
            )
        yield f"{name}={value}"


def _masked(value: str) -> str:
    """Mask a key, leaving enough to distinguish two keys."""
    return f"****{value[-4:]}" if len(value) > 8 else "****"
