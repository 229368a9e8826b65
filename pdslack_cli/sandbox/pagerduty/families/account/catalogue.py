"""Read-only look-ups: priorities, vendors, extension schemas, licenses (pagerduty.md 8.6 and 10.4)."""

from __future__ import annotations

from typing import ClassVar

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import Fields
from pdslack_cli.sandbox.pagerduty.refusals import lacks_ability
from pdslack_cli.sandbox.pagerduty.resource import RestResource


class PrioritiesApi(RestResource):
    """How grave incidents are, the gravest first."""

    name = "priority"
    plural = "priorities"
    path = "/priorities"
    methods = frozenset({"index"})
    fields: ClassVar[Fields] = {}

    def admitted(self, api: Api, parent: str) -> str:
        """Not on every plan."""
        if not api.has_feature("priorities"):
            raise lacks_ability("incident_priorities")
        return parent


class VendorsApi(RestResource):
    """Products that PagerDuty knows how to listen to."""

    name = "vendor"
    plural = "vendors"
    path = "/vendors"
    methods = frozenset({"index", "show"})
    fields: ClassVar[Fields] = {}


class ExtensionSchemasApi(RestResource):
    """Kinds of extensions."""

    name = "extension_schema"
    plural = "extension_schemas"
    path = "/extension_schemas"
    methods = frozenset({"index", "show"})
    fields: ClassVar[Fields] = {}

    def summary(self, document: Json) -> str:
        """The label."""
        return str(document["label"])

    def selects(self, api: Api, document: Json) -> bool:
        """This list has no filters."""
        return True


def list_licenses(api: Api) -> SandboxResponse:
    """Every license, with how much of it is used."""
    used = len(api.all("user"))
    counts = {"current_value": used, "allocations_available": 100 - used}
    return SandboxResponse({"licenses": [{**license_, **counts} for license_ in api.all("license")]})


def list_license_allocations(api: Api) -> SandboxResponse:
    """Who has which license."""
    license_ = api.all("license")[0]

    def view(user: Json) -> Json:
        person = {"id": user["id"], "type": "user_reference"}
        return {"user": person, "license": license_, "allocated_at": "2026-01-01T00:00:00Z"}

    return api.page("license_allocations", api.all("user"), view)


RULES = (
    Rule("/licenses", methods=["GET"], endpoint=list_licenses),
    Rule("/license_allocations", methods=["GET"], endpoint=list_license_allocations),
)
