"""Read all that a message shows of an incident: the incident, its alerts, who is on call, its service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from pdslack_cli.clients.http.vendor_json import reads_answers, text_at
from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.errors import ApiError
from pdslack_cli.model import Json
from pdslack_cli.sync.message.view import IncidentPart
from pdslack_cli.sync.storage.inbox import Arrival
from pdslack_cli.sync.vendors.cache import Cache
from pdslack_cli.sync.vendors.failures import or_nothing, passes
from pdslack_cli.sync.vendors.outages import Outages
from pdslack_cli.sync.vendors.shapes import number_of, object_of, objects_of, time_of

INCLUDED = ["conference_bridge", "custom_fields", "priorities"]
KEPT: Mapping[IncidentPart, float] = {IncidentPart.ON_CALL: 60.0, IncidentPart.SERVICE: 300.0}
"""For how many seconds a part is kept that many incidents share."""
MOST_ALERTS = 20
MOST_READS = 64  # at once; a read may hang for as long as a call may take, while those after it do not
LONGEST_WAIT = 5.0  # seconds for all that a message can do without
MAY_BE_INCLUDED = (400, 402, 403, *range(500, 600))  # answers that may be about what is included alone
AHEAD_SECONDS = 5.0  # then an event was not handled after all: it came twice, or another process has it


@dataclass(frozen=True)
class IncidentReading:
    """An incident and what belongs to it, as PagerDuty answered. `log` is the newest entry last.

    `unread` are the parts that could not be read, though another try may go better.
    """

    incident: Json
    log: Sequence[Json]
    alerts: Sequence[Json]
    on_call: Sequence[Json]
    service: Json
    unread: Mapping[IncidentPart, ApiError] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.incident["id"])

    @property
    def stamp(self) -> str:
        """When it last changed: what has an older stamp is an older state."""
        return stamp_of(self.incident)


def from_event(event: Json, failure: ApiError) -> IncidentReading | None:
    """What an event tells of an open incident that cannot be read; None where it tells of none."""
    data = object_of(event.get("data"))
    if data.get("type") != "incident" or data.get("status") not in ("triggered", "acknowledged"):
        return None
    assigned = [{"assignee": user} for user in objects_of(data.get("assignees"))]
    incident = {**data, "incident_number": data.get("number"), "assignments": assigned}
    return IncidentReading(incident, (), (), (), {}, {IncidentPart.INCIDENT: failure})


def stamp_of(incident: Json) -> str:
    """When an incident last changed."""
    times = (incident.get(name) for name in ("updated_at", "last_status_change_at", "created_at"))
    return max((str(time) for time in times if time_of(time)), default="")


class _Begun(NamedTuple):
    """What is being read of an incident; `named` are parts that it shares with others, by their ids."""

    incident: Future[tuple[Json, ApiError | None]]
    log: Future[Sequence[Json]]
    alerts: Future[Sequence[Json]]
    named: Mapping[tuple[IncidentPart, str], Future[Any]]


class IncidentReader:
    """Reads incidents; what changes seldom is read once in a while. Thread-safe."""

    def __init__(self, pagerduty: PagerDutyClient, cache: Cache, outages: Outages) -> None:
        self._pagerduty = pagerduty
        self._cache, self._outages = cache, outages
        self._readers = {IncidentPart.ON_CALL: self._on_call, IncidentPart.SERVICE: self._service}
        self._pool = ThreadPoolExecutor(MOST_READS, thread_name_prefix="reading")
        self._lock = threading.Lock()
        self._ahead: tuple[str, float, _Begun] | None = None

    def read_ahead(self, arrival: Arrival) -> None:
        """Begin to read an incident for an event that has just arrived, while that is being stored.

        One at a time: where many events come, they are handled together, and one reading serves them all.
        What the event refers to is read beside the incident, and not after it.
        """
        now = time.monotonic()
        with self._lock:
            if self._ahead is None or now - self._ahead[1] > AHEAD_SECONDS:
                data = arrival.body.get("data")
                policy, service = (_id_in(data, name) for name in ("escalation_policy", "service"))
                self._ahead = arrival.dedup, now, self._begin(arrival.key, policy, service)

    def read(self, id_: str, event: str = "") -> IncidentReading:
        """Read one, for that event. Raises ApiError, NotFoundError where it is gone."""
        begun = self._taken(event) or self._begin(id_)
        incident, lacking = begun.incident.result()
        unread = {IncidentPart.EXTRAS: lacking} if lacking else {}
        reads: dict[IncidentPart, Future[Any]] = {
            IncidentPart.LOG: begun.log,
            IncidentPart.ALERTS: begun.alerts,
        }
        for part, name in ((IncidentPart.ON_CALL, "escalation_policy"), (IncidentPart.SERVICE, "service")):
            if named := _id_in(incident, name):
                reads[part] = begun.named.get((part, named)) or self._begin_named(part, named)
        end = time.monotonic() + LONGEST_WAIT
        found: dict[IncidentPart, Any] = {}
        for part, read in reads.items():
            try:
                found[part] = read.result(max(0.0, end - time.monotonic()))
            except TimeoutError:
                silence = ApiError(f"no answer within {LONGEST_WAIT:.0f} seconds", provider="pagerduty")
                self._outages.note(part, silence)
                unread[part] = silence
            except ApiError as error:
                unread[part] = error
        return IncidentReading(
            incident,
            found.get(IncidentPart.LOG, ()),
            found.get(IncidentPart.ALERTS, ()),
            found.get(IncidentPart.ON_CALL) or (),
            found.get(IncidentPart.SERVICE) or {},
            unread,
        )

    def _begin(self, id_: str, policy: str = "", service: str = "") -> _Begun:
        path = f"/incidents/{id_}"
        named = {(IncidentPart.ON_CALL, policy), (IncidentPart.SERVICE, service)}
        return _Begun(
            self._pool.submit(self._incident, id_),
            self._pool.submit(self._part, IncidentPart.LOG, partial(self._log, path)),
            self._pool.submit(self._part, IncidentPart.ALERTS, partial(self._alerts, path)),
            {(part, of): self._begin_named(part, of) for part, of in named if of},
        )

    def _begin_named(self, part: IncidentPart, id_: str) -> Future[Any]:
        """Begin to read a part that incidents share. What is known costs no change of threads."""
        if not self._cache.is_known((part, id_), KEPT[part]):
            return self._pool.submit(self._named, part, id_)
        known: Future[Any] = Future()
        known.set_result(self._named(part, id_))
        return known

    def _named(self, part: IncidentPart, id_: str) -> Any:
        read = partial(self._outages.read, part, partial(self._readers[part], id_))
        return or_nothing(partial(self._cache.get, (part, id_), KEPT[part], read))

    def _part(self, part: IncidentPart, read: Callable[[], Sequence[Json]]) -> Sequence[Json]:
        found: Sequence[Json] = or_nothing(partial(self._outages.read, part, read))
        return found

    def _taken(self, event: str) -> _Begun | None:
        """What was begun for an event. It began after the event arrived, so it cannot be older than that."""
        with self._lock:
            if not event or self._ahead is None or self._ahead[0] != event:
                return None
            begun, self._ahead = self._ahead[2], None
            return begun

    def on_call(self, policy: str) -> Sequence[Json]:
        """Who is on call for an escalation policy, by level. Raises ApiError."""
        found: Sequence[Json] = self._named(IncidentPart.ON_CALL, policy)
        return found

    @reads_answers
    def policy(self, id_: str) -> Json:
        """An escalation policy."""
        found: Json = self._pagerduty.get(f"/escalation_policies/{id_}")["escalation_policy"]
        return found

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _incident(self, id_: str) -> tuple[Json, ApiError | None]:
        """An incident; and what failed where it could only be read without what is included."""
        try:
            return self._bare(id_, INCLUDED), None
        except ApiError as error:
            if error.status not in MAY_BE_INCLUDED:
                raise
            failure = error
        try:
            found = self._bare(id_, [])
        except ApiError:
            raise failure from None
        return found, failure if passes(failure) and not failure.unavailable else None

    @reads_answers
    def _bare(self, id_: str, included: Sequence[str]) -> Json:
        params: dict[str, Any] = {"include[]": included} if included else {}
        found: Json = self._pagerduty.get(f"/incidents/{id_}", **params)["incident"]
        if text_at(found, "id") != id_:
            raise ValueError(found["id"])
        return found

    @reads_answers
    def _log(self, path: str) -> Sequence[Json]:
        entries = self._pagerduty.list(f"{path}/log_entries", "log_entries")
        # The newest come first, in the order in which they happened; their times are only whole seconds.
        entries.reverse()
        return sorted(entries, key=lambda entry: str(entry.get("created_at")))

    @reads_answers
    def _alerts(self, path: str) -> Sequence[Json]:
        found = self._pagerduty.get(f"{path}/alerts", limit=MOST_ALERTS).get("alerts")
        return [alert for alert in found or () if isinstance(alert, dict)]

    @reads_answers
    def _on_call(self, policy: str) -> list[Json]:
        params: dict[str, Any] = {"escalation_policy_ids[]": [policy], "include[]": ["users"]}
        found = self._pagerduty.list("/oncalls", "oncalls", **params)
        return sorted(found, key=lambda entry: number_of(entry.get("escalation_level")))

    @reads_answers
    def _service(self, id_: str) -> Json:
        found: Json = self._pagerduty.get(f"/services/{id_}")["service"]
        return found


def _id_in(data: object, name: str) -> str:
    """The id of what the data of an event refers to by that name; empty where there is none."""
    reference = data.get(name) if isinstance(data, dict) else None
    found = reference.get("id") if isinstance(reference, dict) else None
    return found if isinstance(found, str) and found.isascii() and found.isalnum() else ""
