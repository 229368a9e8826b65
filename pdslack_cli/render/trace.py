"""The way of an event, as a tree to read: each rule that was tried, the values that decided, the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from pdslack_cli.model import Json
from pdslack_cli.render.diff import shown
from pdslack_cli.routing.model import World
from pdslack_cli.routing.rules import PathKind
from pdslack_cli.routing.trace import Outcome, Step, Trace, Tried

TITLES = {
    PathKind.GLOBAL: "routing/{} rules",
    PathKind.ROUTER: "routing/{} routes",
    PathKind.UNROUTED: "routing/{} unrouted",
    PathKind.SERVICE: "service/{} rules",
}


def print_trace(trace: Trace, world: World, console: Console) -> None:
    """The tree, and what became of the event."""
    tree = Tree(Text(f"event at {trace.at:%Y-%m-%d %H:%M:%S} UTC", style="bold"), guide_style="dim")
    add_steps(tree, trace.steps)
    console.print(tree)
    for line in outcome_lines(trace, world):
        console.print(Text(line, style="bold"), soft_wrap=True)
    for warning in trace.warnings:
        console.print(Text(f"Warning: {warning}", style="yellow"), soft_wrap=True)
    if trace.unverified:
        console.print("This rests on behaviour that PagerDuty does not document:")
        for reading in trace.unverified:
            console.print(f"  - {reading.value}", soft_wrap=True)


def add_steps(tree: Tree, steps: Iterable[Step]) -> None:
    """The steps below a branch for each path they are in."""
    for (path, owner), inside in groupby(steps, key=lambda step: (step.path, step.owner)):
        branch = tree.add(Text(TITLES[path].format(owner), style="bold"))
        for step in inside:
            leaf = branch.add(_step(step))
            for tried in step.tried:
                leaf.add(Text(_tried(tried), style="dim"))
            for change in step.changes:
                leaf.add(Text(f"{change.field} = {shown(plain(change.value))}", style="cyan"))


def _step(step: Step) -> Text:
    return Text(f"{'✓' if step.matched else '✗'} {step.name}", style="green" if step.matched else "dim")


def _tried(tried: Tried) -> str:
    values = [f"{read.source} is {shown(plain(read.value))}" for read in tried.verdict.reads]
    because = f"  ({'; '.join(dict.fromkeys(values))})" if values else ""
    return f"{tried.condition.text} → {str(tried.verdict.value).lower()}{because}"


def outcome_lines(trace: Trace, world: World) -> Iterable[str]:
    """What became of the event, in a few lines."""
    yield f"Outcome: {trace.outcome}"
    if trace.service:
        name = world.services[trace.service].name if trace.service in world.services else trace.service
        yield f"  service: {trace.service}" + (f" ({name})" if name != trace.service else "")
    facts = {
        "title": str(trace.event.get("summary", "")),
        "severity": str(trace.event.get("severity", "")),
        "priority": trace.priority,
        "urgency": trace.urgency,
        "escalation policy": trace.escalation_policy,
        "on call": ", ".join(trace.on_call),
        "channels": ", ".join(f"#{channel}" for channel in trace.channels),
        "note": trace.note,
        "paused for": f"{trace.pause} s" if trace.outcome is Outcome.PAUSED else "",
    }
    yield from (f"  {name}: {value}" for name, value in facts.items() if value)
    for request in trace.requests:
        yield f"  {'sends' if request.automatic else 'offers'}: {request.name}"
    for missing in trace.unresolved:
        yield f"  not found: {missing}"


def trace_json(trace: Trace) -> Json:
    """The same for programs."""
    return {
        "at": trace.at.isoformat(),
        "outcome": str(trace.outcome),
        "service": trace.service or None,
        "priority": trace.priority or None,
        "urgency": trace.urgency or None,
        "escalation_policy": trace.escalation_policy or None,
        "on_call": list(trace.on_call),
        "channels": list(trace.channels),
        "note": trace.note or None,
        "event": plain(trace.event),
        "path": list(trace.path),
        "steps": [_step_json(step) for step in trace.steps],
        "requests": [request._asdict() for request in trace.requests],
        "not_found": list(trace.unresolved),
        "warnings": list(trace.warnings),
        "unverified": [reading.value for reading in trace.unverified],
    }


def _step_json(step: Step) -> Json:
    return {
        "path": str(step.path),
        "owner": step.owner,
        "rule": step.name,
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
    """A value as JSON holds it; what is no JSON (a date) as its text."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, timedelta):
        return f"{int(value.total_seconds())}s"
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
