"""Send what the outbox holds: post messages, change them, reply in their threads."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from pdslack_cli.errors import ApiError, OutcomeUnknownError
from pdslack_cli.model import Json
from pdslack_cli.sync.clock import ServiceClock, is_within
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.storage import claims, messages, replies
from pdslack_cli.sync.storage.claims import LostClaimError
from pdslack_cli.sync.storage.database import Database
from pdslack_cli.sync.storage.messages import MessageClaim
from pdslack_cli.sync.storage.replies import ReplyClaim
from pdslack_cli.sync.vendors.failures import (
    GONE_MESSAGE,
    GONE_THREAD,
    UNUSABLE_CHANNEL,
    forbids,
    is_unfit,
    passes,
    shown_error,
)
from pdslack_cli.sync.vendors.slack_posts import SlackPosts
from pdslack_cli.sync.work import storms
from pdslack_cli.sync.work.workers import Job

MOST_REPOSTS = 1  # of a message that somebody deleted
MOST_JOINS = 3  # in a row, of a channel that refuses the app all the same
LONGEST_DOUBT = 3600.0  # seconds that a reply waits for its message to be there again
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

        claimed = self._database.write(claim, durable=False)
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
        since = claimed.posting_since
        if since is None or not is_within(self._clock.now(), since, UNDER_WAY):
            return False
        later = since + UNDER_WAY
        self._database.write(lambda connection: claims.postpone(connection, claimed.claim, later))
        return True

    def _post(self, claimed: MessageClaim, mark: Json) -> tuple[str, bool]:
        """Post, unless an earlier try did; returns `ts`, and whether that was found."""
        if claimed.posting_since is not None:
            found = self._look(claimed.channel, mark, claimed.posting_since, claimed.thread_ts)
            if found:
                self._metrics.found_again.inc()
                return found, True
        else:
            self._begin(claimed)
        return self._posts.post(claimed.channel, claimed.content, mark, claimed.thread_ts), False

    def _begin(self, claimed: MessageClaim | ReplyClaim) -> None:
        now = self._clock.now()
        self._database.write(lambda connection: claims.begin_post(connection, claimed.claim, now))

    def _look(self, channel: str, mark: Json, since: float, thread_ts: str | None) -> str | None:
        try:
            return self._posts.find(channel, mark, self._clock.now() - since, thread_ts)
        except ApiError as error:
            if not forbids(error):
                raise
            # Without the scope to read the channel: a message twice is better than none.
            log.warning("cannot look for an earlier post in %s: %s", channel, error)
            return None

    def _message_failed(self, claimed: MessageClaim, error: ApiError) -> None:
        now, joined = self._clock.now(), self._joined(claimed, error)

        def store(connection: Connection) -> None:
            if not isinstance(error, OutcomeUnknownError) and claimed.posting_since is None:
                messages.not_posted(connection, claimed)
            gone = claimed.ts and error.code in GONE_MESSAGE
            if gone and claimed.reposts < MOST_REPOSTS:
                messages.move(connection, claimed, claimed.channel, now)
            elif gone:
                claims.finish(connection, claimed.claim, "dropped", error=str(error))
            elif error.code in UNUSABLE_CHANNEL and not joined and claimed.has_fallback:
                messages.move(connection, claimed, claimed.fallback, now)
            elif is_unfit(error) and claimed.content.blocks:
                messages.send_plain(connection, claimed, now)
            else:
                self._failed(connection, claimed, error, now, passing=joined or passes(error))

        log.warning("message of incident %s in %s: %s", claimed.incident, claimed.channel, error)
        self._database.write(store)

    def _joined(self, claimed: MessageClaim | ReplyClaim, error: ApiError) -> bool:
        """Whether the app was no member of the channel, and is now: then another try may go better."""
        if error.code != "not_in_channel" or claimed.claim.attempts >= MOST_JOINS:
            return False
        try:
            self._posts.join(claimed.channel)
        except ApiError:
            log.warning("cannot join %s: invite the bot", claimed.channel)
            return False
        return True

    def _failed(
        self,
        connection: Connection,
        claimed: MessageClaim | ReplyClaim,
        error: ApiError,
        now: float,
        *,
        passing: bool,
    ) -> None:
        """Try again later, or park it."""
        self._metrics.waits.labels(error.provider).inc(error.wait or 0.0)
        if error.wait is not None:
            claimed.pace.pause(connection, now + min(error.wait, claims.LONGEST_RETRY))
        parked = claims.fail(
            connection, claimed.claim, shown_error(error), now, passing=passing, wait=error.wait
        )
        work = "message" if isinstance(claimed, MessageClaim) else "reply"
        (self._metrics.parked if parked else self._metrics.retried).labels(work).inc()

    # --- replies -------------------------------------------------------------------------------------

    def _send_reply(self, claimed: ReplyClaim) -> None:
        if self._under_way(claimed):
            return
        mark = {"incident": claimed.incident, "row": claimed.dedup}
        try:
            found = None
            if claimed.posting_since is not None:
                found = self._look(claimed.channel, mark, claimed.posting_since, claimed.thread_ts)
            else:
                self._begin(claimed)
            if found is None:
                self._posts.post(claimed.channel, claimed.content, mark, claimed.thread_ts)
        except ApiError as error:
            self._reply_failed(claimed, error)
            return
        self._metrics.sent.labels("reply").inc()
        self._database.write(lambda connection: claims.finish(connection, claimed.claim, "done"))

    def _reply_failed(self, claimed: ReplyClaim, error: ApiError) -> None:
        now, joined = self._clock.now(), self._joined(claimed, error)

        def store(connection: Connection) -> None:
            if not isinstance(error, OutcomeUnknownError) and claimed.posting_since is None:
                replies.not_posted(connection, claimed)
            if error.code in GONE_THREAD | GONE_MESSAGE | UNUSABLE_CHANNEL and not joined:
                # Its message may be gone, or have to move: that is found out by sending it once more.
                if messages.doubt(connection, claimed.message, now) == "dropped":
                    claims.finish(connection, claimed.claim, "dropped", error=str(error))
                    return
                waited = now - (claimed.claim.failing_since or now)
                self._failed(connection, claimed, error, now, passing=waited < LONGEST_DOUBT)
            elif is_unfit(error) and claimed.content.blocks:
                replies.send_plain(connection, claimed, now)
            else:
                self._failed(connection, claimed, error, now, passing=joined or passes(error))

        log.warning("reply to incident %s in %s: %s", claimed.incident, claimed.channel, error)
        self._database.write(store)
