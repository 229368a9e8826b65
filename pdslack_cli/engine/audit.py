"""The audit log: one JSON line for every step that changed something."""

from __future__ import annotations

import getpass
import json
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pdslack_cli.clients.calls import Call
from pdslack_cli.engine.apply import Outcome, Result
from pdslack_cli.errors import ApiError, PdslackError

AUDIT_FILE = ".pdslack/audit.jsonl"


class AuditLog:
    """Appends to a file beside the stack; `who` is the CI actor or the local user.

    It is told of every call and of every result by the thread that made it, so the vendors' request ids
    that a thread gathered belong to the step that it ends.
    """

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.path = path
        self.who = environ.get("GITHUB_ACTOR") or environ.get("GITLAB_USER_LOGIN") or _local_user()
        self._thread = threading.local()

    def note(self, call: Call) -> None:
        """Remember a write until its step ends."""
        if call.request_id and call.method != "GET":
            self._requests().append(call.request_id)

    def record(self, result: Result) -> None:
        """Append what a step did; steps that never began leave no line. Raises PdslackError if it cannot."""
        requests = list(self._requests())
        self._requests().clear()
        if result.outcome not in {Outcome.DONE, Outcome.FAILED, Outcome.UNKNOWN}:
            return
        line = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "who": self.who,
            "ref": str(result.ref),
            "action": result.step.change.action.name.lower(),
            "step": result.step.phase.value,
            "fields": result.step.change.field_names,
            "outcome": result.outcome.value,
            "requests": requests,
        }
        if isinstance(result.error, ApiError):
            line["error"] = f"{result.error.status} {result.error.code}".strip()
        elif result.error is not None:
            line["error"] = str(result.error)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise PdslackError(f"cannot write the audit log {self.path}: {error.strerror}") from None

    def _requests(self) -> list[str]:
        if not hasattr(self._thread, "requests"):
            self._thread.requests = []
        requests: list[str] = self._thread.requests
        return requests


def _local_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        return f"uid {os.getuid()}"
