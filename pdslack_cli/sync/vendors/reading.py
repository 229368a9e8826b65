"""Read all that a message shows of an incident: the incident, its alerts, who is on call, its service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from pdslack_cli.clients.http.vendor_json import reads_answers, text_at
from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.model import Json
from pdslack_cli.sync.storage.inbox import Arrival
from pdslack_cli.sync.vendors.cache import Cache
from pdslack_cli.sync.vendors.failures import or_nothing
from pdslack_cli.sync.vendors.shapes import number_of, time_of

INCLUDED = ["conference_bridge", "custom_fields", "priorities"]
ON_CALL_SECONDS = 60.0
SERVICE_SECONDS = 300.0
MOST_ALERTS = 20
AHEAD_SECONDS = 5.0  # then an event was not handled after all: it came twice, or another process has it


@dataclass(frozen=True)
class IncidentReading:
    """An incident and what belongs to it, as PagerDuty answered. `log` is the newest entry last."""

    incident: Json
    log: Sequence[Json]
    alerts: Sequence[Json]
    on_call: Sequence[Json]
    service: Json

    @property
    def id(self) -> str:
        return str(self.incident["id"])

    @property
    def stamp(self) -> str:
        """When it last changed: what has an older stamp is an older state."""
        return stamp_of(self.incident)


def stamp_of(incident: Json) -> str:
    """When an incident last changed."""
    times = (incident.get(name) for name in ("updated_at", "last_status_change_at", "created_at"))
    return max((str(time) for time in times if time_of(time)), default="")


class _Surroundings(NamedTuple):
    """An incident, and what it refers to."""

    incident: Json
    service: Json
    on_call: Sequence[Json]


class _Begun(NamedTuple):
    """What is being read of an incident."""

    incident: Future[_Surroundings]
    log: Future[Sequence[Json]]
    alerts: Future[Sequence[Json]]


class IncidentReader:
    """Reads incidents; what changes seldom is read once in a while. Thread-safe."""

    def __init__(self, pagerduty: PagerDutyClient, cache: Cache) -> None:
        self._pagerduty = pagerduty
        self._cache = cache
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="reading")
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
        incident, service, on_call = begun.incident.result()
        return IncidentReading(incident, begun.log.result(), begun.alerts.result(), on_call, service)

    def _begin(self, id_: str, policy: str = "", service: str = "") -> _Begun:
        path = f"/incidents/{id_}"
        # What is known costs no change of threads.
        beside = [
            self._pool.submit(read, named)
            for read, named, known in (
                (self.on_call, policy, self._knows_on_call),
                (self._service, service, self._knows_service),
            )
            if named and not known(named)
        ]
        return _Begun(
            self._pool.submit(self._incident, id_, beside),
            self._pool.submit(or_nothing, partial(self._log, path)),
            self._pool.submit(or_nothing, partial(self._alerts, path)),
        )

    def _taken(self, event: str) -> _Begun | None:
        """What was begun for an event. It began after the event arrived, so it cannot be older than that."""
        with self._lock:
            if not event or self._ahead is None or self._ahead[0] != event:
                return None
            begun, self._ahead = self._ahead[2], None
            return begun

    def on_call(self, policy: str) -> Sequence[Json]:
        """Who is on call for an escalation policy, by level."""
        read = partial(self._on_call, policy)
        found: Sequence[Json] = self._optional(("on-call", policy), ON_CALL_SECONDS, read, [])
        return found

    @reads_answers
    def policy(self, id_: str) -> Json:
        """An escalation policy."""
        found: Json = self._pagerduty.get(f"/escalation_policies/{id_}")["escalation_policy"]
        return found

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    @reads_answers
    def _incident(self, id_: str, beside: Sequence[Future[Any]]) -> _Surroundings:
        params: dict[str, Any] = {"include[]": INCLUDED}
        found: Json = self._pagerduty.get(f"/incidents/{id_}", **params)["incident"]
        if text_at(found, "id") != id_:
            raise ValueError(found["id"])
        wait(beside)
        policy, service = _id_in(found, "escalation_policy"), _id_in(found, "service")
        known = self._knows_on_call(policy)
        on_call = self._pool.submit(self.on_call, policy) if policy and not known else None
        return _Surroundings(
            found,
            self._service(service) if service else {},
            on_call.result() if on_call else self.on_call(policy) if policy else (),
        )

    def _knows_on_call(self, policy: str) -> bool:
        return self._cache.is_known(("on-call", policy), ON_CALL_SECONDS)

    def _knows_service(self, id_: str) -> bool:
        return self._cache.is_known(("service", id_), SERVICE_SECONDS)

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

    def _service(self, id_: str) -> Json:
        @reads_answers
        def read() -> Json:
            found: Json = self._pagerduty.get(f"/services/{id_}")["service"]
            return found

        service: Json = self._optional(("service", id_), SERVICE_SECONDS, read, {})
        return service

    def _optional(self, key: tuple[str, str], seconds: float, read: Callable[[], Any], default: Any) -> Any:
        """What a message can do without."""
        return or_nothing(partial(self._cache.get, key, seconds, read)) or default


def _id_in(data: object, name: str) -> str:
    """The id of what the data of an event refers to by that name; empty where there is none."""
    reference = data.get(name) if isinstance(data, dict) else None
    found = reference.get("id") if isinstance(reference, dict) else None
    return found if isinstance(found, str) and found.isascii() and found.isalnum() else ""
