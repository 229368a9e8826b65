"""Replay past alerts through two models; the only module here that calls PagerDuty (pagerduty.md 11)."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from pdslack_cli.clients.http.calls import ApiRequest
from pdslack_cli.clients.http.paging import Pages
from pdslack_cli.clients.http.vendor_json import reads_answers
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
    """The alerts of all incidents of that time, oldest first; `sent_to` tells where an alert's event went in.

    One call for every hundred incidents and one for each. Raises ApiError.
    """
    found = (
        (datetime.fromisoformat(incident["created_at"]), [_alert(raw, sent_to) for raw in raws])
        for incident, raws in _with_alerts(pagerduty, _once(_incidents(pagerduty, since, until)))
    )
    return _in_order(found)


def _incidents(pagerduty: PagerDutyClient, since: datetime, until: datetime) -> Iterator[Json]:
    """The incidents created in that time, in this order, in spans that PagerDuty lists whole."""
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
        f"PagerDuty has more incidents since {since:%Y-%m-%d} than `replay` reads: choose a shorter --since"
    )


def _once(incidents: Iterable[Json]) -> Iterator[Json]:
    """Two spans may both hold what was created right where they meet."""
    ids = set[str]()
    for incident in incidents:
        if incident["id"] not in ids:
            ids.add(incident["id"])
            yield incident


def _with_alerts(pagerduty: PagerDutyClient, incidents: Iterable[Json]) -> Iterator[tuple[Json, list[Json]]]:
    """Each incident and its alerts, a few of them read ahead."""
    with ThreadPoolExecutor(READERS, thread_name_prefix="history") as pool:
        ahead: deque[tuple[Json, Future[list[Json]]]] = deque()
        for incident in incidents:
            path = f"/incidents/{incident['id']}/alerts"
            ahead.append((incident, pool.submit(pagerduty.list, path, "alerts")))
            if len(ahead) > READERS:
                first, alerts = ahead.popleft()
                yield first, alerts.result()
        for first, alerts in ahead:
            yield first, alerts.result()


def _alert(raw: Json, sent_to: Callable[[Json], str]) -> Alert:
    return Alert(
        at=datetime.fromisoformat(raw["created_at"]), to=sent_to(raw), event=event_of(raw), id=raw["id"]
    )


def _in_order(found: Iterable[tuple[datetime, list[Alert]]]) -> Iterator[Alert]:
    """The alerts of incidents that overlap, by their own times: none is older than its incident."""
    waiting: list[tuple[datetime, str, Alert]] = []
    for created, alerts in found:
        while waiting and waiting[0][0] < created:
            yield heapq.heappop(waiting)[-1]
        for alert in alerts:
            heapq.heappush(waiting, (alert.at, alert.id, alert))
    while waiting:
        yield heapq.heappop(waiting)[-1]
