"""Block Kit's interactive elements as fields of a form, and what was filled in as payloads have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pdslack_cli.model import Json
from pdslack_cli.sandbox.page.people import acting_people
from pdslack_cli.sandbox.store import Store

WIDGETS: Mapping[str, str] = {
    "button": "button",
    "workflow_button": "button",
    "static_select": "select",
    "users_select": "select",
    "conversations_select": "select",
    "channels_select": "select",
    "overflow": "select",
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
}
"""How each type of element is shown; one that is not here cannot be used on the page."""

CHOSEN: Mapping[str, str] = {
    "static_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_static_select": "selected_options",
    "checkboxes": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "rich_text_input": "rich_text_value",
}
"""The field of a payload that holds what was chosen; `value` for the others."""

SEVERAL = frozenset({"multiple", "checkbox"})
CHOICE = frozenset({"select", "radio"}) | SEVERAL


class FormChoice(NamedTuple):
    """One thing that can be chosen: its value in the form, its text, and what payloads have for it."""

    value: str
    label: str
    means: Any


def widget(element: Json) -> str:
    """How an element is shown; empty where the page cannot show it."""
    return WIDGETS.get(str(element.get("type")), "")


def choices(store: Store, element: Json) -> list[FormChoice]:
    """What an element lets people choose from."""
    kind = str(element.get("type"))
    if "users" in kind:
        people = [person for person in acting_people(store) if person.slack]
        return [FormChoice(person.slack, person.name, person.slack) for person in people]
    if "conversations" in kind or "channels" in kind:
        channels = [channel for channel in store.all("slack.channel") if channel["name"]]
        return [FormChoice(channel["id"], f"#{channel['name']}", channel["id"]) for channel in channels]
    return [
        FormChoice(str(number), text_of(option.get("text")), option)
        for number, option in enumerate(_options(element))
    ]


def _options(element: Json) -> Iterator[Json]:
    groups = element.get("option_groups")
    for holder in (element, *(groups if isinstance(groups, list) else ())):
        options = holder.get("options") if isinstance(holder, dict) else None
        if isinstance(options, list):
            yield from (option for option in options if isinstance(option, dict))


def text_of(text: Any) -> str:
    """The text of a text object."""
    return str(text.get("text") or "") if isinstance(text, dict) else ""


def filled(store: Store, element: Json, values: Sequence[str]) -> Json:
    """What a person chose or wrote in an element, as payloads have it."""
    kind, shown = str(element.get("type")), widget(element)
    if shown == "button":
        return {}
    given = [value for value in values if value]
    if shown in CHOICE:
        known = {choice.value: choice.means for choice in choices(store, element)}
        means = [known[value] for value in given if value in known]
        return {CHOSEN[kind]: means if shown in SEVERAL else (means or [None])[0]}
    value: Any = given[0] if given else None
    if value and kind == "datetimepicker":
        value = int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp())
    if value and kind == "rich_text_input":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
        value = {"type": "rich_text", "elements": [section]}
    return {CHOSEN.get(kind, "value"): value}


def shown_values(store: Store, element: Json, state: Json | None) -> list[str]:
    """The values of the form's field: what was filled in before, or else what the app set."""
    kind, shown = str(element.get("type")), widget(element)
    field = CHOSEN.get(kind, "value")
    if state is not None:
        kept = state.get(field)
    else:
        kept = element.get(
            field.replace("selected", "initial") if field in CHOSEN.values() else "initial_value"
        )
    if shown in CHOICE:
        kept_all = kept if isinstance(kept, list) else [kept]
        return [choice.value for choice in choices(store, element) if choice.means in kept_all]
    if kind == "datetimepicker" and isinstance(kept, int):
        return [datetime.fromtimestamp(kept, UTC).strftime("%Y-%m-%dT%H:%M")]
    return [] if kept is None or isinstance(kept, dict) else [str(kept)]
