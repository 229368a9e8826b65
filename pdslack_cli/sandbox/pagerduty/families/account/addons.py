"""Add-ons: pages in frames of the web interface, of which the sandbox has none (pagerduty.md 9.6)."""

from __future__ import annotations

from typing import ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, one_of, text
from pdslack_cli.sandbox.pagerduty.resource import RestResource

TYPES = ("full_page_addon", "incident_show_addon")


class AddonsApi(RestResource):
    """Add-ons: pages of other servers, shown in a frame."""

    name = "addon"
    plural = "addons"
    path = "/addons"
    types = TYPES
    fields: ClassVar[Fields] = {
        "type": Field(one_of(*TYPES), required=True),
        "name": Field(text(100, shortest=1), required=True),
        "src": Field(text(pattern=r"https://\S+"), required=True),
    }

    def index(self, api: Api, parent: str = "") -> SandboxResponse:
        """References, with name and address."""
        chosen = [document for document in api.all(self.name) if self.selects(api, document)]
        return api.page(self.plural, chosen, lambda document: self._as_reference(api, document))

    def create(self, api: Api, parent: str = "") -> SandboxResponse:
        """The new one, as a reference too."""
        document = self.add(api, self.body(api))
        return SandboxResponse({self.name: self._as_reference(api, document)}, self.created)

    def selects(self, api: Api, document: Json) -> bool:
        """By type."""
        return api.arguments.get("filter") in (None, document["type"])

    def type_of(self, document: Json) -> str:
        """The type with which it was created."""
        return str(document["type"])

    def _as_reference(self, api: Api, document: Json) -> Json:
        return {**self.view(api, document), "type": f"{document['type']}_reference"}
