"""Webhook subscriptions: events that PagerDuty sends to a URL (pagerduty.md 9.1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.kind import marked_live
from pdslack_cli.kinds.base.quota import Quota
from pdslack_cli.kinds.base.spec import Resource, UnsentName
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, Description, Url, problem
from pdslack_cli.kinds.fields.secret import SecretText
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.events import event_doubts, similar_event
from pdslack_cli.model import Json, Live, Ref, host_of

ACCOUNT = "account"
SECRET = "secret"  # noqa: S105 - the name under which the signing secret is kept

_OF_INCIDENTS = (
    "acknowledged action_invocation.created action_invocation.terminated action_invocation.updated annotated "
    "conference_bridge.updated custom_field_values.updated delegated escalated incident_type.changed "
    "priority_updated reassigned reopened resolved responder.added responder.replied role.assigned "
    "service_updated status_update_published task.completed task.created task.updated triggered "
    "unacknowledged workflow.completed workflow.started"
)
_OF_SERVICES = "created custom_field_values.updated deleted updated"
FAMILIES = {
    "incident.*": frozenset(f"incident.{event}" for event in _OF_INCIDENTS.split()),
    "service.*": frozenset(f"service.{event}" for event in _OF_SERVICES.split()),
}
KNOWN = frozenset().union(*FAMILIES.values())

# --- fields ------------------------------------------------------------------------------------------

_source = RefTo("service", "team")
_ALL = frozenset({"all", "any", "everything", "global", "services", "teams", "*", "service/*", "team/*"})


def _from(value: object, info: ValidationInfo) -> Ref | str:
    if value == ACCOUNT:
        return ACCOUNT
    if isinstance(value, str) and get_close_matches(value.lower(), [ACCOUNT], 1, 0.8):
        raise problem(f"{value!r} is not a source of events", f"did you mean {ACCOUNT!r}?")
    if isinstance(value, str) and (value in _ALL or value.lower().startswith("all ")):
        raise problem(f"{value!r} is not a source of events", f"write {ACCOUNT} for all of its services")
    if isinstance(value, list) and len(value) > 1:
        hint = f"write a webhook for each, one for a team, or `from: {ACCOUNT}` for all services"
        raise problem("a webhook has one source", hint)
    return _source.read(value, info.context)


Source = Annotated[
    Ref | str,
    PlainValidator(_from),
    PlainSerializer(str),
    written.text(
        "account | reference to a service or team", f"{ACCOUNT}|{written.reference(*_source.kinds)}", ACCOUNT
    ),
]


def _expanded(events: tuple[str, ...]) -> tuple[str, ...]:
    """Expand globs and sort, because PagerDuty keeps no order."""
    found: set[str] = set()
    for event in events:
        matching = {known for known in KNOWN if fnmatchcase(known, event)}
        if not matching and re.search(r"[*?\[]", event):
            hint = similar_event(event, [*FAMILIES, *KNOWN], f"known are {', '.join(FAMILIES)}")
            raise problem(f"no event matches {event!r}", hint)
        found |= matching or {event}
    if not found:
        raise problem(
            "at least one event is required, got none", "add some, such as incident.triggered or incident.*"
        )
    return tuple(sorted(found))


def _shortened(events: tuple[str, ...]) -> list[str]:
    """Replace a complete family of events by its glob."""
    whole = [glob for glob, family in FAMILIES.items() if family <= set(events)]
    covered = frozenset().union(*(FAMILIES[glob] for glob in whole))
    return [*whole, *(event for event in events if event not in covered)]


EventSet = Annotated[
    tuple[Annotated[str, FILLED], ...],
    AfterValidator(_expanded),
    PlainSerializer(_shortened),
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "examples": [["incident.*"]]}),
]


class Headers(dict[str, SecretText]):
    """HTTP headers by name. Compared by name only, because PagerDuty hides the values."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._names() == other._names()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def _names(self) -> set[str]:
        return {name.casefold() for name in self}


def _headers(headers: dict[str, SecretText]) -> Headers:
    for name in headers:
        if not re.fullmatch(r"[A-Za-z0-9-]+", name):
            raise problem(f"{name!r} is not a header name", "use letters, digits and -")
    if len({name.casefold() for name in headers}) < len(headers):
        raise problem("two headers differ only in case", "HTTP header names ignore case: keep one of them")
    return Headers(headers)


class Webhook(Resource):
    """Sends events to a URL. PagerDuty shows its signing secret once, when the webhook is created."""

    name: UnsentName = ""
    url: Annotated[
        Url,
        Field(description="where PagerDuty posts events; a change creates a new webhook with a new secret"),
    ]
    from_: Annotated[
        Source, Field(alias="from", description="whose events: account, service/KEY or team/KEY")
    ]
    events: Annotated[EventSet, Field(description="which events; `incident.*` and `service.*` are families")]
    headers: Annotated[
        dict[str, SecretText],
        BeforeValidator(lambda headers: {} if headers is None else headers),
        AfterValidator(_headers),
        Field(description="sent along; their values are secret, and only their names are compared"),
    ] = Field(default_factory=Headers)
    active: Annotated[bool, Field(description="whether PagerDuty sends to it")] = True
    oauth_client: Annotated[
        Annotated[Ref, RefTo("oauth_client")] | None,
        Field(description="with whose tokens it is sent; null: without"),
    ] = None
    description: Description = ""

    @property
    def managed(self) -> frozenset[str]:
        return super().managed - {"name"}


