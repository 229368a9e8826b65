"""Names of events that PagerDuty tells of, and doubts about those we do not know (pagerduty.md 9.1, 9.4).

More may appear at any time, and some are in use that no page lists: an unknown name is warned of, and sent
and kept as it is.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from pdslack_cli.kinds.base.section import Doubt


def similar_event(event: str, known: Collection[str], otherwise: str) -> str:
    """Ask whether the nearest known name was meant; `otherwise` where none is near."""
    near = difflib.get_close_matches(event, known, n=1, cutoff=0.5) if len(event) < 100 else []
    return f"did you mean {near[0]!r}?" if near else otherwise


def event_doubts(events: Iterable[str], known: Collection[str]) -> Iterable[Doubt]:
    """What to tell of those events of a field `events` that are not known."""
    for event in events:
        if event not in known:
            yield Doubt(
                ("events",),
                f"{event!r} is not an event that we know; PagerDuty may refuse it",
                similar_event(event, known, "if an apply is refused, take it out"),
            )
