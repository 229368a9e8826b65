"""Event orchestrations and their integrations (pagerduty.md 7.1 and 7.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse, SortKey
from pdslack_cli.sandbox.pagerduty.families.rules import paths
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, bare_reference, id_of, no_one_or, text
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal
from pdslack_cli.sandbox.pagerduty.resource import RestResource, by_name
from pdslack_cli.sandbox.store import Store

OWN_PATHS = ("router", "global", "unrouted")
MOST_INTEGRATIONS = 10
REFERRED_BY = ("type", "summary", "self", "html_url")


class OrchestrationsApi(RestResource):
    """Event orchestrations. Their names need not be unique."""

    name = "event_orchestration"
    wrapper = "orchestration"
    plural = "orchestrations"
    path = "/event_orchestrations"
    by_name = True
    fields: ClassVar[Fields] = {
        "name": Field(text(shortest=1), required=True),
        "description": Field(text(), default=""),
        "team": Field(no_one_or(bare_reference("team"))),
    }

    def new_id(self, store: Store) -> str:
        """A UUID."""
        return ids.long(store)

    def selects(self, api: Api, document: Json) -> bool:
        """This list has no filters."""
        return True

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Each write makes a new version."""
        created = (old or {}).get("created_at", api.now())
        stamps = {"created_at": created, "updated_at": api.now(), "version": ids.hexadecimal(api.store, 32)}
        return {**new, **stamps}

    def written(self, api: Api, new: Json, body: Json, old: Json | None) -> None:
        """A new one has its paths, and an integration that nobody asked for."""
        if old is None:
            for path in OWN_PATHS:
                paths.create(api, path, new["id"])
            label = {"label": f"{new['name']} Default Integration"}
            api.kinds["event_orchestration_integration"].add(api, label, new["id"])

    def deleted(self, api: Api, document: Json) -> None:
        """Routing keys, paths and cache variables go with it."""
        for path in OWN_PATHS:
            paths.remove(api, path, document["id"])
        for kind in ("event_orchestration_integration", "cache_variable"):
            for child in api.find(kind, _parent=document["id"]):
                api.delete(kind, child["id"])

    def sorts(self, api: Api) -> Mapping[str, SortKey]:
        """By name, age or number of routes."""
        return {
            "name": by_name,
            "created_at": lambda one: str(one.get("created_at", "")),
            "routes": lambda one: _routes(api, one),
        }

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """The list does not contain integrations."""

        def view(document: Json) -> Json:
            return {name: value for name, value in self.view(api, document).items() if name != "integrations"}

        return api.page(self.plural, documents, view)

    def links(self, api: Api, document: Json) -> Json:
        """Only `self`."""
        return {"self": f"{api.base}{self.path}/{document['id']}"}

    def view(self, api: Api, document: Json) -> Json:
        """The object as answers show it: with its integrations and the number of routes, without a type."""
        children = api.find("event_orchestration_integration", _parent=document["id"])
        owner = document["team"] and api.reference("team", document["team"]["id"])
        shown = {
            **super().view(api, document),
            "team": owner and {name: owner[name] for name in ("id", "type", "self")},
            "routes": _routes(api, document),
            "integrations": [api.view("event_orchestration_integration", child) for child in children],
            "created_by": api.author(),
            "updated_by": api.author(),
        }
        del shown["type"]
        return shown


def _routes(api: Api, orchestration: Json) -> int:
    """The number of routes of its router."""
    router = api.get("path", f"router/{orchestration['id']}")
    return sum("route_to" in rule["actions"] for rule in paths.rules_of(router)) if router else 0


class OrchestrationIntegrationsApi(RestResource):
    """The routing keys of an orchestration."""

    name = "event_orchestration_integration"
    wrapper = "integration"
    plural = "integrations"
    path = "/event_orchestrations/<parent>/integrations"
    parent = "event_orchestration"
    shown_types = ("inbound_integration",)
    fields: ClassVar[Fields] = {"label": Field(text(shortest=1), required=True)}

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, and moving a key from another orchestration."""
        yield from super().rules()
        yield Rule(f"{self.path}/migration", methods=["POST"], endpoint=self.migrate)

    def migrate(self, api: Api, parent: str) -> SandboxResponse:
        """Move an integration here; its key stays the same."""
        orchestration = Field(id_of("event_orchestration"), required=True)
        moved = Field(id_of(self.name), required=True)
        wanted = api.checked({"source_id": orchestration, "integration_id": moved}, api.bare_body())
        api.kinds["event_orchestration"].existing(api, parent)
        document = self.existing(api, wanted["integration_id"], wanted["source_id"])
        self._check_room(api, parent)
        api.replace(self.name, {**document, "_parent": parent})
        return self.index(api, parent)

    def new_id(self, store: Store) -> str:
        """A UUID."""
        return ids.long(store)

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """The server makes the routing key."""
        if old is None:
            self._check_room(api, new["_parent"])
            new["_key"] = ids.routing_key(api.store)
            new["parameters"] = {"routing_key": new["_key"], "type": "global"}
        return new

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """All at once, with their number."""
        shown = [self.view(api, document) for document in documents]
        return SandboxResponse({self.plural: shown, "total": len(shown)})

    def selects(self, api: Api, document: Json) -> bool:
        """This list has no filters."""
        return True

    def summary(self, document: Json) -> str:
        """The label."""
        return str(document["label"])

    def view(self, api: Api, document: Json) -> Json:
        """The object has neither a type nor links, which references to it have."""
        shown = super().view(api, document)
        return {name: value for name, value in shown.items() if name not in REFERRED_BY}

    def _check_room(self, api: Api, orchestration: str) -> None:
        if len(api.find(self.name, _parent=orchestration)) >= MOST_INTEGRATIONS:
            raise PagerDutyRefusal(400, "Product limit reached", 2019, ("Integrations limit exceeded",))
