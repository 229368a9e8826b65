"""Outputs as other programs read them: variables of a shell, of GitHub Actions, of GitLab."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

from pdslack_cli.errors import PdslackError

Outputs = Mapping[str, Mapping[str, str]]
"""Values by their name, by the reference of their object."""


def masked(outputs: Outputs) -> Outputs:
    """The outputs with all but ids made unusable."""
    return {
        ref: {name: value if name == "id" else _masked(value) for name, value in values.items()}
        for ref, values in outputs.items()
    }


def variables(outputs: Outputs) -> Mapping[str, str]:
    """Values by the name of a variable; raises PdslackError where two would have the same."""
    found: dict[str, str] = {}
    told: dict[str, str] = {}
    for ref, values in outputs.items():
        for name, value in values.items():
            variable = re.sub(r"[^A-Z0-9]+", "_", f"{ref}_{name}".upper()).strip("_")
            if variable in found:
                both = f"{told[variable]} and {ref} {name!r}"
                raise PdslackError(
                    f"{both} would both become {variable}; select one with --only, or use --format json"
                )
            found[variable], told[variable] = value, f"{ref} {name!r}"
    return found


def shell_lines(outputs: Outputs) -> Iterator[str]:
    """Lines that a shell reads."""
    for name, value in variables(outputs).items():
        yield f"{name}={shlex.quote(value)}"


def dotenv_lines(outputs: Outputs) -> Iterator[str]:
    """Lines of a GitLab dotenv report, which knows neither quotes nor blanks; raises PdslackError."""
    for name, value in variables(outputs).items():
        if re.search(r"\s", value):
            raise PdslackError(
                f"{name} has whitespace in its value, which GitLab's dotenv files cannot contain"
            )
        yield f"{name}={value}"


def _masked(value: str) -> str:
    """Enough to tell two keys apart, too little to use one."""
    return f"****{value[-4:]}" if len(value) > 8 else "****"
