"""Integrations of services (pagerduty.md 5.2)."""

from __future__ import annotations

from typing import Any, ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    list_of,
    one_of,
    printable,
    record,
    reference,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import invalid
from pdslack_cli.sandbox.pagerduty.resource import RestResource

EMAIL = "generic_email_inbound_integration"
OF_VENDORS = "event_transformer_api_inbound_integration"
TYPES = (
    "aws_cloudwatch_inbound_integration",
    "cloudkick_inbound_integration",
    OF_VENDORS,
    EMAIL,
    "generic_events_api_inbound_integration",
    "keynote_inbound_integration",
    "nagios_inbound_integration",
    "pingdom_inbound_integration",
    "sql_monitor_inbound_integration",
    "events_api_v2_inbound_integration",
)
MODES = ("match", "no-match", "always")
PARTS = ("body", "subject", "from_addresses")
EMAIL_FIELDS = (
    "integration_email",
    "email_incident_creation",
    "email_filter_mode",
    "email_filters",
    "email_parsers",
    "email_parsing_fallback",
)

FILTER: Fields = {
    f"{part}_{field}": Field(one_of(*MODES), required=True) if field == "mode" else Field(text())
    for part in ("subject", "body", "from_email")
    for field in ("mode", "regex")
}
EVERYTHING = {name: "always" if name.endswith("_mode") else None for name in FILTER}
EXTRACTOR: Fields = {
    "type": Field(one_of("entire", "regex", "between"), required=True),
    "part": Field(one_of(*PARTS), required=True),
    "value_name": Field(text(shortest=1), required=True),
    "regex": Field(text()),
    "starts_after": Field(text()),
    "ends_before": Field(text()),
}


def predicate(value: Any, exists: Exists) -> Json:
    """A test of a mail, made of others or of one part of it."""
    kinds = ("all", "any", "not", "contains", "exactly", "regex")
    group = isinstance(value, dict) and value.get("type") in kinds[:3]
    fields: dict[str, Field] = {"type": Field(one_of(*kinds), required=True)}
    if group:
        fields["children"] = Field(list_of(predicate), default=[], nullable=False)
    else:
        fields["part"] = Field(one_of(*PARTS), required=True)
        fields["matcher"] = Field(text(shortest=1), required=True)
    checked: Json = record(fields)(value, exists)
    return checked


PARSER: Fields = {
    "action": Field(one_of("trigger", "resolve"), required=True),
    "match_predicate": Field(predicate, required=True),
    "value_extractors": Field(list_of(record(EXTRACTOR)), default=[]),
}


class IntegrationsApi(RestResource):
    """The integrations of a service. There is no list of them but in the service."""

    name = "integration"
    plural = "integrations"
    path = "/services/<parent>/integrations"
    site = "/services/{_parent}/integrations/{id}"
    parent = "service"
    types = ("integration", *TYPES)
    methods = frozenset({"create", "show", "update", "destroy"})
    fields: ClassVar[Fields] = {
        "type": Field(one_of(*TYPES), fixed=True),
        "name": Field(printable(255), required=True),
        "vendor": Field(reference("vendor"), fixed=True),
        "integration_email": Field(text(pattern=r"[^@\s]+@[a-z0-9-]+(\.eu)?\.pagerduty\.com")),
        "email_incident_creation": Field(
            one_of("on_new_email", "on_new_email_subject", "only_if_no_open_incidents", "use_rules"),
            default="on_new_email",
        ),
        "email_filter_mode": Field(
            one_of("all-email", "or-rules-email", "and-rules-email"), default="all-email"
        ),
        "email_filters": Field(list_of(record(FILTER)), default=[EVERYTHING]),
        "email_parsers": Field(list_of(record(PARSER), least=1)),
        "email_parsing_fallback": Field(one_of("open_new_incident", "discard"), default="open_new_incident"),
    }

    def body(self, api: Api) -> Json:
        """`type` may carry `_reference`, as everywhere."""
        body = super().body(api)
        if isinstance(body.get("type"), str):
            body["type"] = body["type"].removesuffix("_reference")
        return body

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """A vendor chooses the type; without one it must be given. Type and vendor stay for ever."""
        if old is None:
            if new["type"] is None and new["vendor"] is None:
                raise invalid("Type can't be blank without a vendor")
            new["type"] = new["type"] or OF_VENDORS
            new["created_at"] = api.now()
            new["integration_key"] = new["_key"] = ids.hexadecimal(api.store, 32)
        if new["type"] == EMAIL and not new["integration_email"]:
            raise invalid("Integration email can't be blank")
        return new

    def type_of(self, document: Json) -> str:
        """The type is what sends the events."""
        return str(document["type"])

    def computed(self, api: Api, document: Json) -> Json:
        """Its service, its vendor, and how mail is read where it comes by mail."""
        service = {"id": document["_parent"], "type": "service_reference"}
        vendor = document["vendor"]
        return {
            "service": api.whole(service) if api.included("services") else service,
            "vendor": api.whole(vendor) if vendor and api.included("vendors") else vendor,
        }

    def view(self, api: Api, document: Json) -> Json:
        """Mail fields belong to mail integrations; in a service's list the key is missing."""
        hidden = {name for name in EMAIL_FIELDS if document["type"] != EMAIL or document[name] is None}
        if api.included("integrations"):
            hidden.add("integration_key")
        return {name: value for name, value in super().view(api, document).items() if name not in hidden}
