"""Warnings about values that seem to mean something else: days over a weekend, curly quotes, braces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pdslack_cli.config.stack import Stack
from pdslack_cli.errors import Problem, Severity
from pdslack_cli.kinds.fields.times import WEEKDAYS, parse_clock, parse_weekday
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule
from pdslack_cli.kinds.pagerduty.service.service import Service
from pdslack_cli.model import DataPath
from pdslack_cli.visible import inside_curly_quotes

_PLAIN_TEXTS = ("description", "name", "purpose", "topic")
_BRACES = re.compile(r"\{\{\s*(?:\.Values\.|vars?\.|\$)?([A-Za-z_][\w-]*)\s*\}\}")
_RANGE = re.compile(r"\s*(\w+)\s*-\s*(\w+)\s*")


def misreadings(stack: Stack) -> Iterator[Problem]:
    """Yield a warning for each value that means something else than whoever wrote it likely thinks."""
    yield from _kept_quotes(stack)
    yield from _days_over_a_weekend(stack)
    yield from _no_templates(stack)


def _kept_quotes(stack: Stack) -> Iterator[Problem]:
    """Values between curly quotes, which are no quotes in YAML but part of the text."""
    for node in stack.locations.unquoted_texts():
        if inside := inside_curly_quotes(str(node.value)):
            yield Problem(
                "the curly quotes are part of this text",
                node.location,
                f"write \"{inside}\"; if they are meant, put the whole text in quotes: '{node.value}'",
                Severity.WARNING,
            )


def _no_templates(stack: Stack) -> Iterator[Problem]:
    """Names and descriptions with the braces of a template, which nothing fills in there."""
    for entry in stack.wanted.values():
        for place in ((*entry.path, field) for field in _PLAIN_TEXTS):
            if braces := _BRACES.search(stack.locations.text(place)):
                yield Problem(
                    f"nothing fills in {braces[0]} here: it is part of the text",
                    stack.locations.value(place),
                    f"write ${{{braces[1]}}} for a variable of `vars:` or of the environment",
                    Severity.WARNING,
                )


def _days_over_a_weekend(stack: Stack) -> Iterator[Problem]:
    """Hours past midnight on each day of a range such as fri-mon, where one span of the week is meant."""
    for entry in stack.wanted.values():
        spec = entry.written or entry.spec
        if isinstance(spec, Schedule):
            for number, layer in enumerate(spec.layers):
                for place in range(len(layer.only)):
                    yield from _span(stack, (*entry.path, "layers", number, "only", place), True)
        if isinstance(spec, Service) and spec.support_hours:
            yield from _span(stack, (*entry.path, "support_hours"), False)


def _span(stack: Stack, window: DataPath, takes_spans: bool) -> Iterator[Problem]:
    """Yield the warning about the days of a window, if they are a range over a weekend, but not all days."""
    days, begin, end = (stack.locations.text((*window, field)) for field in ("days", "from", "to"))
    starts, ends, found = parse_clock(begin), parse_clock(end), _RANGE.fullmatch(days)
    first, last = (parse_weekday(word) or 0 for word in found.groups()) if found else (0, 0)
    if starts is None or ends is None or ends > starts or not first or not last:
        return
    names = [WEEKDAYS[(day - 1) % len(WEEKDAYS)] for day in range(first, last + 1 + (last < first) * 7)]
    if len(names) == len(WEEKDAYS) or not {"sat", "sun"} <= {*names}:
        return
    one = f"one span is {{from: {names[0]} {begin}, to: {names[-1]} {end}}}"
    yield Problem(
        f"these are {len(names)} windows: on each of these days from {begin} to {end} of the next day",
        stack.locations.value((*window, "days")),
        f"{one if takes_spans else 'support hours cannot be one span'}; "
        f"if each day is meant, write [{', '.join(names)}]",
        Severity.WARNING,
    )
