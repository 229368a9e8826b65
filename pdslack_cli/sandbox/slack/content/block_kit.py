"""Block Kit as one table: what every block, element and object may hold, and where it may be (slack.md 5).

What the facts leave open is taken: no limit here is stricter than the vendor's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.content.shapes import (
    Flag,
    Items,
    KitField,
    Nested,
    Number,
    Place,
    Rule,
    Shape,
    String,
    TextObject,
    Unchecked,
)

FLAG, ANY, STRING = Flag(), Unchecked(), String()
EITHER = ("plain_text", "mrkdwn")
MESSAGE, MODAL = ("message",), ("modal",)
URL = String(3000)
NUMERAL = String(form=r"-?\d+(\.\d+)?")
STYLE = String(among=("primary", "danger"))
IDS = Items(STRING, least=0)
CONFIRM = Nested("object", ("confirm",), typed=False)
RICH_TEXT = Nested("block", ("rich_text",))
IMAGE = Nested("element", ("image",))


def options(most: int, object_: str = "option", least: int = 1) -> Items:
    """A list of options."""
    return Items(Nested("object", (object_,), typed=False), least, most)


def one_of(*names: str) -> Rule:
    """A rule: the object has at least one of the fields."""

    def rule(value: Json, at: Place) -> Iterator[str]:
        if not any(name in value for name in names):
            yield at.problem(f"must define either {' or '.join(f'`{name}`' for name in names)}")

    return rule


def not_both(first: str, second: str) -> Rule:
    """A rule: the object has no more than one of the fields."""

    def rule(value: Json, at: Place) -> Iterator[str]:
        if first in value and second in value:
            yield at.problem(f"must define only one of `{first}` or `{second}`")

    return rule


def options_of(element: Json) -> list[Json]:
    """The options of an element, those in groups too."""
    holders = [element, *listed(element, "option_groups")]
    return [option for holder in holders for option in listed(holder, "options") if isinstance(option, dict)]


def listed(holder: Any, name: str) -> list[Any]:
    """The list in a field; empty where there is none."""
    found = holder.get(name) if isinstance(holder, dict) else None
    return found if isinstance(found, list) else []


def known_by(option: Json) -> tuple[str, str]:
    """The identity of an option among the others."""
    return str(option["value"]), str(option["text"]["text"])


def offered(value: Json, at: Place) -> Iterator[str]:
    """What is chosen at first is among the options."""
    known = {known_by(option) for option in options_of(value)}
    for name in ("initial_option", "initial_options"):
        chosen = value.get(name, [])
        if not {known_by(one) for one in (chosen if isinstance(chosen, list) else [chosen])} <= known:
            yield at.down(name).problem("must be one of the provided options")


def distinct_actions(value: Json, at: Place) -> Iterator[str]:
    """No two elements of a block have the same id."""
    seen: set[str] = set()
    for number, element in enumerate(value["elements"]):
        id_ = element.get("action_id")
        if id_ in seen:
            here = at.down("elements").down(number).down("action_id")
            yield here.problem(f'`action_id` "{id_}" already exists')
        seen |= {id_} if id_ else set()


def distinct_blocks(value: Json, at: Place) -> Iterator[str]:
    """No two blocks of a message or view have the same id."""
    seen: set[str] = set()
    for number, block in enumerate(value["blocks"]):
        id_ = block.get("block_id")
        if id_ in seen:
            here = at.down("blocks").down(number).down("block_id")
            yield here.problem(f'`block_id` "{id_}" already exists')
        seen |= {id_} if id_ else set()


def submittable(value: Json, at: Place) -> Iterator[str]:
    """A modal with an input can be sent."""
    for number, block in enumerate(value["blocks"]):
        if block["type"] == "input" and "submit" not in value:
            here = at.down("blocks").down(number)
            yield here.problem("must define `submit` to use an `input` block in modals")


ACTED_ON: Mapping[str, KitField] = {"action_id": String(255), "confirm": CONFIRM}
CHOSEN: Mapping[str, KitField] = {**ACTED_ON, "focus_on_load": FLAG}
FILLED: Mapping[str, KitField] = {**CHOSEN, "placeholder": TextObject(150)}
WRITTEN: Mapping[str, KitField] = {
    **FILLED,
    "initial_value": STRING,
    "dispatch_action_config": Nested("object", ("dispatch_action_config",), typed=False),
}
SEVERAL: Mapping[str, KitField] = {"max_selected_items": Number(1)}
QUERIED: Mapping[str, KitField] = {"min_query_length": Number()}
OFFERED: Mapping[str, KitField] = {
    "options": options(100),
    "option_groups": Items(Nested("object", ("option_group",), typed=False), most=100),
}
OFFER_RULES = (one_of("options", "option_groups"), not_both("options", "option_groups"), offered)
FIRST = Nested("object", ("option",), typed=False)
FIRST_BOX = Nested("object", ("described_option",), typed=False)
OF_CONVERSATIONS: Mapping[str, KitField] = {
    "default_to_current_conversation": FLAG,
    "filter": Nested("object", ("filter",), typed=False),
}
PRESSED: Mapping[str, KitField] = {"accessibility_label": String(75), "style": STYLE}

SELECTS = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
MULTI_SELECTS = tuple(f"multi_{name}" for name in SELECTS)
PICKERS = ("datepicker", "timepicker", "datetimepicker")
BOXES = ("radio_buttons", "checkboxes")
INPUTS = ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input")
BUTTONS = ("button", "workflow_button", "overflow")
RICH_TEXTS = ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")
NOTE = Nested("element", ("image", *EITHER))
LEVELS = ("default", "info", "warning", "error", "success")
WIDTHS = ("narrow", "standard", "wide", "full")
STATES = ("pending", "in_progress", "complete", "error")
CLICKED = (*BUTTONS, *SELECTS, *MULTI_SELECTS, *PICKERS, *BOXES, "plain_text_input")

OBJECTS: Mapping[str, Shape] = {
    "text/plain_text": Shape({"text": String(3000, least=1), "emoji": FLAG}, ("text",)),
    "text/mrkdwn": Shape({"text": String(3000, least=1), "verbatim": FLAG}, ("text",)),
    "object/option": Shape(
        {"text": TextObject(75), "value": String(150), "description": TextObject(75)}, ("text", "value")
    ),
    "object/linked_option": Shape(
        {"text": TextObject(75), "value": String(150), "description": TextObject(75), "url": URL},
        ("text", "value"),
    ),
    "object/described_option": Shape(
        {"text": TextObject(75, EITHER), "value": String(150), "description": TextObject(75, EITHER)},
        ("text", "value"),
    ),
    "object/option_group": Shape({"label": TextObject(75), "options": options(100)}, ("label", "options")),
    "object/confirm": Shape(
        {
            "title": TextObject(100),
            "text": TextObject(300, EITHER),
            "confirm": TextObject(30),
            "deny": TextObject(30),
            "style": STYLE,
        },
        ("title", "text"),
    ),
    "object/dispatch_action_config": Shape(
        {"trigger_actions_on": Items(String(among=("on_enter_pressed", "on_character_entered")))}
    ),
    "object/filter": Shape(
        {
            "include": Items(String(among=("im", "mpim", "private", "public"))),
            "exclude_external_shared_channels": FLAG,
            "exclude_bot_users": FLAG,
        }
    ),
}

ELEMENTS: Mapping[str, Shape] = {
    "button": Shape(
        {
            **ACTED_ON, **PRESSED, "text": TextObject(75), "url": URL, "value": String(2000),
            "agent_prompt": String(4000), "agent_prompt_display": ANY, "visible_to_user_ids": IDS,
        },
        ("text",),
    ),
    "workflow_button": Shape(
        {"action_id": String(255), **PRESSED, "text": TextObject(75), "workflow": ANY}, ("text", "workflow")
    ),
    "overflow": Shape({**ACTED_ON, "options": options(5, "linked_option")}, ("options",)),
    "checkboxes": Shape(
        {
            **CHOSEN,
            "options": options(10, "described_option"), "initial_options": options(10, "described_option"),
        },
        ("options",),
        (offered,),
    ),
    "radio_buttons": Shape(
        {**CHOSEN, "options": options(10, "described_option"), "initial_option": FIRST_BOX},
        ("options",),
        (offered,),
    ),
    "static_select": Shape({**FILLED, **OFFERED, "initial_option": FIRST}, (), OFFER_RULES),
    "multi_static_select": Shape(
        {**FILLED, **OFFERED, **SEVERAL, "initial_options": options(100)}, (), OFFER_RULES
    ),
    "external_select": Shape({**FILLED, **QUERIED, "initial_option": FIRST}),
    "multi_external_select": Shape({**FILLED, **QUERIED, **SEVERAL, "initial_options": options(100)}),
    "users_select": Shape({**FILLED, "initial_user": STRING}),
    "multi_users_select": Shape({**FILLED, **SEVERAL, "initial_users": IDS}),
    "conversations_select": Shape(
        {**FILLED, **OF_CONVERSATIONS, "initial_conversation": STRING, "response_url_enabled": FLAG}
    ),
    "multi_conversations_select": Shape(
        {**FILLED, **OF_CONVERSATIONS, **SEVERAL, "initial_conversations": IDS}
    ),
    "channels_select": Shape({**FILLED, "initial_channel": STRING, "response_url_enabled": FLAG}),
    "multi_channels_select": Shape({**FILLED, **SEVERAL, "initial_channels": IDS}),
    "datepicker": Shape({**FILLED, "initial_date": String(form=r"\d{4}-\d{2}-\d{2}")}),
    "timepicker": Shape({**FILLED, "initial_time": String(form=r"\d{2}:\d{2}"), "timezone": STRING}),
    "datetimepicker": Shape({**FILLED, "initial_date_time": Number(0, 9_999_999_999)}),
    "plain_text_input": Shape(
        {**WRITTEN, "multiline": FLAG, "min_length": Number(0, 3000), "max_length": Number(1, 3000)}
    ),
    "email_text_input": Shape(WRITTEN),
    "url_text_input": Shape(WRITTEN),
    "number_input": Shape(
        {**WRITTEN, "is_decimal_allowed": FLAG, "min_value": NUMERAL, "max_value": NUMERAL}
    ),
    "rich_text_input": Shape(
        {**WRITTEN, "initial_value": RICH_TEXT, "min_lines": Number(), "max_lines": Number()}
    ),
    "file_input": Shape(
        {**FILLED, "filetypes": IDS, "max_files": Number(1, 10)}, surfaces=MODAL
    ),
    "image": Shape(
        {"image_url": URL, "slack_file": ANY, "alt_text": String(2000)},
        ("alt_text",),
        (one_of("image_url", "slack_file"),),
    ),
    "feedback_buttons": Shape({"action_id": String(255)}, open=True),
    "icon_button": Shape({**ACTED_ON, "text": TextObject(75), "value": String(2000)}, ("icon", "text"),
    open=True),
    **dict.fromkeys(RICH_TEXTS, Shape({"elements": Items(ANY, least=0)}, ("elements",), open=True)),
}  # fmt: skip
"""What blocks are made of."""

BLOCKS: Mapping[str, Shape] = {
    "section": Shape(
        {
            "text": TextObject(3000, EITHER), "fields": Items(TextObject(2000, EITHER), most=10),
            "accessory": Nested("element", (*CLICKED, "image")), "expand": FLAG,
        },
        (),
        (one_of("text", "fields"),),
    ),
    "header": Shape({"text": TextObject(150)}, ("text",)),
    "divider": Shape({}),
    "image": Shape(
        {"image_url": URL, "slack_file": ANY, "alt_text": String(2000), "title": TextObject(2000)},
        ("alt_text",),
        (one_of("image_url", "slack_file"),),
    ),
    "context": Shape({"elements": Items(NOTE, most=10)}, ("elements",)),
    "actions": Shape(
        {"elements": Items(Nested("element", CLICKED), most=25)}, ("elements",), (distinct_actions,)
    ),
    "context_actions": Shape(
        {"elements": Items(Nested("element", ("feedback_buttons", "icon_button")), most=5)},
        ("elements",),
        (distinct_actions,),
        MESSAGE,
    ),
    "input": Shape(
        {
            "label": TextObject(2000), "hint": TextObject(2000), "optional": FLAG, "dispatch_action": FLAG,
            "element": Nested("element", (*INPUTS, *SELECTS, *MULTI_SELECTS, *PICKERS, *BOXES, "file_input")),
        },
        ("label", "element"),
    ),
    "rich_text": Shape({"elements": Items(Nested("element", RICH_TEXTS), least=0)}, ("elements",)),
    "markdown": Shape({"text": String(12_000, least=1)}, ("text",)),
    "video": Shape(
        {
            "title": TextObject(200), "description": TextObject(), "alt_text": STRING, "title_url": URL,
            "video_url": URL, "thumbnail_url": URL, "author_name": String(50), "provider_name": STRING,
            "provider_icon_url": URL,
        },
        ("title", "video_url", "thumbnail_url", "alt_text"),
    ),
    "file": Shape({"external_id": STRING, "source": STRING}, ("external_id", "source"), surfaces=MESSAGE),
    "call": Shape({"call_id": STRING}, ("call_id",), surfaces=MESSAGE, open=True),
    "table": Shape(
        {
            "rows": Items(Items(ANY, most=20), most=100),
            "column_settings": Items(ANY, least=0, most=20),
        },
        ("rows",),
    ),
    "alert": Shape({"text": TextObject(3000, EITHER), "level": String(among=LEVELS)}, ("text",), open=True),
    "card": Shape(
        {
            "title": TextObject(150, EITHER), "subtitle": TextObject(150, EITHER), "body": TextObject(200,
            EITHER),
            "hero_image": IMAGE,
        },
        open=True,
    ),
    "carousel": Shape({"elements": Items(Nested("block", ("card",)), most=10)}, ("elements",), open=True),
    "container": Shape(
        {
            "title": TextObject(150), "rich_text_title": RICH_TEXT, "subtitle": TextObject(150, EITHER),
            "child_blocks": Items(ANY, most=10), "width": String(among=WIDTHS),
            **dict.fromkeys(("is_collapsible", "default_collapsed", "has_header_divider"), FLAG),
        },
        ("child_blocks",),
        open=True,
    ),
    "task_card": Shape(
        {
            "task_id": STRING, "title": STRING, "details": RICH_TEXT, "output": RICH_TEXT,
            "sources": Items(ANY, least=0), "status": String(among=STATES),
        },
        ("task_id", "title"),
        open=True,
    ),
    "plan": Shape(
        {"title": STRING, "tasks": Items(Nested("block", ("task_card",)), least=0)}, ("title",), open=True
    ),
    **dict.fromkeys(("auth_provider", "data_table", "data_visualization"), Shape({}, open=True)),
}  # fmt: skip
"""The blocks there are; every one may have an id too."""


def _blocks(most: int) -> Items:
    return Items(Nested("block", tuple(BLOCKS)), least=0, most=most)


VIEW: Mapping[str, KitField] = {
    "private_metadata": String(3000),
    "callback_id": String(255),
    "external_id": String(255),
    **dict.fromkeys(("clear_on_close", "notify_on_close", "submit_disabled"), FLAG),
}

BLOCK_KIT: Mapping[str, Shape] = {
    **OBJECTS,
    **{f"element/{name}": OBJECTS[f"text/{name}"] for name in EITHER},
    **{f"element/{name}": shape for name, shape in ELEMENTS.items()},
    **{
        f"block/{name}": replace(shape, fields={"block_id": String(255), **shape.fields})
        for name, shape in BLOCKS.items()
    },
    "surface/message": Shape({"blocks": _blocks(50)}, ("blocks",), (distinct_blocks,), open=True),
    "surface/modal": Shape(
        {**VIEW, **dict.fromkeys(("title", "submit", "close"), TextObject(24)), "blocks": _blocks(100)},
        ("blocks", "title"),
        (distinct_blocks, submittable),
        open=True,
    ),
    "surface/home": Shape({**VIEW, "blocks": _blocks(100)}, ("blocks",), (distinct_blocks,), open=True),
}
"""Every shape, by its family and its type."""
