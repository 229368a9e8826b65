"""Incident types, and custom fields of incidents and services (pagerduty.md 5.5, 8.4 and 8.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import (
    Field,
    Fields,
    anything,
    boolean,
    list_of,
    one_of,
    prose,
    record,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import invalid, not_found
from pdslack_cli.sandbox.pagerduty.resource import RestResource

IDENTIFIER = r"[a-z0-9_]+"
DATA: Fields = {
    "data_type": Field(one_of("string"), required=True),
    "value": Field(text(200, shortest=1), required=True),
}
OPTION: Fields = {"id": Field(text()), "data": Field(record(DATA), required=True)}


class IncidentTypesApi(RestResource):
    """Kinds of incidents; they can be disabled but not deleted."""

    name = "incident_type"
    plural = "incident_types"
    path = "/incidents/types"
    pages = False
    unique_name = True
    methods = frozenset({"index", "create", "show", "update"})
    fields: ClassVar[Fields] = {
        "name": Field(
            text(50, shortest=1, pattern=rf"(?!.*_default$){IDENTIFIER}"), required=True, fixed=True
        ),
        "display_name": Field(text(50, shortest=1, pattern=r"(?!PD|PagerDuty|Default).*"), required=True),
        "parent_type": Field(text(shortest=1), required=True, fixed=True),
        "enabled": Field(boolean, default=True, nullable=False),
        "description": Field(prose(1000)),
    }

    def selects(self, api: Api, document: Json) -> bool:
        """The default of `filter` is enabled."""
        wanted = api.arguments.get("filter", "enabled")
        return wanted == "all" or document["enabled"] == (wanted == "enabled")

    def existing(self, api: Api, id: str, parent: str = "") -> Json:  # noqa: A002 - the vendor's own word
        """By id or by name."""
        for document in api.all(self.name):
            if id in (document["id"], document["name"]):
                return document
        raise not_found()

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """The parent must exist, and nothing else be called so."""
        others = (other for other in api.all(self.name) if other["id"] != new["id"])
        if any(other["display_name"] == new["display_name"] for other in others):
            raise invalid("Display name has already been taken")
        if old is None:
            parents = [t for t in api.all(self.name) if new["parent_type"] in (t["id"], t["name"])]
            if not parents:
                raise invalid("Parent type not found")
            new["_parent_type"] = parents[0]["id"]
            new["created_at"] = api.now()
        return {**new, "updated_at": api.now()}

    def view(self, api: Api, document: Json) -> Json:
        """The object as answers show it: with its parent as a reference."""
        parent = document.get("_parent_type")
        shown = super().view(api, document)
        del shown["parent_type"]
        return {**shown, "parent": parent and {"id": parent, "type": "incident_type_reference"}}


class CustomFieldsApi(RestResource):
    """Custom fields, of services or of a type of incidents; `field_options` only where `include[]` asks."""

    wrapper = "field"
    plural = "fields"
    shown_types = ("field", "custom_fields_field")
    pages = False
    unique_name = True
    fields: ClassVar[Fields] = {
        "name": Field(text(50, shortest=1, pattern=IDENTIFIER), required=True, fixed=True),
        "display_name": Field(text(50, shortest=1), required=True),
        "description": Field(prose(1000)),
        "data_type": Field(
            one_of("boolean", "integer", "float", "string", "datetime", "url"), required=True, fixed=True
        ),
        "field_type": Field(
            one_of("single_value", "single_value_fixed", "multi_value", "multi_value_fixed"),
            required=True,
            fixed=True,
        ),
        "enabled": Field(boolean, default=True, nullable=False),
        "default_value": Field(anything),
        "field_options": Field(list_of(record(OPTION)), default=[], nullable=False),
    }

    def __init__(self, name: str, path: str, parent: str = "") -> None:
        self.name = name  # type: ignore[misc]  # two kinds share this class
        self.path = path  # type: ignore[misc]
        self.parent = parent  # type: ignore[misc]

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Fixed types have options; options keep their ids."""
        fixed = new["field_type"].endswith("_fixed")
        if old is not None and body.get("field_options", ()) is None:
            new["field_options"] = list(old["field_options"])
        if fixed != bool(new["field_options"]):
            raise invalid("Field options are needed for fixed types, and only for them")
        others = [other for other in api.all(self.name) if other["id"] != new["id"]]
        if any(other["display_name"] == new["display_name"] for other in others):
            raise invalid("Display name has already been taken")
        default = new.get("default_value")
        if fixed and old is not None:
            offered = {option["data"]["value"] for option in new["field_options"]}
            lost = (each for each in old["field_options"] if each["data"]["value"] not in offered)
            new["field_options"] += [each for each in lost if each["data"]["value"] in _values(default)]
        offered = {option["data"]["value"] for option in new["field_options"]}
        if fixed and not offered.issuperset(_values(default)):
            raise invalid("Default value is not one of the field options")
        now = api.now()
        known = {option["id"]: option for option in (old or {}).get("field_options", [])}
        new["field_options"] = [
            {
                "id": option["id"] if option["id"] in known else ids.short(api.store),
                "type": "field_option",
                "data": option["data"],
                "created_at": known.get(option["id"], {}).get("created_at", now),
                "updated_at": now,
            }
            for option in new["field_options"]
        ]
        return {**new, "created_at": (old or {}).get("created_at", now), "updated_at": now}

    def answer(self, api: Api, document: Json, status: int = 200) -> SandboxResponse:
        """One field always comes with its options."""
        return SandboxResponse({self.wrapper: {**self.view(api, document), **options(document)}}, status)

    def view(self, api: Api, document: Json) -> Json:
        """Without options, unless the request includes them; a field of incidents has its type."""
        shown = super().view(api, document)
        if not api.included("field_options"):
            del shown["field_options"]
        if self.parent:
            shown["incident_type"] = document["_parent"]
        else:
            del shown["default_value"]
        return shown

    def admitted(self, api: Api, parent: str) -> str:
        """A type of incidents may be named by id or name."""
        return str(api.kinds[self.parent].existing(api, parent)["id"]) if self.parent else ""


