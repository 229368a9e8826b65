"""A session: the requests that a sandbox got, with their times, as JSONL to be made again."""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from werkzeug import Request
from werkzeug.test import EnvironBuilder

from pdslack_cli.model import Json

KEPT = 20_000  # requests
HEADERS = ("Authorization", "Content-Type", "From")
"""What of the headers decides about an answer. Tokens are those of the sandbox, good for nothing else."""


class SessionRecording:
    """The requests since the sandbox was started or the session was begun."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lines: deque[Json] = deque(maxlen=KEPT)

    def clear(self) -> None:
        """Begin again."""
        self._lines.clear()

    def note(self, request: Request, status: int, at: datetime | None = None) -> None:
        """Add a request; `status` is 0 where it got no answer."""
        self._lines.append(
            {
                "at": (at or self._now()).isoformat(),
                "method": request.method,
                "path": request.script_root + request.path,
                "query": request.query_string.decode("latin-1"),
                "headers": {
                    name: value for name in HEADERS if (value := request.headers.get(name)) is not None
                },
                **_body(request.get_data()),
                "status": status,
            }
        )

    def note_seed(self, wanted: Json) -> None:
        """Add what was seeded without a request."""
        line = {"method": "POST", "path": "/_sandbox/seed", "query": "", "headers": {}}
        body = json.dumps(wanted, ensure_ascii=False)
        self._lines.append({"at": self._now().isoformat(), **line, "body": body, "status": 200})

    def as_jsonl(self) -> str:
        """The session, one request a line."""
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in list(self._lines))


def _body(content: bytes) -> Mapping[str, str]:
    try:
        return {"body": content.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(content).decode()}


def read(session: str) -> Iterator[tuple[float, Request, int]]:
    """The requests of a session, each with the seconds since the one before. Raises ValueError."""
    before: datetime | None = None
    for number, text in enumerate(session.splitlines(), start=1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            at = datetime.fromisoformat(line["at"])
            yield (at - (before or at)).total_seconds(), _request(line), int(line["status"])
        except (ValueError, TypeError, KeyError, AttributeError) as wrong:
            raise ValueError(
                f"line {number} is not a request of a session; `GET /_sandbox/session` makes one"
            ) from wrong
        before = at


def _request(line: Mapping[str, Any]) -> Request:
    content = base64.b64decode(line["body_base64"]) if "body_base64" in line else str(line["body"]).encode()
    return Request(
        EnvironBuilder(
            path=line["path"],
            method=line["method"],
            query_string=line["query"],
            headers=dict(line["headers"]),
            data=content,
            base_url="http://127.0.0.1/",
        ).get_environ()
    )
