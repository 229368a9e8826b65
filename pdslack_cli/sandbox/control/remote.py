"""A sandbox that another process on this machine runs: where it listens, and what it is asked to do."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self

from pdslack_cli.model import Json

SECONDS = 30.0
ADDRESS_FILE = "sandbox.url"
VARIABLES = frozenset(
    {
        "PAGERDUTY_API_KEY",
        "PAGERDUTY_API_URL",
        "PAGERDUTY_APP_URL",
        "PAGERDUTY_EVENTS_URL",
        "PAGERDUTY_USER_TOKEN",
        "SLACK_API_URL",
        "SLACK_APP_TOKEN",
        "SLACK_BOT_TOKEN",
        "SLACK_CONFIG_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_USER_TOKEN",
    }
)
"""What a sandbox sets, and nothing else: an answer of another program must not choose what a run executes."""

_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d{1,5})\s*")


@contextmanager
def published(state: Path, url: str) -> Iterator[None]:
    """Keep the address of a sandbox beside its state file for as long as it runs, for other processes.

    Raises OSError where the file cannot be written.
    """
    path = state.parent / ADDRESS_FILE
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{url}\n")
    try:
        yield
    finally:
        with suppress(OSError):  # somebody else may have removed it
            path.unlink()


class RemoteSandbox:
    """The sandbox that listens on a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._environment: Mapping[str, str] = self._ask("GET", "environment")
        if self._environment.keys() != VARIABLES or not all(map(self._is_here, self._environment.items())):
            raise ValueError("this is no sandbox")

    @classmethod
    def of(cls, state: Path) -> Self | None:
        """Return the sandbox that uses a state file and has published its address, or None.

        Only this machine is asked, whatever the file with the address contains.
        """
        with suppress(OSError, ValueError, HTTPException):
            if found := _ADDRESS.fullmatch(_beginning(state.parent / ADDRESS_FILE)):
                return cls(int(found[1]))
        return None

    def environment(self) -> Mapping[str, str]:
        """The variables that point any client at it."""
        return self._environment

    def state_id(self) -> str:
        """The name of its state. Raises OSError without an answer."""
        return str(self._ask("GET", "state").get("id", ""))

    def _is_here(self, variable: tuple[str, str]) -> bool:
        name, value = variable
        return not name.endswith("_URL") or str(value).startswith(f"http://127.0.0.1:{self._port}/")

    def seed(self, wanted: Json) -> None:
        """Add what `wanted` names. Raises ValueError for what it refuses, OSError without an answer."""
        self._ask("POST", "seed", wanted)

    def reset(self) -> None:
        """Empty it. Raises OSError without an answer."""
        self._ask("POST", "reset")

    def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)
        try:
            connection.request(method, f"/_sandbox/{path}", json.dumps(body or {}).encode())
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        answer = json.loads(content)
        found = answer if isinstance(answer, dict) else {}
        if response.status != 200:
            raise ValueError(str(found.get("error", response.reason)))
        return found


def _beginning(path: Path) -> str:
    """The beginning of a file; "" where it is a FIFO or a device, which may have no end."""
    if not path.is_file():
        return ""
    with open(path, "rb") as file:
        return file.read(100).decode("ascii")
