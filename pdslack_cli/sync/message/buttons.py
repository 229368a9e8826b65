"""The buttons and the menu of a message: what may be done to an incident in its state."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from pdslack_cli.kinds.sync.message import MessageButton
from pdslack_cli.model import Json
from pdslack_cli.sync.message.parts import plain
from pdslack_cli.sync.message.view import IncidentStatus, IncidentView

ACTION = "pdslack_"  # the beginning of the action id of a button: pdslack_acknowledge
MENU_ACTION = "pdslack_menu"
MENU_SEPARATOR = ":"  # in the value of a choice of the menu: snooze:Q1K7T5ZD0PLW2A

_LABELS: Mapping[MessageButton, str] = {
    "acknowledge": "Acknowledge",
    "resolve": "Resolve",
    "escalate": "Escalate",
    "reassign": "Reassign…",
    "snooze": "Snooze…",
    "note": "Add note…",
    "workflow": "Run workflow…",
    "status_update": "Status update…",
}
_STYLES: Mapping[MessageButton, Literal["primary", "danger"]] = {
    "acknowledge": "primary",
    "resolve": "danger",
}
_IN_THE_MENU: tuple[MessageButton, ...] = ("reassign", "snooze", "note", "workflow", "status_update")

OFFERED: Mapping[IncidentStatus, tuple[MessageButton, ...]] = {
    "triggered": ("acknowledge", "resolve", "escalate", "reassign", "note", "workflow", "status_update"),
    "acknowledged": ("resolve", "escalate", "reassign", "snooze", "note", "workflow", "status_update"),
    "resolved": (),
}
"""What each state allows. PagerDuty snoozes only what is acknowledged (pagerduty.md 11)."""


def buttons(view: IncidentView, wanted: Collection[MessageButton]) -> Iterator[Json]:
    """Yield the block of buttons, if any. Each carries the incident's id and nothing else (slack.md 8)."""
    offered = [name for name in OFFERED[view.status] if name in wanted]
    elements = [_button(name, view) for name in offered if name not in _IN_THE_MENU]
    choices = [name for name in offered if name in _IN_THE_MENU]
    if len(choices) == 1:  # a menu has at least two
        elements.append(_button(choices[0], view))
    elif choices:
        options = [
            {"text": plain(_LABELS[name]), "value": f"{name}{MENU_SEPARATOR}{view.id}"} for name in choices
        ]
        elements.append({"type": "overflow", "action_id": MENU_ACTION, "options": options})
    if elements:
        yield {"type": "actions", "block_id": f"pdslack_actions_{view.id}", "elements": elements}


def _button(name: MessageButton, view: IncidentView) -> Json:
    style = {"style": _STYLES[name]} if name in _STYLES else {}
    return {
        "type": "button",
        "action_id": f"{ACTION}{name}",
        "text": plain(_LABELS[name]),
        "value": view.id,
        **style,
    }


def chosen(action: Json) -> tuple[str, str] | None:
    """Return what a click on our message asks for, and of which incident; None if it is no action of ours.

    `action` is an item of `actions` in the payload of a click (slack.md 7.5).
    """
    action_id = str(action.get("action_id", ""))
    if action_id == MENU_ACTION:
        option = action.get("selected_option")
        value = str(option.get("value", "")) if isinstance(option, dict) else ""
        name, _, incident = value.partition(MENU_SEPARATOR)
    else:
        name, incident = action_id.removeprefix(ACTION), str(action.get("value", ""))
    return (name, incident) if name in _LABELS and incident else None
