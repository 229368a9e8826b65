"""The requests to the sandbox and its responses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl

from werkzeug import Request, Response


@dataclass(frozen=True)
class RecordedCall:
    """One request to a vendor; `status` is 0 if the connection broke instead of a response."""

    provider: str
    method: str
    path: str
    """As the vendor sees it: without the mount."""

    query: str
    status: int
    fault: str = ""
    mount: str = ""
    content_type: str = ""
    sent: bytes = b""
    answered: bytes = b""

    @classmethod
    def of(cls, provider: str, request: Request, response: Response | None, fault: str) -> Self:
        """Build the record of a request and its response; without a response, the connection broke."""
        return cls(
            provider=provider,
            method=request.method,
            path=request.path,
            query=request.query_string.decode(),
            status=response.status_code if response else 0,
            fault=fault,
            mount=request.script_root,
            content_type=request.mimetype,
            sent=request.get_data(),
            answered=response.get_data() if response else b"",
        )

    @property
    def request_body(self) -> Any:
        """The request's JSON, or its form as a mapping; None without either."""
        if self.content_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(self.sent.decode(), keep_blank_values=True))
        return parsed(self.sent)

    @property
    def answer_body(self) -> Any:
        """The response's JSON; None if it has none."""
        return parsed(self.answered)


def parsed(content: bytes) -> Any:
    """Parse the content as JSON; None if it is invalid."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
