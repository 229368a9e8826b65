"""The control endpoint of a sandbox over HTTP."""

from __future__ import annotations

import json
import logging
from typing import Any

from pydantic import ValidationError
from werkzeug import Request, Response
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Rule

from pdslack_cli.sandbox import strict_json
from pdslack_cli.sandbox.control.bodies import BodyField, check_body
from pdslack_cli.sandbox.control.endpoints import ENDPOINTS, Endpoint, as_text
from pdslack_cli.sandbox.control.handlers import Answer, Controlled
from pdslack_cli.sandbox.control.session import Outcome
from pdslack_cli.sandbox.http import Routes
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal
from pdslack_cli.sandbox.slack.refused import SlackRefusal
from pdslack_cli.suggest import suggest

log = logging.getLogger(__name__)

# One table for all sandboxes: to compile it takes as long as to start one.
ROUTES = Routes(
    [Rule(f"/_sandbox/{one.path}", methods=[one.method], endpoint=one) for one in ENDPOINTS],
    merge_slashes=False,
)


class Control:
    """Answers requests below `/_sandbox`. Needs no token: the sandbox listens on loopback only."""

    def __init__(self, sandbox: Controlled) -> None:
        self._sandbox = sandbox

    def __call__(self, request: Request) -> Response:
        at = self._sandbox.clock.now()
        try:
            endpoint, arguments = ROUTES.bind_to_environ(request.environ).match()
            answer = run(self._sandbox, endpoint, request, arguments)
        except NotFound:
            near = suggest(request.path, [f"/_sandbox/{one.path}" for one in ENDPOINTS])
            error = f"there is no {request.path}; {near or '`GET /_sandbox/` lists what there is'}"
            return Response(json.dumps({"error": error}), NotFound.code, mimetype="application/json")
        except MethodNotAllowed as refused:
            methods = " or ".join(sorted({*(refused.valid_methods or ())} - {"HEAD", "OPTIONS"}))
            error = f"{request.path} does not take {request.method}; expected {methods}"
            return Response(json.dumps({"error": error}), refused.code, mimetype="application/json")
        except HTTPException as refused:
            return Response(
                json.dumps({"error": refused.description}), refused.code, mimetype="application/json"
            )
        if endpoint.method != "GET":
            self._sandbox.store.revision.advance()  # also of what is not in the store, such as faults
        if endpoint.recorded:
            self._sandbox.session.note(request, Outcome(200), at)
        if endpoint.path == "" and request.accept_mimetypes.best_match(
            ["application/json", "text/plain"]
        ) == ("text/plain"):
            answer = as_text()
        if isinstance(answer, bytes):
            return Response(answer, mimetype="application/octet-stream")
        if isinstance(answer, str):
            return Response(answer, mimetype="text/plain")
        return Response(json.dumps(answer), mimetype="application/json")


def run(sandbox: Controlled, endpoint: Endpoint, request: Request, arguments: Any) -> Answer:
    """Call an endpoint with the body; what the body lacks or has too much is the caller's mistake."""
    try:
        return endpoint.answer(sandbox, _body(endpoint, request.get_data()), **arguments)
    except HTTPException:
        raise
    except (PagerDutyRefusal, SlackRefusal) as refused:
        raise BadRequest("; ".join(map(str, refused.args))) from refused
    except ValidationError as wrong:  # of fields that do not go together, in our own words
        raise BadRequest("; ".join(str(one["ctx"]["error"]) for one in wrong.errors())) from wrong
    except ValueError as mistake:
        raise BadRequest(str(mistake)) from mistake
    # What the vendors take is taken as it is by code that expects well-formed objects, and all is undone.
    except Exception as mistake:
        log.debug("%s", request.path, exc_info=True)
        raise BadRequest(
            "a value of the body has a form that no vendor takes; `GET /_sandbox/` lists what to send"
        ) from mistake


def _body(endpoint: Endpoint, content: bytes) -> Any:
    if endpoint.raw:
        return content
    try:
        body = strict_json.parse(content or b"{}")
    except ValueError as wrong:
        raise ValueError(f"the body is not JSON: {wrong}") from None
    if isinstance(endpoint.body, BodyField):
        endpoint.body.check(body)
    else:
        check_body(endpoint.body, body)
    return body
