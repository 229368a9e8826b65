"""Templates of status updates (pagerduty.md 8.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse, SortKey
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, one_of, prose, record, text
from pdslack_cli.sandbox.pagerduty.resource import RestResource, by_name

TEXTS: Fields = {word: Field(prose()) for word in ("email_subject", "email_body", "message")}


class TemplatesApi(RestResource):
    """What subscribers read of an incident; a list leaves the texts out."""

    name = "template"
    plural = "templates"
    path = "/templates"
    fields: ClassVar[Fields] = {
        "name": Field(text(shortest=1), required=True),
        "description": Field(prose()),
        "template_type": Field(one_of("status_update"), required=True),
        "templated_fields": Field(record(TEXTS), default=dict.fromkeys(TEXTS), nullable=False),
    }

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """As in the documented answer, without texts."""
        shown = ({k: v for k, v in each.items() if k != "templated_fields"} for each in documents)
        return super().paged(api, list(shown))

    def selects(self, api: Api, document: Json) -> bool:
        """By its type, and by part of its name or description."""
        wanted = api.arguments.get("template_type", document["template_type"])
        texts = f"{document['name']} {document['description'] or ''}".casefold()
        return wanted == document["template_type"] and api.arguments.get("query", "").casefold() in texts

    def sorts(self, api: Api) -> Mapping[str, SortKey]:
        """By name or age."""
        return {"name": by_name, "created_at": lambda document: str(document["created_at"])}

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """The checked body, with the times of creation and change."""
        now = api.now()
        return {**new, "created_at": (old or {}).get("created_at", now), "updated_at": now}