# --- the kind ----------------------------------------------------------------------------------------


class Webhooks(PagerDutyKind[Webhook]):
    name, section, spec = "webhook", "webhooks", Webhook
    path, wrapper, plural = "/webhook_subscriptions", "webhook_subscription", "webhook_subscriptions"
    type_name = "webhook_subscription"
    required = frozenset()
    fixed_fields = frozenset({"url", "headers"})
    secret_name = SECRET
    server_made = frozenset({"secret", "temporarily_disabled", "custom_headers"})
    named_by = "url"
    absent_hint = "a webhook has no name in PagerDuty: give its `id:`"

    def live(self, raw: Json) -> Live:
        return marked_live(self, raw | {"name": raw["delivery_method"]["url"]})

    def identity(self, live: Live) -> Hashable:
        scope = live.raw["filter"]
        return live.raw["delivery_method"]["url"], _kind(scope), scope.get("id")

    def wanted_identity(self, spec: Resource, id_index: IdIndex) -> Hashable | None:
        if not isinstance(spec, Webhook):
            return None
        if isinstance(spec.from_, Ref):
            known = spec.from_ in id_index
            return (spec.url, spec.from_.kind, id_index.id(spec.from_)) if known else None
        return spec.url, ACCOUNT, None

    def display_name(self, live: Live) -> str:
        # Its path, or what stands behind it, may be all that keeps strangers out.
        return host_of(live.name)

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> Webhook:
        raw, method = live.raw, live.raw["delivery_method"]
        scope = raw["filter"]
        kind = _kind(scope)
        headers, client = method.get("custom_headers") or [], raw.get("oauth_client")
        return Webhook.from_wire(
            url=method["url"],
            from_=ACCOUNT if kind == ACCOUNT else id_index.ref_of(kind, scope),
            events=tuple(sorted(set(raw["events"]))),
            headers=Headers({header["name"]: SecretText(header["value"]) for header in headers}),
            active=raw.get("active", True),
            oauth_client=id_index.ref_of("oauth_client", client) if client else None,
            description=raw["description"].strip(),
        )

    def encode(self, spec: Webhook, id_index: IdIndex, live: Live | None) -> Json:
        fields = spec.model_fields_set
        body = spec.model_dump(include={"description", "active"}, exclude_unset=True)
        if "events" in fields:
            body["events"] = list(spec.events)
        if "from_" in fields:
            source = spec.from_
            body["filter"] = (
                reference(id_index.id(source), source.kind)
                if isinstance(source, Ref)
                else {"type": "account_reference"}
            )
        if "oauth_client" in fields:
            body["oauth_client_id"] = id_index.id(spec.oauth_client) if spec.oauth_client else None
        if "url" in fields:
            body["delivery_method"] = _delivery(spec)
        return body

    # --- what a plan asks ----------------------------------------------------------------------------

    def doubts(
        self, spec: Webhook, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        return event_doubts(spec.events, KNOWN, FAMILIES)

    def quota(self, spec: Webhook) -> Quota:
        of_service = isinstance(spec.from_, Ref) and spec.from_.kind == "service"
        return Quota(f"webhooks of {spec.from_}", 10, documented=of_service)

    def obstacles(
        self, spec: Webhook, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        names = [header["name"] for header in live.raw["delivery_method"].get("custom_headers") or []]
        if "url" in fields and names and "headers" not in spec.model_fields_set:
            yield (
                f"this creates a new webhook, and the headers of the old one ({', '.join(names)}) cannot "
                "be read: name them under `headers`, or write `headers: {}`"
            )

    def warnings(
        self, before: Webhook | None, after: Webhook, fields: Collection[str], now: datetime
    ) -> Iterator[str]:
        if before and self.fixed_fields & set(fields):
            yield (
                "its signing secret changes: whatever checks the signatures needs the new one, which goes to "
                "the secret store"
            )

    # --- writing -------------------------------------------------------------------------------------

    def taken_secret(self, live: Live) -> str | None:
        secret: str | None = live.raw["delivery_method"].pop("secret", None)
        return secret


def _kind(scope: Json) -> str:
    return text_at(scope, "type").removesuffix("_reference")


def _delivery(spec: Webhook) -> Json:
    headers = [{"name": name, "value": value.get_secret_value()} for name, value in spec.headers.items()]
    return {"type": "http_delivery_method", "url": spec.url, "custom_headers": headers}
