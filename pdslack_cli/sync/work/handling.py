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
from pdslack_cli.sync.clock import ServiceClock
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.storage import claims, inbox
from pdslack_cli.sync.storage.database import DATABASE_FAILURES, Database, reason_of
from pdslack_cli.sync.storage.inbox import InboxClaim, InboxRow
from pdslack_cli.sync.vendors.failures import passes, shown_error
from pdslack_cli.sync.vendors.reading import IncidentReader
from pdslack_cli.sync.work.showing import Presenter, ShownIncident, StaleReadError, store_shown
from pdslack_cli.sync.work.workers import Job

LOOKS = 4  # at an incident that is not there: PagerDuty may show a new one late (pagerduty.md 1.10)

log = logging.getLogger(__name__)


class UnseenError(Exception):
    """PagerDuty sent an event of an incident that it does not return yet, or no longer."""


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
        (first, *others) = claimed.rows
        try:
            reading = self._reader.read(claimed.key, "" if others else first.arrival.dedup)
        except NotFoundError:
            if claimed.claim.attempts < LOOKS and any(
                row.arrival.source == "pagerduty" for row in claimed.rows
            ):
                raise UnseenError from None
            log.info("incident %s does not exist", claimed.key)
            return None
        events = [row.arrival.body for row in claimed.rows if row.arrival.source == "pagerduty"]
        return self._presenter.present(reading, events)

    def _failed(self, claimed: InboxClaim, error: str, *, passing: bool, wait: float | None = None) -> None:
        log.warning("incident %s: %s", claimed.key, error)
        now = self._clock.now()

        def store(connection: Connection) -> bool:
            return claims.fail(connection, claimed.claim, error, now, passing=passing, wait=wait)

        parked = self._database.write(store)
        (self._metrics.parked if parked else self._metrics.retried).labels("event").inc()
