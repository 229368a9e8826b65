"""Integrations of a service, through which it receives events (pagerduty.md 5.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Protocol, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializationInfo,
    model_serializer,
    model_validator,
)

from pdslack_cli.clients.create_once import create_once, withdraw_younger
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.references import CatalogRef
from pdslack_cli.kinds.fields.scalars import FILLED, Email, printable, problem
from pdslack_cli.kinds.fields.shorthand import or_text
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unwritable_fields
from pdslack_cli.kinds.lenses.merge import merged as merged_into
from pdslack_cli.kinds.pagerduty.base import reference, remove
from pdslack_cli.kinds.pagerduty.service.integration_types import (
    EMAIL_TYPE,
    MAIL_WORDS,
    SUFFIX,
    TYPES,
    is_type,
    type_word,
)
from pdslack_cli.kinds.pagerduty.service.mail import Mail, decode_mail, encode_mail
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.suggest import all_of

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

_NEARLY_THE_SAME = 0.85


def _seems_type(word: str) -> bool:
    """Return whether a text is, or resembles, a type of integration; if not, it names a vendor."""
    return is_type(word) or bool(get_close_matches(type_word(word), TYPES, 1, _NEARLY_THE_SAME))


def _known_type(word: str) -> str:
    if word in MAIL_WORDS:
        hint = "write `email: NAME@SUBDOMAIN.pagerduty.com`"
        raise problem("a mail integration needs an address", hint, needs=("email",), beside=True)
    if word not in TYPES:
        near = get_close_matches(word, TYPES, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"types are {', '.join(TYPES)}"
        raise problem(f"{word!r} is not a type of integration", hint)
    return word


def _wire_type(word: str) -> str:
    return word.replace("-", "_") + SUFFIX


def _of_pagerduty(email: str) -> str:
    if not email.endswith(".pagerduty.com"):
        raise problem(f"{email!r} is not an address at PagerDuty", "write NAME@SUBDOMAIN.pagerduty.com")
    return email


class Integration(Spec):
    """A source of events: a text (a type, or the name of a vendor), or a mapping with its own name."""

    model_config = ConfigDict(json_schema_extra=or_text)

    name: Annotated[
        str,
        FILLED,
        Field(description="identifies the integration"),
        at_most(255),
        AfterValidator(printable),
    ]
    type: Annotated[
        str | None,
        BeforeValidator(type_word),
        AfterValidator(lambda word: word and _known_type(word)),
        Field(
            json_schema_extra={"examples": list(TYPES)},
            description="a type of PagerDuty's own, `email`, or the name of a vendor",
        ),
    ] = None
    vendor: Annotated[
        Annotated[Ref, CatalogRef("vendor")] | None, Field(description="the tool that sends, by name")
    ] = None
    email: Annotated[
        Annotated[Email, AfterValidator(_of_pagerduty)] | None,
        Field(description="NAME@SUBDOMAIN.pagerduty.com: mail to it makes alerts"),
    ] = None
    mail: Annotated[Mail | None, Field(description="which mails make alerts and incidents, and how")] = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value, "type" if is_type(value) else "vendor": value}
        written = value.get("type") if isinstance(value, dict) else None
        if not isinstance(written, str):
            return value
        others = {key: setting for key, setting in value.items() if key != "type"}
        if "email" in others and type_word(written) in MAIL_WORDS:
            return others
        return value if _seems_type(written) or "vendor" in others else {**others, "vendor": written}

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if len(self._sides) != 1:
            given = f", got {all_of(self._sides)}" if self._sides else ""
            raise problem(
                f"integration {self.name!r} needs one of `type`, `vendor` and `email`{given}",
                "PagerDuty derives the others from it",
                needs=("name", "type", "vendor", "email"),
            )
        if self.mail and self._sides != ("email",):
            raise problem("`mail` is only for integrations with `email`", "remove one of them", ("mail",))
        return self

    @model_serializer
    def _shortest(self, info: SerializationInfo) -> Any:
        side = next(iter(self._sides), "type")  # an answer may lack the type
        written = str(self.vendor.key) if side == "vendor" and self.vendor else getattr(self, side)
        if written == self.name and side != "email" and (side == "type" or not is_type(written)):
            return written
        # With all defaults, every address has settings, for a plan to compare with those of a file.
        mail = self.mail or (Mail() if side == "email" and not info.exclude_unset else None)
        settings = mail and {"mail": mail.model_dump(mode="json", exclude_unset=info.exclude_unset)}
        return {"name": self.name, side: written, **(settings or {})}

    @property
    def _sides(self) -> tuple[str, ...]:
        sides = self.model_fields_set & {"type", "vendor", "email"}
        return tuple(side for side in sorted(sides) if getattr(self, side) is not None)

    def is_met_by(self, live: Integration) -> bool:
        """Return whether the live integration satisfies this one: only the declared fields are compared."""
        same = all(getattr(self, side) == getattr(live, side) for side in self._sides)
        return same and (self.mail is None or self.mail.is_met_by(live.mail))

    def laid_over(self, live: Integration) -> Integration:
        """Return the integration as it reads back: a mail integration keeps what is not set."""
        if not _changes_in_place(self, live):
            return self
        mail = self.mail.laid_over(live.mail) if self.mail else live.mail
        return Integration.built(
            {"name": self.name, "email": self.email, **({} if mail is None else {"mail": mail})}
        )


Integrations = tuple[Integration, ...]


def unique_names(integrations: Integrations) -> Integrations:
    """Validate that the names of the integrations are unique."""
    names = [integration.name for integration in integrations]
    for name in names:
        if names.count(name) > 1:
            raise problem(f"two integrations are named {name!r}", "give one of them another name")
    return integrations


# --- lenses ----------------------------------------------------------------------------------------


def decode_integration(raw: Json, id_index: IdIndex) -> Integration:
    """Convert a live integration, which has a type and maybe a vendor; the vendor is preferred."""
    vendor = raw.get("vendor")
    email = raw.get("integration_email") or None
    preferred = "vendor" if vendor else "email" if email else "type"
    mail = decode_mail(raw) if preferred == "email" else None
    return Integration.model_construct(
        _fields_set={"name", preferred, *(("mail",) if mail else ())},
        name=raw.get("name") or raw.get("summary") or "",
        type=type_word(raw.get("type")),
        vendor=id_index.ref_of("vendor", vendor) if vendor else None,
        email=email.lower() if email else None,
        mail=mail,
    )


def encode_integration(integration: Integration, id_index: IdIndex) -> Json:
    """Convert a new integration to PagerDuty's form: for a vendor, PagerDuty chooses the type."""
    body: Json = {"name": integration.name}
    if integration.vendor:
        return body | {"vendor": reference(id_index.id(integration.vendor), "vendor")}
    if integration.email:
        body |= {"type": _wire_type(EMAIL_TYPE), "integration_email": integration.email}
        return body | (encode_mail(integration.mail) if integration.mail else {})
    return body | {"type": _wire_type(integration.type or "")}


