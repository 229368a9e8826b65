"""The command lines that pdslack tells people to run next."""

from __future__ import annotations

import shlex
from pathlib import Path

from pdslack_cli.cli.command import current_folder
from pdslack_cli.engine.storage.saved import PlanRequest


def apply_exactly(fingerprint: str, request: PlanRequest) -> str:
    """Return the command that applies the plan of this fingerprint, with the arguments of the plan."""
    return command_line("apply", "--expect", fingerprint, *request.arguments())


def apply_saved(path: Path) -> str:
    """Return the command that applies a saved plan."""
    return command_line("apply", str(path))


def command_line(*words: str) -> str:
    """Return the command line of these words, to be run from where this command was started."""
    folder = current_folder()
    return shlex.join(["pdslack", *(["-C", folder] if folder else ()), *words])
