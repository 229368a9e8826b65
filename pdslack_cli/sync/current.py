"""The configuration of a running service, replaced as a whole when its files are read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pdslack_cli.config.stack import Stack


@dataclass
class CurrentConfig:
    """The stack and the webhook secrets in force. Threads read it while it is replaced."""

    stack: Stack
    webhook_secrets: Sequence[str]

    def replace(self, stack: Stack, webhook_secrets: Sequence[str]) -> None:
        """Put others in force."""
        self.stack, self.webhook_secrets = stack, tuple(webhook_secrets)
