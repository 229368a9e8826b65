"""Clicks, forms, commands and mentions from Slack: stored, and then acknowledged within three seconds.

slack_bolt checks signatures and speaks both HTTP and Socket Mode. It acknowledges when a listener has ended
(`process_before_response`), which is when the act is durable.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pdslack_cli.model import Json
from pdslack_cli.sync.actions.asked import asked, is_foreign
from pdslack_cli.sync.actions.modals import MODALS, modal_for, submitted
from pdslack_cli.sync.clock import ServiceClock
from pdslack_cli.sync.message.buttons import chosen
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.receive.bodies import RefusedBodyError, read_body
from pdslack_cli.sync.receive.commands import CommandReply, answer_command, answer_mention
from pdslack_cli.sync.receive.slack_client import NO_ANSWER, BoundedAsyncClient
from pdslack_cli.sync.storage import inbox
from pdslack_cli.sync.storage.database import DATABASE_FAILURES, Database, reason_of
from pdslack_cli.sync.storage.inbox import Arrival

ANY = re.compile(".*", re.DOTALL)
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
# A trigger lives three seconds, and a click is to be acknowledged within them.
SECONDS_TO_OPEN, SECONDS_TO_REPLY = 2.0, 0.7

log = logging.getLogger(__name__)


class SlackReceiver:
    """The app that Slack talks to."""

    def __init__(
        self,
        database: Database,
        *,
        token: str,
        signing_secret: str,
        api_url: str,
        workflows: Callable[[], Sequence[Json]],
        clock: ServiceClock,
        metrics: Metrics,
    ) -> None:
        self._database, self._clock, self._metrics = database, clock, metrics
        self._workflows = workflows
        self._client = BoundedAsyncClient(token, base_url=f"{api_url.rstrip('/')}/", retry_handlers=[])

        async def authorize(**_: Any) -> AuthorizeResult:  # without it, bolt asks Slack who we are
            return AuthorizeResult(
                enterprise_id=None, team_id=None, bot_token=token, bot_id="", bot_user_id=""
            )

        self.app = AsyncApp(
            signing_secret=signing_secret,
            authorize=authorize,
            client=self._client,
            token=None,
            process_before_response=True,
            logger=logging.getLogger("pdslack_cli.sync.slack"),
        )
        self.app.error(self._failed)
        self.app.action(ANY)(self._acted)
        self.app.view(ANY)(self._submitted)
        self.app.view_closed(ANY)(self._nothing)
        self.app.shortcut(ANY)(self._nothing)
        self.app.command(ANY)(self._commanded)
        self.app.event("app_mention")(self._mentioned)
        self.app.event("message")(self._mentioned)
        self.app.event(ANY)(self._nothing)

    async def respond(self, request: Request) -> Response:
        """Answer a request of Slack over HTTP."""
        try:
            body = await read_body(request)
            text = body.decode()
        except RefusedBodyError as refused:
            return self._refused(refused.status, refused.reason)
        except UnicodeDecodeError:
            return self._refused(400, "not text")
        headers: dict[str, str | Sequence[str]] = dict(request.headers.items())
        try:
            answer = await self.app.async_dispatch(
                AsyncBoltRequest(body=text, query=str(request.query_params), headers=headers)
            )
        except UNREADABLE:
            # Bolt parses a body before it checks the signature, and fails at what is no payload of Slack.
            return self._refused(400, "unreadable")
        if answer.status == 401:
            self._metrics.refused.labels("slack: wrong signature").inc()
        return Response(answer.body, answer.status, headers=dict(answer.first_headers_without_set_cookie()))

    # --- listeners -----------------------------------------------------------------------------------

    async def _acted(self, ack: Any, body: Json) -> None:
        action = body["actions"][0]
        wanted = chosen(action)
        if wanted is None or not wanted[1].isalnum():
            self._metrics.ignored.labels("slack: unknown action").inc()
            await ack()  # a button that is a link says so as well
            return
        name, incident = wanted
        container = body.get("container") or {}
        act = asked(
            f"slack:{body['user']['id']}:{action.get('action_ts')}:{name}",
            name,
            incident,
            body["user"]["id"],
            (body.get("channel") or {}).get("id") or container.get("channel_id"),
            container.get("thread_ts") or container.get("message_ts"),
            foreign=is_foreign(body),
        )
        if name not in MODALS:
            await self._store(act)
            await ack()
            return
        await ack()
        try:
            await asyncio.wait_for(self._open(body["trigger_id"], act), SECONDS_TO_OPEN)
        except NO_ANSWER as error:
            await self._report_not_opened(act.body, error)

    async def _open(self, trigger: str, act: Arrival) -> None:
        place = {name: act.body[name] for name in ("channel", "thread_ts")}
        view = await asyncio.to_thread(modal_for, act.kind, act.key, place, self._workflows)
        await self._client.views_open(trigger_id=trigger, view=view)

    async def _report_not_opened(self, of: Json, error: Exception) -> None:
        self._metrics.refused.labels("slack: form not opened").inc()
        log.warning("cannot open a form: %s: %s", type(error).__name__, error)
        reply = self._client.chat_postEphemeral(
            channel=of["channel"],
            user=of["user"],
            thread_ts=of["thread_ts"] or None,
            text=":warning: The form could not be opened in time, and nothing was done: click again.",
        )
        with suppress(*NO_ANSWER):
            await asyncio.wait_for(reply, SECONDS_TO_REPLY)

    async def _submitted(self, ack: Any, body: Json) -> None:
        await self._store(submitted(body))
        await ack()

    async def _commanded(self, ack: Any, body: Json) -> None:
        reply = await asyncio.to_thread(answer_command, self._database, body)
        await self._answer(ack, reply)

    async def _mentioned(self, ack: Any, body: Json) -> None:
        arrival = await asyncio.to_thread(answer_mention, self._database, body)
        if arrival is not None:
            await self._store(arrival)
        await ack()

    async def _answer(self, ack: Any, reply: CommandReply) -> None:
        if reply.arrival is not None:
            await self._store(reply.arrival)
        if reply.text:
            await ack(text=reply.text, response_type="ephemeral")
        else:
            await ack()

    async def _failed(self, error: Exception) -> BoltResponse:
        """Answer what a listener raised: for what is no payload of Slack's, and for what failed here."""
        if isinstance(error, UNREADABLE):
            self._metrics.refused.labels("slack: unreadable").inc()
            return BoltResponse(status=400)
        if isinstance(error, DATABASE_FAILURES):
            self._metrics.refused.labels("slack: cannot be stored").inc()
            log.error("cannot store what Slack sent: %s", reason_of(error))
            return BoltResponse(status=503)
        log.error("cannot take what Slack sent: %s: %s", type(error).__name__, error)
        return BoltResponse(status=500)

    async def _nothing(self, ack: Any) -> None:
        await ack()

    async def _store(self, arrival: Arrival) -> None:
        new = await asyncio.wrap_future(self._database.submit(partial(self._accept, arrival=arrival)))
        self._database.inbox_wakeup.set()
        (self._metrics.accepted if new else self._metrics.repeated).labels("slack").inc()

    def _accept(self, connection: Any, arrival: Arrival) -> bool:
        new = inbox.accept(connection, arrival, self._clock.now())
        self._database.announce(connection)
        return new

    def _refused(self, status: int, reason: str) -> Response:
        self._metrics.refused.labels(f"slack: {reason}").inc()
        return PlainTextResponse(f"{reason}\n", status)
