"""Services, with their integrations, alert grouping and rules (pagerduty.md 5, 7.3)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from pdslack_cli.errors import PlanLimitError, ignore_unavailable, reading
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.kind import Need
from pdslack_cli.kinds.base.spec import NAMED, Resource
from pdslack_cli.kinds.fields.durations import DURATION_SCHEMA, Duration, OrNever
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.recommended import WORD, OrRecommended, from_wire, settled, to_wire
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, Description, Url, printable, problem
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.fields.zones import zone_doubts
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.automation.action import action_doubts, own_actions
from pdslack_cli.kinds.pagerduty.automation.links import OfferedActions, ServiceActions
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.custom_fields.field_values import (
    CustomFieldValues,
    FieldValues,
    shown_values,
    value_doubts,
    with_values,
)
from pdslack_cli.kinds.pagerduty.grouping import alert_grouping
from pdslack_cli.kinds.pagerduty.grouping.alert_grouping import ServiceGrouping
from pdslack_cli.kinds.pagerduty.grouping.grouping import AlertGrouping, settled_grouping
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule
from pdslack_cli.kinds.pagerduty.orchestration.cache_variables import (
    CachedValues,
    CacheVariables,
    variable_doubts,
    without_ignored,
)
from pdslack_cli.kinds.pagerduty.orchestration.rules import Rules, allowed_in, with_sets
from pdslack_cli.kinds.pagerduty.service.dependencies import Dependencies, UsedServices
from pdslack_cli.kinds.pagerduty.service.integrations import (
    Integrations,
    ServiceIntegrations,
    merged,
    read_keys,
    unique_names,
)
from pdslack_cli.kinds.pagerduty.service.looked_up import LookedUpService
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
from pdslack_cli.kinds.pagerduty.switches import Aiops, Enablement, ServiceDisabled
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

# What PagerDuty's schema calls the default, and its text denies: a new service gets it in so many words.
NEW_TIMEOUTS = {"auto_resolve_timeout": 14_400, "acknowledgement_timeout": 1_800}
PAUSES = tuple(Duration(60 * minutes) for minutes in (2, 3, 5, 10, 15))

_RUNBOOK = re.compile(r"(?:\A|\s*\n)Runbook: (https?://\S+)\s*\Z")


def _no_runbook(text: str) -> str:
    if _RUNBOOK.search(text):
        raise problem("the description ends with a `Runbook:` line", "write it as `runbook: URL`")
    return text


def _allowed_pause(pause: Duration) -> Duration:
    if pause not in PAUSES:
        choices = ", ".join((*map(str, PAUSES), WORD))
        raise problem(f"a pause of {pause} is not possible", f"choose one of {choices}")
    return pause


def _none_if_zero(timeout: Duration | None) -> Duration | None:
    return timeout or None


Timeout = Annotated[Duration | None, OrNever(), AfterValidator(_none_if_zero)]


class Service(Resource):
    """A component that can fail: whom PagerDuty notifies, and how it handles the alerts."""

    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {"channels", "exact"}

    name: Annotated[str, FILLED, at_most(255), AfterValidator(printable), NAMED] = ""
    description: Annotated[Description, AfterValidator(_no_runbook)] = ""
    runbook: Annotated[
        Url | None,
        Field(description="a web address for responders; kept as the last line of the description"),
    ] = None
    escalation_policy: Annotated[Ref, RefTo("escalation_policy"), Field(description="who is paged")]
    urgency: Annotated[
        Urgency,
        Field(
            description="the urgency of incidents; `severity`: high for critical and error, low for others"
        ),
    ] = "high"
    disabled: Annotated[bool, Field(description="makes no incidents and notifies nobody")] = False
    support_hours: Annotated[
        SupportHours | None, Field(description="support hours, for an urgency that depends on them")
    ] = None
    acknowledgement_timeout: Annotated[
        Timeout,
        Field(description="how long an acknowledged incident stays so", json_schema_extra={"default": "30m"}),
    ] = None
    auto_resolve_timeout: Annotated[
        Timeout,
        Field(description="after how long open incidents are resolved", json_schema_extra={"default": "4h"}),
    ] = None
    auto_pause: Annotated[
        Annotated[Duration, AfterValidator(_allowed_pause), OrRecommended()] | None,
        WithJsonSchema({"anyOf": [{"enum": [*map(str, PAUSES), WORD, None]}, DURATION_SCHEMA]}),
        Field(
            description="how long alerts that often end by themselves are held back; `recommended`: as long "
            "as PagerDuty calculates"
        ),
    ] = None
    alert_grouping: Annotated[
        AlertGrouping, Field(description="which alerts become one incident; null: each becomes its own")
    ] = None
    integrations: Annotated[
        Integrations,
        NullClears,
        AfterValidator(unique_names),
        Field(description="what sends events, each with a key; others stay, unless `exact`"),
    ] = ()
    depends_on: UsedServices = ()
    automation_actions: OfferedActions = ()
    exact: Annotated[bool, Field(description="delete integrations that are not listed, and their keys")] = (
        False
    )
    channels: Annotated[
        tuple[Annotated[Ref, RefTo("channel")], ...],
        NullClears,
        Field(description="channels to notify of every incident; short for one notification rule each"),
    ] = ()
    rules: Annotated[
        Rules,
        NullClears,
        allowed_in("service"),
        Field(description="rules for its events, evaluated in order"),
    ] = ()
    rules_active: Annotated[bool, Field(description="false: its `rules` are written, and not in force")] = (
        True
    )
    cache_variables: CachedValues = Field(default_factory=dict)
    aiops: Aiops = True
    custom_fields: FieldValues = Field(default_factory=dict)

    @model_validator(mode="after")
    def _urgency_has_its_hours(self) -> Self:
        if isinstance(self.urgency, ByHours) and self.support_hours is None:
            hint = "write `support_hours: {time_zone: …, from: …, to: …}`, or one urgency for all hours"
            at = ("urgency",)
            raise problem(
                "depends on support hours, and `support_hours` is not set",
                hint,
                at,
                needs=("urgency", "support_hours"),
            )
        return self

    @model_validator(mode="after")
    def _active_rules_are_there(self) -> Self:
        if not self.rules_active and not self.rules:
            hint = "remove it, or write the rules"
            raise problem("is about `rules`, and there are none", hint, ("rules_active",), needs=("rules",))
        return self

    @property
    def integration_names(self) -> tuple[str, ...]:
        return tuple(integration.name for integration in self.integrations)

    def merged_onto(self, live: Self, now: datetime) -> Self:
        after: dict[str, Any] = {}
        if "auto_pause" in self.model_fields_set:
            after["auto_pause"] = settled(self.auto_pause, live.auto_pause)
        if "alert_grouping" in self.model_fields_set:
            after["alert_grouping"] = settled_grouping(self.alert_grouping, live.alert_grouping)
        if "integrations" in self.model_fields_set:
            after["integrations"] = merged(self.integrations, live.integrations, exact=self.exact)
        if "custom_fields" in self.model_fields_set:
            after["custom_fields"] = with_values(self.custom_fields, live.custom_fields)
        return super().merged_onto(live, now).model_copy(update=after)


class Services(PagerDutyKind[Service]):
    name, section, spec, looked_up = "service", "services", Service, LookedUpService
    path, wrapper, plural, type_name = "/services", "service", "services", "service"
    params: ClassVar[Mapping[str, Any]] = {"include": ["integrations", "auto_pause_notifications_parameters"]}
    unique_names = holds_incidents = True
    required = frozenset({"name", "escalation_policy"})
    parts = (
        ServiceDisabled(),
        ServiceIntegrations(),
        ServiceGrouping(),
        CacheVariables("services/"),  # before the rules that read them
        ServiceRules(),
        Dependencies("service"),
        ServiceActions(),
        Enablement("/services"),
        CustomFieldValues(),
    )
    unwritable_defaults: ClassVar[Mapping[str, Any]] = {
        "alert_creation": "create_alerts_and_incidents",
        "response_play": None,
    }
    defaults_spelled_out = nulls = frozenset(NEW_TIMEOUTS)

    def entries(self, key: str, spec: Service) -> Iterable[tuple[Ref, Resource]]:
        # The service itself does not need its channels: their rules do.
        yield Ref(self.name, key), spec.restricted_to(spec.model_fields_set - {"channels"})
        for channel in spec.channels:
            rule = NotificationRule.model_validate({"from": [Ref(self.name, key)], "to": channel})
            yield Ref("notification_rule", f"{key}:{channel.key}"), rule

    def resolved(self, spec: Service, specs: Mapping[Ref, Resource]) -> Service:
        taken: dict[str, Any] = {}
        if spec.rules:
            taken["rules"] = with_sets(spec.rules, specs, "service")
            if "rules" not in spec.create_only:  # what the file names is in force
                taken["rules_active"] = spec.rules_active
        else:
            spec = spec.restricted_to(spec.model_fields_set - {"rules_active"})
        if spec.cache_variables:
            taken["cache_variables"] = without_ignored(spec.cache_variables)
        if spec.custom_fields:
            taken["custom_fields"] = shown_values(spec.custom_fields, specs)
        if spec.automation_actions:
            taken["automation_actions"] = own_actions(spec.automation_actions, specs)
        return spec.model_copy(update=taken) if taken else spec

    def doubts(
        self, spec: Service, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        if spec.support_hours:
            yield from zone_doubts(spec.support_hours.time_zone, ("support_hours", "time_zone"))
        yield from variable_doubts(spec.cache_variables)
        yield from value_doubts(spec.custom_fields, specs)
        yield from action_doubts(spec.automation_actions, specs)

    def completed(self, ref: Ref, spec: Service) -> Service:
        # That rules are in force goes without saying.
        return spec.restricted_to(spec.model_fields_set - ({"rules_active"} if spec.rules_active else set()))

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> Service:
        raw = live.raw
        policy, pause = raw["escalation_policy"], raw.get("auto_pause_notifications_parameters")
        description, runbook = split_runbook(raw["description"])
        fields: dict[str, Any] = {
            "name": live.name,
            "description": description.strip(),
            "runbook": runbook,
            "escalation_policy": id_index.ref_of("escalation_policy", policy),
            "urgency": decode_urgency(raw),
            "disabled": raw.get("status") == "disabled",
            "support_hours": decode_hours(raw.get("support_hours")),
            "acknowledgement_timeout": _seconds(raw.get("acknowledgement_timeout")),
            "auto_resolve_timeout": _seconds(raw.get("auto_resolve_timeout")),
        }
        if pause is not None:
            fields["auto_pause"] = _decoded_pause(pause)
        fields |= self.decoded_parts(live, id_index)
        return Service.built(fields)

    def encode(self, spec: Service, id_index: IdIndex, live: Live | None) -> Json:
        set_fields = spec.model_fields_set
        body: Json = dict(NEW_TIMEOUTS) if live is None else {}
        for name in set_fields & {"name"}:
            body[name] = spec.name
        for name in set_fields & NEW_TIMEOUTS.keys():
            body[name] = None if getattr(spec, name) is None else int(getattr(spec, name))
        if "escalation_policy" in set_fields:
            body["escalation_policy"] = reference(id_index.id(spec.escalation_policy), "escalation_policy")
        if set_fields & {"description", "runbook"}:
            body["description"] = _description(spec, live)
        if set_fields & {"urgency", "support_hours"}:
            body |= _encoded_urgency(spec, live)
        if "auto_pause" in set_fields:
            timeout = {} if spec.auto_pause is None else {"timeout": to_wire(spec.auto_pause)}
            body["auto_pause_notifications_parameters"] = {"enabled": bool(timeout), **timeout}
        return body

    # --- reading -------------------------------------------------------------------------------------

    def read(self, clients: Clients, wanted: Collection[Service]) -> Iterable[Live]:
        lives = super().read(clients, wanted)
        grouped = [spec.alert_grouping for spec in wanted if "alert_grouping" in spec.model_fields_set]
        if not grouped:
            return lives
        try:
            with reading(ServiceGrouping.fields):
                return self._with_settings(clients, lives)
        except PlanLimitError:
            if any(grouped):
                raise
            return [replace(live, parts={"alert_grouping": None}) for live in lives]  # nothing is wanted

    def read_all(self, clients: Clients) -> Iterable[Live]:
        lives = list(super().read(clients, ()))
        with ignore_unavailable():
            return self._with_settings(clients, lives, exported=True)
        return lives

    @staticmethod
    def _with_settings(clients: Clients, lives: Iterable[Live], *, exported: bool = False) -> list[Live]:
        settings = alert_grouping.read_settings(clients)
        return [
            replace(live, parts=alert_grouping.setting_parts(settings.get(live.id), exported=exported))
            for live in lives
        ]

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

    def export_notes(self, before: Service, live: Live, id_index: IdIndex) -> Iterable[str]:
        if "alert_grouping" not in live.parts:
            yield "its alert grouping could not be read, and stays as it is"
        yield from super().export_notes(before, live, id_index)


def _seconds(timeout: int | None) -> Duration | None:
    return Duration(timeout) if timeout else None


def _decoded_pause(pause: Json) -> Duration | None:
    if not pause.get("enabled"):
        return None
    return from_wire(pause.get("timeout"), pause.get("recommended_timeout"))


def split_runbook(text: str) -> tuple[str, str | None]:
    """Split a description, without its mark, into its text and the address of the runbook."""
    found = _RUNBOOK.search(text)
    return (text[: found.start()], found[1]) if found else (text, None)


def _description(spec: Service, live: Live | None) -> str:
    text, runbook = split_runbook(live.raw["description"]) if live else ("", None)
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
