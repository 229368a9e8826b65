"""A local PagerDuty and Slack: `with pdslack_cli.sandbox.start("pdslack.yaml") as sandbox:`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pdslack_cli.sandbox.testing.running import RunningSandbox


def start(
    stack: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    *,
    port: int = 0,
    state: str = ":memory:",
) -> AbstractContextManager[RunningSandbox]:
    """Context manager: run a sandbox.

    It has the people of `stack` (files or folders of YAML) and the catalogue entries that it refers to. It
    listens on 127.0.0.1, on any free port unless one is given, and keeps its state in memory unless `state`
    is a file. Raises ConfigError if the stack is invalid.
    """
    from pdslack_cli.sandbox.testing.running import running  # late: this package holds all that it imports

    return running(stack, port=port, state=state)
