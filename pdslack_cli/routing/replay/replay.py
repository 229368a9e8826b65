"""Replay past alerts through two models; the only module here that calls PagerDuty (pagerduty.md 11)."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pdslack_cli.clients.http.calls import ApiRequest
from pdslack_cli.clients.http.paging import Pages
from pdslack_cli.clients.http.readers import readers
from pdslack_cli.clients.http.vendor_json import moment_at, reads_answers, text_at
from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.clients.pagerduty_responses import LAST_POSITION, PAGE
from pdslack_cli.errors import PdslackError
from pdslack_cli.model import Json
from pdslack_cli.routing.replay.alerts import Alert, event_of
from pdslack_cli.routing.replay.compare import Summary
from pdslack_cli.routing.simulate.model import RoutingModel
from pdslack_cli.routing.simulate.oncall import with_past_rotations
from pdslack_cli.routing.simulate.orchestration import ReceivedEvent, route
from pdslack_cli.routing.simulate.state import State
from pdslack_cli.routing.simulate.trace import Trace

LONGEST = timedelta(days=180)  # that PagerDuty searches at once
SHORTEST = timedelta(seconds=1)
MOST_SPANS = 1_000  # into which a time is divided; an account of millions of incidents needs some hundreds
READERS = 6  # calls in flight; PagerDuty asks for few (pagerduty.md 1.8)


def replay(
    alerts: Iterable[Alert], before: RoutingModel, after: RoutingModel, now: datetime
) -> Iterator[Summary]:
    """Route every alert through both models; yields the same growing summary after each.

    Counters and cache variables are kept from one alert to the next; rotations are extended into the past.
    """
    summary = Summary()
    models = [(_with_past_rotations(model, now), State()) for model in (before, after)]
    for alert in alerts:
        one, other = (_trace(alert, model, state) for model, state in models)
        summary.add(alert, one, other)
        yield summary


def _with_past_rotations(model: RoutingModel, now: datetime) -> RoutingModel:
    return replace(
        model, schedules={id_: with_past_rotations(one, now) for id_, one in model.schedules.items()}
    )


def _trace(alert: Alert, model: RoutingModel, state: State) -> Trace | None:
    sent = ReceivedEvent.to(alert.to, alert.event, alert.at, alert.raw)
    if sent.orchestration not in model.orchestrations and sent.service not in model.services:
        return None
    return route(model, sent, state)


# --- history ---------------------------------------------------------------------------------------


@reads_answers
def read_history(
    pagerduty: PagerDutyClient, since: datetime, until: datetime, sent_to: Callable[[Json], str]
) -> Iterator[Alert]:
    """Yield the alerts of all incidents of that time, oldest first; `sent_to` names their destinations.

    Makes one call per hundred incidents and one per incident. Raises ApiError.
    """
    found = (
        (moment_at(incident, "created_at"), [_alert(raw, sent_to) for raw in raws])
        for incident, raws in incidents_with(pagerduty, since, until, "alerts")
    )
    return _in_order(found)


def incidents_with(
    pagerduty: PagerDutyClient, since: datetime, until: datetime, part: str, **params: Any
) -> Iterator[tuple[Json, list[Json]]]:
    """Yield the incidents of that time, oldest first, each with its `alerts` or its `log_entries`.

    A few are read ahead; `params` are of the call for each. Raises ApiError.
    """
    incidents = _once(_incidents(pagerduty, since, until))
    with readers(READERS) as pool:
        ahead: deque[tuple[Json, Future[list[Json]]]] = deque()
        for incident in incidents:
            path = f"/incidents/{incident['id']}/{part}"
            ahead.append((incident, pool.submit(pagerduty.list, path, part, **params)))
            if len(ahead) > READERS:
                first, found = ahead.popleft()
                yield first, found.result()
        for first, found in ahead:
            yield first, found.result()


def _incidents(pagerduty: PagerDutyClient, since: datetime, until: datetime) -> Iterator[Json]:
    """Yield the incidents created in that time, in order, in ranges small enough for PagerDuty to list."""
    left = [(since, until)]  # the earliest span last
    for _ in range(MOST_SPANS):
        if not left:
            return
        begin, end = left.pop()
        if end - begin > LONGEST:
            left += [(begin + LONGEST, end), (begin, begin + LONGEST)]
            continue
        asked: Json = {"since": begin.isoformat(), "until": end.isoformat(), "sort_by": "created_at:asc"}
        count = int(pagerduty.get("/incidents", **asked, total=True, limit=1)["total"])
        if count > LAST_POSITION and end - begin > SHORTEST:
            middle = begin + (end - begin) / 2
            left += [(middle, end), (begin, middle)]
            continue
        pages = Pages(ApiRequest("pagerduty", "GET", "/incidents", repeatable=True), LAST_POSITION)
        for offset in range(0, min(count, LAST_POSITION), PAGE):
            page = pagerduty.get("/incidents", **asked, offset=offset, limit=PAGE)["incidents"]
            if not page:
                break
            pages.add(page, offset + PAGE)
            yield from page
    raise PdslackError(
        f"PagerDuty has more incidents since {since:%Y-%m-%d} than can be read: choose a shorter --since"
    )


def _once(incidents: Iterable[Json]) -> Iterator[Json]:
    """Remove duplicates: an incident created exactly between two ranges may be in both."""
    ids = set[str]()
    for incident in incidents:
        if incident["id"] not in ids:
            ids.add(incident["id"])
            yield incident


def _alert(raw: Json, sent_to: Callable[[Json], str]) -> Alert:
    return Alert(at=moment_at(raw, "created_at"), to=sent_to(raw), event=event_of(raw), id=text_at(raw, "id"))


def _in_order(found: Iterable[tuple[datetime, list[Alert]]]) -> Iterator[Alert]:
    """Sort the alerts of overlapping incidents by time: none is older than its incident."""
    waiting: list[tuple[datetime, str, Alert]] = []
    for created, alerts in found:
        while waiting and waiting[0][0] < created:
            yield heapq.heappop(waiting)[-1]
        for alert in alerts:
            heapq.heappush(waiting, (alert.at, alert.id, alert))
    while waiting:
        yield heapq.heappop(waiting)[-1]
