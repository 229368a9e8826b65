"""Warnings about changes of layers: each may change who is on call (pagerduty.md 4.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pdslack_cli.kinds.pagerduty.schedule.layer import Layer, continued_layers
from pdslack_cli.kinds.pagerduty.schedule.rotation import continued_rotation


def rotation_warnings(before: Sequence[Layer], after: Sequence[Layer], now: datetime) -> Iterator[str]:
    """Warn about changes that may change who is on call: the rotation restarts (pagerduty.md 4.1)."""
    places = continued_layers(after, before)
    ends = {(layer.name, layer.end): layer for layer in after if layer.end}
    new = [layer for layer, place in zip(after, places, strict=True) if place is None]
    followed = [ends.get((layer.name, layer.start)) for layer in new]
    for number, (layer, place) in enumerate(zip(after, places, strict=True), start=1):
        title = f"layer {layer.name or number!r}"
        if place is not None:
            yield from _changes(title, before[place], layer, now, followed=layer in followed)
        elif first := ends.get((layer.name, layer.start)):  # it follows the one that ends there
            at = f"{layer.start:%Y-%m-%d %H:%M %Z}"
            yield f"{title} changes at {at}: {_rotation(first)} → {_rotation(layer)}{_in_hours(layer)}"
        else:
            yield f"{title} is new: {_rotation(layer)}{_in_hours(layer)}"
    for place, layer in enumerate(before):
        if place not in places:
            how = "ends now" if layer.has_begun(now) else "does not begin"
            yield f"layer {layer.name or place + 1!r} {how}: {_rotation(layer)}"
    kept = [place for place in places if place is not None]
    if kept != sorted(kept):
        yield "layers change places, which may change who is on call now: the last one wins"


def _changes(title: str, old: Layer, layer: Layer, now: datetime, *, followed: bool) -> Iterator[str]:
    """Warn about changes of one layer; `followed`: another one goes on where it ends."""
    when = "now" if layer.has_begun(now) else f"from {layer.start:%Y-%m-%d %H:%M %Z}"
    if _turns(old, now) != _turns(layer, now) and _keeps_position(old, layer, now):
        yield (
            f"people join or leave {title}, and {layer.rotation.on_call(now).key} "
            f"{'stays' if old.rotation.on_call(now) in layer.people else 'follows'} on call: "
            f"{_rotation(old)} → {_rotation(layer)}"
        )
    elif _turns(old, now) != _turns(layer, now):
        yield (
            f"{title} will restart its rotation, which may change who is on call {when}: "
            f"{_rotation(old)} → {_rotation(layer)}"
        )
    if old.only != layer.only:
        yield (
            f"{title} applies in other hours, which may change who is on call {when}: "
            f"{_hours(old)} → {_hours(layer)}"
        )
    if old.end != layer.end and not followed:
        yield f"{title} ends at another time: {_end(old)} → {_end(layer)}"


def _keeps_position(before: Layer, after: Layer, now: datetime) -> bool:
    """Whether people join or leave, and the one who is on call stays, or the next one follows."""
    if set(before.people) == set(after.people) or not (before.has_begun(now) and after.has_begun(now)):
        return False
    literal = after.rotation
    return continued_rotation(literal, before.rotation, now).people == literal.people and (
        literal.on_call(now) == before.rotation.on_call(now)
        or before.rotation.on_call(now) not in after.people
    )


def _turns(layer: Layer, now: datetime) -> tuple[object, ...]:
    return max(layer.start, now), layer.turns_from, layer.rotate, layer.people


def _rotation(layer: Layer) -> str:
    people = ", ".join(person.key for person in layer.people)
    return f"{people} (turns of {layer.rotate} from {layer.turns_from:%Y-%m-%d %H:%M %Z})"


def _in_hours(layer: Layer) -> str:
    return f" in {_hours(layer)}" if layer.only else ""


def _hours(layer: Layer) -> str:
    return ", ".join(map(str, layer.only)) or "always"


def _end(layer: Layer) -> str:
    return f"{layer.end:%Y-%m-%d %H:%M %Z}" if layer.end else "never"
