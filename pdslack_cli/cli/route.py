"""`pdslack route`: where one event goes, and why."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pdslack_cli.cli.completion import complete_refs
from pdslack_cli.cli.door import reported_errors
from pdslack_cli.cli.options import Format, OutputFormat

Event = Annotated[
    Path | None, typer.Argument(help="A JSON file of one event; - is standard input.", show_default=False)
]
StackFiles = Annotated[
    list[Path] | None,
    typer.Option("--file", "-f", help="File or folder of YAML (repeatable).", show_default="pdslack.yaml",
                 envvar="PDSLACK_FILES"),
]  # fmt: skip
To = Annotated[
    str | None,
    typer.Option("--to", metavar="REF", envvar="PDSLACK_TO", autocompletion=complete_refs,
                 help="routing/KEY or service/KEY; the only orchestration, if left out."),
]  # fmt: skip
At = Annotated[
    datetime | None,
    typer.Option("--at", help="The time it comes, in UTC; now, if left out.", envvar="PDSLACK_AT"),
]
Detail = Annotated[
    list[str] | None,
    typer.Option(
        "--detail", metavar="KEY=VALUE", help="A custom detail (repeatable).", envvar="PDSLACK_DETAIL"
    ),
]


def route(
    event: Event = None,
    files: StackFiles = None,
    to: To = None,
    summary: Annotated[str | None, typer.Option("--summary", help="The event's summary.")] = None,
    severity: Annotated[str | None, typer.Option("--severity", help="The event's severity.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="The event's source.")] = None,
    component: Annotated[str | None, typer.Option("--component", help="The event's component.")] = None,
    class_: Annotated[str | None, typer.Option("--class", help="The event's class.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="The event's group.")] = None,
    detail: Detail = None,
    at: At = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Show where an event goes, who is called and which channels are told, without a network."""
    with reported_errors(format_):
        from pdslack_cli.cli.session import load_stack
        from pdslack_cli.engine.world import world_of
        from pdslack_cli.render.console import stdout
        from pdslack_cli.render.trace import print_trace, trace_json
        from pdslack_cli.routing.orchestration import route as walk

        stack, _ = load_stack(files)
        world = world_of(stack.specs)
        flags = {"summary": summary, "severity": severity, "source": source, "component": component,
                 "class": class_, "group": group}  # fmt: skip
        said = _read_event(event)
        said |= {name: value for name, value in flags.items() if value is not None}
        if detail:
            said["custom_details"] = {**(said.get("custom_details") or {}), **_details(detail)}
        sent = _sent(said, _target(to, world), (at or datetime.now(UTC)).replace(tzinfo=UTC))
        trace = walk(world, sent)
        if format_ is Format.JSON:
            typer.echo(json.dumps(trace_json(trace), indent=2, ensure_ascii=False))
        else:
            print_trace(trace, world, stdout())


def _read_event(path: Path | None) -> dict[str, Any]:
    """The event as rules see it; a body of the Events API is understood as well."""
    from pdslack_cli.errors import PdslackError
    from pdslack_cli.routing.events import from_events_api

    if path is None:
        return {}
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        body = json.loads(text)
    except OSError as error:
        raise PdslackError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise PdslackError(f"{path} is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise PdslackError(f"{path} does not hold one event: write a JSON object")
    return from_events_api(body)


def _details(pairs: list[str]) -> dict[str, str]:
    from pdslack_cli.errors import PdslackError

    for pair in pairs:
        if "=" not in pair:
            raise PdslackError(f"--detail {pair!r} has no value: write KEY=VALUE")
    return dict(pair.split("=", 1) for pair in pairs)


def _target(to: str | None, world: Any) -> tuple[str, str]:
    """Where the event is sent: the kind and the key."""
    from pdslack_cli.errors import PdslackError

    if to is None:
        if len(world.orchestrations) != 1:
            known = ", ".join(f"routing/{key}" for key in world.orchestrations)
            raise PdslackError(f"say where the event is sent: --to {known or 'service/KEY'}")
        return "routing", next(iter(world.orchestrations))
    kind, _, key = to.partition("/")
    known_keys = {"routing": world.orchestrations, "service": world.services}.get(kind)
    if known_keys is None:
        raise PdslackError(f"--to {to!r} is no target: write routing/KEY or service/KEY")
    if key not in known_keys:
        from pdslack_cli.config.suggest import suggest

        raise PdslackError(f"the stack has no {to!r}. {suggest(key, known_keys)}".strip())
    return kind, key


def _sent(event: dict[str, Any], target: tuple[str, str], at: datetime) -> Any:
    from pdslack_cli.routing.events import to_events_api
    from pdslack_cli.routing.orchestration import Sent

    event = {"event_action": "trigger", **event}
    kind, key = target
    if kind == "routing":
        return Sent(event, to_events_api(event), at, orchestration=key)
    return Sent(event, to_events_api(event), at, service=key)
