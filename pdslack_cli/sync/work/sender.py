"""Send what the outbox holds: post messages, change them, reply in their threads."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from pdslack_cli.errors import ApiError, AuthError, OutcomeUnknownError
from pdslack_cli.model import Json
from pdslack_cli.sync.clock import ServiceClock
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.storage import claims, messages, replies
from pdslack_cli.sync.storage.claims import LostClaimError
from pdslack_cli.sync.storage.database import Database
from pdslack_cli.sync.storage.messages import Content, MessageClaim
from pdslack_cli.sync.storage.replies import ReplyClaim
from pdslack_cli.sync.vendors.failures import (
    GONE_MESSAGE,
    GONE_THREAD,
    UNFIT_CONTENT,
    UNUSABLE_CHANNEL,
    passes,
    shown_error,
)
from pdslack_cli.sync.vendors.slack_posts import SlackPosts
from pdslack_cli.sync.work import storms
from pdslack_cli.sync.work.workers import Job

MOST_REPOSTS = 1  # of a message that somebody deleted
UNDER_WAY = 20.0  # seconds; a post of a killed process may still arrive, and is looked for after that

log = logging.getLogger(__name__)


class Sender:
    """Sends one thing at a time; several threads may share one."""

    def __init__(
        self,
        database: Database,
        posts: SlackPosts,
        clock: ServiceClock,
        metrics: Metrics,
    ) -> None:
        self._database, self._posts, self._clock, self._metrics = database, posts, clock, metrics

    def next(self, owner: str) -> Job | None:
        """Claim the next message or reply; what sends it, None where nothing is due."""
        now = self._clock.now()

        def claim(connection: Connection) -> MessageClaim | ReplyClaim | None:
            found = messages.claim(connection, owner, now, storms.rendered)
            return found or replies.claim(connection, owner, now)

        claimed = self._database.write(claim)
        if isinstance(claimed, MessageClaim):
            return partial(self._end, partial(self._send_message, claimed))
        return None if claimed is None else partial(self._end, partial(self._send_reply, claimed))

    def _end(self, send: Callable[[], None]) -> None:
        try:
            send()
        except LostClaimError:
            log.warning("another worker has taken over what this one sent")

    # --- messages ------------------------------------------------------------------------------------

    def _send_message(self, claimed: MessageClaim) -> None:
        if self._under_way(claimed):
            return
        mark = {"incident": claimed.incident, "row": "message"}
        ts = claimed.ts or ""
        shown: str | None = claimed.content_hash
        try:
            if claimed.ts:
                self._posts.update(claimed.channel, claimed.ts, claimed.content, mark)
            else:
                ts, found = self._post(claimed, mark)
                shown = None if found else shown
        except ApiError as error:
            self._message_failed(claimed, error)
            return
        self._metrics.sent.labels("update" if claimed.ts else "post").inc()
        self._database.write(lambda connection: messages.sent(connection, claimed, ts, shown))
        self._database.outbox_wakeup.set()  # replies may wait for it

    def _under_way(self, claimed: MessageClaim | ReplyClaim) -> bool:
        """Whether an earlier post may not have arrived yet; then the claim is put off until it has."""
        if claimed.posting_since is None or self._clock.now() >= claimed.posting_since + UNDER_WAY:
            return False
        later = claimed.posting_since + UNDER_WAY
        self._database.write(lambda connection: claims.postpone(connection, claimed.claim, later))
        return True

    def _post(self, claimed: MessageClaim, mark: Json) -> tuple[str, bool]:
        """Post, unless an earlier try did; returns `ts`, and whether that was found."""
        if claimed.posting_since is not None:
            found = self._look(claimed.channel, mark, claimed.posting_since, claimed.thread_ts)
            if found:
                self._metrics.found_again.inc()
                return found, True
        return self._posts.post(claimed.channel, claimed.content, mark, claimed.thread_ts), False

    def _look(self, channel: str, mark: Json, since: float, thread_ts: str | None) -> str | None:
        try:
            return self._posts.find(channel, mark, self._clock.now() - since, thread_ts)
        except AuthError:
            # Without the scope to read the channel: a message twice is better than none.
            log.warning(
                "cannot look for an earlier post in %s: the scope channels:history is missing", channel
            )
            return None

    def _message_failed(self, claimed: MessageClaim, error: ApiError) -> None:
        now = self._clock.now()

        def store(connection: Connection) -> None:
            if not isinstance(error, OutcomeUnknownError) and claimed.posting_since is None:
                messages.not_posted(connection, claimed)
            if error.wait is not None:
                claimed.pace.pause(connection, now + error.wait)
                claims.postpone(connection, claimed.claim, now + error.wait)
            elif claimed.ts and error.code in GONE_MESSAGE and claimed.reposts < MOST_REPOSTS:
                messages.move(connection, claimed, claimed.channel, now)
            elif claimed.ts and error.code in GONE_MESSAGE:
                claims.finish(connection, claimed.claim, "dropped", error=str(error))
            elif other := self._other_channel(claimed, error):
                messages.move(connection, claimed, other, now)
            elif error.code in UNFIT_CONTENT and claimed.content.blocks:
                plain = Content(claimed.content.text, []).dump()
                values = {"wanted": plain, "wanted_hash": messages.digest(plain)}
                claims.postpone(connection, claimed.claim, now, **values)
            elif claims.fail(connection, claimed.claim, shown_error(error), now, passing=passes(error)):
                self._metrics.parked.labels("message").inc()
            else:
                self._metrics.retried.labels("message").inc()

        log.warning("message of incident %s in %s: %s", claimed.incident, claimed.channel, error)
        self._database.write(store)

    def _other_channel(self, claimed: MessageClaim, error: ApiError) -> str:
        """Where to post instead: the same channel once we have joined it, or the fallback; else empty."""
        if error.code not in UNUSABLE_CHANNEL:
            return ""
        if error.code == "not_in_channel":
            try:
                self._posts.join(claimed.channel)
            except ApiError:
                log.warning("cannot join %s: invite the bot", claimed.channel)
            else:
                return claimed.channel
        return claimed.fallback if claimed.fallback != claimed.channel else ""

    # --- replies -------------------------------------------------------------------------------------

    def _send_reply(self, claimed: ReplyClaim) -> None:
        if self._under_way(claimed):
            return
        mark = {"incident": claimed.incident, "row": claimed.dedup}
        try:
            found = None
            if claimed.posting_since is not None:
                found = self._look(claimed.channel, mark, claimed.posting_since, claimed.thread_ts)
            if found is None:
                self._posts.post(claimed.channel, claimed.content, mark, claimed.thread_ts)
        except ApiError as error:
            self._reply_failed(claimed, error)
            return
        self._metrics.sent.labels("reply").inc()
        self._database.write(lambda connection: claims.finish(connection, claimed.claim, "done"))

    def _reply_failed(self, claimed: ReplyClaim, error: ApiError) -> None:
        now = self._clock.now()

        def store(connection: Connection) -> None:
            if not isinstance(error, OutcomeUnknownError) and claimed.posting_since is None:
                replies.not_posted(connection, claimed)
            if error.wait is not None:
                claimed.pace.pause(connection, now + error.wait)
                claims.postpone(connection, claimed.claim, now + error.wait)
            elif error.code in GONE_THREAD | GONE_MESSAGE | UNUSABLE_CHANNEL:
                claims.finish(connection, claimed.claim, "dropped", error=str(error))
            elif claims.fail(connection, claimed.claim, shown_error(error), now, passing=passes(error)):
                self._metrics.parked.labels("reply").inc()
            else:
                self._metrics.retried.labels("reply").inc()

        log.warning("reply to incident %s in %s: %s", claimed.incident, claimed.channel, error)
        self._database.write(store)
