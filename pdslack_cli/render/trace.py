"""The trace of an event as text and JSON: each rule tried, the values that decided, the outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from pdslack_cli.errors import Location
from pdslack_cli.model import Json
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.plan.lines import shown
from pdslack_cli.routing.simulate.model import RoutingModel
from pdslack_cli.routing.simulate.rules import PathKind, RuleKey
from pdslack_cli.routing.simulate.trace import EventOutcome, Trace, TraceStep, Tried

Places = Mapping[RuleKey, Location]
"""Where rules were written, by their keys."""

TITLES = {
    PathKind.GLOBAL: "routing/{} rules",
    PathKind.ROUTER: "routing/{} routes",
    PathKind.UNROUTED: "routing/{} unrouted",
    PathKind.SERVICE: "service/{} rules",
}


def print_trace(trace: Trace, title: str, world: RoutingModel, places: Places, console: Console) -> None:
    """Print the tree below its title, and the outcome."""
    tree = Tree(Text(safe_line(title), style="bold"), guide_style="dim")
    add_steps(tree, trace.steps, places)
    console.print(tree)
    for line in outcome_lines(trace, world):
        console.print(line, soft_wrap=True)
    for warning in trace.warnings:
        console.print(Text(f"Warning: {safe_line(warning)}", style="yellow"), soft_wrap=True)
    if trace.unverified:
        console.print("\nThis relies on behaviour that PagerDuty does not document:")
        for reading in trace.unverified:
            console.print(f"  - {reading.value}", soft_wrap=True)


def add_steps(tree: Tree, steps: Iterable[TraceStep], places: Places, *, most: int | None = None) -> None:
    """Add the rules tried to a branch, by path, without paths in which nothing happened.

    Of consecutive rules that did not match, only the last `most` are shown.
    """
    non_default_fields = (step for step in steps if step.rule or step.changes)
    for (path, owner), inside in groupby(non_default_fields, key=lambda step: (step.path, step.owner)):
        branch = tree.add(Text(TITLES[path].format(owner), style="bold"))
        for matched, row in groupby(inside, key=lambda step: step.matched):
            alike = list(row)
            hidden = 0 if matched or most is None else max(0, len(alike) - most)
            if hidden:
                branch.add(Text(f"✗ {hidden} rules (`pdslack route` shows all)", style="dim"))
            for step in alike[hidden:]:
                _add_step(branch, step, places)


def _add_step(branch: Tree, step: TraceStep, places: Places) -> None:
    line = Text(f"{'✓' if step.matched else '✗'} ", style="green" if step.matched else "dim")
    line.append(safe_line(step.name), style="bold" if step.matched else "")
    alone = step.tried[0] if len(step.tried) == 1 else None
    if alone:
        line.append(_condition(alone, named=alone.condition.text == step.name), style="dim")
    place = _place(step, places)
    if step.matched and place:
        line.append(f"  {place.file}:{place.line}", style="dim italic")
    leaf = branch.add(line)
    for tried in () if alone else step.tried:
        leaf.add(Text(f"{safe_line(tried.condition.text)}{_condition(tried, named=True)}", style="dim"))
    for change in step.changes:
        leaf.add(Text(f"{change.field} = {safe_line(shown(plain(change.value)))}", style="cyan"))


def _place(step: TraceStep, places: Places) -> Location | None:
    return places.get(step.key) if step.key else None


def _condition(tried: Tried, *, named: bool) -> str:
    """Return the condition, unless it is in the line already, and the values that decided it."""
    values = [f"{read.source} is {safe_line(shown(plain(read.value)))}" for read in tried.verdict.reads]
    because = f"  ({'; '.join(dict.fromkeys(values))})" if values else ""
    return because if named else f": {safe_line(tried.condition.text)}{because}"


def outcome_lines(trace: Trace, world: RoutingModel) -> Iterable[Text]:
    """Return the outcome of the event, in a few lines."""
    service = world.services.get(trace.service)
    named = f" ({service.name})" if service and service.name != service.id else ""
    facts = [
        ("service", trace.service and trace.service + named),
        ("title", str(trace.event.get("summary", ""))),
        ("severity", str(trace.event.get("severity", ""))),
        ("priority", trace.priority),
        ("urgency", trace.urgency),
        ("escalation policy", trace.escalation_policy),
        ("on call", ", ".join(trace.on_call)),
        ("channels", ", ".join(f"#{channel}" for channel in trace.channels)),
        ("note", trace.note),
        ("paused for", f"{trace.pause} s" if trace.outcome is EventOutcome.PAUSED else ""),
        *((f"field {name}", value) for name, value in trace.fields.items()),
        *(("sends" if request.automatic else "offers", request.name) for request in trace.requests),
        *(("not found", missing) for missing in trace.unresolved),
    ]
    reason = f" ({trace.reason})" if trace.reason else ""
    yield Text.assemble(("Outcome: ", ""), (str(trace.outcome), "bold"), (reason, ""))
    yield from (Text(f"  {name:<18} {safe_line(value)}") for name, value in facts if value)


def trace_json(trace: Trace, places: Places) -> Json:
    """Return the trace as JSON."""
    return {
        "at": trace.at.isoformat(),
        "outcome": str(trace.outcome),
        "reason": trace.reason or None,
        "service": trace.service or None,
        "priority": trace.priority or None,
        "urgency": trace.urgency or None,
        "escalation_policy": trace.escalation_policy or None,
        "on_call": list(trace.on_call),
        "channels": list(trace.channels),
        "note": trace.note or None,
        "event": plain(trace.event),
        "path": list(trace.path),
        "steps": [_step_json(step, places) for step in trace.steps],
        "requests": [request._asdict() for request in trace.requests],
        "not_found": list(trace.unresolved),
        "warnings": list(trace.warnings),
        "unverified": [reading.value for reading in trace.unverified],
    }


def _step_json(step: TraceStep, places: Places) -> Json:
    place = _place(step, places)
    return {
        "path": str(step.path),
        "owner": step.owner,
        "rule": step.name,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "matched": step.matched,
        "conditions": [
            {
                "condition": tried.condition.text,
                "value": tried.verdict.value,
                "reads": {str(read.source): plain(read.value) for read in tried.verdict.reads},
            }
            for tried in step.tried
        ],
        "changes": {change.field: plain(change.value) for change in step.changes},
    }


def plain(value: object) -> Any:
    """Return a value as JSON; other types (a date) as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, timedelta):
        return f"{int(value.total_seconds())}s"
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
