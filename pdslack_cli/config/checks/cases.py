"""Check that test cases refer to existing entries: other cases can only fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pdslack_cli.config.locations import DataPath, Locations
from pdslack_cli.config.stack import Stack
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.routing.testing.cases import FIXED_VALUES
from pdslack_cli.suggest import one_of, suggest

# What an expectation names, by its field: the kind, and whether the name in the product will do.
_NAMED: Mapping[str, tuple[str, bool]] = {
    "service": ("service", True),
    "escalation_policy": ("escalation_policy", True),
    "priority": ("priority", True),
    "fields": ("custom_field", True),
    "on_call": ("person", False),
    "channels": ("channel", False),
}
_SIGILS = "#@"  # as Slack shows them before names


def unknown_in_cases(tests: Any, stack: Stack, locations: Locations) -> Iterator[Problem]:
    """Yield a problem for each name in `tests` that the stack does not define.

    The shape of the cases is checked elsewhere.
    """
    for case, path in _items(tests, ("tests",)):
        for target, place in _keys(case.get("cache"), (*path, "cache")):
            yield from _unknown_target(target, place, stack, locations)
        yield from _unknown_in_expectation(case.get("expect"), (*path, "expect"), stack, locations)
        for event, place in _items(case.get("send"), (*path, "send")):
            yield from _unknown_target(event.get("to"), (*place, "to"), stack, locations)
            yield from _unknown_in_expectation(event.get("expect"), (*place, "expect"), stack, locations)
            yield from _impossible(event.get("event"), (*place, "event"), locations)


def _impossible(event: Any, path: DataPath, locations: Locations) -> Iterator[Problem]:
    """Yield a problem for each value in an event that PagerDuty rejects."""
    for field, values in FIXED_VALUES.items() if isinstance(event, dict) else ():
        if event.get(field) is not None and event[field] not in values:
            message, hint = one_of(values, event[field])
            yield Problem(f"event.{field}: {message}", locations.value((*path, field)), hint)


def _unknown_target(target: Any, path: DataPath, stack: Stack, locations: Locations) -> Iterator[Problem]:
    kind, slash, key = target.partition("/") if isinstance(target, str) else ("", "", "")
    if slash and kind in {"routing", "service"}:
        yield from _unknown(kind, key, path, stack, locations)


def _unknown_in_expectation(
    expect: Any, path: DataPath, stack: Stack, locations: Locations
) -> Iterator[Problem]:
    for field, (kind, by_name) in _NAMED.items() if isinstance(expect, dict) else ():
        for name, place in _keys(expect.get(field), (*path, field)):
            if isinstance(name, str):
                yield from _unknown(kind, name.lstrip(_SIGILS), place, stack, locations, by_name=by_name)


def _unknown(
    kind: str, name: str, path: DataPath, stack: Stack, locations: Locations, *, by_name: bool = False
) -> Iterator[Problem]:
    if kind == "person" and name.startswith("schedule/"):
        kind, name = "schedule", name.removeprefix("schedule/")  # whoever is on call where we cannot know
    known = [*stack.known.keys(kind), *KIND_NAMED[kind].usual_names]
    known += [entry.ref.key for entry in stack.of_kind(kind)]
    if by_name:
        known += [entry.spec.name for entry in stack.of_kind(kind)]
    if kind in stack.known.unread or any(each == name for each in known):
        return
    title = KIND_NAMED[kind].title
    hint = suggest(name, known) or _none_near(kind, title, known)
    yield Problem(f"unknown {title} {name!r}", locations.value(path), hint)


def _none_near(kind: str, title: str, known: list[str]) -> str:
    if not KIND_NAMED[kind].section:
        return f"the stack names no such {title}, so no event can get it"
    return (
        f"the stack defines {', '.join(sorted(set(known))[:8])}" if known else f"the stack defines no {title}"
    )


def _items(value: Any, path: DataPath) -> Iterator[tuple[dict[str, Any], DataPath]]:
    for number, item in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(item, dict):
            yield item, (*path, number)


def _keys(value: Any, path: DataPath) -> Iterator[tuple[Any, DataPath]]:
    """Return the keys in a value: a text, a list of texts, or the keys of a mapping."""
    if isinstance(value, dict):
        yield from ((key, (*path, key)) for key in value)
    elif isinstance(value, list):
        yield from ((item, (*path, number)) for number, item in enumerate(value))
    elif value is not None:
        yield value, path
