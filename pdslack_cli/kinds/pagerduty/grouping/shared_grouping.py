"""Alert grouping settings of their own, over several services (pagerduty.md 5.3).

A setting of one service is a field of it (`alert_grouping.py`) and has its mark. The mark of one that stands
alone begins its key with `alert_grouping/`, so that neither is ever taken for the other.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import Description, problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.grouping.alert_grouping import OWN_MARK
from pdslack_cli.kinds.pagerduty.grouping.grouping import (
    DAY,
    AlertGrouping,
    decode_grouping,
    encode_grouping,
    settled_grouping,
)
from pdslack_cli.model import Json, Live, OwnershipMark, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


class SharedGrouping(Resource):
    """Which alerts of several services become one incident of each."""

    description: Description = ""
    services: Annotated[
        tuple[Annotated[Ref, RefTo("service")], ...],
        Field(min_length=2, description="the services that it groups; each is in one grouping at most"),
        AfterValidator(lambda refs: tuple(sorted(set(refs)))),
    ]
    grouping: Annotated[AlertGrouping, Field(description="how: as `alert_grouping` of a service")]

    @model_validator(mode="after")
    def _groups(self) -> Self:
        if self.grouping is None:
            raise problem("needs a way of grouping", "remove the entry to group nothing", ("grouping",))
        return self

    def merged_onto(self, live: Self, now: datetime) -> Self:
        after = super().merged_onto(live, now)
        if "grouping" not in self.model_fields_set:
            return after
        return after.model_copy(update={"grouping": settled_grouping(self.grouping, live.grouping)})


class SharedGroupings(PagerDutyKind[SharedGrouping]):
    name, section, spec = "alert_grouping", "alert_groupings", SharedGrouping
    path, wrapper, plural = "/alert_grouping_settings", "alert_grouping_setting", "alert_grouping_settings"
    required = frozenset({"name", "grouping"})
    sought_with = frozenset({"alert_grouping"})
    exclusive_fields = frozenset({"services"})
    server_made: ClassVar[frozenset[str]] = frozenset({"recommended_time_window"})

    exclusive_hint = (
        "take it out there first, in PagerDuty under Automation > Alert Grouping; what is of that service "
        "alone is removed by `alert_grouping: null` on the service"
    )

    def resolved(self, spec: SharedGrouping, specs: Mapping[Ref, Resource]) -> SharedGrouping:
        for place, ref in enumerate(spec.services):
            if getattr(specs.get(ref), "alert_grouping", None):
                raise problem(
                    f"{ref} has an `alert_grouping` of its own, and is in one grouping at most",
                    "remove one of the two",
                    ("services", place),
                )
        return spec

    def doubts(
        self, spec: SharedGrouping, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        grouping = spec.grouping
        if grouping and grouping.by == "time":
            yield Doubt(("grouping", "by"), "grouping by time is for one service", "write another `by`")
        elif grouping and grouping.window == DAY:
            yield Doubt(("grouping", "window"), "24h is for one service", "write at most 1h")

    # --- lenses --------------------------------------------------------------------------------------

    def live(self, raw: Json) -> Live:
        live = super().live(raw)
        if live.owned and live.owned.key.startswith(OWN_MARK):
            return replace(live, owned=live.owned._replace(key=live.owned.key.removeprefix(OWN_MARK)))
        # The mark of a service, which is none of ours to remove.
        return replace(live, owned=None, raw=live.raw | {"description": raw.get("description") or ""})

    def decode(self, live: Live, id_index: IdIndex) -> SharedGrouping:
        services = live.raw.get("services") or ()
        return SharedGrouping.from_wire(
            name=live.name,
            description=live.raw["description"].strip(),
            services=tuple(sorted(id_index.ref_of("service", each) for each in services)),
            grouping=decode_grouping(live.raw),
        )

    def encode(self, spec: SharedGrouping, id_index: IdIndex, live: Live | None) -> Json:
        set_fields = spec.model_fields_set
        body: Json = {name: getattr(spec, name) for name in set_fields & {"name", "description"}}
        if "services" in set_fields:
            body["services"] = [reference(id_index.id(ref), "service") for ref in spec.services]
        if "grouping" in set_fields and spec.grouping:
            body |= encode_grouping(spec.grouping)
        return body

    def sendable(self, live: Live) -> Json:
        config = {name: value for name, value in live.raw["config"].items() if name not in self.server_made}
        return {**live.raw, "config": config}

    def read_names(self, clients: Clients) -> Iterable[Live]:
        return [live for live in self.read(clients, ()) if not _is_of_one_service(live)]

    def read_all(self, clients: Clients) -> Iterable[Live]:
        return [live for live in self.read(clients, ()) if len(live.raw.get("services") or ()) > 1]

    def identity(self, live: Live) -> Hashable:
        # No entry means it by its name, which is the service's.
        return ("of one service", live.id) if _is_of_one_service(live) else live.name

    def export_exclusion(self, live: Live) -> str:
        return "" if live.name else "it has no name by which an entry could find it"

    def _body(
        self,
        session: Session,
        spec: SharedGrouping,
        fields: Collection[str],
        live: Live | None,
        mark: OwnershipMark | None,
    ) -> Any:
        own = mark and mark._replace(key=OWN_MARK + mark.key)
        return super()._body(session, spec, fields, live, own)


def _is_of_one_service(live: Live) -> bool:
    """Return whether it is a field of its service, and no entry that lost its other services."""
    return live.owned is None and len(live.raw.get("services") or ()) == 1
