"""Read all that a message shows of an incident: the incident, its alerts, who is on call, its service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.model import Json
from pdslack_cli.sync.vendors.cache import Cache
from pdslack_cli.sync.vendors.failures import or_nothing

INCLUDED = ["conference_bridge", "custom_fields", "priorities"]
ON_CALL_SECONDS = 60.0
SERVICE_SECONDS = 300.0
MOST_ALERTS = 20


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
    return max((str(time) for time in times if time), default="")


class IncidentReader:
    """Reads incidents; what changes seldom is read once in a while. Thread-safe."""

    def __init__(self, pagerduty: PagerDutyClient, cache: Cache) -> None:
        self._pagerduty = pagerduty
        self._cache = cache
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="reading")

    def read(self, id_: str) -> IncidentReading:
        """Read one. Raises ApiError, NotFoundError where it is gone."""
        path = f"/incidents/{id_}"
        incident = self._pool.submit(self._incident, path)
        log = self._pool.submit(or_nothing, partial(self._log, path))
        alerts = self._pool.submit(or_nothing, partial(self._alerts, path))
        found = incident.result()
        policy = (found.get("escalation_policy") or {}).get("id")
        service = (found.get("service") or {}).get("id")
        on_call = self._pool.submit(self.on_call, policy) if policy else None
        return IncidentReading(
            incident=found,
            service=self._service(service) if service else {},
            log=log.result(),
            alerts=alerts.result(),
            on_call=on_call.result() if on_call else (),
        )

    def on_call(self, policy: str) -> Sequence[Json]:
        """Who is on call for an escalation policy, by level."""
        read = partial(self._on_call, policy)
        found: Sequence[Json] = self._optional(("on-call", policy), ON_CALL_SECONDS, read, [])
        return found

    def policy(self, id_: str) -> Json:
        """An escalation policy."""
        found: Json = self._pagerduty.get(f"/escalation_policies/{id_}")["escalation_policy"]
        return found

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _incident(self, path: str) -> Json:
        params: dict[str, Any] = {"include[]": INCLUDED}
        found: Json = self._pagerduty.get(path, **params)["incident"]
        return found

    def _log(self, path: str) -> Sequence[Json]:
        entries = self._pagerduty.list(f"{path}/log_entries", "log_entries")
        # The newest come first, in the order in which they happened; their times are only whole seconds.
        entries.reverse()
        return sorted(entries, key=lambda entry: str(entry.get("created_at")))

    def _alerts(self, path: str) -> Sequence[Json]:
        found: list[Json] = self._pagerduty.get(f"{path}/alerts", limit=MOST_ALERTS).get("alerts") or []
        return found

    def _on_call(self, policy: str) -> list[Json]:
        params: dict[str, Any] = {"escalation_policy_ids[]": [policy], "include[]": ["users"]}
        found = self._pagerduty.list("/oncalls", "oncalls", **params)
        return sorted(found, key=lambda entry: int(entry.get("escalation_level") or 0))

    def _service(self, id_: str) -> Json:
        def read() -> Json:
            found: Json = self._pagerduty.get(f"/services/{id_}")["service"]
            return found

        service: Json = self._optional(("service", id_), SERVICE_SECONDS, read, {})
        return service

    def _optional(self, key: tuple[str, str], seconds: float, read: Callable[[], Any], default: Any) -> Any:
        """What a message can do without."""
        return or_nothing(partial(self._cache.get, key, seconds, read)) or default
