"""Layers that change at a later moment, `effective_from`: until then the live ones go on (pagerduty.md 4.1).

A layer that changes becomes a pair: the live one ends at that moment, and another one of its name begins
there. Nothing else is remembered. A plan before that moment finds the pair, takes it for the change that it
is, and finds nothing to do; a plan after it finds the second layers alone, for the first ones have ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from pdslack_cli.kinds.pagerduty.schedule.layer import Layer, continued_layers, layers_after


def layers_with_waiting(
    wanted: Sequence[Layer], live: Sequence[Layer], effective_from: datetime | None, now: datetime
) -> tuple[Layer, ...]:
    """Return the layers as they read back after the wanted ones are written.

    They count from a moment to come, or from now on.
    """
    before = _without_waiting(live, {layer.start for layer in wanted}, now)
    if effective_from:
        wanted = _layers_from(wanted, before, effective_from)
    elif len(before) < len(live):  # a change that waited is made at once
        wanted = layers_after(wanted, before, now)
    return layers_after(wanted, live, now)


def _layers_from(
    wanted: Iterable[Layer], live: Sequence[Layer], effective_from: datetime
) -> tuple[Layer, ...]:
    """Return the live layers up to a moment and the wanted ones from then on; the last one wins.

    What does not change is not touched, up to the first layer that does: new layers win over all others.
    """
    before = [layer for layer in live if layer.start < effective_from]
    then = [layer for layer in wanted if layer.end is None or layer.end > effective_from]
    names = {layer.name for layer in then}
    kept: dict[int, Layer] = {}
    new: list[Layer] = []
    for layer, place in zip(then, continued_layers(then, before), strict=True):
        old = None if place is None else before[place]
        in_order = place is not None and not new and place > max(kept, default=-1)
        if place is not None and old and in_order and _goes_on(layer, old, effective_from):
            kept[place] = old.model_copy(update={"name": layer.name or old.name, "end": layer.end})
            continue
        if old and not layer.name and old.name not in names:
            layer = layer.model_copy(update={"name": old.name})
        new.append(layer.starting(max(layer.start, effective_from), old, effective_from))
    ended = (_ending(layer, effective_from) for layer in before)
    return (*(kept.get(place, layer) for place, layer in enumerate(ended)), *new)


def _goes_on(layer: Layer, old: Layer, at: datetime) -> bool:
    """Whether the live layer is the wanted one but for its name and its end, which can change in place."""
    after = layer.after(old, at)
    lasts = old.end is None or old.end >= at
    return lasts and all(
        getattr(after, name) == getattr(old, name)
        for name in ("start", "turns_from", "rotate", "people", "only")
    )


def _ending(layer: Layer, at: datetime) -> Layer:
    return layer if layer.end and layer.end <= at else layer.model_copy(update={"end": at})


def _without_waiting(live: Sequence[Layer], written: Collection[datetime], now: datetime) -> list[Layer]:
    """The live layers as they were before a change that still waits was made.

    It is known by its second layers, which have not begun: each begins where another one of its name ends, or
    in the midst of its own turns, and not at a start that is written in the file.
    """
    ends = {(layer.name, layer.end) for layer in live}
    waiting = {
        layer.start
        for layer in live
        if layer.start > now
        and layer.start not in written
        and (layer.turns_from < layer.start or (layer.name, layer.start) in ends)
    }
    return [
        layer.model_copy(update={"end": None}) if layer.end in waiting else layer
        for layer in live
        if layer.start not in waiting
    ]
