"""Webhook subscriptions: what PagerDuty tells to a URL (pagerduty.md 9.1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from pdslack_cli.errors import PdslackError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.kind import marked_live
from pdslack_cli.kinds.base.section import Doubt
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import RefTo, Text, Url, problem
from pdslack_cli.kinds.fields.secret import SecretText
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.events import event_doubts, similar_event
from pdslack_cli.model import Json, Live, Owned, Ref

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


def _from(value: object) -> Ref | str:
    if value == ACCOUNT:
        return ACCOUNT
    if not isinstance(value, Ref | str) or (isinstance(value, str) and "/" not in value):
        raise problem(f"{value!r} is no source of events", "write account, service/KEY or team/KEY")
    return _source.read(value)


Source = Annotated[
    Ref | str,
    PlainValidator(_from),
    PlainSerializer(str),
    WithJsonSchema(
        {"type": "string", "description": "account, service/KEY or team/KEY", "examples": [ACCOUNT]}
    ),
]


def _expanded(events: tuple[str, ...]) -> tuple[str, ...]:
    """Sorted, since PagerDuty keeps no order, with globs replaced by what they match."""
    found: set[str] = set()
    for event in events:
        matching = {known for known in KNOWN if fnmatchcase(known, event)}
        if not matching and re.search(r"[*?\[]", event):
            hint = similar_event(event, [*FAMILIES, *KNOWN], f"known are {', '.join(FAMILIES)}")
            raise problem(f"no event matches {event!r}", hint)
        found |= matching or {event}
    if not found:
        raise problem("`events` is empty", "name some, such as incident.triggered or incident.*")
    return tuple(sorted(found))


def _shortened(events: tuple[str, ...]) -> list[str]:
    """With a glob where a family is complete."""
    whole = [glob for glob, family in FAMILIES.items() if family <= set(events)]
    covered = frozenset().union(*(FAMILIES[glob] for glob in whole))
    return [*whole, *(event for event in events if event not in covered)]


EventSet = Annotated[
    tuple[str, ...],
    AfterValidator(_expanded),
    PlainSerializer(_shortened),
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "examples": [["incident.*"]]}),
]


class Headers(dict[str, SecretText]):
    """Headers by name. Equal where the names are: PagerDuty hides the values, so they cannot be compared."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._names() == other._names()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def _names(self) -> set[str]:
        return {name.casefold() for name in self}


def _headers(headers: dict[str, SecretText]) -> Headers:
    for name in headers:
        if not re.fullmatch(r"[A-Za-z0-9-]+", name):
            raise problem(f"{name!r} is no name of a header", "use letters, digits and -")
    if len({name.casefold() for name in headers}) < len(headers):
        raise problem("two headers differ only in case", "HTTP does not tell them apart: keep one of them")
    return Headers(headers)


class Webhook(Resource):
    """Tells a URL about events. PagerDuty shows its signing secret once, when it is made."""

    url: Annotated[Url, Field(description="a change makes a new one, with a new secret")]
    from_: Annotated[Source, Field(alias="from")]
    events: EventSet
    headers: Annotated[
        dict[str, SecretText],
        BeforeValidator(lambda headers: {} if headers is None else headers),
        AfterValidator(_headers),
        Field(description="sent along; their values are secret, and only their names are compared"),
    ] = Field(default_factory=Headers)
    active: bool = True
    description: Text = ""

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
    unsaid_usual: ClassVar[Mapping[str, Any]] = {"oauth_client": None}
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
        return urlsplit(live.name).hostname or ""

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> Webhook:
        raw, method = live.raw, live.raw["delivery_method"]
        scope = raw["filter"]
        kind = _kind(scope)
        headers = method.get("custom_headers") or []
        return Webhook.from_wire(
            url=method["url"],
            from_=ACCOUNT if kind == ACCOUNT else id_index.ref(kind, scope["id"], scope.get("summary")),
            events=tuple(sorted(set(raw["events"]))),
            headers=Headers({header["name"]: SecretText(header["value"]) for header in headers}),
            active=raw.get("active", True),
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
        if "url" in fields:
            body["delivery_method"] = _delivery(spec)
        return body

    # --- what a plan asks ----------------------------------------------------------------------------

    def doubts(
        self, spec: Webhook, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        return event_doubts(spec.events, KNOWN)

    def obstacles(
        self, spec: Webhook, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        names = [header["name"] for header in live.raw["delivery_method"].get("custom_headers") or []]
        if "url" in fields and names and "headers" not in spec.model_fields_set:
            yield (
                f"this makes a new webhook, and the headers of the old one ({', '.join(names)}) cannot "
                "be read: name them under `headers`, or write `headers: {}`"
            )
        if self.fixed_fields & set(fields) and live.raw.get("oauth_client"):
            yield (
                "this makes a new webhook, and pdslack cannot give it the OAuth client of the old one: make "
                "the new one in PagerDuty, and name its `id:` here"
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

    def create(self, session: Session, ref: Ref, spec: Webhook, mark: Owned) -> Live:
        live = super().create(session, ref, spec, mark.as_unfinished)
        secret = live.raw["delivery_method"].pop("secret", None)
        if not secret:
            raise LostSecretError("its signing secret was in an answer that got lost, and is shown only once")
        session.secrets.store(ref, SECRET, secret)
        self.update(session, live, spec, (), mark)
        session.notice(ref, f"its signing secret is in {session.secrets.place}")
        return live


class LostSecretError(PdslackError):
    """A secret that nobody has, of an object that stays unfinished."""

    hint = "run the apply again: it replaces the webhook, and stores the secret of the new one"


def _kind(scope: Json) -> str:
    return str(scope["type"]).removesuffix("_reference")


def _delivery(spec: Webhook) -> Json:
    headers = [{"name": name, "value": value.get_secret_value()} for name, value in spec.headers.items()]
    return {"type": "http_delivery_method", "url": spec.url, "custom_headers": headers}
