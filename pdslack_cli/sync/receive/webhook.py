"""`POST /pagerduty/webhook`: a signed event is stored, and then answered."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pdslack_cli.sync.clock import ServiceClock
from pdslack_cli.sync.current import CurrentConfig
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.receive.bodies import RefusedBodyError, read_body
from pdslack_cli.sync.receive.signatures import is_signed
from pdslack_cli.sync.storage import inbox
from pdslack_cli.sync.storage.database import DATABASE_FAILURES, Database, reason_of
from pdslack_cli.sync.storage.inbox import Arrival

LONGEST_ID = 200

log = logging.getLogger(__name__)


class WebhookEndpoint:
    """Receives V3 webhooks that one of the secrets in force has signed: two of them while one is replaced.

    `on_event` is called for every event that is well signed, whatever it is about, `on_arrival` for one of an
    incident before it is stored.
    """

    def __init__(
        self,
        database: Database,
        current: CurrentConfig,
        clock: ServiceClock,
        metrics: Metrics,
        on_event: Callable[[], None],
        on_arrival: Callable[[Arrival], None] = lambda _: None,
    ) -> None:
        self._database, self._current, self._clock, self._metrics = database, current, clock, metrics
        self._on_event, self._on_arrival = on_event, on_arrival

    async def respond(self, request: Request) -> Response:
        try:
            body = await read_body(request)
        except RefusedBodyError as refused:
            return self._refused(refused.status, refused.reason)
        header = ",".join(request.headers.getlist("x-pagerduty-signature"))
        # Both stop the delivery of this event (orchestration.md 5.3).
        if not header or not body:
            return self._refused(400, "no signature")
        if not await self._is_signed(body, header):
            return self._refused(403, "wrong signature")
        self._on_event()
        arrival, reason = parse(body)
        if arrival is None:
            # Well signed, so PagerDuty means it: an error would switch the subscription off.
            self._metrics.ignored.labels(reason).inc()
            return PlainTextResponse("ignored\n", 202)
        self._on_arrival(arrival)
        work = partial(self._store, arrival=arrival)
        stored = self._database.submit(work)
        # By the thread that stored it: the work need not wait for the turn of the event loop.
        stored.add_done_callback(lambda _: self._database.inbox_wakeup.set())
        try:
            new = await asyncio.wrap_future(stored)
        except DATABASE_FAILURES as error:  # PagerDuty repeats what gets a 5xx
            log.error("cannot store event %s: %s", arrival.dedup, reason_of(error))
            return self._refused(503, "cannot be stored")
        (self._metrics.accepted if new else self._metrics.repeated).labels("pagerduty").inc()
        log.info("event %s %s", arrival.kind, "stored" if new else "repeated",
                 extra={"incident": arrival.key, "event": arrival.dedup})  # fmt: skip
        return PlainTextResponse("accepted\n", 202)

    async def _is_signed(self, body: bytes, header: str) -> bool:
        if is_signed(body, header, self._current.webhook_secrets):
            return True
        await asyncio.to_thread(self._current.look_for_secrets, self._clock.now())
        return is_signed(body, header, self._current.webhook_secrets)

    def _store(self, connection: Any, arrival: Arrival) -> bool:
        new = inbox.accept(connection, arrival, self._clock.now())
        if new:
            self._database.announce(connection)
        return new

    def _refused(self, status: int, reason: str) -> Response:
        self._metrics.refused.labels(f"webhook: {reason}").inc()
        return PlainTextResponse(f"{reason}\n", status)


def parse(body: bytes) -> tuple[Arrival | None, str]:
    """The event of a webhook about an incident; or None, and why it means nothing to us."""
    try:
        event = json.loads(body)["event"]
        kind, id_, data = event["event_type"], event["id"], event["data"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None, "not an event"
    if not (isinstance(kind, str) and isinstance(id_, str) and isinstance(data, dict)):
        return None, "not an event"
    incident = data.get("id") if data.get("type") == "incident" else (data.get("incident") or {})
    incident = incident.get("id") if isinstance(incident, dict) else incident
    if not kind.startswith("incident.") or not isinstance(incident, str) or not incident:
        return None, "not about an incident"
    if not (all(map(_is_storable, (kind, id_, incident))) and incident.isascii() and incident.isalnum()):
        return None, "not an event"
    return Arrival("pagerduty", f"pagerduty:{id_}", incident, kind, event), ""


def _is_storable(name: str) -> bool:
    """Whether every database takes it: not NUL, nor half of a pair of surrogates."""
    return 0 < len(name) <= LONGEST_ID and name.isprintable()
