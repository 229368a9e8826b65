"""The Web API: from a request to a method and back (slack.md 1)."""

from __future__ import annotations

import json

from werkzeug import Request, Response

from pdslack_cli.model import Json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.settings import SandboxLimits
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.arguments import Arguments, read_arguments
from pdslack_cli.sandbox.slack.auth import SCOPES, bearer, identify
from pdslack_cli.sandbox.slack.call import Caller, SlackCall
from pdslack_cli.sandbox.slack.methods import METHODS, Method
from pdslack_cli.sandbox.slack.pace import MINUTE, PER_MINUTE, SlackPace
from pdslack_cli.sandbox.slack.refused import SlackRefusal, messages
from pdslack_cli.sandbox.slack.seed import seed_catalogue, seed_wanted
from pdslack_cli.sandbox.store import Store


class SandboxSlack:
    """One workspace behind Slack's Web API. The path of a request is a slash and the method's name."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock
        self._pace = SlackPace(clock)

    def __call__(self, request: Request) -> Response:
        """Answer a call; nearly every answer is a 200, with the result in its body."""
        if request.method not in ("GET", "POST"):
            return Response(status=405)
        headers: dict[str, str] = {}
        try:
            with self._store.transaction():
                body, status = {"ok": True, **self._answer(request, headers)}, 200
        except SlackRefusal as refused:
            body, status = refused.body, refused.status
            headers |= refused.headers
        return Response(json.dumps(body), status, headers, content_type="application/json; charset=utf-8")

    def seed(self, wanted: Json) -> None:
        """Put the fixed catalogue in place, and what `wanted` names; what exists is left alone.

        `workspace` is the team's id; `people` are `{name, email, slack?, deleted?}`; `channels` are names or
        `{name, private?, archived?, creator?, members?, bot?}`; `user_groups` are handles or
        `{name, handle?, description?, users?}`. Users are named by e-mail, id or
        name. The admin makes them all.
        """
        admin = Caller(kind="user", user=workspace.ADMIN, scopes=tuple(SCOPES["user"].split()))
        call = SlackCall(self._store, self._clock, admin, Arguments({}))
        with self._store.transaction():
            seed_catalogue(call)
            seed_wanted(call, wanted)

    def environment(self, base: str) -> dict[str, str]:
        """The variables that point a client at this workspace, given the sandbox's own URL."""
        return {
            "SLACK_API_URL": f"{base}/slack/api/",
            "SLACK_BOT_TOKEN": workspace.BOT_TOKEN,
            "SLACK_USER_TOKEN": workspace.USER_TOKEN,
            "SLACK_APP_TOKEN": workspace.APP_TOKEN,
            "SLACK_CONFIG_TOKEN": workspace.CONFIG_TOKEN,
            "SLACK_SIGNING_SECRET": workspace.SIGNING_SECRET,
        }

    def _answer(self, request: Request, headers: dict[str, str]) -> Json:
        name = request.path.removeprefix("/")
        method = METHODS.get(name)
        if method is None:
            raise SlackRefusal("unknown_method")
        arguments = read_arguments(request, method.json_body)
        caller = Caller()
        if method.tokens:
            caller = identify(self._store, self._clock, bearer(request, arguments))
            headers["x-oauth-scopes"] = ",".join(caller.scopes)
            headers["x-accepted-oauth-scopes"] = ",".join(method.tokens.get(caller.kind, ()))
            if caller.kind not in method.tokens:
                raise SlackRefusal("not_allowed_token_type")
        call = SlackCall(self._store, self._clock, caller, arguments, method.tokens.get(caller.kind, ()))
        self._keep_pace(name, method, call)
        call.demand(*call.accepted)
        for argument, error in method.required.items():
            if argument not in arguments:
                raise SlackRefusal(error, response_metadata=messages(f"missing required field: {argument}"))
        return method.answer(call)

    def _keep_pace(self, name: str, method: Method, call: SlackCall) -> None:
        if not SandboxLimits.read(self._store).slack_tiers:
            return
        token = call.caller.token
        if method.one_per_second_in_a_channel:
            self._pace.count_call((token, name, call.arguments.text("channel")), 1, 1)
        elif method.tier in PER_MINUTE:
            self._pace.count_call((token, name), PER_MINUTE[method.tier], MINUTE)
