"""A Slack message as text and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from pdslack_cli.config.stack import Stack
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule
from pdslack_cli.kinds.sync.message import MessageTemplate
from pdslack_cli.model import Json
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.sync.message.limits import Excess
from pdslack_cli.sync.message.render import DEFAULT_TEMPLATE, RenderedMessage

_LINK = re.compile(r"<(https?://[^|>]+)\|([^>]*)>")
_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")


def print_preview(message: RenderedMessage, excesses: Sequence[Excess], console: Console) -> None:
    """Print a message about as Slack shows it, then what was cut."""
    for block in message.blocks:
        for line, style in _lines(block):
            console.print(Text(line, style=style), soft_wrap=True)
    console.print()
    console.print(Text(f"Notification: {_readable(message.text)}", style="dim"), soft_wrap=True)
    if not excesses:
        console.print(Text(f"{_count(len(message.blocks), 'block')}, within Slack's limits."))
    for excess in excesses:
        console.print(Text(f"Cut: {excess.place}: {excess.message}", style="yellow"), soft_wrap=True)


def preview_json(name: str, message: RenderedMessage, excesses: Sequence[Excess]) -> Json:
    """Return a message as Slack takes it, and what was cut."""
    return {
        "message": name,
        "text": message.text,
        "blocks": [*message.blocks],
        "metadata": message.metadata,
        "cut": [{"place": excess.place, "message": excess.message} for excess in excesses],
    }


def print_templates(templates: Mapping[str, MessageTemplate], stack: Stack, console: Console) -> None:
    """Print each template on a line, with the rules that use it."""
    for name, template in templates.items():
        rules = ", ".join(_rules(name, stack)) or "no rule"
        kind = "built in" if template is DEFAULT_TEMPLATE else _count(len(template.blocks), "block")
        console.print(Text(f"{name:<20} {kind:<12} used by {rules}"), soft_wrap=True)


def templates_json(templates: Mapping[str, MessageTemplate], stack: Stack) -> Json:
    """Return the templates as JSON."""
    return {
        "messages": [
            {
                "name": name,
                "built_in": template is DEFAULT_TEMPLATE,
                "text": template.text,
                "blocks": [*template.blocks],
                "buttons": [*template.buttons],
                "rules": [*_rules(name, stack)],
            }
            for name, template in templates.items()
        ]
    }


def _rules(name: str, stack: Stack) -> Iterator[str]:
    for entry in stack.of_kind("sync_rule"):
        if isinstance(entry.spec, NotificationRule):
            template = entry.spec.message.key if entry.spec.message else DEFAULT_TEMPLATE.name
            if template == name:
                yield str(entry.ref.key)


def _lines(block: Json) -> Iterator[tuple[str, str]]:
    """Yield the lines of a block, each with its style."""
    match block["type"]:
        case "header":
            yield _readable(block["text"]["text"]), "bold"
        case "divider":
            yield "─" * 40, "dim"
        case "section":
            for text in [block["text"]] if "text" in block else []:
                yield from ((line, "") for line in _readable(text["text"]).splitlines())
            for field in block.get("fields", ()):
                yield _readable(field["text"].replace("\n", " ", 1)), ""
        case "actions":
            yield " ".join(map(_control, block["elements"])), "cyan"
        case "context":
            words = (element.get("text") or element.get("alt_text", "") for element in block["elements"])
            yield _readable("  ".join(words)), "dim"
        case "image":
            yield f"[image: {safe_line(block['alt_text'])}]", ""
        case _:
            yield from ((line, "") for line in _texts(block).splitlines())


def _control(element: Json) -> str:
    if "options" in element:
        return f"[⋯ {' | '.join(_readable(option['text']['text']) for option in element['options'])}]"
    text = element.get("text") or element.get("placeholder") or {"text": element["type"]}
    return f"[{_readable(text['text'])}]"


def _texts(value: Any) -> str:
    """Return every text in a block of rich text, in order."""
    if isinstance(value, dict):
        own = value["text"] if isinstance(value.get("text"), str) else ""
        return _readable(own) + "".join(_texts(inner) for name, inner in value.items() if name != "text")
    return "".join(map(_texts, value)) if isinstance(value, list) else ""


def _readable(text: str) -> str:
    """Return mrkdwn as a person reads it: links with their address, times, and no entities."""
    text = _DATE.sub(r"\1", _LINK.sub(r"\2 (\1)", text))
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return "\n".join(safe_line(line) for line in text.splitlines())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
