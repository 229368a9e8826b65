"""The state of a new sandbox, made once in a process: its catalogue takes most of the time of a start."""

from __future__ import annotations

import pytest

from pdslack_cli.model import Json
from pdslack_cli.sandbox.server import Sandbox

_STATE: list[bytes] = []


def install(patch: pytest.MonkeyPatch) -> None:
    """Let a sandbox whose store is empty begin with a copy of what the first one was given."""
    seed = Sandbox.seed

    def seeded(sandbox: Sandbox, wanted: Json) -> None:
        is_new = not wanted and not sandbox.store.all("slack.team")
        if is_new and _STATE:
            sandbox.store.restore(_STATE[0])
            for pair in sandbox.store.all("slack.token_pair"):  # which expires, and is made below
                sandbox.store.delete("slack.token_pair", pair["token"])
        seed(sandbox, wanted)
        if is_new and not _STATE:
            _STATE.append(sandbox.snapshot())

    patch.setattr(Sandbox, "seed", seeded)
