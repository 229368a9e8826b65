"""The command line that applies exactly a plan that was shown."""

from __future__ import annotations

import shlex
from pathlib import Path

from pdslack_cli.cli.command import current_folder
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.storage.saved import Basis, PlanRequest


def apply_exactly(plan: Plan, request: PlanRequest) -> str:
    """The command that does this plan or nothing, with all that the plan was asked for."""
    return _apply("--expect", Basis.of(plan).fingerprint, *request.arguments())


def apply_saved(path: Path) -> str:
    """The command that does a saved plan or nothing."""
    return _apply(str(path))


def _apply(*words: str) -> str:
    folder = current_folder()
    return shlex.join(["pdslack", *(["-C", folder] if folder else ()), "apply", *words])