def _values(default: Any) -> list[Any]:
    """The values of a default, which may be one, several or none."""
    if default is None:
        return []
    return default if isinstance(default, list) else [default]


def options(document: Json) -> Json:
    """The options of a field."""
    return {"field_options": document["field_options"]}


def rules() -> Iterator[Rule]:
    """Values of services' custom fields."""
    path = "/services/<id>/custom_fields/values"
    yield Rule(path, methods=["GET"], endpoint=read_values)
    yield Rule(path, methods=["PUT"], endpoint=write_values)


def read_values(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """A value, or null, for every enabled field."""
    api.kinds["service"].existing(api, id)
    values: dict[str, Any] = (api.get("field_values", id) or {}).get("values", {})
    shown = ("id", "name", "display_name", "description", "data_type", "field_type")
    fields = [field for field in api.all("service_field") if field["enabled"]]
    return SandboxResponse(
        {
            "custom_fields": [
                {
                    **{name: field[name] for name in shown},
                    "type": "field_value",
                    "value": values.get(field["id"]),
                }
                for field in fields
            ]
        }
    )


def write_values(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Set some values, all or none; null unsets."""
    api.kinds["service"].existing(api, id)
    entry: Fields = {"id": Field(text()), "name": Field(text()), "value": Field(anything)}
    wanted = api.checked({"custom_fields": Field(list_of(record(entry)), required=True)}, api.bare_body())
    old = api.get("field_values", id)
    values = dict((old or {}).get("values", {}))
    for given in wanted["custom_fields"]:
        found = [f for f in api.all("service_field") if given["id"] == f["id"] or given["name"] == f["name"]]
        if not found:
            raise invalid("Custom field not found")
        values[found[0]["id"]] = given["value"]
    document = {"id": id, "values": values}
    (api.insert if old is None else api.replace)("field_values", document)
    return SandboxResponse(read_values(api, id).body, 201)


RULES = tuple(rules())
