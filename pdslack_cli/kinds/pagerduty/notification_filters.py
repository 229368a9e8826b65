"""What a notification rule chooses by: sources, events and priorities, each in the order we write them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.references import CatalogRef, RefTo
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.fields.shorthand import OneOrSeveral
from pdslack_cli.kinds.pagerduty.events import EVENTS, similar_event
from pdslack_cli.model import Ref

EVENT_PREFIX = "incident."
OTHER_FAMILIES = ("service.",)  # of events: their names are sent as they are


def _some_source(refs: tuple[Ref, ...]) -> tuple[Ref, ...]:
    if not refs:
        raise problem("at least one is required, got none", "name a service or a team, or remove the rule")
    return tuple(sorted(set(refs)))


Sources = Annotated[
    tuple[Annotated[Ref, RefTo("service", "team")], ...], AfterValidator(_some_source), OneOrSeveral()
]


def sorted_events(events: Iterable[str]) -> tuple[str, ...]:
    """Remove duplicates and sort, because PagerDuty keeps no order; unknown events come last."""
    places: dict[str, int] = {event: place for place, event in enumerate(EVENTS)}
    return tuple(sorted(set(events), key=lambda event: (places.get(event, len(places)), event)))


def short_event(event: str) -> str:
    return event.removeprefix(EVENT_PREFIX)


_NAME = "[a-z0-9_]+([.][a-z0-9_]+)*"


def _event(event: str) -> str:
    if not re.fullmatch(_NAME, event):
        hint = similar_event(event, EVENTS, "write a name such as triggered or responder.added")
        raise problem(f"{event!r} is not the name of an event", hint)
    return short_event(event)


def wire_event(event: str, live: Collection[str]) -> str:
    """Return the event under PagerDuty's name; live events have that name already."""
    return event if event in live or event.startswith(OTHER_FAMILIES) else EVENT_PREFIX + event


def _triggered_among(events: tuple[str, ...]) -> tuple[str, ...]:
    if "triggered" not in events:
        misspelt = difflib.get_close_matches("triggered", set(events) - {*EVENTS}, n=1, cutoff=0.8)
        hint = f"{misspelt[0]!r}: did you mean 'triggered'?" if misspelt else "add triggered"
        raise problem("must contain `triggered`, which PagerDuty requires", hint)
    return events


_EVENT_SCHEMA = WithJsonSchema({"anyOf": [{"enum": list(EVENTS)}, written.text_schema("event", _NAME)]})

EventSet = Annotated[
    tuple[Annotated[str, AfterValidator(_event), _EVENT_SCHEMA], ...],
    AfterValidator(sorted_events),
    AfterValidator(_triggered_among),
]

Priority = Annotated[
    Literal["none"] | Annotated[Ref, CatalogRef("priority")], Field(union_mode="left_to_right")
]


def sorted_priorities(priorities: Iterable[Ref | str]) -> tuple[Ref | str, ...]:
    """Remove duplicates and sort by name, `none` last."""

    def place(priority: Ref | str) -> tuple[bool, str]:
        return (False, priority.key.casefold()) if isinstance(priority, Ref) else (True, "")

    return tuple(sorted(set(priorities), key=place))


def _some_priority(priorities: tuple[Ref | str, ...]) -> tuple[Ref | str, ...]:
    # PagerDuty's empty list means something else than our files' (pagerduty.md 9.4), so nobody guesses.
    if not priorities:
        raise problem(
            "`priorities` is empty",
            "write null for incidents of any priority, [none] for those without a priority",
        )
    return sorted_priorities(priorities)


PrioritySet = Annotated[tuple[Priority, ...], AfterValidator(_some_priority)]
