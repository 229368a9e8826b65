"""Block Kit's interactive elements as fields of a form, and what was filled in as payloads have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from pdslack_cli.model import Json
from pdslack_cli.sandbox.page.people import acting_people
from pdslack_cli.sandbox.slack.content.block_kit import options_of
from pdslack_cli.sandbox.slack.families.beside import uploads
from pdslack_cli.sandbox.slack.runtime.filling import WITHOUT_STATE, ActiveElement
from pdslack_cli.sandbox.store import Store

WIDGETS: Mapping[str, str] = {
    "button": "button",
    "workflow_button": "button",
    "static_select": "select",
    "users_select": "select",
    "conversations_select": "select",
    "channels_select": "select",
    "overflow": "select",
    "external_select": "select",
    "multi_external_select": "multiple",
    "multi_static_select": "multiple",
    "multi_users_select": "multiple",
    "multi_conversations_select": "multiple",
    "multi_channels_select": "multiple",
    "radio_buttons": "radio",
    "checkboxes": "checkbox",
    "datepicker": "date",
    "timepicker": "time",
    "datetimepicker": "datetime-local",
    "plain_text_input": "text",
    "rich_text_input": "text",
    "email_text_input": "email",
    "url_text_input": "url",
    "number_input": "number",
    "file_input": "file",
}
"""How each type of element is shown; one that is not here cannot be used on the page."""

CHOICE = frozenset({"select", "radio", "multiple", "checkbox", "file"})


Suggestions = Mapping[tuple[str, str], Sequence[Json]]
"""What the app suggested for selects that ask it, by the ids of block and action."""


class FormChoice(NamedTuple):
    """One thing that can be chosen: its value in the form, its text, and what payloads have for it."""

    value: str
    label: str
    means: Any


def widget(element: Json) -> str:
    """How an element is shown; empty where the page cannot show it."""
    return WIDGETS.get(str(element.get("type")), "")


def asks_app(element: Json) -> bool:
    """Whether it is a select whose options the app suggests for what somebody types."""
    return "external" in str(element.get("type"))


def offering(element: Json, block_id: str, suggested: Suggestions) -> Json:
    """The element; one that asks the app has the options that it suggested, and those it begins with."""
    if not asks_app(element):
        return element
    first = element.get("initial_options") or [element.get("initial_option")]
    options = suggested.get((block_id, str(element.get("action_id"))), ())
    both = [*(one for one in first if isinstance(one, dict)), *options]
    return {**element, "options": list({str(one.get("value")): one for one in both}.values())}


def choices(store: Store, element: Json) -> list[FormChoice]:
    """What an element lets people choose from."""
    kind = str(element.get("type"))
    if "users" in kind:
        people = [person for person in acting_people(store) if person.slack]
        return [FormChoice(person.slack, person.name, person.slack) for person in people]
    if "conversations" in kind or "channels" in kind:
        named = [channel for channel in store.all("slack.channel") if channel["name"]]
        listed = [channel for channel in named if "conversations" in kind or not channel["is_private"]]
        return [FormChoice(channel["id"], f"#{channel['name']}", channel["id"]) for channel in listed]
    if kind == "file_input":
        files = store.all(uploads.KIND)
        return [FormChoice(file["id"], file["name"], {"id": file["id"]}) for file in files]
    return [
        FormChoice(str(number), text_of(option.get("text")), option)
        for number, option in enumerate(options_of(element))
    ]


def text_of(text: Any) -> str:
    """The text of a text object."""
    return str(text.get("text") or "") if isinstance(text, dict) else ""


def from_form(store: Store, acted: ActiveElement, values: Sequence[str]) -> Json:
    """What a person chose or wrote in an element, as payloads have it."""
    given = [value for value in values if value]
    if widget(acted.element) in CHOICE:
        known = {choice.value: choice.means for choice in choices(store, acted.element)}
        means = [known[value] for value in given if value in known]
        return {acted.field: means if acted.several else (means or [None])[0]}
    value: Any = given[0] if given else None
    if value and acted.kind == "datetimepicker":
        value = int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp())
    if value and acted.kind == "rich_text_input":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
        value = {"type": "rich_text", "elements": [section]}
    return {acted.field: value} if acted.field else {}


def values_from(store: Store, acted: Iterable[ActiveElement], form: MultiDict[str, str]) -> Json:
    """What a form holds of its elements, by block and action, as payloads have it."""
    values: Json = {}
    for number, one in enumerate(acted):
        if one.field and one.kind not in WITHOUT_STATE and widget(one.element):
            held = {"type": one.kind, **from_form(store, one, form.getlist(f"e{number}"))}
            values.setdefault(one.block_id, {})[one.id] = held
    return values


def in_form(store: Store, acted: ActiveElement, state: Json) -> list[str]:
    """The values of the form's field: what was filled in before, or else what the app set."""
    held = acted.held(state)[acted.field] if acted.field else None
    if widget(acted.element) in CHOICE:
        kept = [_same(one) for one in (held if isinstance(held, list) else [held])]
        return [choice.value for choice in choices(store, acted.element) if _same(choice.means) in kept]
    if acted.kind == "datetimepicker" and isinstance(held, int):
        return [datetime.fromtimestamp(held, UTC).strftime("%Y-%m-%dT%H:%M")]
    if isinstance(held, dict):
        return ["".join(_texts(held))]
    return [] if held is None else [str(held)]


def _same(choice: Any) -> Any:
    """What makes two choices one: clients write the same option in several ways."""
    if not isinstance(choice, dict):
        return choice
    return choice.get("value", choice.get("id")), text_of(choice.get("text"))


def _texts(rich_text: Any) -> Iterator[str]:
    if isinstance(rich_text, list):
        for part in rich_text:
            yield from _texts(part)
    elif isinstance(rich_text, dict):
        yield str(rich_text.get("text", ""))
        yield from _texts(rich_text.get("elements"))
