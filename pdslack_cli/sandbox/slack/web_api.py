"""The Web API: from a request to a method and back (slack.md 1)."""

from __future__ import annotations

import json
from datetime import datetime

from werkzeug import Request, Response

from pdslack_cli.model import Json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.settings import SandboxLimits
from pdslack_cli.sandbox.slack import hooks, workspace
from pdslack_cli.sandbox.slack.arguments import Arguments, read_arguments
from pdslack_cli.sandbox.slack.auth import SCOPES, bearer, identify
from pdslack_cli.sandbox.slack.call import Caller, SlackCall
from pdslack_cli.sandbox.slack.families import scheduled
from pdslack_cli.sandbox.slack.families.beside import files, uploads
from pdslack_cli.sandbox.slack.methods import METHODS, Method
from pdslack_cli.sandbox.slack.pace import MINUTE, PER_MINUTE, SlackPace
from pdslack_cli.sandbox.slack.refused import SlackRefusal, messages
from pdslack_cli.sandbox.slack.runtime.app_endpoints import AppEndpoints
from pdslack_cli.sandbox.slack.runtime.delivery import AppDelivery
from pdslack_cli.sandbox.slack.runtime.event_delivery import EventDelivery
from pdslack_cli.sandbox.slack.runtime.native_app import NativeApp
from pdslack_cli.sandbox.slack.runtime.people import SlackPeople
from pdslack_cli.sandbox.slack.runtime.sockets import SocketMode
from pdslack_cli.sandbox.slack.seed import seed_catalogue, seed_wanted
from pdslack_cli.sandbox.store import Store


class SandboxSlack:
    """One workspace behind Slack's Web API. The path of a request is a slash and the method's name."""

    def __init__(self, store: Store, clock: SandboxClock, base: str) -> None:
        self._store = store
        self._clock = clock
        self._base = base
        self._pace = SlackPace(clock)
        self.native_app = NativeApp(store, clock)
        self.sockets = SocketMode(store)
        delivery = AppDelivery(self.sockets)
        self.events = EventDelivery(store, clock, delivery, self.sockets)
        self.people = SlackPeople(store, clock, delivery, base)

    def __call__(self, request: Request) -> Response:
        """Answer a call; nearly every answer is a 200, with the result in its body."""
        if request.script_root == hooks.HOOKS:
            return hooks.answer(self._store, self._clock, self._pace, request)
        if request.method not in ("GET", "POST"):
            return Response(status=405)
        if request.script_root == uploads.DOWNLOADS:
            return self._download(request)
        headers: dict[str, str] = {}
        try:
            with self._store.transaction():
                body, status = {"ok": True, **self._answer(request, headers)}, 200
        except SlackRefusal as refused:
            body, status = refused.body, refused.status
            headers |= refused.headers
        return Response(json.dumps(body), status, headers, content_type="application/json; charset=utf-8")

    def _download(self, request: Request) -> Response:
        """The bytes of a file, for a token that may read files; never as a page to look at."""
        id_ = request.path.partition("-")[2].partition("/")[0]
        try:
            caller = identify(self._store, self._clock, bearer(request, Arguments({})))
            call = SlackCall(self._store, self._clock, caller, Arguments({}), base=self._base)
            call.demand("files:read")
            content, type_ = files.download(call, id_)
        except SlackRefusal as refused:
            status = 404 if str(refused) == "file_not_found" else 403
            return Response(str(refused), status, mimetype="text/plain")
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return Response(content, headers=headers, content_type=type_)

    def next_time(self, until: datetime) -> datetime | None:
        """When the next scheduled message is due, if it is by `until`."""
        for document in self._store.due(scheduled.KIND, until.strftime(scheduled.STAMP), most=1):
            return datetime.fromisoformat(document["_due"])
        return None

    def pass_time(self, until: datetime) -> bool:
        """Post the next scheduled message that is due by `until`; False if there is none."""
        with self._store.transaction():
            for document in self._store.due(scheduled.KIND, until.strftime(scheduled.STAMP), most=1):
                ahead = (datetime.fromisoformat(document["_due"]) - self._clock.now()).total_seconds()
                if ahead > 0:
                    self._clock.advance(ahead)
                author = Caller(**document["_by"], scopes=tuple(SCOPES["bot"].split()))
                scheduled.post_due(SlackCall(self._store, self._clock, author, Arguments({})), document)
                return True
        return False

    def set_app(self, app: AppEndpoints) -> None:
        """Set where the app listens. Raises SlackRefusal where it does not verify a new URL for events."""
        if app.events_url and app.events_url != AppEndpoints.read(self._store).events_url:
            self.events.verify(app.events_url)
        app.save(self._store)

    def new_incoming_webhook(self, channel: str) -> str:
        """The URL of a new incoming webhook into a channel, named or by id. Raises ValueError."""
        with self._store.transaction():
            named = self._store.find("slack.channel", name=channel.removeprefix("#"))
            place = named[0] if named else self._store.get("slack.channel", channel)
            if place is None:
                raise ValueError(f"there is no channel {channel!r}")
            return hooks.new_incoming(self._store, self._base, place)

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
        accepted = method.tokens.get(caller.kind, ())
        call = SlackCall(self._store, self._clock, caller, arguments, accepted, self._base)
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
