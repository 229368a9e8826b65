"""Compare objects that carry the same mark: a leftover is removed only if it equals the kept object."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from pdslack_cli.clients.http.calls import NAMES
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.model import Live, Ref

LEFTOVER = "it is left over from an interrupted or concurrent run"


def differing_fields(
    kind: Kind[Any], fields: Collection[str], kept: Resource, other: Resource, now: datetime
) -> list[str]:
    """The fields in which `other` is more than a leftover of `kept`.

    An interrupted run leaves incomplete parts: those count as equal if `kept` has all that they have.
    What the vendor makes of the moment of creation is no difference.
    """
    kept, other = kept.as_written(now), other.as_written(now)
    return [
        name
        for name in type(kept).model_fields
        if name in {*fields, kind.named_by}
        and getattr(other, name) != getattr(kept, name)
        and not (name in kind.part_fields and _is_incomplete(kind, name, other, kept))
    ]


def _is_incomplete(kind: Kind[Any], name: str, other: Resource, kept: Resource) -> bool:
    value = getattr(other, name)
    return kind.is_bare(name, value) or _is_within(value, getattr(kept, name))


def _is_within(value: Any, whole: Any) -> bool:
    """Whether `whole` contains everything in `value`."""
    if not value or value == whole:
        return True
    if isinstance(value, tuple) and isinstance(whole, tuple):
        return all(item in whole for item in value)
    if isinstance(value, Mapping) and isinstance(whole, Mapping):
        return value.items() <= whole.items()
    if isinstance(value, BaseModel) and type(value) is type(whole):
        return all(
            _is_within(getattr(value, name), getattr(whole, name)) for name in type(value).model_fields
        )
    return False


def difference_message(lives: Sequence[Live], fields: Iterable[str]) -> str:
    """The message that objects under one mark differ, so that none can be removed."""
    places = ", ".join(live.place for live in lives)
    return f"{len(lives)} objects carry its mark and differ in {', '.join(sorted(set(fields)))}: {places}"


def surplus_note(ref: Ref, live: Live, kind: Kind[Any]) -> str:
    """The notice about a further object without a mark, which stays because it may be anybody's."""
    return (
        f"{ref}: {live.name} exists a second time ({live.id}), and it is unknown who created it; it is left "
        f"unchanged. Delete it in {NAMES[kind.provider]} if nobody needs it"
    )
