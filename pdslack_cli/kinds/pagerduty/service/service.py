"""Services and what belongs to them: integrations, alert grouping, rules (pagerduty.md 5, 7.3)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from pdslack_cli.errors import ignore_unavailable
from pdslack_cli.kinds.base.planning import Need
from pdslack_cli.kinds.base.section import Doubt
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import Duration, OrNever, RefTo, Text, Url, problem
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.fields.zones import zone_doubts
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule
from pdslack_cli.kinds.pagerduty.orchestration.parts import CacheVariables
from pdslack_cli.kinds.pagerduty.orchestration.rules import Rules, allowed_in, with_sets
from pdslack_cli.kinds.pagerduty.service import alert_grouping
from pdslack_cli.kinds.pagerduty.service.alert_grouping import AlertGrouping, ServiceGrouping
from pdslack_cli.kinds.pagerduty.service.integrations import (
    Integrations,
    ServiceIntegrations,
    merged,
    read_keys,
    unique_names,
)
from pdslack_cli.kinds.pagerduty.service.service_path import ServiceRules
from pdslack_cli.kinds.pagerduty.service.urgency import (
    ByHours,
    SupportHours,
    Urgency,
    decode_hours,
    decode_urgency,
    encode_hours,
    encode_urgency,
)
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

# What PagerDuty's schema calls the default, and its text denies: a new service gets it in so many words.
NEW_TIMEOUTS = {"auto_resolve_timeout": 14_400, "acknowledgement_timeout": 1_800}
PAUSES = tuple(Duration(60 * minutes) for minutes in (2, 3, 5, 10, 15))

_RUNBOOK = re.compile(r"(?:\A|\s*\n)Runbook: (https?://\S+)\s*\Z")


def _printable(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        raise problem(f"{name!r} cannot be a name", "take out control characters and spaces around it")
    return name


def _no_runbook(text: str) -> str:
    if _RUNBOOK.search(text):
        raise problem("the description ends with a `Runbook:` line", "write it as `runbook: URL`")
    return text


def _allowed_pause(pause: Duration) -> Duration:
    if pause not in PAUSES:
        raise problem(f"a pause of {pause} is not possible", f"choose one of {', '.join(map(str, PAUSES))}")
    return pause


def _none_if_zero(timeout: Duration | None) -> Duration | None:
    return timeout or None


Timeout = Annotated[Duration | None, OrNever(), AfterValidator(_none_if_zero)]


class Service(Resource):
    """Something that can fail: who is called for it, and what becomes of its alerts."""

    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {"channels", "exact"}

    name: Annotated[str, Field(min_length=1), AfterValidator(_printable)] = ""
    description: Annotated[Text, AfterValidator(_no_runbook)] = ""
    runbook: Annotated[Url | None, Field(description="kept as a line of the description")] = None
    escalation_policy: Annotated[Ref, RefTo("escalation_policy")]
    urgency: Urgency = "high"
    support_hours: SupportHours | None = None
    acknowledgement_timeout: Timeout = None
    auto_resolve_timeout: Timeout = None
    auto_pause: Annotated[
        Annotated[Duration, AfterValidator(_allowed_pause)] | None,
        WithJsonSchema({"enum": [*map(str, PAUSES), None]}),
        Field(description="how long alerts that often end by themselves are held back"),
    ] = None
    alert_grouping: AlertGrouping = None
    integrations: Annotated[Integrations, NullClears, AfterValidator(unique_names)] = ()
    exact: Annotated[bool, Field(description="delete integrations that are not listed, and their keys")] = (
        False
    )
    channels: Annotated[
        tuple[Annotated[Ref, RefTo("channel")], ...],
        NullClears,
        Field(description="short for a notification rule without filters, for each of them"),
    ] = ()
    rules: Annotated[Rules, NullClears, allowed_in("service")] = ()

    @model_validator(mode="after")
    def _urgency_has_its_hours(self) -> Self:
        if isinstance(self.urgency, ByHours) and self.support_hours is None:
            hint = "write `support_hours: {time_zone: …, from: …, to: …}`, or one urgency for all hours"
            raise problem("`urgency` depends on support hours, and there are none", hint)
        return self

    def merged_onto(self, live: Self, now: datetime) -> Self:
        after = super().merged_onto(live, now)
        if "integrations" not in self.model_fields_set:
            return after
        integrations = merged(self.integrations, live.integrations, exact=self.exact)
        return after.model_copy(update={"integrations": integrations})


class Services(PagerDutyKind[Service]):
    name, section, spec = "service", "services", Service
    path, wrapper, plural, type_name = "/services", "service", "services", "service"
    params: ClassVar[Mapping[str, Any]] = {"include": ["integrations", "auto_pause_notifications_parameters"]}
    unique_names = holds_incidents = True
    required = frozenset({"name", "escalation_policy"})
    parts = (ServiceIntegrations(), ServiceGrouping(), ServiceRules(), CacheVariables("services/"))
    unsaid_usual: ClassVar[Mapping[str, Any]] = {
        "alert_creation": "create_alerts_and_incidents",
        "response_play": None,
    }
    defaults_spelled_out = frozenset(NEW_TIMEOUTS)

    def entries(self, key: str, spec: Service) -> Iterable[tuple[Ref, Resource]]:
        # The service itself does not need its channels: their rules do.
        yield Ref(self.name, key), spec.restricted_to(spec.model_fields_set - {"channels"})
        for channel in spec.channels:
            rule = NotificationRule.model_validate({"from": [Ref(self.name, key)], "to": channel})
            yield Ref("notification_rule", f"{key}:{channel.key}"), rule

    def resolved(self, spec: Service, specs: Mapping[Ref, Resource]) -> Service:
        if not spec.rules:
            return spec
        return spec.model_copy(update={"rules": with_sets(spec.rules, specs, "service")})

    def doubts(
        self, spec: Service, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        if spec.support_hours:
            yield from zone_doubts(spec.support_hours.time_zone, ("support_hours", "time_zone"))

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> Service:
        raw = live.raw
        policy, pause = raw["escalation_policy"], raw.get("auto_pause_notifications_parameters")
        description, runbook = _split_runbook(raw["description"])
        fields: dict[str, Any] = {
            "name": live.name,
            "description": description.strip(),
            "runbook": runbook,
            "escalation_policy": id_index.ref("escalation_policy", policy["id"], policy.get("summary")),
            "urgency": decode_urgency(raw),
            "support_hours": decode_hours(raw.get("support_hours")),
            "acknowledgement_timeout": _seconds(raw.get("acknowledgement_timeout")),
            "auto_resolve_timeout": _seconds(raw.get("auto_resolve_timeout")),
        }
        if pause is not None:
            fields["auto_pause"] = _decoded_pause(pause)
        fields |= self.decoded_parts(live, id_index)
        return Service.model_construct(**fields)

    def encode(self, spec: Service, id_index: IdIndex, live: Live | None) -> Json:
        said = spec.model_fields_set
        body: Json = dict(NEW_TIMEOUTS) if live is None else {}
        for name in said & {"name"}:
            body[name] = spec.name
        for name in said & NEW_TIMEOUTS.keys():
            body[name] = None if getattr(spec, name) is None else int(getattr(spec, name))
        if "escalation_policy" in said:
            body["escalation_policy"] = reference(id_index.id(spec.escalation_policy), "escalation_policy")
        if said & {"description", "runbook"}:
            body["description"] = _description(spec, live)
        if said & {"urgency", "support_hours"}:
            body |= _encoded_urgency(spec, live)
        if "auto_pause" in said:
            timeout = {} if spec.auto_pause is None else {"timeout": int(spec.auto_pause)}
            body["auto_pause_notifications_parameters"] = {"enabled": bool(timeout), **timeout}
        return body

    # --- reading -------------------------------------------------------------------------------------

    def read(self, clients: Clients, wanted: Collection[Service]) -> Iterable[Live]:
        lives = super().read(clients, wanted)
        grouped = any("alert_grouping" in spec.model_fields_set for spec in wanted)
        return self._with_settings(clients, lives) if grouped else lives

    def read_all(self, clients: Clients) -> Iterable[Live]:
        lives = list(super().read(clients, ()))
        with ignore_unavailable():
            return self._with_settings(clients, lives)
        return lives

    @staticmethod
    def _with_settings(clients: Clients, lives: Iterable[Live]) -> list[Live]:
        settings = alert_grouping.read_settings(clients)
        return [replace(live, parts={"alert_grouping": settings.get(live.id)}) for live in lives]

    def read_outputs(self, clients: Clients, live: Live) -> Mapping[str, str]:
        return read_keys(clients, live.id, live.raw.get("integrations") or ())

    # --- what a plan asks ----------------------------------------------------------------------------

    def obstacles(
        self, spec: Service, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        yield from super().obstacles(spec, live, fields, id_index, adopt=adopt)
        kept = "urgency" not in spec.model_fields_set and isinstance(decode_urgency(live.raw), ByHours)
        if kept and "support_hours" in fields and spec.support_hours is None:
            yield "support_hours: the urgency depends on them: write `urgency: high`, low or severity too"

    def needs(self, live: Live) -> Iterable[Need]:
        yield Need("escalation_policy", live.raw["escalation_policy"]["id"])

    # --- what an export asks -------------------------------------------------------------------------

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        if live.raw.get("status") == "disabled":
            yield "it is disabled, and stays so"
        yield from super().export_notes(live, id_index)


def _seconds(timeout: int | None) -> Duration | None:
    return Duration(timeout) if timeout else None


def _decoded_pause(pause: Json) -> Duration | None:
    if not pause.get("enabled"):
        return None
    return Duration(pause.get("timeout") or pause.get("recommended_timeout") or 0)


def _split_runbook(text: str) -> tuple[str, str | None]:
    found = _RUNBOOK.search(text)
    return (text[: found.start()], found[1]) if found else (text, None)


def _description(spec: Service, live: Live | None) -> str:
    text, runbook = _split_runbook(live.raw["description"]) if live else ("", None)
    text = spec.description if "description" in spec.model_fields_set else text
    runbook = spec.runbook if "runbook" in spec.model_fields_set else runbook
    return "\n\n".join(part for part in (text, f"Runbook: {runbook}" if runbook else "") if part)


def _encoded_urgency(spec: Service, live: Live | None) -> Json:
    urgency = spec.urgency if "urgency" in spec.model_fields_set or live is None else decode_urgency(live.raw)
    if "support_hours" in spec.model_fields_set:
        hours = encode_hours(spec.support_hours) if spec.support_hours else None
    else:
        hours = live.raw.get("support_hours") if live else None
    body = encode_urgency(urgency, hours)
    # The published schema forbids the null; it clears what is there, and nothing else does.
    if hours is None and not (live and live.raw.get("support_hours")):
        del body["support_hours"]
    return body
