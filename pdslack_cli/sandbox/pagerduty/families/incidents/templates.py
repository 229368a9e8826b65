"""Templates of status updates (pagerduty.md 8.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse, SortKey
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, one_of, prose, record, text
from pdslack_cli.sandbox.pagerduty.resource import RestResource, by_name
from pdslack_cli.sandbox.pagerduty.runtime.workflows import variables

TEXTS: Fields = {word: Field(prose()) for word in ("email_subject", "email_body", "message")}
MESSAGE = "status_update.message"
VARIABLES: Mapping[str, str] = {
    "incident.created_at": "The time the incident was created.",
    "incident.escalation_policy.summary": "The name of the escalation policy of the incident.",
    "incident.id": "The id of the incident.",
    "incident.number": "The number of the incident.",
    "incident.priority.summary": "The name of the priority of the incident.",
    "incident.service.summary": "The name of the service of the incident.",
    "incident.status": "The status of the incident.",
    "incident.title": "The title of the incident.",
    "incident.urgency": "The urgency of the incident.",
    "incident.url": "The address of the incident.",
    MESSAGE: "The message of the status update.",
}
"""What texts may name, and what that is."""

RENDERED: Fields = {
    "incident_id": Field(text(shortest=1), required=True),
    "status_update": Field(record({"message": Field(prose())}), default={"message": None}, nullable=False),
}


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

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, the words that texts may have, and what comes of a template."""
        yield Rule(f"{self.path}/fields", methods=["GET"], endpoint=self.list_fields)
        yield Rule(f"{self.path}/<id>/render", methods=["POST"], endpoint=self.render)
        yield from super().rules()

    def list_fields(self, api: Api) -> SandboxResponse:
        """The variables of templates."""
        listed = [
            {
                "data_type": "datetime" if name.endswith("_at") else "string",
                "default_value": None,
                "description": description,
                "domain": {"order": 1, "summary": name.partition(".")[0].replace("_", " ").capitalize()},
                "example": None,
                "keyword": None,
                "summary": name,
                "type": "standard_field",
            }
            for name, description in VARIABLES.items()
        ]
        return SandboxResponse({"fields": listed})

    def render(self, api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """The texts about an incident, with a warning for each variable that there is not."""
        texts = {word: str(given or "") for word, given in self.existing(api, id)["templated_fields"].items()}
        wanted = api.checked(RENDERED, api.bare_body())
        incident = api.kinds["incident"].existing(api, wanted["incident_id"])
        values = {**variables.of_incident(api, incident), MESSAGE: wanted["status_update"]["message"]}
        warnings = {
            word: [f"{name} does not exist." for name in names]
            for word, given in texts.items()
            if (names := variables.unknown(given, values))
        }
        rendered = {word: variables.filled(given, values) for word, given in texts.items()}
        return SandboxResponse({"templated_fields": rendered, "warnings": warnings, "errors": []})

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
