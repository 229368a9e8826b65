"""Webhook subscriptions, V3 (pagerduty.md 9.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    WrongError,
    boolean,
    event_type,
    id_of,
    list_of,
    one_of,
    prose,
    record,
    reference,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.pagerduty.runtime.outbound import webhooks

REDACTED = "-- redacted --"
MOST_PER_SCOPE = 10

HEADER: Fields = {
    "name": Field(text(shortest=1, pattern=r"[A-Za-z0-9-]+"), required=True),
    "value": Field(text(), required=True),
}


def custom_headers(value: Any, exists: Exists) -> list[Json]:
    """Headers whose names differ."""
    headers: list[Json] = list_of(record(HEADER))(value, exists)
    names = [header["name"].casefold() for header in headers]
    if len(set(names)) != len(names):
        raise WrongError("must have unique names")
    return headers


def subject(value: Any, exists: Exists) -> Json:
    """The account, a service or a team."""
    if isinstance(value, dict) and value.get("type") == "account_reference":
        return {"type": "account_reference"}
    checked: Json = reference("service", "team")(value, exists)
    return checked


DELIVERY: Fields = {
    "type": Field(one_of("http_delivery_method"), required=True),
    "url": Field(text(pattern=r"https?://\S+"), required=True),
    "custom_headers": Field(custom_headers, default=[], nullable=False),
}


class WebhookSubscriptionsApi(RestResource):
    """A webhook subscription: where to send which events."""

    name = "webhook_subscription"
    plural = "webhook_subscriptions"
    path = "/webhook_subscriptions"
    created = 200
    fields: ClassVar[Fields] = {
        "delivery_method": Field(record(DELIVERY), required=True, fixed=True),
        "description": Field(prose()),
        "events": Field(list_of(event_type, least=1, unique=True), required=True),
        "filter": Field(subject, required=True),
        "active": Field(boolean, default=True, nullable=False),
        "oauth_client_id": Field(id_of("oauth_client")),
    }

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, switching a disabled one on again, and a test."""
        yield from super().rules()
        yield Rule("/webhook_subscriptions/<id>/enable", methods=["POST"], endpoint=self.enable)
        yield Rule("/webhook_subscriptions/<id>/ping", methods=["POST"], endpoint=self.ping)

    def enable(self, api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """End a temporary disablement."""
        webhooks.enable(api, self.existing(api, id))
        return self.show(api, id)

    def ping(self, api: Api, id: str) -> SandboxResponse:  # noqa: A002
        """Send the test event."""
        webhooks.ping(api, self.existing(api, id))
        return SandboxResponse(None, 202)

    def create(self, api: Api, parent: str = "") -> SandboxResponse:
        """The answer to a create, the only one with the secret."""
        document = self.add(api, self.body(api))
        shown = self.view(api, document)
        shown["delivery_method"]["secret"] = document["_secret"]
        return SandboxResponse({self.name: shown}, self.created)

    def selects(self, api: Api, document: Json) -> bool:
        """By `filter_type` and `filter_id`."""
        type_, id_ = api.arguments.get("filter_type"), api.arguments.get("filter_id")
        scope = document["filter"]
        return type_ in (None, scope["type"].removesuffix("_reference")) and id_ in (None, scope.get("id"))

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """The server sorts events and makes the secret."""
        new["events"] = sorted(new["events"])
        if old is None:
            same_scope = [other for other in api.all(self.name) if other["filter"] == new["filter"]]
            if len(same_scope) >= MOST_PER_SCOPE:
                raise PagerDutyRefusal(
                    400, "Product limit reached", 2019, ("Webhook subscriptions limit exceeded",)
                )
            new["_secret"] = ids.secret(api.store)
            new["delivery_method"]["id"] = ids.short(api.store)
        return new

    def summary(self, document: Json) -> str:
        """Its description."""
        return document["description"] or ""

    def links(self, api: Api, document: Json) -> Json:
        """Return no links."""
        return {}

    def view(self, api: Api, document: Json) -> Json:
        """Without what is secret; a filter is only id and type."""
        method = document["delivery_method"]
        headers = [{"name": header["name"], "value": REDACTED} for header in method["custom_headers"]]
        off = webhooks.disabled(api, document)
        shown = {"secret": None, "temporarily_disabled": off, **method, "custom_headers": headers}
        whole = super().view(api, document)
        client = whole.pop("oauth_client_id", None)
        return {
            **whole,
            "filter": document["filter"],
            "delivery_method": shown,
            "oauth_client": {"id": client, "type": "oauth_client_reference"} if client else None,
        }
