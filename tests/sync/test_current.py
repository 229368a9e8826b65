"""The secrets in force: also those that are stored while the service runs."""

from __future__ import annotations

from pdslack_cli.config.load import load
from pdslack_cli.errors import PdslackError
from pdslack_cli.sync.current import LOOK_AGAIN, CurrentConfig


def test_a_stored_secret_is_looked_for_now_and_then_and_none_in_force_is_forgotten(tmp_path):
    path = tmp_path / "pdslack.yaml"
    path.write_text("owner: payments\n")
    looks: list[str] = []

    def stored() -> list[str]:
        looks.append("")
        if len(looks) == 2:
            raise PdslackError("the secret store is not readable")
        return ["given", "stored"]

    current = CurrentConfig(load([path], {}), ("given", "of an environment"), stored)
    for second in range(10):  # anybody may send webhooks with wrong signatures
        current.look_for_secrets(1000.0 + second / 10)
    assert len(looks) == 1
    assert current.webhook_secrets == ("given", "of an environment", "stored")

    current.look_for_secrets(1000.0 + LOOK_AGAIN)
    current.look_for_secrets(500.0)  # the clock was set back
    assert len(looks) == 3
    assert current.webhook_secrets == ("given", "of an environment", "stored")
