"""Distinguish our objects from copies among the live objects that carry the same mark.

A description is copied along with its mark. The check in the mark is bound to the name of the original, so
it does not fit a copy. Pure, and independent of what the files want.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.model import Live


@dataclass(frozen=True)
class Marked:
    """The live objects of one kind that carry our mark under one key, grouped by its check.

    `fitting`: the check fits the object's name. `unfinished`: the run that created the object did not confirm
    that its secret was stored; where the mark is bound to no name, it has that of a finished one, if there is
    any. `unproven`: the object was renamed or copied, or the mark has no check (first version).
    """

    fitting: tuple[Live, ...] = ()
    unfinished: tuple[Live, ...] = ()
    unproven: tuple[Live, ...] = ()

    @property
    def ours(self) -> tuple[Live, ...]:
        """Those that are certainly ours, fitting ones first."""
        return (*self.fitting, *self.unfinished)

    @property
    def all(self) -> tuple[Live, ...]:
        return (*self.ours, *self.unproven)

    @property
    def copies(self) -> tuple[Live, ...]:
        """Those that are not ours, since another one is."""
        return self.unproven if self.ours else ()


def marked_by(owner: str, kind: Kind[Any], lives: Iterable[Live]) -> Mapping[str, Marked]:
    """The objects that carry a mark of this owner, by its key."""
    found: dict[str, list[Live]] = {}
    for live in lives:
        if live.owned and live.owned.owner == owner:
            found.setdefault(live.owned.key, []).append(live)
    return {key: _sorted(kind, group) for key, group in found.items()}


def _sorted(kind: Kind[Any], group: Iterable[Live]) -> Marked:
    fitting, unfinished, unproven = [], [], []
    lives = sorted(group, key=lambda live: live.retired)
    finished = {live.name for live in lives if _fits(live) and not live.is_unconfirmed}
    for live in lives:
        certain = _fits(live) or (_is_unbound(live) and finished <= {live.name})
        if live.is_unconfirmed and kind.secret_name and certain:
            unfinished.append(live)
        elif _fits(live):
            fitting.append(live)
        else:
            unproven.append(live)
    return Marked(tuple(fitting), tuple(unfinished), tuple(unproven))


def _fits(live: Live) -> bool:
    return live.owned is not None and live.owned.fits(live.name)


def _is_unbound(live: Live) -> bool:
    return live.owned is not None and live.owned.unbound
