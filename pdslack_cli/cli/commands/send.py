"""`pdslack send`: fire an event at a service or an orchestration."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from pdslack_cli.analysis.routing_model import routing_model_of
from pdslack_cli.cli.completion import complete_refs
from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import (
    Details,
    Event,
    Format,
    StackFiles,
    TextOrJson,
    TextOrJsonFormat,
    UseSandbox,
)
from pdslack_cli.cli.run.events import event_of
from pdslack_cli.cli.run.planning import live_of
from pdslack_cli.cli.run.session import Context, opened
from pdslack_cli.clients.events import effect_of_event, on_a_sandbox, send_event
from pdslack_cli.clients.settings import Settings
from pdslack_cli.config.sources.environment import is_vendors_own
from pdslack_cli.engine.outputs import read_outputs
from pdslack_cli.errors import PdslackError
from pdslack_cli.masking import add_secrets
from pdslack_cli.model import Json, Ref
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.output.streams import echo, echo_json
from pdslack_cli.render.sent import sent_lines
from pdslack_cli.routing.pcl.events import to_events_api
from pdslack_cli.routing.simulate.orchestration import ReceivedEvent
from pdslack_cli.routing.simulate.orchestration import route as walk
from pdslack_cli.suggest import suggest


class EventAction(StrEnum):
    """The actions of an event."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class EventSeverity(StrEnum):
    """The severities of an event."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


def _text(name: str, described: str) -> Any:
    """Return the option of that name."""
    return typer.Option(f"--{name}", help=described, envvar=f"PDSLACK_{name.upper().replace('-', '_')}")


To = Annotated[
    str,
    typer.Argument(metavar="TO", help="service/KEY or routing/KEY.", envvar="PDSLACK_TO",
                   autocompletion=complete_refs, show_default=False),
]  # fmt: skip
Change = Annotated[
    bool, typer.Option("--change", help="Send a change event, which pages nobody.", envvar="PDSLACK_CHANGE")
]
Live = Annotated[
    bool,
    typer.Option("--live", help="Send to the real account, which may page people.", envvar="PDSLACK_LIVE"),
]


def send(
    to: To,
    event: Event = None,
    files: StackFiles = None,
    summary: Annotated[str | None, _text("summary", "What happened; the incident's title.")] = None,
    severity: Annotated[EventSeverity | None, _text("severity", "How bad it is.")] = None,
    source: Annotated[str | None, _text("source", "What it happened to; this machine, if left out.")] = None,
    component: Annotated[str | None, _text("component", "The event's component.")] = None,
    class_: Annotated[str | None, _text("class", "The event's class.")] = None,
    group: Annotated[str | None, _text("group", "The event's group.")] = None,
    details: Details = None,
    action: Annotated[
        EventAction | None, _text("action", "What the event does; trigger, if left out.")
    ] = None,
    dedup_key: Annotated[str | None, _text("dedup-key", "Which alert it is about.")] = None,
    key: Annotated[str | None, _text("key", "The integration key, if not looked up.")] = None,
    integration: Annotated[str | None, _text("integration", "Which integration, by its name.")] = None,
    change: Change = False,
    live: Live = False,
    sandbox: UseSandbox = False,
    format_: TextOrJsonFormat = TextOrJson.TEXT,
) -> None:
    with reported_errors(Format(format_), files, command="send"):
        fields = {"summary": summary, "severity": severity, "source": source, "component": component,
                  "class": class_, "group": group,
                  "event_action": action, "dedup_key": dedup_key}  # fmt: skip
        body = _completed(event_of(event, fields, details), change=change)
        with opened(files, sandbox=sandbox, tokens_required=not key) as context:
            ref = _target(context, to)
            settings = Settings.read(context.environ, context.stack.header.pagerduty.region)
            if is_vendors_own(settings.pagerduty_events_url):
                _check_live(context, ref, body, live=live, change=change)
            routing_key = key or _key_of(context, ref, integration)
            add_secrets([routing_key])
            answer = send_event(settings, {**to_events_api(body), "routing_key": routing_key}, change=change)
            found = str(answer.get("dedup_key") or "")
            effect = effect_of_event(settings, found) if on_a_sandbox(settings) and found else {}
        if format_ is TextOrJson.JSON:
            status = answer.get("status")
            echo_json({"to": to, "dedup_key": found or None, "status": status, "effect": effect or None})
        else:
            echo("\n".join(sent_lines(found, effect, change=change)))


def _completed(body: Json, *, change: bool) -> Json:
    """Fill in what the Events API requires; raises PdslackError for what nobody can guess."""
    if change:
        unknown = ("event_action", "severity", "dedup_key")
        body = {name: value for name, value in body.items() if name not in unknown}
    elif body.setdefault("event_action", EventAction.TRIGGER.value) != EventAction.TRIGGER:
        if not body.get("dedup_key"):
            raise PdslackError(f"--dedup-key is not set; an event that does {body['event_action']} needs it")
        return body
    else:
        body.setdefault("severity", EventSeverity.CRITICAL.value)
    if not body.get("summary"):
        raise PdslackError("--summary is not set; write what happened")
    body.setdefault("source", os.uname().nodename)
    return body


def _target(context: Context, to: str) -> Ref:
    kind, _, key = to.partition("/")
    known = [str(ref) for ref in context.stack.entries if ref.kind in ("service", "routing")]
    if to not in known:
        hint = suggest(to, known) or "write service/KEY or routing/KEY"
        raise PdslackError(f"the stack has no {to!r}: {hint}")
    return Ref(kind, key)


def _check_live(context: Context, ref: Ref, body: Json, *, live: bool, change: bool) -> None:
    """Refuse to page people without `--live`, and name them."""
    if change or body["event_action"] != EventAction.TRIGGER:
        whom = "it may change incidents that people work on"
    else:
        world = routing_model_of(context.stack.specs)
        trace = walk(world, ReceivedEvent.to(str(ref), body, datetime.now(UTC)))
        people = ", ".join(trace.on_call)
        whom = (
            f"according to the files it pages {people}"
            if people
            else f"according to the files its outcome is: {trace.outcome}"
        )
    if not live:
        raise PdslackError(
            f"this sends an event to the real PagerDuty account; {safe_line(whom)}. "
            "Pass --live to send it, or --sandbox to try it"
        )
    echo(safe_line(f"Note: the event goes to the real account; {whom}"), err=True)


def _key_of(context: Context, ref: Ref, integration: str | None) -> str:
    """The key of an integration of the object, looked up through the API."""
    found = read_outputs(context.stack, live_of(context), context.clients, only=[ref]).get(ref)
    if found is None:
        raise PdslackError(
            f"{ref} does not exist yet, or is looked up without `integrations:`; run apply, or pass --key"
        )
    keys = {name: value for name, value in found.values.items() if name != "id"}
    if integration is not None and integration not in keys:
        hint = suggest(integration, keys) or f"it has {', '.join(keys) or 'none'}"
        raise PdslackError(f"{ref} has no integration {integration!r} with a key: {hint}")
    if not keys:
        raise PdslackError(
            f"{ref} has no integration with a key; add one (`integrations: [events-api-v2]`) and apply"
        )
    return keys[integration] if integration is not None else next(iter(keys.values()))
