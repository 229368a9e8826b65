"""The Slack app of a stack: its manifest, what changes, and what was done, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.text import Text

from pdslack_cli.engine.slack_app.provision import AppResult, Difference
from pdslack_cli.engine.slack_app.workflows import WorkflowsResult
from pdslack_cli.model import Json
from pdslack_cli.render.output.safe import safe_line

NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_json="


def print_app(manifest: Json, scopes: Mapping[str, str], console: Console, *, whole: bool) -> None:
    """Print the manifest, what each scope is for, and how to make the app.

    Only a `whole` manifest, without masks, makes the app that the file describes.
    """
    _line(console, json.dumps(manifest, indent=2, ensure_ascii=False))
    _line(console, "")
    _line(console, "Scopes of its bot", "bold")
    width = max(map(len, scopes), default=0)
    for scope, reason in scopes.items():
        _line(console, f"  {scope:<{width}}  {reason}")
    _line(console, "")
    makes = "`pdslack app --create` makes it with a configuration token; or "
    if whole:
        _line(console, f"{makes}open this page:")
        _line(console, NEW_APP + quote(json.dumps(manifest, separators=(",", ":"))))
    else:
        _line(console, f"{makes}add --show-secrets for a page that does.")


def print_changes(changed: Iterable[Difference], console: Console) -> None:
    """Print each value that changes."""
    for path, old, new in changed:
        symbol, style = ("+", "green") if old is None else ("-", "red") if new is None else ("~", "yellow")
        both = [_value(value) for value in (old, new) if value is not None]
        _line(console, f"  {symbol} {path}: {' -> '.join(both)}", style)


def print_result(result: AppResult, place: str, console: Console) -> None:
    """Print what was done, and what is left to do by hand."""
    for warning in result.warnings:
        _line(console, f"Warning: {safe_line(warning)}", "yellow")
    if place:
        _line(console, f"Created the Slack app {result.id}; its credentials are in {place}.")
    else:
        _line(console, f"{'Updated' if result.changed else 'No changes.'} Slack app {result.id}.")
    if result.install_link:
        _line(console, f"Install it here: {result.install_link}")
    if place:
        _line(
            console,
            "Then set SLACK_BOT_TOKEN to the bot token that the page shows, and SLACK_SIGNING_SECRET to the "
            "stored signing_secret.",
        )


def result_json(result: AppResult, place: str) -> Json:
    """Return what was done as JSON."""
    return {
        "app_id": result.id,
        "created": bool(place),
        "install": result.install_link or None,
        "credentials": place or None,
        "changed": [{"path": path, "before": old, "after": new} for path, old, new in result.changed],
        "warnings": [*result.warnings],
    }


def print_workflows(manifest: Json, console: Console) -> None:
    """Print the manifest of the workflows' app, if there is one."""
    if manifest:
        _line(console, "")
        _line(console, "The app of the workflows (experimental)", "bold")
        _line(console, json.dumps(manifest, indent=2, ensure_ascii=False))
        _line(console, "`pdslack apply` makes it and its triggers.")


def print_provided(result: WorkflowsResult | None, place: str, console: Console) -> None:
    """Print what was done for the workflows."""
    if result is None:
        return
    done = "Created" if result.created else "Updated" if result.app.changed else "No changes."
    _line(console, f"{done} Slack app {result.app.id} of the workflows (experimental).")
    for warning in result.app.warnings:
        _line(console, f"Warning: {safe_line(warning)}", "yellow")
    for text in result.triggers:
        _line(console, f"  {safe_line(text)}")
    for ref, link in result.links.items():
        _line(console, f"  {ref}: start it here: {safe_line(link)}")
    _line(console, f"The addresses of webhook triggers are in {place}.")
    if result.app.install_link:
        _line(console, f"Install it here: {result.app.install_link}")


def workflows_json(result: WorkflowsResult, place: str) -> Json:
    """Return what was done for the workflows as JSON."""
    done = result_json(result.app, place if result.created else "")
    return {**done, "triggers": [*result.triggers], "links": dict(result.links)}


def _value(value: Any) -> str:
    return safe_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)
