"""What the preview of a message tells is what Slack refuses: the two tables are compared, value by value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from pdslack_cli.kinds.sync.message import BLOCKS_TAKEN
from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.content.block_kit import BLOCK_KIT, CLICKED
from pdslack_cli.sandbox.slack.content.blocks import surface_problems
from pdslack_cli.sandbox.slack.content.shapes import Items, KitField, Nested, String, TextObject, Unchecked
from pdslack_cli.sync.message.limits import excesses, fitted

PLAIN = {"type": "plain_text", "text": "a"}


def option(number: int = 0) -> Json:
    return {"text": {**PLAIN, "text": f"option {number}"}, "value": f"{number}"}


# What a shape cannot be without, where its table has it as a rule.
NEEDED: Mapping[str, Json] = {
    "block/section": {"text": PLAIN},
    "block/image": {"image_url": "https://acme.example"},
    "element/image": {"image_url": "https://acme.example"},
    "element/overflow": {"options": [option(), option(1)]},
    "element/static_select": {"options": [option()]},
    "element/multi_static_select": {"options": [option()]},
}
# A field in whose place another one is.
INSTEAD = {"fields": "text", "option_groups": "options"}
# Too long an address leads nowhere, so that it is left out.
LEFT_OUT = ("url", "image_url")


def acting(kind: str, **fields: Any) -> list[Json]:
    return [{"type": "actions", "elements": [{"type": kind, **smallest(f"element/{kind}"), **fields}]}]


# The blocks in which the shapes of objects are.
AROUND: Mapping[str, Callable[[Json], list[Json]]] = {
    "object/option": lambda one: acting("static_select", options=[one], initial_option=one),
    "object/linked_option": lambda one: acting("overflow", options=[one, option(1)]),
    "object/described_option": lambda one: acting("checkboxes", options=[one], initial_options=[one]),
    "object/option_group": lambda one: [
        {"type": "actions", "elements": [{"type": "static_select", "option_groups": [one]}]}
    ],
    "object/confirm": lambda one: acting("button", confirm=one),
}


def smallest(shape: str, number: int = 0) -> Json:
    """An object with what a shape must have, the number making it another one."""
    fields = BLOCK_KIT[shape].fields
    if shape.startswith("object/") and "value" in fields:
        return option(number)
    made = {name: value_of(fields[name], 1) for name in BLOCK_KIT[shape].needed}
    own = {"action_id": f"a{number}"} if "action_id" in fields else {}
    return {**made, **own, **NEEDED.get(shape, {})}


def value_of(field: KitField, size: int) -> Any:
    """A value of that many characters or items."""
    match field:
        case TextObject():
            return {**PLAIN, "text": "a" * size}
        case String():
            return "a" * size
        case Items(of=Nested() as nested):
            return [item_of(nested, number) for number in range(size)]
        case Items():
            return [value_of(field.of, 1) for _ in range(size)]
        case Unchecked():
            return {"trigger": {"url": "https://acme.example"}}
    return True


def item_of(nested: Nested, number: int) -> Json:
    name = "button" if "button" in nested.names else next(iter(nested.names))
    made = smallest(f"{nested.family}/{name}", number)
    return {"type": name, **made} if nested.typed else made


def blocks_with(shape: str, made: Json) -> list[Json]:
    """Blocks of a message in which such an object is; none where a template takes no such block."""
    family, _, name = shape.partition("/")
    if family == "block" and name in BLOCKS_TAKEN:
        return [{"type": name, **made}]
    if family == "element" and name in (*CLICKED, "image"):
        holder = "context" if name == "image" else "actions"
        return [{"type": holder, "elements": [{"type": name, **made}]}]
    return AROUND[shape](made) if shape in AROUND else []


def limited(shape: str) -> Iterator[tuple[str, int, Callable[[int], Any]]]:
    """The fields of a shape with a limit, the limit, and what makes a value of a size."""
    for name, field in BLOCK_KIT[shape].fields.items():
        if isinstance(field, Items) and isinstance(field.of, TextObject):
            yield name, field.of.most, lambda size, of=field.of: [value_of(of, size)]
        if isinstance(field, String | TextObject | Items) and field.most is not None:
            yield name, field.most, lambda size, of=field: value_of(of, size)


LIMITS = [
    pytest.param(shape, name, most, make, id=f"{shape} {name} {most}")
    for shape in BLOCK_KIT
    if blocks_with(shape, {})
    for name, most, make in limited(shape)
]


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(("shape", "name", "most", "make"), LIMITS)
def test_the_preview_tells_of_what_slack_refuses(shape, name, most, make):
    def message(size: int) -> list[Json]:
        value = make(size)
        if name in LEFT_OUT:
            value = f"https://{value[8:]}"
        made = {key: content for key, content in smallest(shape).items() if key != INSTEAD.get(name)}
        same = {"options": value} if name == "initial_options" and "options" in made else {}
        return blocks_with(shape, {**made, **same, name: value})

    assert refused(message(most)) == []
    assert [*excesses(message(most))] == []
    assert refused(message(most + 1))
    assert [*excesses(message(most + 1))]
    assert refused(fitted(message(most + 1))) == []
    assert fitted(message(most + 1)) or name in LEFT_OUT


def refused(blocks: list[Json]) -> list[str]:
    return surface_problems({"blocks": blocks}, "message", "")


def test_a_choice_that_is_cut_off_its_list_is_no_choice():
    options = [option(number) for number in range(11)]
    (block,) = fitted(acting("checkboxes", options=options, initial_options=[options[3], options[10]]))
    (kept,) = block["elements"]
    assert kept["options"] == options[:10]
    assert kept["initial_options"] == [options[3]]
