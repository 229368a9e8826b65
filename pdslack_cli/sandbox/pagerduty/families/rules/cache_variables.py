"""Cache variables of orchestrations and services (pagerduty.md 7.5, orchestration.md 2.8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.read_rules import read_cache_variable
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.rules.conditions import conditions, unreadable_refused
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    WrongError,
    boolean,
    number,
    one_of,
    record,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, invalid, not_found
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.store import Store

MOST = 100
DAY, THREE_DAYS = 86_400, 259_200
PYTHON_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "boolean": (bool,)}

CONFIGURATIONS: dict[str, Fields] = {
    "recent_value": {
        "source": Field(text(shortest=1), required=True),
        "regex": Field(text(shortest=1), required=True),
    },
    "trigger_event_count": {"ttl_seconds": Field(number(1, DAY), required=True)},
    "external_data": {
        "data_type": Field(one_of(*PYTHON_TYPES), required=True),
        "ttl_seconds": Field(number(1, THREE_DAYS), required=True),
    },
}


def configuration(value: Any, exists: Exists) -> Json:
    """What the variable holds; fields by type."""
    type_ = value.get("type") if isinstance(value, dict) else None
    if not isinstance(type_, str) or type_ not in CONFIGURATIONS:
        raise WrongError(f"must have one of the types {', '.join(CONFIGURATIONS)}")
    checked: Json = record({"type": Field(one_of(type_)), **CONFIGURATIONS[type_]})(value, exists)
    return checked


class CacheVariablesApi(RestResource):
    """Variables that outlive an event; those of one parent."""

    name = "cache_variable"
    plural = "cache_variables"
    created = 200
    fields: ClassVar[Fields] = {
        "name": Field(text(shortest=1, pattern=r"[A-Za-z_]\w*"), required=True),
        "disabled": Field(boolean, default=False, nullable=False),
        "configuration": Field(configuration, required=True),
        "conditions": Field(conditions, default=[]),
    }

    def __init__(self, parent: str, path: str) -> None:
        self.parent = parent  # type: ignore[misc]  # the one kind that two others have
        self.path = path  # type: ignore[misc]

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, and the data that somebody else puts in."""
        yield from super().rules()
        data = f"{self.path}/<id>/data"
        yield Rule(data, methods=["GET"], endpoint=self.show_data)
        yield Rule(data, methods=["PUT"], endpoint=self.put_data)
        yield Rule(data, methods=["DELETE"], endpoint=self.delete_data)

    def show_data(self, api: Api, id: str, parent: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """The value now."""
        data = self._external(api, id, parent).get("_data")
        if data is None:
            raise not_found()
        return SandboxResponse(data)

    def put_data(self, api: Api, id: str, parent: str) -> SandboxResponse:  # noqa: A002
        """Set the value, which must have the variable's type."""
        document = self._external(api, id, parent)
        value = api.bare_body().get("cache_variable_data")
        allowed = PYTHON_TYPES[document["configuration"]["data_type"]]
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            raise invalid(f"Cache variable data must be a {document['configuration']['data_type']}")
        data = {"cache_variable_data": value, "updated_at": api.now()}
        api.replace(self.name, {**document, "_data": data})
        return SandboxResponse(data)

    def delete_data(self, api: Api, id: str, parent: str) -> SandboxResponse:  # noqa: A002
        """Unset the value."""
        api.replace(self.name, {**self._external(api, id, parent), "_data": None})
        return SandboxResponse(None, 204)

    def new_id(self, store: Store) -> str:
        """A UUID."""
        return ids.long(store)

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Data from outside has no conditions; counters may not be counted."""
        if old is None and len(api.find(self.name, _parent=new["_parent"])) >= MOST:
            raise PagerDutyRefusal(400, "Product limit reached", 2019, ("Cache variables limit exceeded",))
        if new["configuration"]["type"] == "external_data" and new["conditions"]:
            raise invalid("Conditions are not allowed for external data")
        if any("trigger_count" in condition["expression"] for condition in new["conditions"] or []):
            raise invalid("Conditions can't use thresholds")
        with unreadable_refused():
            read_cache_variable(new)
        now = api.now()
        return {**new, "created_at": (old or {}).get("created_at", now), "updated_at": now}

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """All at once, with their number."""
        shown = [self.view(api, document) for document in documents]
        return SandboxResponse({self.plural: shown, "total": len(shown)})

    def links(self, api: Api, document: Json) -> Json:
        """Return no links."""
        return {}

    def view(self, api: Api, document: Json) -> Json:
        """The object has no type; one for external data contains its endpoint."""
        shown = {**super().view(api, document), "created_by": api.author(), "updated_by": api.author()}
        del shown["type"]
        if document["configuration"]["type"] == "external_data":
            del shown["conditions"]
            folder = self.path.replace("<parent>", document["_parent"])
            shown["data_endpoint"] = f"{api.base}{folder}/{document['id']}/data"
        return shown

    def _external(self, api: Api, id: str, parent: str) -> Json:  # noqa: A002
        document = self.existing(api, id, parent)
        if document["configuration"]["type"] != "external_data":
            raise invalid("Cache variable is not of the type external_data")
        return document
