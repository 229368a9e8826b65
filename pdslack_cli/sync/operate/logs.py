"""Logs of the service: one JSON object a line, or text for people. Secrets are masked in both."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal

from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.masking import mask_secrets
from pdslack_cli.visible import json_text, one_line, visible

LogFormat = Literal["json", "text"]
FIELDS = ("incident", "event", "reason")


class JsonFormatter(logging.Formatter):
    """A record as a JSON object, with the ids of the incident and the event that it is about."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name in FIELDS if (value := getattr(record, name, None))},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return mask_secrets(mask_tokens(json_text(line, indent=None)))


class PlainFormatter(logging.Formatter):
    """A record as a line to read."""

    def format(self, record: logging.LogRecord) -> str:
        about = [f"{name}={value}" for name in FIELDS if (value := getattr(record, name, None))]
        time = self.formatTime(record, "%H:%M:%S")
        line = one_line(" ".join([time, record.levelname, record.getMessage(), *about]))
        exception = self.formatException(record.exc_info) if record.exc_info else ""
        return mask_secrets(mask_tokens("\n".join(filter(None, [line, visible(exception)]))))


OURS = ("pdslack_cli.sync", "uvicorn.error")


@contextmanager
def log_to_stderr(format_: LogFormat) -> Iterator[None]:
    """Write the service's log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if format_ == "json" else PlainFormatter())
    loggers = [logging.getLogger(name) for name in OURS]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(logging.INFO)
    # Libraries tell what we tell ourselves, and of each start.
    logging.getLogger("pdslack_cli.sync.slack").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
            logger.propagate = True
