"""Cache variables: what the rules of an orchestration or a service remember between events.

Facts: pagerduty.md 7.5, orchestration.md 2.8. They are managed as a complete list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from pdslack_cli.clients.create_once import create_once, withdraw_younger
from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.fields.conditions import Condition, EventPath, Regex
from pdslack_cli.kinds.fields.durations import Duration, within
from pdslack_cli.kinds.fields.scalars import FILLED, problem
from pdslack_cli.kinds.fields.shorthand import OneOrSeveral
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.merge import merged
from pdslack_cli.kinds.lints import Linted
from pdslack_cli.kinds.pagerduty.base import remove
from pdslack_cli.kinds.pagerduty.orchestration.extractions import WHOLE
from pdslack_cli.kinds.pagerduty.orchestration.paths import PATHS, conditions_of
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.routing.pcl.conditions import parse

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

MOST = 100  # of an orchestration or a service
LONGEST_KEPT = Duration(259_200)  # of data from outside, as PagerDuty is said to have it
TYPES: Mapping[str, str] = {
    "recent_value": "recent",
    "trigger_event_count": "count",
    "external_data": "external",
}
_WORD = re.compile(r"[A-Za-z_]\w*")
_SERVER_MADE = frozenset(
    {"id", "type", "data_endpoint", "created_at", "created_by", "updated_at", "updated_by"}
)


def _uncounted(condition: str) -> str:
    if parse(condition).thresholds:
        raise problem("a cache variable cannot use thresholds", "count with `count:` instead")
    return condition


class CachedValue(Linted):
    """A value that rules read as `cache_var.NAME`: found in an event, counted, or sent by others."""

    if_: Annotated[
        tuple[Annotated[Condition, AfterValidator(_uncounted)], ...],
        OneOrSeveral(),
        Field(alias="if", description="which events change it, any of these; every event, if left out"),
    ] = ()
    recent: Annotated[
        EventPath | None, Field(description="keeps the last text of this field of the event, for a day")
    ] = None
    regex: Annotated[Regex, Field(description="what to find in that field; the whole text, if left out")] = (
        WHOLE
    )
    count: Annotated[
        Annotated[Duration, within("1s", "1d")] | None,
        Field(description="counts the trigger events within this time, up to 1000"),
    ] = None
    external: Annotated[
        Literal["string", "number", "boolean"] | None,
        Field(description="its type, where others set its value through PagerDuty's API"),
    ] = None
    keep: Annotated[
        Duration | None, Field(description="how long a value that others set is kept, at most three days")
    ] = None
    disabled: Annotated[bool, Field(description="kept, but never set")] = False

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        sides = [word for word in TYPES.values() if getattr(self, word) is not None]
        if len(sides) != 1:
            needs = tuple(TYPES.values())
            hint = "write `recent: FIELD`, `count: 10m`, or `external: string` with `keep: 1h`"
            raise problem("needs one of `recent`, `count` and `external`", hint, needs=needs)
        for word, side in (("regex", "recent"), ("keep", "external")):
            if word in self.model_fields_set and side not in sides:
                raise problem(f"`{word}` goes with `{side}`", "remove it", (word,))
        if self.external and not self.keep:
            raise problem(
                "`external` needs `keep`", "write how long a value is kept: `keep: 1h`", ("external",)
            )
        if self.external and self.if_:
            raise problem("what others set has no conditions", "remove `if`", ("if",))
        return self


CachedValues = Annotated[
    dict[Annotated[str, FILLED], CachedValue],
    Field(
        max_length=MOST,
        description="what its rules remember from event to event, by the NAME of `cache_var.NAME`",
    ),
    BeforeValidator(lambda value: {} if value is None else value),
]


def without_ignored(variables: CachedValues) -> CachedValues:
    """Return the variables without the lints to ignore, which concern the file alone."""
    return {name: value.without_ignored() for name, value in variables.items()}


def variable_doubts(variables: CachedValues) -> Iterator[Doubt]:
    """Warn of what PagerDuty may refuse: names that are no words, and data that is kept for long."""
    for name, value in variables.items():
        if not _WORD.fullmatch(name):
            hint = "use letters, digits and _"
            yield Doubt(
                ("cache_variables", name),
                f"{name!r} may not be a valid name of a variable",
                hint,
                at_key=True,
            )
        if value.keep and value.keep > LONGEST_KEPT:
            message = f"PagerDuty may keep data for at most {LONGEST_KEPT}"
            yield Doubt(("cache_variables", name, "keep"), message, f"write {LONGEST_KEPT} or less")


# --- lenses ----------------------------------------------------------------------------------------


def decode_variable(raw: Json) -> CachedValue:
    """Convert a live variable."""
    settings = raw["configuration"]
    side = TYPES[settings["type"]]
    ttl = settings.get("ttl_seconds")
    return CachedValue.from_wire(
        if_=conditions_of(raw),
        recent=settings.get("source") if side == "recent" else None,
        regex=(settings.get("regex") or WHOLE) if side == "recent" else None,
        count=Duration(ttl) if side == "count" and ttl else None,
        external=settings.get("data_type") if side == "external" else None,
        keep=Duration(ttl) if side == "external" and ttl else None,
        disabled=bool(raw.get("disabled")),
    )


def encode_variable(name: str, value: CachedValue) -> Json:
    """Convert a variable to PagerDuty's form, whole: so it is sent (pagerduty.md 1.5)."""
    conditions = {"conditions": [{"expression": condition} for condition in value.if_]}
    return {
        "name": name,
        "disabled": value.disabled,
        "configuration": _configuration(value),
        **({} if value.external else conditions),
    }


