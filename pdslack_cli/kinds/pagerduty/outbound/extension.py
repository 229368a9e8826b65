"""Extensions: what PagerDuty does outside of itself with the incidents of services (pagerduty.md 9.3).

An extension has no description, so its name carries the mark. Its address may hold a key, and is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema

from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.spec import NAMED, Resource
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.references import CatalogRef, RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, TRIMMED, URL_PATTERN, problem
from pdslack_cli.kinds.fields.secret import HiddenText, SecretText
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.outbound.extension_settings import (
    ExtensionSettings,
    SettingsField,
    read_settings,
    read_text,
    sent_settings,
)
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.suggest import nearest

_LONGEST_NAME = 255
GENERIC, SLACK, SERVICENOW = "generic_v2_webhook", "slack", "servicenow"
SYNC_OPTIONS = ("manual_sync", "sync_all")
OF_SERVICENOW = ("snow_user", "snow_password", "sync_options", "target", "task_type", "referer")


def _address(value: SecretText) -> SecretText:
    if not re.fullmatch(URL_PATTERN, value.get_secret_value()):  # which the message must not show
        raise problem("this is not a web address", "it begins with https:// or http://")
    return value


Endpoint = Annotated[
    Annotated[SecretText, AfterValidator(_address)] | None,
    WithJsonSchema({"type": ["string", "null"], "examples": ["${ENDPOINT}"]}),
]


class Extension(Resource):
    """What PagerDuty does outside of itself with the incidents of some services."""

    name: Annotated[str, TRIMMED, FILLED, at_most(_LONGEST_NAME), NAMED] = ""
    schema_: Annotated[
        Ref,
        CatalogRef("extension_schema"),
        Field(
            alias="schema",
            description="what it does, by label or key, as `pdslack list extension-schemas` has it; "
            "another makes a new one",
        ),
    ]
    services: Annotated[
        tuple[Annotated[Ref, RefTo("service")], ...],
        AfterValidator(lambda refs: tuple(sorted(set(refs)))),
        Field(min_length=1, description="the services whose incidents it gets; others make a new one"),
    ]
    endpoint: Annotated[
        Endpoint, Field(description="where PagerDuty sends them, if the schema asks for it; never shown")
    ] = None
    config: Annotated[
        SettingsField,
        Field(
            default_factory=ExtensionSettings,
            description="its settings, as its schema has them. Those that are named like a password or token "
            "are never shown; where PagerDuty masks them, `rotate` sends them again",
        ),
    ]

    def merged_onto(self, live: Self, now: datetime) -> Self:
        after = super().merged_onto(live, now)
        if "config" not in self.model_fields_set:
            return after
        # PagerDuty takes settings whole, and a file need not repeat what only they know.
        return after.model_copy(update={"config": ExtensionSettings({**live.config.secrets, **self.config})})


class Extensions(PagerDutyKind[Extension]):
    name, section, spec = "extension", "extensions", Extension
    path, wrapper, plural = "/extensions", "extension", "extensions"
    type_name = "extension"
    marked_field = "name"
    mark_limit = _LONGEST_NAME
    required = frozenset({"name", "schema_", "services"})
    fixed_fields = frozenset({"schema_", "services"})
    write_only_fields = frozenset({"config"})
    server_made = frozenset({"temporarily_disabled"})
    sought_with = frozenset({"extension"})

    def identity(self, live: Live) -> Hashable:
        services = frozenset(service["id"] for service in live.raw["extension_objects"])
        return live.name, live.raw["extension_schema"]["id"], services

    def aliases(self, live: Live) -> Iterable[Hashable]:
        return (live.name,)

    def wanted_identity(self, spec: Resource, id_index: IdIndex) -> Hashable | None:
        if not isinstance(spec, Extension):
            return spec.name
        if any(ref not in id_index for ref in (spec.schema_, *spec.services)):
            return None
        return spec.name, id_index.id(spec.schema_), frozenset(id_index.ids(spec.services))

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> Extension:
        raw = live.raw
        schema = raw["extension_schema"]
        services = [
            id_index.ref_of("service", service)
            for service in raw["extension_objects"]
            if service["type"].startswith("service")
        ]
        return Extension.from_wire(
            name=live.name,
            schema_=id_index.ref_of("extension_schema", schema),
            services=tuple(sorted(services)),
            endpoint=read_text(raw.get("endpoint_url")),
            config=read_settings(raw.get("config")),
        )

    def encode(self, spec: Extension, id_index: IdIndex, live: Live | None) -> Json:
        fields = spec.model_fields_set
        body: Json = spec.model_dump(include={"name"}, exclude_unset=True)
        if "schema_" in fields:
            body["extension_schema"] = reference(id_index.id(spec.schema_), "extension_schema")
        if "services" in fields:
            body["extension_objects"] = [reference(id_, "service") for id_ in id_index.ids(spec.services)]
        if "endpoint" in fields:
            body["endpoint_url"] = sent_settings(spec.endpoint)
        if "config" in fields:
            body["config"] = sent_settings(spec.config)
        return body

    # --- what a plan asks ----------------------------------------------------------------------------

    def doubts(
        self, spec: Extension, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterator[Doubt]:
        schema = _key_of(spec)
        if schema == SLACK:
            yield Doubt(
                ("schema",),
                "PagerDuty creates extensions of Slack only in its web interface",
                "use `notification_rules`, which need no extension",
            )
        if schema == GENERIC:
            yield Doubt(
                ("schema",), "PagerDuty no longer supports V2 webhooks", "use `webhooks`, which are signed"
            )
        if schema.startswith(SERVICENOW) and "config" in spec.model_fields_set:
            yield from _doubts_of_servicenow(spec.config)

    def unfit(self, before: Extension | None, after: Extension, found: Mapping[Ref, Live]) -> Iterator[Doubt]:
        is_new = before is None or before.schema_ != after.schema_ or before.endpoint is not None
        if is_new and _key_of(after) == GENERIC and after.endpoint is None:
            yield Doubt((), "a generic webhook needs its `endpoint`", "add it", at_key=True)

    def obstacles(
        self,
        spec: Extension,
        live: Live,
        fields: Collection[str],
        id_index: IdIndex,
        *,
        adopt: bool,
    ) -> Iterator[str]:
        replaced = bool(self.fixed_fields & set(fields)) and not adopt
        fields_set = spec.model_fields_set
        if replaced and "endpoint" not in fields_set and _is_hidden(live):
            yield "this creates a new extension, and the old one's endpoint cannot be read: add `endpoint`"
        if replaced or "config" in fields:
            settings = read_settings(live.raw.get("config"))
            # What is masked inside of another setting is the file's to name or to remove, in sight.
            lost = settings.secrets.keys() - spec.config.keys() if "config" in fields_set else settings.keys()
            if hidden := sorted(settings.hidden & lost):
                yield (
                    f"its settings are sent as a whole, and {', '.join(hidden)} cannot be read: "
                    "add it to `config`, with null if it has none"
                )


def _is_hidden(live: Live) -> bool:
    return isinstance(read_text(live.raw.get("endpoint_url")), HiddenText)


def _key_of(spec: Extension) -> str:
    """Return the key of its schema, which the file may call by its label."""
    return re.sub(r"\W+", "_", spec.schema_.key.casefold()).strip("_")


def _doubts_of_servicenow(config: ExtensionSettings) -> Iterator[Doubt]:
    if missing := [name for name in OF_SERVICENOW if name not in config]:
        near = nearest(missing[0], config.keys() - {*OF_SERVICENOW})
        hint = f"write it for {near!r}" if near else f"add {'it' if len(missing) == 1 else 'them'}"
        message = f"extensions of ServiceNow also need {', '.join(missing)}"
        yield Doubt(("config", near) if near else ("config",), message, hint, at_key=True)
    options = config.get("sync_options", SYNC_OPTIONS[0])
    if options not in SYNC_OPTIONS:
        hint = f"known are {' and '.join(SYNC_OPTIONS)}"
        yield Doubt(("config", "sync_options"), f"ServiceNow may not know {options!r}", hint)
