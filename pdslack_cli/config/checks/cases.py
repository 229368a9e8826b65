"""Check that test cases refer to existing entries: other cases can only fail."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pdslack_cli.config.cures.references import MOST_LISTED, reference_cure
from pdslack_cli.config.locations import Locations
from pdslack_cli.config.stack import Stack
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.model import SCHEDULES, DataPath, Ref
from pdslack_cli.routing.pcl.fields import FIELDS, VALUES
from pdslack_cli.suggest import nearest, one_of, suggest

# What an expectation names, by its field: the kind, and whether the name in the product will do.
_NAMED: Mapping[str, tuple[str, bool]] = {
    "service": ("service", True),
    "escalation_policy": ("escalation_policy", True),
    "priority": ("priority", True),
    "fields": ("incident_custom_field", True),
    "on_call": ("person", False),
    "channels": ("channel", False),
}
_OTHER_FIELDS = {
    **dict.fromkeys(("title", "message", "text", "description"), "summary"),
    **dict.fromkeys(("host", "hostname"), "source"),
    **dict.fromkeys(("details", "customDetails", "labels"), "custom_details"),
    **dict.fromkeys(("action", "type"), "event_action"),
    "key": "dedup_key",
}
_MISSPELT = 0.85
_WITH_RULES = frozenset({"routing", "service", "set"})
_BY_POSITION = re.compile(r"rule \d+")  # one that has neither a label nor a condition
_SIGILS = "#@"  # as Slack shows them before names


def unknown_in_cases(tests: Any, stack: Stack, locations: Locations) -> Iterator[Problem]:
    """Yield a problem for each name in `tests` that the stack does not define.

    The shape of the cases is checked elsewhere.
    """
    for case, path in _items(tests, ("tests",)):
        for target, place in _keys(case.get("cache"), (*path, "cache")):
            yield from _unknown_target(target, place, stack, locations)
            yield from _unknown_cached(target, case["cache"], place, stack, locations)
        yield from _unknown_in_expectation(case.get("expect"), (*path, "expect"), stack, locations)
        for event, place in _items(case.get("send"), (*path, "send")):
            yield from _unknown_target(event.get("to"), (*place, "to"), stack, locations)
            yield from _unknown_in_expectation(event.get("expect"), (*place, "expect"), stack, locations)
            yield from _impossible(event.get("event"), (*place, "event"), locations)


def _impossible(event: Any, path: DataPath, locations: Locations) -> Iterator[Problem]:
    """Yield a problem for each value in an event that PagerDuty rejects."""
    for field, value in event.items() if isinstance(event, dict) else ():
        values = VALUES.get(("event", field))
        if values and value is not None and value not in values:
            message, hint = one_of(values, value)
            yield Problem(f"event.{field}: {message}", locations.value((*path, field)), hint)
        if intended := _intended_field(field, event):
            yield Problem(f"events have no field {field!r}", locations.key((*path, field)), intended)


def _intended_field(field: str, event: Collection[str]) -> str:
    """Return the hint for a field of an event that is likely a misspelled one; "" if it may be correct."""
    if field in FIELDS:
        return ""
    if field == "payload":
        return "write its fields directly below `event`; the JSON as sent goes to `raw`"
    other = _OTHER_FIELDS.get(field, "")
    if other and other not in event:
        return f"write `{other}`"
    near = nearest(field, sorted(FIELDS), _MISSPELT)
    return f"did you mean {near!r}?" if near else ""


def _unknown_target(target: Any, path: DataPath, stack: Stack, locations: Locations) -> Iterator[Problem]:
    kind, slash, key = target.partition("/") if isinstance(target, str) else ("", "", "")
    if slash and kind in {"routing", "service"}:
        yield from _unknown(kind, key, path, stack, locations)


def _unknown_cached(
    target: Any, cache: Any, path: DataPath, stack: Stack, locations: Locations
) -> Iterator[Problem]:
    """Yield a problem for each cache variable that a target does not have."""
    kind, _, key = target.partition("/") if isinstance(target, str) else ("", "", "")
    entry = stack.entries.get(Ref(kind, key))
    values = cache.get(target) if isinstance(cache, dict) else None
    known = getattr(entry.spec, "cache_variables", None) if entry else None
    if not entry or known is None or entry.ref in stack.partial or not isinstance(values, dict):
        return
    for name in values.keys() - known.keys():
        hint = suggest(name, known) or (f"it has {', '.join(known)}" if known else "it has none")
        place = locations.key((*path, name))
        yield Problem(f"{target} has no cache variable {name!r}", place, hint)


def _unknown_in_expectation(
    expect: Any, path: DataPath, stack: Stack, locations: Locations
) -> Iterator[Problem]:
    for field, (kind, by_name) in _NAMED.items() if isinstance(expect, dict) else ():
        names = expect.get(field)
        for name, place in _keys(names, (*path, field)) if _names_keys(field, names) else ():
            if isinstance(name, str):
                yield from _unknown(kind, name.lstrip(_SIGILS), place, stack, locations, by_name=by_name)
    if isinstance(expect, dict):
        yield from _impossible(expect.get("event"), (*path, "event"), locations)
    if isinstance(expect, dict) and not stack.partial and not _WITH_RULES & stack.known.unread:
        yield from _unknown_rules(expect.get("path"), (*path, "path"), stack, locations)


def _unknown_rules(names: Any, path: DataPath, stack: Stack, locations: Locations) -> Iterator[Problem]:
    """Yield a problem for each named rule that its path does not have."""
    for name, place in _keys(names, path):
        known = stack.rule_names
        if isinstance(name, str) and name not in known and not _BY_POSITION.fullmatch(name):
            some = ", ".join(map(repr, sorted(known)[:MOST_LISTED]))
            hint = suggest(name, known) or (f"the stack has {some}" if known else "the stack has no rules")
            yield Problem(f"no rule is called {name!r}", locations.value(place), hint)


def _unknown(
    kind: str, name: str, path: DataPath, stack: Stack, locations: Locations, *, by_name: bool = False
) -> Iterator[Problem]:
    of, _, key = name.partition("/")
    if kind == "person" and of in SCHEDULES:
        kind, name = of, key  # whoever is on call where we cannot know
    known = [*stack.known.keys(kind), *KIND_NAMED[kind].usual_names]
    known += [entry.ref.key for entry in stack.of_kind(kind)]
    if by_name:
        known += [entry.spec.name for entry in stack.of_kind(kind)]
    if kind in stack.known.unread or any(each == name for each in known):
        return
    title = KIND_NAMED[kind].title
    hint = suggest(name, known) or _none_near(kind, name, stack)
    yield Problem(f"unknown {title} {name!r}", locations.value(path), hint)


def _none_near(kind: str, name: str, stack: Stack) -> str:
    if not KIND_NAMED[kind].section:
        return f"the stack names no such {KIND_NAMED[kind].title}, so no event can get it"
    written = {"written": name, "kinds": (kind,), "known": stack.known}
    return reference_cure(written | {"write": lambda ref: ref.key})


def _names_keys(field: str, value: object) -> bool:
    """Whether a value has the shape of its field, `fields` that of a mapping: else that is the mistake."""
    return isinstance(value, dict) is (field == "fields")


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
