"""The account as a routing model, rebuilt after each change of configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.model import Orchestration, RoutingModel, SimulatedService
from pdslack_cli.routing.simulate.oncall import read_policy
from pdslack_cli.routing.simulate.read_model import read_orchestration, read_service
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.families.people.on_call import as_simulated
from pdslack_cli.sandbox.pagerduty.families.rules.paths import within_reach

T = TypeVar("T")

KINDS = (
    "event_orchestration",
    "path",
    "cache_variable",
    "service",
    "escalation_policy",
    "schedule",
    "override",
    "user",
    "team",
    "priority",
    "incident_field",
)
"""What the model is made of. Counters of events are not: an event alone changes nothing here."""


def build(api: Api) -> RoutingModel:
    """Everything that decides where an event goes; made again when any of it has changed."""
    kinds = [f"pagerduty.{kind}" for kind in KINDS]
    return api.store.derived("routing model", kinds, lambda: _build(api))


class ReadOnDemand(Mapping[str, T]):
    """The objects of a kind by id, each read when it is asked for: an event meets few of thousands."""

    def __init__(self, api: Api, kind: str, read: Callable[[Json], T]) -> None:
        self._api, self._kind, self._read = api, kind, read
        self._known: dict[str, T] = {}

    def __getitem__(self, id_: str) -> T:
        if id_ not in self._known:
            document = self._api.peek(self._kind, id_)
            if document is None:
                raise KeyError(id_)
            self._known[id_] = self._read(document)
        return self._known[id_]

    def __iter__(self) -> Iterator[str]:
        return (document["id"] for document in self._api.all(self._kind))

    def __len__(self) -> int:
        return len(self._api.all(self._kind))


def _build(api: Api) -> RoutingModel:
    return RoutingModel(
        orchestrations=ReadOnDemand(api, "event_orchestration", lambda one: _orchestration(api, one)),
        services=ReadOnDemand(api, "service", lambda one: _service(api, one)),
        escalation_policies=ReadOnDemand(api, "escalation_policy", read_policy),
        schedules=ReadOnDemand(api, "schedule", lambda one: as_simulated(api, one)),
        priorities={priority["id"]: priority["name"] for priority in api.all("priority")},
        fields={field["id"]: field["name"] for field in api.all("incident_field")},
    )


def _orchestration(api: Api, document: Json) -> Orchestration:
    paths = {name: _path(api, name, document) for name in ("global", "router", "unrouted")}
    return read_orchestration(
        document,
        global_rules=paths["global"],
        router=paths["router"],
        unrouted=paths["unrouted"],
        cache_variables=api.find("cache_variable", _parent=document["id"]),
    )


def _path(api: Api, name: str, parent: Json) -> Json | None:
    document = api.get("path", f"{name}/{parent['id']}")
    return document and within_reach(document)


def _service(api: Api, document: Json) -> SimulatedService:
    path = _path(api, "service", document)
    return read_service(
        document,
        rules=path,
        active=bool(path and path["_active"]),
        cache_variables=api.find("cache_variable", _parent=document["id"]),
    )
