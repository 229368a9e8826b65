"""`pdslack route`: trace where an event goes, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pdslack_cli.analysis.documents import rule_locations
from pdslack_cli.analysis.routing_model import routing_model_of
from pdslack_cli.cli.completion import complete_refs
from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import Details, Event, Format, StackFiles, TextOrJson, TextOrJsonFormat
from pdslack_cli.cli.run.events import event_of
from pdslack_cli.cli.run.files import load_stack
from pdslack_cli.errors import PdslackError
from pdslack_cli.model import instant_of
from pdslack_cli.render.output.console import stdout
from pdslack_cli.render.output.streams import echo_json
from pdslack_cli.render.trace import print_trace, trace_json
from pdslack_cli.routing.simulate.model import RoutingModel
from pdslack_cli.routing.simulate.orchestration import ReceivedEvent
from pdslack_cli.routing.simulate.orchestration import route as walk
from pdslack_cli.suggest import suggest

To = Annotated[
    str | None,
    typer.Option("--to", metavar="REF", envvar="PDSLACK_TO", autocompletion=complete_refs,
                 help="routing/KEY or service/KEY; the only orchestration, if left out."),
]  # fmt: skip
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", envvar="PDSLACK_AT",
                 help="When the event arrives, in UTC unless it has an offset; the default is now."),
]  # fmt: skip


def _field(name: str) -> Any:
    """Return the option for a field of the event."""
    return typer.Option(f"--{name}", help=f"The event's {name}.", envvar=f"PDSLACK_{name.upper()}")


def route(
    event: Event = None,
    files: StackFiles = None,
    to: To = None,
    summary: Annotated[str | None, _field("summary")] = None,
    severity: Annotated[str | None, _field("severity")] = None,
    source: Annotated[str | None, _field("source")] = None,
    component: Annotated[str | None, _field("component")] = None,
    class_: Annotated[str | None, _field("class")] = None,
    group: Annotated[str | None, _field("group")] = None,
    details: Details = None,
    at: At = None,
    format_: TextOrJsonFormat = TextOrJson.TEXT,
) -> None:
    with reported_errors(Format(format_), files, command="route"):
        stack, _ = load_stack(files)
        world = routing_model_of(stack.specs)
        fields = {"summary": summary, "severity": severity, "source": source, "component": component,
                  "class": class_, "group": group}  # fmt: skip
        body = event_of(event, fields, details)
        target = _target(to, world)
        trace = walk(world, ReceivedEvent.to(target, body, _moment(at)))
        places = rule_locations(stack, world)
        if format_ is TextOrJson.JSON:
            echo_json(trace_json(trace, places))
        else:
            title = f"{body.get('summary', 'an event')} → {target}, {trace.at:%Y-%m-%d %H:%M:%S} UTC"
            print_trace(trace, title, world, places, stdout())


def _moment(at: str | None) -> datetime:
    try:
        return instant_of(datetime.fromisoformat(at)) if at else datetime.now(UTC)
    except ValueError:
        form = "2026-03-30T17:15:00 (UTC) or 2026-03-30T17:15:00+01:00"
        raise PdslackError(f"--at: expected a time such as {form}, got {at!r}") from None


def _target(to: str | None, world: RoutingModel) -> str:
    """Return the destination of the event: the one that was asked for, or the only orchestration."""
    orchestrations = [f"routing/{key}" for key in world.orchestrations]
    known = [*orchestrations, *(f"service/{key}" for key in world.services)]
    if to is None:
        if len(orchestrations) != 1:
            raise PdslackError(
                f"cannot determine where to send the event; pass --to {' or --to '.join(known[:8]) or 'REF'}"
            )
        return orchestrations[0]
    if to not in known:
        hint = suggest(to, known) or "write routing/KEY or service/KEY"
        raise PdslackError(f"the stack has no {to!r}: {hint}")
    return to