ANY_MAIL = {"subject_mode": "always", "body_mode": "always", "from_email_mode": "always"}
UNWRITABLE: Mapping[str, Any] = {
    "integration_email": None,  # beside a vendor
    "email_incident_creation": "on_new_email",
    "email_filter_mode": "all-email",
    "email_filters": [],
    "email_parsers": [],
    "email_parsing_fallback": "open_new_incident",
}
"""Fields of an integration that a file cannot set, with their defaults (pagerduty.md 5.2)."""


def export_notes(integration: Integration, raw: Json, id_index: IdIndex) -> Iterable[str]:
    """Describe what an integration has besides its decoded fields."""
    filters = [each for each in raw.get("email_filters") or () if not ANY_MAIL.items() <= each.items()]
    held = {**raw, "email_filters": filters}
    encoded = encode_integration(integration, id_index)
    yield from as_comment(unwritable_fields(held, encoded, UNWRITABLE), f"integration {integration.name!r}")


def merged(wanted: Integrations, live: Integrations, *, exact: bool) -> Integrations:
    """Return the integrations after the wanted ones are added; others stay unless `exact`."""
    missing = {integration.name: integration for integration in wanted}
    after: list[Integration] = []
    for integration in live:
        asked = missing.pop(integration.name, None)
        if asked is not None:
            after.append(integration if asked.is_met_by(integration) else asked.laid_over(integration))
        elif not exact:
            after.append(integration)
    return (*after, *missing.values())


