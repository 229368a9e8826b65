"""Find what was missed: on start and every five minutes, open incidents are compared with what was shown.

And so are their messages with what stands in Slack.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, func, select, text

from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.errors import ApiError
from pdslack_cli.model import Json
from pdslack_cli.sync.clock import ServiceClock, is_within
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.storage import inbox, messages
from pdslack_cli.sync.storage.claims import GIVE_UP_AFTER
from pdslack_cli.sync.storage.database import DATABASE_FAILURES, Database, reason_of
from pdslack_cli.sync.storage.inbox import MENDING, Arrival
from pdslack_cli.sync.storage.messages import digest
from pdslack_cli.sync.storage.tables import incidents
from pdslack_cli.sync.vendors.failures import passes
from pdslack_cli.sync.vendors.reading import stamp_of
from pdslack_cli.sync.vendors.shapes import text_of
from pdslack_cli.sync.vendors.slack_posts import SlackPosts

EVERY = 300.0
AFTER_FAILURE = 30.0
MEND_EVERY = 15.0
MENDED_AT_ONCE = 20  # of the calls that PagerDuty allows a minute, some stay for what happens now
CHECK = 0.25  # seconds between two looks at the clock
LEAST = 5.0  # seconds between two rounds, however often something asks to hurry

log = logging.getLogger(__name__)


class Healer:
    """Compares PagerDuty with what was shown."""

    def __init__(
        self,
        database: Database,
        pagerduty: PagerDutyClient,
        posts: SlackPosts,
        is_watched: Callable[[Json], bool],
        clock: ServiceClock,
        metrics: Metrics,
    ) -> None:
        self._database, self._pagerduty, self._posts = database, pagerduty, posts
        self._is_watched = is_watched
        self._clock, self._metrics = clock, metrics

    def heal(self) -> int:
        """Have everything read or sent that differs; returns how much. Raises ApiError."""
        found = self._heal_incidents() + self._heal_messages()
        self._metrics.healed.inc(found)
        return found

    def _heal_messages(self) -> int:
        """Have messages sent again that somebody deleted."""
        gone: list[int] = []
        for channel, posts in self._database.read(messages.shown_of_open).items():
            try:
                gone += [posts[ts] for ts in self._posts.missing(channel, posts)]
            except ApiError as error:
                if passes(error) and not error.unavailable:
                    raise
                log.debug("cannot look for deleted messages in %s: %s", channel, error)
        now = self._clock.now()

        def store(connection: Connection) -> None:
            for id_ in gone:
                messages.doubt(connection, id_, now)

        if gone:
            self._database.write(store)
            self._database.outbox_wakeup.set()
        return len(gone)

    def mend(self) -> int:
        """Have incidents read again that are shown without a part; returns how many."""
        now = self._clock.now()

        def store(connection: Connection) -> int:
            # In no order, since one that cannot be read at all must not hold up the others.
            query = select(incidents.c.id, incidents.c.read_at).where(
                text("unread_since IS NOT NULL"), incidents.c.unread_since > now - GIVE_UP_AFTER
            )
            chosen = connection.execute(query.order_by(func.random()).limit(MENDED_AT_ONCE)).all()
            # Once for each reading: while it is tried again, nothing is added.
            return sum(
                inbox.accept(
                    connection, Arrival("healing", f"mending:{id_}:{read_at}", id_, MENDING, {}), now
                )
                for id_, read_at in chosen
            )

        if found := self._database.write(store):
            self._database.inbox_wakeup.set()
        return found

    @reads_answers
    def _heal_incidents(self) -> int:
        params: dict[str, Any] = {"statuses[]": ["triggered", "acknowledged"], "date_range": "all"}
        listed = self._pagerduty.list("/incidents", "incidents", **params)
        open_now = {str(incident["id"]): incident for incident in listed}
        shown = {row.id: row for row in self._database.read(_known)}
        missed = [
            (id_, f"{stamp_of(incident)}:{digest(json.dumps(_state(incident)))}")
            for id_, incident in open_now.items()
            if (_is_older(shown[id_], incident) if id_ in shown else self._is_watched(incident))
        ]
        now = self._clock.now()
        # A round of its own, since what is resolved is not in the list and has no stamp to go by.
        closed = [
            (id_, f"closed:{now:.0f}")
            for id_, row in shown.items()
            if row.status != "resolved" and id_ not in open_now
        ]

        def store(connection: Connection) -> int:
            arrivals = [
                Arrival("healing", f"healing:{id_}:{stamp}", id_, "healing", {})
                for id_, stamp in (*missed, *closed)
            ]
            return sum(inbox.accept(connection, arrival, now) for arrival in arrivals)

        found = self._database.write(store)
        self._database.inbox_wakeup.set()
        return found


def _known(connection: Connection) -> list[Any]:
    columns = (incidents.c[name] for name in ("id", "stamp", "status", "urgency", "title"))
    return list(connection.execute(select(*columns)))


def _is_older(row: Any, incident: Json) -> bool:
    """Whether an incident was shown as it was before; also by a change in the very second of the reading."""
    stamp = stamp_of(incident)
    return row.stamp < stamp or (
        row.stamp == stamp and (row.status, row.urgency, row.title) != _state(incident)
    )


def _state(incident: Json) -> tuple[str, str, str]:
    status, urgency, title = (text_of(incident.get(name)) for name in ("status", "urgency", "title"))
    return status, urgency, title


class Periodic(threading.Thread):
    """Repeats something, by the service's clock, until it is stopped; failures are logged and tried again."""

    def __init__(
        self, name: str, work: Callable[[], object], every: float, clock: ServiceClock, retry: float
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._work, self._every, self._clock, self._retry = work, every, clock, retry
        self._stopping, self._hurried = threading.Event(), threading.Event()
        self.problem = ""

    def run(self) -> None:
        began, pause = self._clock.now(), 0.0
        while not self._stopping.is_set():
            if not is_within(self._clock.now(), began, LEAST if self._hurried.is_set() else pause):
                self._hurried.clear()
                began = self._clock.now()
                pause = self._every if self._done() else self._retry
            self._stopping.wait(CHECK)

    def hurry(self) -> None:
        """Do it before it is due, though not again within a few seconds."""
        self._hurried.set()

    def stop(self) -> None:
        self._stopping.set()
        if self.is_alive():
            self.join()

    def _done(self) -> bool:
        try:
            self._work()
        except ApiError as error:
            self.problem = str(error)
            log.warning("%s: %s", self.name, error)
        except DATABASE_FAILURES as error:
            self.problem = f"the database failed: {reason_of(error)}"
            log.warning("%s: %s", self.name, self.problem)
        except Exception as error:  # a defect: the next round may go better
            self.problem = f"{type(error).__name__}: {error}"
            log.exception("%s failed", self.name)
        else:
            self.problem = ""
        return not self.problem
