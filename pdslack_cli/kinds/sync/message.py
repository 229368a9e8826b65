"""Templates of the messages that the two-way service posts: Block Kit with variables (slack.md 5).

They exist in the file only. A block is the name of a part of the usual message, or a block as Slack documents
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.sync.variables import PREFIX, is_variable, similar_variable, variables_in
from pdslack_cli.model import DataPath, Json
from pdslack_cli.suggest import nearest, one_of

MessagePart = Literal[
    "header", "facts", "on_call", "links", "custom_fields", "details", "timeline", "buttons"
]
USUAL_PARTS: tuple[MessagePart, ...] = (
    "header",
    "facts",
    "on_call",
    "custom_fields",
    "details",
    "timeline",
    "links",
    "buttons",
)

MessageButton = Literal[
    "acknowledge", "resolve", "escalate", "reassign", "snooze", "note", "workflow", "status_update"
]
USUAL_BUTTONS: tuple[MessageButton, ...] = (
    "acknowledge",
    "resolve",
    "escalate",
    "reassign",
    "snooze",
    "note",
    "workflow",
    "status_update",
)

BLOCKS_TAKEN = ("section", "header", "context", "actions", "divider", "image", "rich_text")
MOST_BLOCKS = 50
TEXT_TYPES = ("mrkdwn", "plain_text")


def _known_variables(text: str) -> str:
    for name, offset in variables_in(text):
        if not is_variable(name):
            similar = similar_variable(name)
            hint = f"did you mean {similar!r}?" if similar else "`pdslack explain messages.blocks` lists them"
            context = {"message": f"unknown variable {name!r}", "hint": hint, "offset": offset}
            raise PydanticCustomError("pdslack", "{message}", context)
    return text


TemplateText = Annotated[str, AfterValidator(_known_variables)]


def _shape(value: object) -> str:
    if isinstance(value, str):
        return "_text"
    if isinstance(value, dict):
        return "_mapping"
    return "_list" if isinstance(value, list | tuple) else "_scalar"


if TYPE_CHECKING:
    TemplateValue = Any  # mypy knows no recursive unions with annotations
else:
    TemplateValue = TypeAliasType(
        "TemplateValue",
        Annotated[
            Annotated[TemplateText, Tag("_text")]
            | Annotated[dict[str, "TemplateValue"], Tag("_mapping")]
            | Annotated[list["TemplateValue"], Tag("_list")]
            | Annotated[bool | int | float | None, Tag("_scalar")],
            Discriminator(_shape),
        ],
    )
"""Whatever a block may hold; the texts in it are checked for unknown variables."""


def _known_block(block: Json) -> Json:
    kind = block.get("type")
    if kind not in BLOCKS_TAKEN:
        if kind:
            raise problem(*one_of(BLOCKS_TAKEN, kind), ("type",))
        raise problem("the block has no `type`", f"add `type:` with one of {', '.join(BLOCKS_TAKEN)}")
    if kind in _NEEDED["text"] and isinstance(text := block.get("text"), str):
        of_type = "plain_text" if kind == "header" else "mrkdwn"
        raise problem("expected a mapping, got text", f"write {{type: {of_type}, text: …}}", ("text",))
    missing = [
        name
        for name, needed in _NEEDED.items()
        if kind in needed and not (block.get(name) or (name == "text" and block.get("fields")))
    ]
    if missing:
        near = nearest(missing[0], block.keys() - {"type", "block_id"})
        hint = f"`{near}` is none of its fields" if near else "see Block Kit in Slack's documentation"
        raise problem(f"the {kind} block has no `{missing[0]}`", hint)
    for place, text in _text_objects(block, ()):
        if text.get("type") not in TEXT_TYPES:
            if not text.get("type"):
                hint = f"add `type:` with one of {', '.join(TEXT_TYPES)}"
                raise problem("the text has no `type`", hint, place)
            raise problem(*one_of(TEXT_TYPES, text["type"]), (*place, "type"))
    return block


def _text_objects(value: object, place: DataPath) -> Iterator[tuple[DataPath, Json]]:
    """Yield the texts that say how they are written, `text: {type: mrkdwn, …}`, and their paths."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _text_objects(item, (*place, number))
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key == "text" and isinstance(inner, dict):
            yield (*place, key), inner
        else:
            yield from _text_objects(inner, (*place, key))


_NEEDED = {
    "text": ("section", "header"),
    "elements": ("context", "actions", "rich_text"),
    "image_url": ("image",),
}
_BLOCK_SCHEMA: Json = {
    "type": "object",
    "properties": {"type": {"enum": [*BLOCKS_TAKEN], "description": "which block it is"}},
    "required": ["type"],
}

TemplateBlock = Annotated[
    dict[str, TemplateValue], AfterValidator(_known_block), WithJsonSchema(_BLOCK_SCHEMA, mode="validation")
]

TemplateItem = Annotated[
    Annotated[MessagePart, Tag("_text")] | Annotated[TemplateBlock, Tag("_mapping")],
    Discriminator(lambda value: "_mapping" if isinstance(value, dict) else "_text"),
]


class MessageTemplate(Resource):
    """What the message of an incident looks like; the entry `default` is for rules that name none."""

    text: Annotated[
        TemplateText,
        Field(max_length=3000, description="the line that notifications and screen readers show"),
    ] = "{{pagerduty.incident.status}}: {{pagerduty.incident.title}}"
    blocks: Annotated[
        tuple[TemplateItem, ...],
        Field(
            min_length=1,
            max_length=MOST_BLOCKS,
            description="parts of the usual message, and blocks as in Slack's Block Kit, with variables",
        ),
    ] = USUAL_PARTS
    buttons: Annotated[
        tuple[MessageButton, ...],
        Field(description="what the buttons and the menu offer, where the incident's state allows it"),
    ] = USUAL_BUTTONS

    buttons_for: Annotated[
        Literal["anyone", "team", "on_call"],
        Field(
            description="who may act from Slack, of those whom PagerDuty knows: anyone, members of the "
            "incident's teams, or who is on call for it or assigned to it"
        ),
    ] = "anyone"


class Messages(Section[MessageTemplate]):
    name, section, spec = "message", "messages", MessageTemplate
    own_variables = PREFIX
