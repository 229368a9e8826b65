"""`/_sandbox`: what a test or a user may do to the sandbox that no vendor offers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, TypeAdapter
from werkzeug import Request, Response
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.routing import Map, Rule

from pdslack_cli.sandbox import strict_json
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.settings import SandboxLimits, Token, save_abilities, save_plan

if TYPE_CHECKING:
    from pdslack_cli.sandbox.server import Sandbox

Answer = Any

# The texts by which seeded objects are found again, at every request; the rest the vendors check.
Named = Annotated[
    dict[str, Any],
    AfterValidator(
        lambda entry: {**entry, **TEXTS.validate_python({key: entry[key] for key in entry.keys() & KEYS})}
    ),
]
KEYS = frozenset({"name", "email", "slack", "handle", "id", "description", "service", "title"})
TEXTS = TypeAdapter(dict[str, str | None])
WANTED = TypeAdapter(dict[str, list[str | Named] | str | None])
NAMES = TypeAdapter(list[str])
FEATURES = TypeAdapter(dict[str, bool])


class Control:
    """The control endpoint of one sandbox. Needs no token: it listens on loopback only.

    - `POST seed` `{workspace, people, teams, …, channels, user_groups, incidents}`: adds objects by name;
      those that exist are left alone, but incidents have no name.
    - `POST faults` with the fields of `Fault` adds one; `DELETE faults` forgets all.
    - `GET calls`, `DELETE calls`: what the vendors were asked so far.
    - `POST reset`: back to the fixed catalogue. `POST clock` `{advance: seconds}`: moves the clock.
    - `PUT tokens/TOKEN` with the fields of `Token`: makes or changes a token.
    - `PUT abilities` `[name, …]`, `PUT plan` `{features: {name: bool}}`: what the PagerDuty account can do.
    - `PUT limits` with the fields of `Limits`: pace and latency.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._routes = Map(
            [
                Rule("/_sandbox/seed", methods=["POST"], endpoint=self._seed),
                Rule("/_sandbox/faults", methods=["POST"], endpoint=self._add_fault),
                Rule("/_sandbox/faults", methods=["DELETE"], endpoint=self._clear_faults),
                Rule("/_sandbox/calls", methods=["GET"], endpoint=self._list_calls),
                Rule("/_sandbox/calls", methods=["DELETE"], endpoint=self._clear_calls),
                Rule("/_sandbox/reset", methods=["POST"], endpoint=self._reset),
                Rule("/_sandbox/clock", methods=["POST"], endpoint=self._move_clock),
                Rule("/_sandbox/tokens/<token>", methods=["PUT"], endpoint=self._set_token),
                Rule("/_sandbox/abilities", methods=["PUT"], endpoint=self._set_abilities),
                Rule("/_sandbox/plan", methods=["PUT"], endpoint=self._set_plan),
                Rule("/_sandbox/limits", methods=["PUT"], endpoint=self._set_limits),
            ]
        )

    def __call__(self, request: Request) -> Response:
        try:
            endpoint, arguments = self._routes.bind_to_environ(request.environ).match()
            answer = run(endpoint, request, arguments)
        except HTTPException as refused:
            return Response(
                json.dumps({"error": refused.description}), refused.code, mimetype="application/json"
            )
        return Response(json.dumps(answer), mimetype="application/json")

    def _seed(self, wanted: Any) -> Answer:
        self._sandbox.seed(WANTED.validate_python(wanted))

    def _add_fault(self, fault: Any) -> Answer:
        self._sandbox.faults.add(Fault(**fault))

    def _clear_faults(self, _: Any) -> Answer:
        self._sandbox.faults.clear()

    def _list_calls(self, _: Any) -> Answer:
        shown = ("provider", "method", "path", "query", "status", "fault")
        return [{name: getattr(call, name) for name in shown} for call in self._sandbox.calls]

    def _clear_calls(self, _: Any) -> Answer:
        self._sandbox.calls.clear()

    def _reset(self, _: Any) -> Answer:
        self._sandbox.reset()

    def _move_clock(self, body: Any) -> Answer:
        self._sandbox.clock.advance(body["advance"])

    def _set_token(self, body: Any, token: str) -> Answer:
        provider = "slack" if token.startswith(("xox", "xapp")) else "pagerduty"
        Token(**{"provider": provider, **body}).save(self._sandbox.store, token)

    def _set_abilities(self, names: Any) -> Answer:
        save_abilities(self._sandbox.store, NAMES.validate_python(names))

    def _set_plan(self, body: Any) -> Answer:
        save_plan(self._sandbox.store, FEATURES.validate_python(body["features"]))

    def _set_limits(self, body: Any) -> Answer:
        SandboxLimits(**body).save(self._sandbox.store)


def run(endpoint: Callable[..., Answer], request: Request, arguments: Any) -> Answer:
    """Call an endpoint with the body; what the body lacks or has too much is the caller's mistake."""
    try:
        body = strict_json.parse(request.get_data() or b"{}")
        return endpoint(body, **arguments)
    except HTTPException:
        raise
    # The body goes as it is into code that expects well-formed objects, and all of it is undone.
    except Exception as mistake:
        raise BadRequest(f"{type(mistake).__name__}: {mistake}") from mistake
