"""The command line that applies exactly the plan that was shown."""

from __future__ import annotations

import shlex
from pathlib import Path

from pdslack_cli.cli.command import current_folder
from pdslack_cli.engine.storage.saved import PlanRequest


def apply_exactly(fingerprint: str, request: PlanRequest) -> str:
    """Return the command that applies the plan of this fingerprint, with the arguments of the plan."""
    return _apply("--expect", fingerprint, *request.arguments())


def apply_saved(path: Path) -> str:
    """Return the command that applies a saved plan."""
    return _apply(str(path))


def _apply(*words: str) -> str:
    folder = current_folder()
    return shlex.join(["pdslack", *(["-C", folder] if folder else ()), "apply", *words])
