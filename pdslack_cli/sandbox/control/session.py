"""A session: the requests that a sandbox got, with their times, as JSONL to be made again."""

from __future__ import annotations

import base64
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from werkzeug import Request, Response
from werkzeug.test import EnvironBuilder

from pdslack_cli.model import Json

KEPT = 20_000  # requests
HEADERS = ("Authorization", "Content-Type", "From")
"""What of the headers decides about an answer. Tokens are those of the sandbox, good for nothing else."""


TIMESTAMP = re.compile(r"\b[0-9]{10,11}\.([0-9]{6})\b")
"""A `ts` of Slack: the second, and the number of the message, which a replay gives it again."""

FAILED = b'{"ok": false'


class Outcome(NamedTuple):
    """How a request ended: 0 where it got no answer, and the error that Slack answers with status 200."""

    status: int
    error: str = ""

    def __str__(self) -> str:
        return f"{self.status} {self.error}".strip()


def outcome_of(response: Response) -> Outcome:
    """How a request ended that got this answer."""
    failed = response.data.startswith(FAILED)
    return Outcome(response.status_code, str(json.loads(response.data)["error"]) if failed else "")


class RecordedRequest(NamedTuple):
    """A request of a session: the seconds since the first one, what was sent, and how it ended."""

    seconds: float
    line: Mapping[str, Any]
    outcome: Outcome

    def request(self, timestamps: Callable[[], Iterable[str]]) -> Request:
        """The request; each `ts` in it becomes the one with its number of those that there are now."""

        def current(text: str) -> str:
            if not TIMESTAMP.search(text):
                return text
            now = {ts.partition(".")[2]: ts for ts in timestamps()}
            return TIMESTAMP.sub(lambda found: now.get(found[1], found[0]), text)

        return _request(self.line, current)


class SessionRecording:
    """The requests since the sandbox was started or the session was begun."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lines: deque[Json] = deque(maxlen=KEPT)

    def clear(self) -> None:
        """Begin again."""
        self._lines.clear()

    def note(self, request: Request, outcome: Outcome, at: datetime) -> None:
        """Add a request that came at that time: what moves the clock comes before it is moved."""
        self._lines.append(
            {
                "at": at.isoformat(),
                "method": request.method,
                "path": request.script_root + request.path,
                "query": request.query_string.decode("latin-1"),
                "headers": {
                    name: value for name in HEADERS if (value := request.headers.get(name)) is not None
                },
                **_body(request.get_data()),
                **outcome._asdict(),
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


def read(session: str) -> Iterator[RecordedRequest]:
    """The requests of a session. Raises ValueError."""
    first: datetime | None = None
    for number, text in enumerate(session.splitlines(), start=1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            at = datetime.fromisoformat(line["at"])
            _request(line, str)
            outcome = Outcome(int(line["status"]), str(line.get("error", "")))
            first = first or at
            yield RecordedRequest((at - first).total_seconds(), line, outcome)
        except (ValueError, TypeError, KeyError, AttributeError) as wrong:
            raise ValueError(
                f"line {number} is not a request of a session; `GET /_sandbox/session` makes one"
            ) from wrong


def _request(line: Mapping[str, Any], current: Callable[[str], str]) -> Request:
    binary = "body_base64" in line
    content = base64.b64decode(line["body_base64"]) if binary else current(str(line["body"])).encode()
    return Request(
        EnvironBuilder(
            path=line["path"],
            method=line["method"],
            query_string=current(line["query"]),
            headers=dict(line["headers"]),
            data=content,
            base_url="http://127.0.0.1/",
        ).get_environ()
    )
