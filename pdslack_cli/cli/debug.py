"""`--debug`: log every call to standard error."""

from __future__ import annotations

import logging

from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.visible import visible


class _Masking(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return visible(mask_tokens(super().format(record)))


def log_calls() -> None:
    """Log calls to standard error, without secrets."""
    # Ours alone: the vendors' libraries log request bodies, and Slack's even tokens.
    logging.basicConfig(format="%(message)s")
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_Masking("%(message)s"))
    logging.getLogger("pdslack_cli").setLevel(logging.DEBUG)
