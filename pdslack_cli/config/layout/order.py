"""The canonical order of keys: that of the models and the JSON Schema.

Only mappings whose keys are all known to a model are sorted. Names chosen by the user (entries of a section,
variables, bookmarks) keep their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pdslack_cli.config.layout.document import Composite, Item, Piece, Scalar
from pdslack_cli.config.schema import json_schema

_MERGE = "<<"


def put_in_order(root: Piece, *, has_anchors: bool) -> None:
    """Sort the keys of a stack file, in place."""
    _sort(root, [json_schema()], has_anchors)


def _sort(piece: Piece, schemas: Sequence[Any], has_anchors: bool) -> None:
    if not isinstance(piece, Composite):
        return
    forms = [form for schema in schemas for form in _forms(schema)]
    if not piece.is_mapping:
        inner = [form["items"] for form in forms if "items" in form]
        for item in piece.items:
            _sort(item.value, inner, has_anchors)
        return
    for item in piece.items:
        _sort(item.value, [schema for form in forms for schema in _below(form, _key(item))], has_anchors)
    orders = [order for form in forms if (order := _order(form))]
    order = next((order for order in orders if all(_place(item, order) for item in piece.items)), {})
    ordered = sorted(piece.items, key=lambda item: _place(item, order))
    if not has_anchors or _keeps_anchors(piece.items, ordered):
        piece.items = ordered


def _forms(schema: Any) -> Iterator[Any]:
    """Return the alternatives of a schema, with references resolved."""
    yield schema
    if name := schema.get("$ref"):
        yield from _forms(json_schema()["$defs"][name.rpartition("/")[2]])
    for form in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _forms(form)


def _below(form: Any, key: str) -> Iterator[Any]:
    if key in form.get("properties", ()):
        yield form["properties"][key]
    elif isinstance(rest := form.get("additionalProperties"), dict):
        yield rest


def _order(form: Any) -> dict[str, int]:
    """Return the positions of the keys in a schema; none if it allows arbitrary keys."""
    if not form.get("properties") or form.get("additionalProperties") is not False:
        return {}
    order = {key: place for place, key in enumerate(form["properties"], start=2)}
    return {_MERGE: 1, **order}


def _place(item: Item, order: dict[str, int]) -> float:
    """Return the position of a key, 0 if unknown. Templates (x-…) come before what uses them."""
    key = _key(item)
    if key.startswith("x-") and "owner" in order:
        return order["defaults"] - 0.5
    return order.get(key, 0)


def _key(item: Item) -> str:
    return item.key.value if item.key else ""


def _keeps_anchors(before: Sequence[Item], after: Sequence[Item]) -> bool:
    """Return whether every alias still follows its anchor, and anchors of one name keep their order."""
    tied = [item for item in before if _has_anchor(item, aliases=True)]
    return not any(_has_anchor(item) for item in tied) or tied == [
        item for item in after if any(item is other for other in tied)
    ]


def _has_anchor(item: Item, *, aliases: bool = False) -> bool:
    return any(
        "&" in piece.properties or (aliases and isinstance(piece, Scalar) and _is_alias(piece))
        for piece in _pieces(item)
    )


def _is_alias(piece: Scalar) -> bool:
    return piece.raw.startswith("*") and not piece.style


def _pieces(item: Item) -> Iterator[Piece]:
    if item.key:
        yield item.key
    yield item.value
    if isinstance(item.value, Composite):
        for inner in item.value.items:
            yield from _pieces(inner)
