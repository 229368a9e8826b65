"""The forms that actions ask for before they are done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from pdslack_cli.model import Json
from pdslack_cli.sync.actions.actions import SNOOZES
from pdslack_cli.sync.actions.asked import asked, is_foreign
from pdslack_cli.sync.storage.inbox import Arrival

LONGEST_TITLE, LONGEST_OPTION = 24, 75
MOST_OPTIONS = 100

MODALS = frozenset({"resolve", "note", "status_update", "reassign", "snooze", "workflow"})
"""The actions that have a form."""

Workflows = Callable[[], Sequence[Json]]


def modal_for(action: str, incident: str, place: Json, workflows: Workflows) -> Json:
    """The form of an action of `MODALS`. `place`: the channel and thread of the message."""
    match action:
        case "resolve":
            blocks = [_text("note", "Note (optional)", optional=True)]
            return _modal(action, "Resolve incident", "Resolve", incident, place, blocks)
        case "note":
            return _modal(action, "Add a note", "Add", incident, place, [_text("note", "Note")])
        case "status_update":
            blocks = [_text("message", "Message to the subscribers")]
            return _modal(action, "Status update", "Publish", incident, place, blocks)
        case "reassign":
            blocks = [_input("user", "Assign to", {"type": "users_select", "action_id": "value"})]
            return _modal(action, "Reassign incident", "Reassign", incident, place, blocks)
        case "snooze":
            blocks = [_select("hours", "Snooze for", SNOOZES)]
            return _modal(action, "Snooze incident", "Snooze", incident, place, blocks)
        case _:
            names = {str(one["id"]): str(one.get("name") or one["id"]) for one in workflows()}
            if not names:
                blocks = [{"type": "section", "text": _plain("The account has no incident workflows.")}]
                return _modal(action, "Run a workflow", "", incident, place, blocks)
            blocks = [_select("workflow", "Workflow", names)]
            return _modal(action, "Run a workflow", "Run", incident, place, blocks)


def submitted(body: Json) -> Arrival:
    """What a submitted form asks for. Raises KeyError, ValueError or TypeError for a form of another app."""
    view = body["view"]
    place = json.loads(view["private_metadata"])
    values = {}
    for name, fields in view["state"]["values"].items():
        for field in fields.values():
            option = field.get("selected_option") or {}
            values[name] = field.get("value") or field.get("selected_user") or option.get("value")
    return asked(
        f"slack:{view['id']}:{view.get('hash', '')}",
        str(view["callback_id"]),
        place["incident"],
        body["user"]["id"],
        place["channel"],
        place["thread_ts"],
        values,
        foreign=is_foreign(body),
    )


def _modal(action: str, title: str, submit: str, incident: str, place: Json, blocks: list[Json]) -> Json:
    return {
        "type": "modal",
        "callback_id": action,
        "title": _plain(title[:LONGEST_TITLE]),
        "close": _plain("Cancel"),
        **({"submit": _plain(submit)} if submit else {}),
        "private_metadata": json.dumps({"incident": incident, **place}),
        "blocks": blocks,
    }


def _text(name: str, label: str, *, optional: bool = False) -> Json:
    element = {"type": "plain_text_input", "action_id": "value", "multiline": True, "max_length": 3000}
    return {**_input(name, label, element), "optional": optional}


def _select(name: str, label: str, options: Mapping[str, str]) -> Json:
    shown = [
        {"text": _plain(text[:LONGEST_OPTION]), "value": value}
        for value, text in list(options.items())[:MOST_OPTIONS]
    ]
    return _input(name, label, {"type": "static_select", "action_id": "value", "options": shown})


def _input(name: str, label: str, element: Json) -> Json:
    return {"type": "input", "block_id": name, "label": _plain(label), "element": element}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}
