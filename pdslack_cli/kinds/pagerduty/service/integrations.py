"""What may send events to a service (pagerduty.md 5.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_serializer, model_validator

from pdslack_cli.clients.create_once import create_once, withdraw_younger
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.scalars import CatalogRef, Email, problem
from pdslack_cli.kinds.fields.shorthand import or_text
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unsaid_fields
from pdslack_cli.kinds.lenses.merge import merged as merged_into
from pdslack_cli.kinds.pagerduty.base import reference, remove
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients
    from pdslack_cli.kinds.pagerduty.service.service import Service

SUFFIX = "_inbound_integration"
TYPES = (
    "events-api-v2",
    "generic-events-api",
    "event-transformer-api",
    "aws-cloudwatch",
    "cloudkick",
    "keynote",
    "nagios",
    "pingdom",
    "sql-monitor",
)
EMAIL_TYPE = "generic-email"


def _type_word(value: Any) -> Any:
    """`events_api_v2_inbound_integration`, as PagerDuty says, is `events-api-v2`."""
    return value.lower().removesuffix(SUFFIX).replace("_", "-") if isinstance(value, str) else value


def _known_type(word: str) -> str:
    if word == EMAIL_TYPE:
        raise problem("a mail integration needs an address", "write `email: NAME@SUBDOMAIN.pagerduty.com`")
    if word not in TYPES:
        raise problem(f"{word!r} is not a type of integration", f"types are {', '.join(TYPES)}")
    return word


def _wire_type(word: str) -> str:
    return word.replace("-", "_") + SUFFIX


def _of_pagerduty(email: str) -> str:
    if not email.endswith(".pagerduty.com"):
        raise problem(f"{email!r} is not an address at PagerDuty", "write NAME@SUBDOMAIN.pagerduty.com")
    return email


class Integration(Spec):
    """A source of events: a word (a type, or the name of a vendor), or a mapping with a name of its own."""

    model_config = ConfigDict(json_schema_extra=or_text)

    name: Annotated[str, Field(min_length=1)]
    type: Annotated[
        str | None,
        BeforeValidator(_type_word),
        AfterValidator(lambda word: word and _known_type(word)),
        Field(json_schema_extra={"enum": list(TYPES)}),
    ] = None
    vendor: Annotated[Ref, CatalogRef("vendor")] | None = None
    email: Annotated[Email, AfterValidator(_of_pagerduty)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        is_type = _type_word(value) in (*TYPES, EMAIL_TYPE)
        return {"name": value, "type" if is_type else "vendor": value}

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if len(self._sides) != 1:
            raise problem(
                f"integration {self.name!r} needs one of `type`, `vendor` and `email`",
                "PagerDuty derives the others from it",
            )
        return self

    @model_serializer
    def _shortest(self) -> Any:
        (side,) = self._sides
        written = str(self.vendor.key) if side == "vendor" and self.vendor else getattr(self, side)
        return written if written == self.name and side != "email" else {"name": self.name, side: written}

    @property
    def _sides(self) -> tuple[str, ...]:
        return tuple(sorted(self.model_fields_set & {"type", "vendor", "email"}))

    def is_met_by(self, live: Integration) -> bool:
        """Whether the live one is what this asks for: only the side that is declared counts."""
        return all(getattr(self, side) == getattr(live, side) for side in self._sides)


Integrations = tuple[Integration, ...]


def unique_names(integrations: Integrations) -> Integrations:
    """The integrations, if their names tell them apart."""
    names = [integration.name for integration in integrations]
    for name in names:
        if names.count(name) > 1:
            raise problem(f"two integrations are named {name!r}", "give one of them another name")
    return integrations


# --- lenses ----------------------------------------------------------------------------------------


def decode_integration(raw: Json, id_index: IdIndex) -> Integration:
    """The words for a live integration. All sides are known, one is said: a vendor before a type."""
    vendor = raw.get("vendor")
    email = raw.get("integration_email") or None
    said = "vendor" if vendor else "email" if email else "type"
    return Integration.model_construct(
        _fields_set={"name", said},
        name=raw.get("name") or raw.get("summary") or "",
        type=_type_word(raw.get("type")),
        vendor=id_index.ref("vendor", vendor["id"], vendor.get("summary")) if vendor else None,
        email=email.lower() if email else None,
    )


def encode_integration(integration: Integration, id_index: IdIndex) -> Json:
    """A new integration as PagerDuty takes it: it chooses the type for a vendor."""
    body: Json = {"name": integration.name}
    if integration.vendor:
        return body | {"vendor": reference(id_index.id(integration.vendor), "vendor")}
    if integration.email:
        return body | {"type": _wire_type(EMAIL_TYPE), "integration_email": integration.email}
    return body | {"type": _wire_type(integration.type or "")}


ANY_MAIL = {"subject_mode": "always", "body_mode": "always", "from_email_mode": "always"}
UNSAID: Mapping[str, Any] = {
    "integration_email": None,  # beside a vendor
    "email_incident_creation": "on_new_email",
    "email_filter_mode": "all-email",
    "email_filters": [],
    "email_parsers": [],
    "email_parsing_fallback": "open_new_incident",
}
"""What no file can say of an integration, and what it is unless somebody sets it (pagerduty.md 5.2)."""


def export_notes(raw: Json, id_index: IdIndex) -> Iterable[str]:
    """What an integration holds that no file can say."""
    integration = decode_integration(raw, id_index)
    filters = [each for each in raw.get("email_filters") or () if not ANY_MAIL.items() <= each.items()]
    held = {**raw, "email_filters": filters}
    said = encode_integration(integration, id_index)
    yield from as_comment(unsaid_fields(held, said, UNSAID), f"integration {integration.name!r}")


def merged(wanted: Integrations, live: Integrations, *, exact: bool) -> Integrations:
    """What a service has once the wanted ones are there; others stay unless `exact`."""
    missing = {integration.name: integration for integration in wanted}
    after: list[Integration] = []
    for integration in live:
        asked = missing.pop(integration.name, None)
        if asked is not None:
            after.append(integration if asked.is_met_by(integration) else asked)
        elif not exact:
            after.append(integration)
    return (*after, *missing.values())


def keys_lost(before: Integrations, after: Integrations) -> Iterable[str]:
    """The names of integrations whose keys stop working. A new address keeps the key."""
    for integration in before:
        if not any(integration == other or _readdressed(other, integration) for other in after):
            yield integration.name


def _readdressed(wanted: Integration, live: Integration) -> bool:
    emails = {wanted.email, live.email}
    return wanted.name == live.name and None not in emails and len(emails) == 2


# --- the part --------------------------------------------------------------------------------------


class ServiceIntegrations(Part["Service"]):
    """The integrations of a service: the list of services tells them, and each is written by a call."""

    fields = children = frozenset({"integrations"})

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        raws = live.raw.get("integrations") or ()
        return {"integrations": tuple(decode_integration(raw, id_index) for raw in raws)}

    def warnings(
        self, before: Service | None, after: Service, fields: Collection[str], now: datetime
    ) -> Iterable[str]:
        for name in keys_lost(before.integrations, after.integrations) if before else ():
            yield f"integration {name!r} is deleted: whatever sends with its key is no longer heard"

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        for raw in live.raw.get("integrations") or ():
            yield from export_notes(raw, id_index)

    def write(self, session: Session, ref: Ref, live: Live, spec: Service) -> None:
        write_integrations(session, live, spec.integrations)


# --- writing ---------------------------------------------------------------------------------------


def write_integrations(session: Session, live: Live, wanted: Integrations) -> None:
    """Bring the integrations of a service to the wanted ones, which are all that it shall have."""
    path = f"/services/{live.id}/integrations"
    left = [(decode_integration(raw, session.id_index), raw) for raw in live.raw.get("integrations") or ()]
    new: list[Integration] = []
    gone: list[Json] = []
    for integration in wanted:
        pair = next((pair for pair in left if pair[0].name == integration.name), None)
        if pair is None:
            new.append(integration)
            continue
        left.remove(pair)
        there, raw = pair
        if _readdressed(integration, there):
            before = encode_integration(there, session.id_index)
            body = merged_into(encode_integration(integration, session.id_index), before, raw)
            session.clients.pagerduty.update(f"{path}/{raw['id']}", {"integration": body})
        elif not integration.is_met_by(there):  # neither type nor vendor can change
            gone.append(raw)
            new.append(integration)
    for raw in (*gone, *(raw for _, raw in left)):
        remove(session.clients, f"{path}/{raw['id']}")
    made = [_create(session, live, path, encode_integration(each, session.id_index)) for each in new]
    if not live.new:
        withdraw_younger(
            made,
            lambda: _there(session, live),
            {raw["id"] for raw in live.raw.get("integrations") or ()},
            lambda raw: raw.get("name"),
            lambda raw: remove(session.clients, f"{path}/{raw['id']}"),
        )


def _create(session: Session, live: Live, path: str, body: Json) -> Json:
    clients = session.clients
    before = {raw["id"] for raw in live.raw.get("integrations") or ()}

    def find() -> Json | None:
        new = [raw for raw in _there(session, live) if raw["id"] not in before]
        return next((raw for raw in new if raw.get("name") == body["name"]), None)

    return create_once(
        lambda: dict(clients.pagerduty.create(path, {"integration": body})["integration"]),
        find,
        unique=False,
        clock=clients.clock,
    )


def _there(session: Session, live: Live) -> list[Json]:
    service = session.clients.pagerduty.get(f"/services/{live.id}", include=["integrations"])["service"]
    return list(service["integrations"])


def read_keys(clients: Clients, service_id: str, integrations: Sequence[Json]) -> Mapping[str, str]:
    """The keys by the names of the integrations. Lists may lack them: then it is one call each."""
    keys: dict[str, str] = {}
    for raw in integrations:
        whole = raw
        if not raw.get("integration_key"):
            path = f"/services/{service_id}/integrations/{raw['id']}"
            whole = clients.pagerduty.get(path)["integration"]
        if whole.get("integration_key"):
            keys[whole.get("name") or raw.get("summary") or raw["id"]] = whole["integration_key"]
    return keys