def keys_lost(before: Integrations, after: Integrations) -> Iterable[str]:
    """Return the names of integrations whose keys stop working. Those of mail change in place."""
    left = [*after]
    for integration in before:
        stays = (other for other in left if integration == other or _changes_in_place(other, integration))
        if (other := next(stays, None)) is None:
            yield integration.name
        else:
            left.remove(other)


def _changes_in_place(wanted: Integration, live: Integration) -> bool:
    return wanted.name == live.name and bool(wanted.email and live.email)


# --- the part --------------------------------------------------------------------------------------


class HasIntegrations(Protocol):
    @property
    def integrations(self) -> Integrations: ...
    @property
    def lookup(self) -> bool: ...


class ServiceIntegrations(Part[HasIntegrations]):
    """The integrations of a service: read with the list of services, written one call each."""

    fields = children = frozenset({"integrations"})
    listed = "integrations"
    empty = ()

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"integrations": tuple(decode_integration(raw, id_index) for raw in live.raw["integrations"])}

    def obstacles(
        self, spec: HasIntegrations, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        if not spec.lookup:
            return
        there = {one.name: one for one in self.decode_if_there(live, id_index)["integrations"]}
        for wanted in spec.integrations:
            if wanted.name in there and not wanted.is_met_by(there[wanted.name]):
                yield (
                    f"the integration {wanted.name!r} exists and is another one: on what is looked up, "
                    "integrations are added and never changed; give yours another name"
                )

    def warnings(
        self, before: HasIntegrations | None, after: HasIntegrations, fields: Collection[str], now: datetime
    ) -> Iterable[str]:
        for name in keys_lost(before.integrations, after.integrations) if before else ():
            yield f"integration {name!r} will be deleted: events sent with its key are no longer received"

    def export_notes(self, before: HasIntegrations, live: Live, id_index: IdIndex) -> Iterable[str]:
        for integration, raw in zip(before.integrations, live.raw["integrations"], strict=True):
            yield from export_notes(integration, raw, id_index)

    def write(self, session: Session, ref: Ref, live: Live, spec: HasIntegrations) -> None:
        write_integrations(session, live, spec.integrations)


# --- writing ---------------------------------------------------------------------------------------


def write_integrations(session: Session, live: Live, wanted: Integrations) -> None:
    """Create, update and delete integrations of a service to match the wanted list."""
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
        if integration.is_met_by(there):
            continue
        if _changes_in_place(integration, there):
            before = encode_integration(there, session.id_index)
            body = merged_into(encode_integration(integration, session.id_index), before, raw)
            session.clients.pagerduty.update(f"{path}/{raw['id']}", {"integration": body})
        else:  # neither type nor vendor can change
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
    """Read the keys by integration name. Lists may omit them; then one call is made per integration."""
    keys: dict[str, str] = {}
    for raw in integrations:
        whole = raw
        if not raw.get("integration_key"):
            path = f"/services/{service_id}/integrations/{raw['id']}"
            whole = clients.pagerduty.get(path)["integration"]
        if whole.get("integration_key"):
            keys[whole.get("name") or raw.get("summary") or raw["id"]] = whole["integration_key"]
    return keys
