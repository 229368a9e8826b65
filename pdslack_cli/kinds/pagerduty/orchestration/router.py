"""The router of an event orchestration: which service receives an event (orchestration.md 2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.conditions import Conditions, EventPath, Regex
from pdslack_cli.kinds.fields.limits import USUAL_NAME
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unwritable_fields
from pdslack_cli.kinds.lenses.merge import merged
from pdslack_cli.kinds.lints import Linted
from pdslack_cli.kinds.pagerduty.orchestration.extractions import WHOLE
from pdslack_cli.kinds.pagerduty.orchestration.paths import (
    conditions_of,
    continued_rules,
    encode_rule,
    start_of,
    writable,
)
from pdslack_cli.kinds.pagerduty.orchestration.rules import START
from pdslack_cli.model import Json, Ref

UNROUTED = "unrouted"


class Dynamic(Spec):
    """The dynamic route: the event names its service. Evaluated before all routes."""

    label: Annotated[str, USUAL_NAME, Field(description="what people call it")] = ""
    service_name: Annotated[EventPath | None, Field(description="the field that holds a service's name")] = (
        None
    )
    service_id: Annotated[EventPath | None, Field(description="the field that holds a service's id")] = None
    regex: Annotated[Regex, Field(description="what to take of the field; all of it, if left out")] = WHOLE
    disabled: Annotated[bool, Field(description="kept, but never tried")] = False

    @model_validator(mode="after")
    def _by_one_thing(self) -> Self:
        if bool(self.service_name) == bool(self.service_id):
            raise problem(
                "`dynamic` needs one of `service_name` and `service_id`",
                "set the field that contains it",
                needs=("service_name", "service_id"),
            )
        return self


class Route(Linted):
    """Sends events that meet a condition to a service. The first matching route applies."""

    label: Annotated[
        str, USUAL_NAME, Field(description="identifies the route when it is changed or moved")
    ] = ""
    if_: Conditions = ()
    to: Annotated[Ref, RefTo("service"), Field(description="the service that gets the event")]
    disabled: Annotated[bool, Field(description="kept, but never tried")] = False


Routes = tuple[Route, ...]

UnmatchedTarget = Annotated[
    Annotated[Ref, RefTo("service", word=UNROUTED)] | None,
    BeforeValidator(lambda value: None if value == UNROUTED else value),
    PlainSerializer(lambda service: service.key if service else UNROUTED),
    WithJsonSchema(
        {
            **written.text_schema(
                "reference to a service | unrouted", written.reference("service", bare=True), UNROUTED
            ),
            "type": ["string", "null"],
        }
    ),
]
"""A service; None is `unrouted`, the rules for what no route took."""


class Router(NamedTuple):
    """The content of a router document."""

    dynamic: Dynamic | None
    routes: tuple[Route, ...]
    otherwise: Ref | None


def encode_router(router: Router, id_index: IdIndex, live: Json) -> Json:
    """Build the router document; `live` is the one that it replaces."""
    old_dynamic, old_routes = _split(start_of(live))
    rules: list[Json] = []
    if router.dynamic:
        rules.append(_encoded_dynamic(router.dynamic, old_dynamic))
    for route, old in zip(router.routes, continued_rules(router.routes, old_routes), strict=True):
        rules.append(encode_rule(route, old, {"route_to": id_index.id(route.to)}, disabled=route.disabled))
    target = id_index.id(router.otherwise) if router.otherwise else UNROUTED
    return {"sets": [{"id": START, "rules": rules}], "catch_all": {"actions": {"route_to": target}}}


def change_router(router: Router, id_index: IdIndex, live: Json) -> Json:
    """Merge the router into the live document; everything else in it is kept."""
    before = encode_router(decode_router(live, id_index), id_index, live)
    return merged(encode_router(router, id_index, live), before, writable(live))


def export_notes(router: Router, document: Json, id_index: IdIndex) -> Iterable[str]:
    """Describe what a document has besides its decoded router."""
    encoded = encode_router(router, id_index, document)
    yield from as_comment(unwritable_fields(writable(document), encoded, {}, {"conditions"}), "its routes")


def decode_router(document: Json, id_index: IdIndex) -> Router:
    """Convert a router document, also one written by other tools."""
    dynamic, routes = _split(start_of(document))
    target = ((document.get("catch_all") or {}).get("actions") or {}).get("route_to") or UNROUTED
    return Router(
        _decoded_dynamic(dynamic) if dynamic else None,
        tuple(
            Route.from_wire(
                label=raw.get("label"),
                if_=conditions_of(raw),
                to=id_index.ref("service", (raw.get("actions") or {}).get("route_to") or ""),
                disabled=bool(raw.get("disabled")),
            )
            for raw in routes
        ),
        None if target == UNROUTED else id_index.ref("service", target),
    )


def _split(rules: Sequence[Json]) -> tuple[Json, Sequence[Json]]:
    """Return the dynamic rule ({} if there is none) and the routes."""
    if rules and "dynamic_route_to" in (rules[0].get("actions") or {}):
        return rules[0], rules[1:]
    return {}, rules


def _encoded_dynamic(dynamic: Dynamic, live: Json) -> Json:
    by = "service_name" if dynamic.service_name else "service_id"
    target = {"source": dynamic.service_name or dynamic.service_id, "regex": dynamic.regex, "lookup_by": by}
    kept = {"id": live["id"]} if live.get("id") else {}
    label = {"label": dynamic.label} if dynamic.label or live.get("label") else {}
    actions = {"dynamic_route_to": target}
    return {**kept, **label, "conditions": [], "actions": actions, "disabled": dynamic.disabled}


def _decoded_dynamic(raw: Json) -> Dynamic:
    target = raw["actions"]["dynamic_route_to"]
    by = target.get("lookup_by") or "service_name"
    return Dynamic.from_wire(
        label=raw.get("label"),
        **{by: target.get("source")},
        regex=target.get("regex"),
        disabled=bool(raw.get("disabled")),
    )