def _configuration(value: CachedValue) -> Json:
    if value.recent is not None:
        return {"type": "recent_value", "source": value.recent, "regex": value.regex}
    if value.count is not None:
        return {"type": "trigger_event_count", "ttl_seconds": int(value.count)}
    return {"type": "external_data", "data_type": value.external, "ttl_seconds": int(value.keep or 0)}


# --- the part --------------------------------------------------------------------------------------


class HasVariables(Protocol):
    @property
    def cache_variables(self) -> CachedValues: ...


class CacheVariables(Part[HasVariables]):
    """The cache variables of an orchestration or a service: one list, and one call for each change."""

    fields = children = rules = frozenset({"cache_variables"})
    stored, optional = "cache_variables", True
    empty: ClassVar[CachedValues] = {}

    def __init__(self, parent: str = "") -> None:
        self.parent = parent  # "services/" for those of a service

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"cache_variables": self._there(clients, live)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        known = _by_name(live.parts["cache_variables"])
        return {"cache_variables": {name: decode_variable(raw) for name, raw in known.items()}}

    def obstacles(
        self, spec: HasVariables, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        wanted, there = spec.cache_variables, _by_name(live.parts.get("cache_variables") or ())
        if adopt or "cache_variables" in live.own_rules or not wanted.keys().isdisjoint(there):
            return
        if wanted and there:
            yield (
                f"cache_variables: PagerDuty holds {', '.join(there)}, and the file contains none of them: "
                "`--adopt` replaces them, or take `cache_variables` out of the file"
            )

    def export_notes(self, before: HasVariables, live: Live, id_index: IdIndex) -> Iterable[str]:
        unknown = [raw["name"] for raw in live.parts["cache_variables"] if not _is_known(raw)]
        if unknown:
            yield f"it has cache variables that stay as they are: {', '.join(unknown)}"

    def write(self, session: Session, ref: Ref, live: Live, spec: HasVariables) -> None:
        clients, path = session.clients, self._path(live)
        there = _by_name(live.parts.get("cache_variables") or ())
        made = [
            self._create(session, live, encode_variable(name, value))
            for name, value in spec.cache_variables.items()
            if name not in there
        ]
        for name, raw in there.items():
            wanted, before = spec.cache_variables.get(name), decode_variable(raw)
            if wanted is None:
                remove(clients, f"{path}/{raw['id']}")
            elif wanted != before:
                kept = {field: value for field, value in raw.items() if field not in _SERVER_MADE}
                body = merged(encode_variable(name, wanted), encode_variable(name, before), kept)
                clients.pagerduty.update(f"{path}/{raw['id']}", {"cache_variable": body})
        if not live.new:
            withdraw_younger(
                made,
                lambda: self._there(clients, live),
                {raw["id"] for raw in live.parts.get("cache_variables") or ()},
                lambda raw: raw["name"],
                lambda raw: remove(clients, f"{path}/{raw['id']}"),
            )

    def _create(self, session: Session, live: Live, body: Json) -> Json:
        clients = session.clients
        before = {raw["id"] for raw in live.parts.get("cache_variables") or ()}

        def find() -> Json | None:
            new = [raw for raw in self._there(clients, live) if raw["id"] not in before]
            return next((raw for raw in new if raw["name"] == body["name"]), None)

        return create_once(
            lambda: dict(
                clients.pagerduty.create(self._path(live), {"cache_variable": body})["cache_variable"]
            ),
            find,
            unique=False,
            clock=clients.clock,
        )

    def _path(self, live: Live) -> str:
        return f"{PATHS}/{self.parent}{live.id}/cache_variables"

    def _there(self, clients: Clients, live: Live) -> list[Json]:
        return clients.pagerduty.list(self._path(live), "cache_variables", paged=False)


def _is_known(raw: Json) -> bool:
    return text_at(raw["configuration"], "type") in TYPES


def _by_name(raws: Iterable[Json]) -> dict[str, Json]:
    """The variables of types that we know; of several of one name the first counts."""
    named: dict[str, Json] = {}
    for raw in raws:
        if _is_known(raw):
            named.setdefault(raw["name"], raw)
    return named
