"""Handle what arrived about an incident: read it, and store what its messages should show.

Handling is by state: whatever the event says, the incident is read and shown as it is. So a repeated, late or
lost event makes no difference, and several events of one incident cost one reading. For the same reason what
is stored here need not be durable: if the machine dies, the events are there still, and are handled again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from pdslack_cli.errors import ApiError, NotFoundError
from pdslack_cli.model import Json
from pdslack_cli.sync.clock import ServiceClock
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.storage import claims, inbox
from pdslack_cli.sync.storage.database import DATABASE_FAILURES, Database, reason_of
from pdslack_cli.sync.storage.inbox import MENDING, InboxClaim, InboxRow
from pdslack_cli.sync.vendors.failures import passes, shown_error
from pdslack_cli.sync.vendors.reading import IncidentReader, IncidentReading, from_event
from pdslack_cli.sync.work.showing import (
    Presenter,
    ShownIncident,
    StaleReadError,
    is_known,
    store_shown,
    without,
)
from pdslack_cli.sync.work.workers import Job

LOOKS = 4  # at an incident that is not there: PagerDuty may show a new one late (pagerduty.md 1.10)

log = logging.getLogger(__name__)


class UnseenError(Exception):
    """PagerDuty sent an event of an incident that it does not return yet, or no longer."""


class UnreadError(Exception):
    """A part of the incident could not be read, though the next try may go better."""


Act = Callable[[InboxRow], None]


class IncidentHandler:
    """Handles one incident's rows at a time; several threads may share one."""

    def __init__(
        self,
        database: Database,
        reader: IncidentReader,
        presenter: Presenter,
        act: Act,
        clock: ServiceClock,
        metrics: Metrics,
    ) -> None:
        self._database, self._reader, self._presenter = database, reader, presenter
        self._act, self._clock, self._metrics = act, clock, metrics

    def next(self, owner: str) -> Job | None:
        """Claim the next rows of one incident; what handles them, None where nothing is due."""
        now, seen = self._clock.now(), self._database.inbox_wakeup.number
        claimed = self._database.write(lambda connection: inbox.claim(connection, owner, now), durable=False)
        return None if claimed is None else partial(self._work, claimed, seen)

    def _work(self, claimed: InboxClaim, seen: int) -> None:
        try:
            self._handle(claimed)
            if self._database.inbox_wakeup.number != seen:  # perhaps for the same incident
                self._database.inbox_wakeup.set()
        except claims.LostClaimError:
            log.warning("another worker has taken over incident %s", claimed.key)
        except StaleReadError:
            self._failed(claimed, "PagerDuty answers with an older state than it did before", passing=True)
        except UnseenError:
            self._failed(claimed, "PagerDuty does not show it yet", passing=True)
        except UnreadError as error:
            self._failed(claimed, str(error), passing=True)
        except ApiError as error:
            self._metrics.waits.labels(error.provider).inc(error.wait or 0.0)
            self._failed(claimed, shown_error(error), passing=passes(error), wait=error.wait)
        except DATABASE_FAILURES as error:  # such as a deadlock, which PostgreSQL ends for one of two
            self._failed(claimed, f"the database: {reason_of(error)}", passing=True)
        except Exception as error:  # a defect: others' events go on, and this one is kept to be looked at
            log.exception("cannot handle incident %s", claimed.key)
            self._failed(claimed, f"{type(error).__name__}: {error}", passing=False)

    def _handle(self, claimed: InboxClaim) -> None:
        for row in claimed.rows:
            if row.arrival.source == "slack":
                self._act(row)
        shown = self._shown(claimed)
        now = self._clock.now()

        def store(connection: Connection) -> None:
            if shown is not None:
                store_shown(connection, shown, now)
            inbox.finish(connection, claimed, now)
            self._database.announce(connection)

        self._database.write(store, durable=False)
        self._database.outbox_wakeup.set()
        for row in claimed.rows:
            self._metrics.handled.labels(row.arrival.source).inc()
            self._metrics.handling.observe(max(0.0, now - row.received_at))

    def _shown(self, claimed: InboxClaim) -> ShownIncident | None:
        """What is to be shown of the incident; None where there is none (any more)."""
        if not claimed.key:
            return None
        try:
            reading = self._reading(claimed)
        except NotFoundError:
            if claimed.claim.attempts < LOOKS and any(
                row.arrival.source == "pagerduty" for row in claimed.rows
            ):
                raise UnseenError from None
            log.info("incident %s does not exist", claimed.key)
            return None
        shown = self._presenter.present(reading, _events(claimed))
        if unread := shown.view.unread:
            if any(_may_soon_pass(claimed, error) for error in unread.values()):
                raise UnreadError(without(unread))
            log.warning("incident %s is shown for now without its %s", claimed.key, without(unread))
        return shown

    def _reading(self, claimed: InboxClaim) -> IncidentReading:
        """The incident; or what its events tell of it, where it was never shown and cannot be read.

        Raises ApiError.
        """
        (first, *others) = claimed.rows
        try:
            return self._reader.read(claimed.key, "" if others else first.arrival.dedup)
        except ApiError as error:
            if not passes(error) or _may_soon_pass(claimed, error):
                raise
            partly = [found for event in _events(claimed) if (found := from_event(event, error))]
            if not partly or self._database.read(partial(is_known, incident=claimed.key)):
                raise
            return partly[-1]

    def _failed(self, claimed: InboxClaim, error: str, *, passing: bool, wait: float | None = None) -> None:
        log.warning("incident %s: %s", claimed.key, error)
        now = self._clock.now()

        def store(connection: Connection) -> bool:
            return claims.fail(connection, claimed.claim, error, now, passing=passing, wait=wait)

        parked = self._database.write(store)
        (self._metrics.parked if parked else self._metrics.retried).labels("event").inc()


def _events(claimed: InboxClaim) -> list[Json]:
    """The events that PagerDuty sent, in the order in which they happened."""
    events = [row.arrival.body for row in claimed.rows if row.arrival.source == "pagerduty"]
    return sorted(events, key=lambda event: str(event.get("occurred_at")))


def _may_soon_pass(claimed: InboxClaim, error: ApiError) -> bool:
    """Whether to try again before showing less: once, after an answer that says nothing about how long."""
    again = claimed.claim.attempts > 0 or claimed.rows[0].arrival.kind == MENDING
    return not again and error.status >= 500 and error.wait is None
