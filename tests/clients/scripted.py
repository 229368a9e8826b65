"""A vendor that answers from a list and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug import Request, Response

from pdslack_cli.sandbox.http import Dropped


@dataclass(frozen=True)
class Reply:
    """One answer: a mapping is sent as JSON, a text as it is."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, request: Request) -> Response:
        is_text = isinstance(self.body, str)
        content = self.body if is_text else json.dumps(self.body)
        mimetype = "text/plain" if is_text else "application/json"
        return Response(content, self.status, self.headers, mimetype=mimetype)


def broken(request: Request) -> Response:
    """No answer: the connection breaks after the request was read."""
    raise Dropped


def stalled(request: Request) -> Response:
    """No answer either, for as long as the client will wait."""
    raise Dropped(5)


class Scripted:
    """Answers requests in order; a script that ends with `...` repeats its last answer."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self._script: list[Any] = []

    def plays(self, *script: Any) -> None:
        self._script = list(script)

    def __call__(self, request: Request) -> Response:
        request.get_data()  # the connection is gone when the test looks
        self.seen.append(request)
        if not self._script:
            return Response("the script has no more answers", 418)
        answer = self._script[0]
        if self._script[1:] != [...]:
            self._script.pop(0)
        return answer(request)
