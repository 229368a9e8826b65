"""Names of webhook and notification events, and warnings about unknown ones (pagerduty.md 9.1, 9.4).

PagerDuty adds events at any time, and some that work are undocumented. So an unknown name is a warning only,
and is sent and kept unchanged.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from pdslack_cli.kinds.base.doubt import Doubt

# What a Slack connection can tell of.
EVENTS = (
    "triggered",
    "acknowledged",
    "unacknowledged",
    "escalated",
    "delegated",
    "reassigned",
    "annotated",
    "priority_updated",
    "responder.added",
    "responder.replied",
    "status_update_published",
    "resolved",
    "reopened",
    # In use, though PagerDuty's own schema lists them for webhooks only.
    "action_invocation.created",
    "action_invocation.terminated",
    "action_invocation.updated",
)
UNUSUAL_EVENTS = frozenset({"reopened", *(event for event in EVENTS if event.startswith("action_"))})
USUAL_EVENTS = tuple(event for event in EVENTS if event not in UNUSUAL_EVENTS)

# What other tools call an event.
_OTHER_WORDS = {
    **dict.fromkeys(("created", "opened", "open", "new", "firing"), "triggered"),
    **dict.fromkeys(("closed", "close"), "resolved"),
    **dict.fromkeys(("ack", "acked"), "acknowledged"),
    **dict.fromkeys(("assigned", "reassign"), "reassigned"),
}


def similar_event(event: str, known: Collection[str], default: str) -> str:
    """Suggest the most similar known name; `default` if none is similar."""
    family, dot, word = event.rpartition(".")
    if (other := f"{family}{dot}{_OTHER_WORDS.get(word, word)}") in known:
        return f"did you mean {other!r}?"
    near = difflib.get_close_matches(event, known, n=1, cutoff=0.5) if len(event) < 100 else []
    return f"did you mean {near[0]!r}?" if near else default


def event_doubts(
    events: Iterable[str], known: Collection[str], families: Iterable[str] = ()
) -> Iterable[Doubt]:
    """Warn about unknown events of a field `events`; `families` are the globs for many of them."""
    default = "if an apply is refused, take it out"
    if families := list(families):
        default += f"; for all of a family, write {' or '.join(families)}"
    for event in events:
        if event not in known:
            yield Doubt(
                ("events", event),
                f"{event!r} is not a known event; PagerDuty may refuse it",
                similar_event(event, known, default),
            )
