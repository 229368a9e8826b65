"""Extensions of services (pagerduty.md 9.3). Nothing is sent to them: what gets it is elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, list_of, mapping, reference, text
from pdslack_cli.sandbox.pagerduty.refusals import invalid
from pdslack_cli.sandbox.pagerduty.resource import RestResource

REDACTED = "--redacted--"
MASKED = re.compile("password|token|secret", re.IGNORECASE)
NEEDS_URL = "generic_v2_webhook"
OF_THE_WEB = "slack"  # which is created by a person who signs in there


class ExtensionsApi(RestResource):
    """Extensions: what is done elsewhere with the incidents of services."""

    name = "extension"
    plural = "extensions"
    path = "/extensions"
    fields: ClassVar[Fields] = {
        "name": Field(text(255, shortest=1), required=True),
        "endpoint_url": Field(text(pattern=r"https?://\S+")),
        "extension_objects": Field(list_of(reference("service"), least=1), required=True, fixed=True),
        "extension_schema": Field(reference("extension_schema"), required=True, fixed=True),
        "config": Field(mapping),
    }

    def rules(self) -> Iterable[RuleFactory]:
        """The classic calls, and switching a disabled one on again."""
        yield from super().rules()
        yield Rule("/extensions/<id>/enable", methods=["POST"], endpoint=self.enable)

    def enable(self, api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """End a temporary disablement, of which there is none here."""
        return self.show(api, id)

    def selects(self, api: Api, document: Json) -> bool:
        """By name, service and schema."""
        service, schema = (api.arguments.get(f"extension_{word}_id") for word in ("object", "schema"))
        return (
            super().selects(api, document)
            and schema in (None, document["extension_schema"]["id"])
            and (service is None or any(one["id"] == service for one in document["extension_objects"]))
        )

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """What its schema asks for."""
        schema = (api.get("extension_schema", new["extension_schema"]["id"]) or {})["key"]
        if old is None and schema == OF_THE_WEB:
            raise invalid("Extension schema requires authorization in the web interface")
        if schema == NEEDS_URL and not new["endpoint_url"]:
            raise invalid("Endpoint url can't be blank")
        return new

    def computed(self, api: Api, document: Json) -> Json:
        """Its settings, without what is secret."""
        return {"config": masked(document["config"] or {}), "temporarily_disabled": False}


def masked(value: Any, key: str = "") -> Any:
    """A value without the secrets inside."""
    if isinstance(value, dict):
        return {name: masked(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, key) for inner in value]
    return REDACTED if isinstance(value, str) and MASKED.search(key) else value
