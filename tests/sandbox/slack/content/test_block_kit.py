"""The sandbox's table of Block Kit: each limit taken just inside and refused just beyond (slack.md 5)."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from slack_sdk.models.blocks import block_elements
from slack_sdk.models.blocks import blocks as sdk_blocks

from pdslack_cli.sandbox.slack.content.block_kit import BLOCK_KIT, BLOCKS
from pdslack_cli.sandbox.slack.content.shapes import (
    SURFACES,
    Flag,
    Items,
    KitField,
    Nested,
    Number,
    Place,
    String,
    TextObject,
    Unchecked,
)
from tests.sandbox.slack.conftest import Json, Workspace

FACTS = {
    "surface/message.blocks": 50,
    "surface/modal.blocks": 100,
    "surface/home.blocks": 100,
    "surface/modal.title": 24,
    "surface/modal.submit": 24,
    "surface/modal.close": 24,
    "surface/modal.private_metadata": 3000,
    "surface/modal.callback_id": 255,
    "surface/modal.external_id": 255,
    "block/section.block_id": 255,
    "block/section.text": 3000,
    "block/section.fields": 10,
    "block/section.fields.of": 2000,
    "block/header.text": 150,
    "block/context.elements": 10,
    "block/actions.elements": 25,
    "block/context_actions.elements": 5,
    "block/image.image_url": 3000,
    "block/image.alt_text": 2000,
    "block/image.title": 2000,
    "block/markdown.text": 12_000,
    "element/button.text": 75,
    "element/button.value": 2000,
    "element/button.url": 3000,
    "element/button.action_id": 255,
    "element/button.accessibility_label": 75,
    "element/static_select.options": 100,
    "element/static_select.option_groups": 100,
    "element/static_select.placeholder": 150,
    "element/overflow.options": 5,
    "element/radio_buttons.options": 10,
    "element/checkboxes.options": 10,
    "object/option.text": 75,
    "object/option.value": 150,
    "object/confirm.title": 100,
    "object/confirm.text": 300,
    "object/confirm.confirm": 30,
    "object/confirm.deny": 30,
}
"""The numbers of slack.md 5, and of Slack's client for boxes."""

TOO = {
    "block/section": ("text",),
    "block/image": ("image_url",),
    "element/image": ("image_url",),
    "element/static_select": ("options",),
    "element/multi_static_select": ("options",),
    "surface/modal": ("title",),
}
"""What an object needs by its rules."""

FORMS = {r"\d{4}-\d{2}-\d{2}": "2026-11-29", r"\d{2}:\d{2}": "09:30", r"-?\d+(\.\d+)?": "5"}


def sample(field: KitField, size: int = 1) -> Any:
    """A value that a field takes, of a size."""
    match field:
        case String():
            return FORMS.get(field.form) or (next(iter(field.among)) if field.among else "x" * size)
        case TextObject():
            return {"type": next(iter(field.names)), "text": "x" * size}
        case Number():
            return size
        case Flag():
            return True
        case Items():
            return [_numbered(sample(field.of), number) for number in range(size)]
        case Nested():
            name = next(iter(field.names))
            return {**({"type": name} if field.typed else {}), **whole(f"{field.family}/{name}")}
        case _:
            return "x"


def _numbered(value: Any, number: int) -> Any:
    ids = ("action_id", "block_id", "value") if isinstance(value, dict) else ()
    return {**value, **{id_: str(number) for id_ in ids if id_ in value}} if ids else value


def whole(name: str) -> Json:
    """The least that an object of a shape may be."""
    shape = BLOCK_KIT[name]
    return {
        field: sample(shape.fields.get(field, Unchecked())) for field in (*shape.needed, *TOO.get(name, ()))
    }


def refusals(name: str, **changes: Any) -> list[str]:
    """What is wrong with the least object of a shape once these fields have these values."""
    shape = BLOCK_KIT[name]
    value = {**whole(name), **changes}
    if "option_groups" in changes:
        del value["options"]
    for first in {"initial_option", "initial_options"} & changes.keys():
        if "options" in shape.fields:
            value["options"] = value[first] if first.endswith("s") else [value[first]]
    surface = "message" if "message" in shape.surfaces else "modal"
    return list(shape.problems(value, Place("", surface, BLOCK_KIT)))


SIZED = (String, TextObject, Number, Items)


@pytest.mark.parametrize("name", BLOCK_KIT)
def test_the_least_of_a_shape_is_taken_and_less_is_refused(name: str) -> None:
    shape = BLOCK_KIT[name]
    assert refusals(name) == []
    for field in shape.needed:
        place = Place("", next(iter(shape.surfaces)), BLOCK_KIT)
        less = {one: value for one, value in whole(name).items() if one != field}
        assert f"missing required field: {field} [json-pointer:]" in list(shape.problems(less, place))
    unknown = [] if shape.open else ["invalid additional property: banner [json-pointer:]"]
    assert refusals(name, banner="x") == unknown


@pytest.mark.parametrize("name", BLOCK_KIT)
def test_fields_are_taken_to_their_limits_and_refused_beyond(name: str) -> None:
    for field, what in BLOCK_KIT[name].fields.items():
        assert_limited(name, field, what)


def assert_limited(name: str, field: str, what: KitField) -> None:
    most, least = getattr(what, "most", None), getattr(what, "least", 1)
    assert refusals(name, **{field: sample(what, most or max(least, 1))}) == []
    beyond = [most + 1] if most is not None else []
    short = [least - 1] if least > 0 and isinstance(what, SIZED) else []
    for size in (*beyond, *short):
        found = refusals(name, **{field: sample(what, size)})
        assert any(f"[json-pointer:/{field}" in line for line in found), (size, found)
    if isinstance(what, String) and (what.among or what.form):
        assert refusals(name, **{field: "other"})


@pytest.mark.parametrize("name", BLOCK_KIT)
def test_fields_of_another_type_are_refused(name: str) -> None:
    for field, what in BLOCK_KIT[name].fields.items():
        assert_typed(name, field, what)


def assert_typed(name: str, field: str, what: KitField) -> None:
    for odd in (None, "x", 5, True, [], [5], {}, {"type": "banner"}, {"type": []}):
        kind = type(sample(what))
        if not isinstance(what, Unchecked) and not (type(odd) is kind and odd != {"type": []}):
            assert refusals(name, **{field: odd}), odd


def limits() -> Iterator[tuple[str, int]]:
    for name, shape in BLOCK_KIT.items():
        for field, what in shape.fields.items():
            yield f"{name}.{field}", getattr(what, "most", None) or 0
            if isinstance(what, Items):
                yield f"{name}.{field}.of", getattr(what.of, "most", None) or 0


def test_the_numbers_are_those_of_the_facts() -> None:
    assert FACTS.items() <= dict(limits()).items()


SDK = [
    pytest.param(one, f"{family}/{one.type}", id=name)
    for module, family in ((sdk_blocks, "block"), (block_elements, "element"))
    for name, one in vars(module).items()
    if inspect.isclass(one)
    and one.__module__ == module.__name__
    and isinstance(getattr(one, "type", None), str)
    if one.type != "url"  # of a task, whose parts are taken as they are
]
OTHERS = {"self", "others", "type", "subtype"}


@pytest.mark.parametrize(("model", "name"), SDK)
def test_the_table_knows_every_field_of_the_official_client_and_its_limits(model: Any, name: str) -> None:
    shape = BLOCK_KIT[name]
    known = inspect.signature(model.__init__).parameters.keys() - OTHERS
    assert shape.open or known <= shape.fields.keys()
    for field in known & shape.fields.keys():
        own = getattr(model, f"{field}_max_length", None)
        assert own in (None, getattr(shape.fields[field], "most", None)), field


TEXT: Json = {"type": "plain_text", "text": "x"}
BUTTON: Json = {"type": "button", "action_id": "a", "text": TEXT}
OPTIONS: list[Json] = [{"text": TEXT, "value": str(number)} for number in range(3)]
SELECT: Json = {"type": "static_select", "action_id": "s", "options": OPTIONS}
GROUPS: list[Json] = [{"label": TEXT, "options": OPTIONS}]


@pytest.mark.parametrize(
    ("blocks", "wrong"),
    [
        pytest.param(
            [{"type": "actions", "elements": [BUTTON, BUTTON]}],
            '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]',
            id="two buttons with one id",
        ),
        pytest.param(
            [{"type": "actions", "elements": [BUTTON]}] * 2,
            "",
            id="one id in two blocks, which is not refused",
        ),
        pytest.param(
            [{"type": "divider", "block_id": "b"}] * 2,
            '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]',
            id="two blocks with one id",
        ),
        pytest.param(
            [{"type": "actions", "elements": [{**BUTTON, "text": {"type": "mrkdwn", "text": "x"}}]}],
            "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]",
            id="mrkdwn in a button",
        ),
        pytest.param(
            [{"type": "actions", "elements": [{**SELECT, "initial_option": {"text": TEXT, "value": "9"}}]}],
            "must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]",
            id="an initial option that is none",
        ),
        pytest.param(
            [
                {
                    "type": "actions",
                    "elements": [
                        {**SELECT, "initial_option": {**OPTIONS[1], "text": {**TEXT, "emoji": True}}}
                    ],
                }
            ],
            "",
            id="an initial option as the official client writes it",
        ),
        pytest.param(
            [{"type": "actions", "elements": [{**SELECT, "option_groups": GROUPS}]}],
            "must define only one of `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
            id="options and groups",
        ),
        pytest.param(
            [{"type": "section"}],
            "must define either `text` or `fields` [json-pointer:/blocks/0]",
            id="a section without text",
        ),
        pytest.param(
            [{"type": "banner"}], "unsupported type: banner [json-pointer:/blocks/0/type]", id="no such block"
        ),
        pytest.param(
            [{"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}],
            "invalid additional property: emoji [json-pointer:/blocks/0/text]",
            id="emoji of mrkdwn",
        ),
        pytest.param(
            [{"type": "input", "label": TEXT, "element": {"type": "file_input", "action_id": "f"}}],
            "unsupported type: file_input [json-pointer:/blocks/0/element/type]",
            id="a file input in a message",
        ),
        pytest.param([5], "must provide an object [json-pointer:/blocks/0]", id="a block that is none"),
    ],
)
def test_rules_between_fields(blocks: list[Any], wrong: str) -> None:
    place = Place("", "message", BLOCK_KIT)
    assert list(BLOCK_KIT["surface/message"].problems({"blocks": blocks}, place)) == (
        [wrong] if wrong else []
    )


def test_a_modal_with_an_input_can_be_sent() -> None:
    field = {"type": "input", "label": TEXT, "element": {"type": "plain_text_input"}}
    wrong = "must define `submit` to use an `input` block in modals [json-pointer:/blocks/0]"
    assert refusals("surface/modal", blocks=[field]) == [wrong]
    assert refusals("surface/modal", blocks=[field], submit=TEXT) == []


@pytest.mark.parametrize("surface", sorted(SURFACES))
def test_blocks_are_refused_where_they_cannot_be(surface: str) -> None:
    shape = BLOCK_KIT[f"surface/{surface}"]
    for name, block in BLOCKS.items():
        one = {"type": name, **whole(f"block/{name}")}
        found = list(
            shape.problems({"blocks": [one], "title": TEXT, "submit": TEXT}, Place("", surface, BLOCK_KIT))
        )
        assert bool(found) is (surface not in block.surfaces), name


WRONG = json.dumps([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}])


def test_every_way_into_a_channel_checks_blocks_and_attachments(slack: Workspace) -> None:
    """Methods say why; what is posted without a token is refused by its code alone."""
    channel = slack.channel("payments")
    ts = slack.ok("chat.postMessage", channel=channel, text="x")["ts"]
    for method, more in (
        ("chat.postMessage", {}),
        ("chat.update", {"ts": ts}),
        ("chat.scheduleMessage", {"post_at": "4000000000"}),
    ):
        answer = slack.call(method, channel=channel, blocks=WRONG, **more)
        assert answer["error"] == "invalid_blocks"
        expected = "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
        assert answer["response_metadata"]["messages"] == [expected]
    refused = {
        "too_many_attachments": [{"text": "x"}] * 101,
        "invalid_attachments": [{"blocks": json.loads(WRONG)}],
    }
    hook = slack.control("POST", "slack/incoming-webhook", {"channel": "payments"})["url"]
    for error, attachments in refused.items():
        arguments = {"channel": channel, "attachments": json.dumps(attachments)}
        assert slack.error("chat.postMessage", **arguments) == error
        answer = requests.post(hook, json={"attachments": attachments})
        assert (answer.status_code, answer.text) == (400, error)
    slack.ok("chat.postMessage", channel=channel, attachments=json.dumps([{"text": "x"}] * 100))
    slack.ok("chat.postMessage", channel=channel, markdown_text="x" * 12_000)
    assert slack.error("chat.postMessage", channel=channel, markdown_text="x" * 12_001) == "msg_too_long"


def test_blocks_and_elements_without_ids_get_some(slack: Workspace) -> None:
    channel = slack.channel("payments")
    button = {"type": "button", "text": TEXT}
    blocks = [
        {"type": "actions", "elements": [button]},
        {"type": "section", "text": TEXT, "accessory": button},
    ]
    posted = slack.ok("chat.postMessage", channel=channel, blocks=json.dumps(blocks))["message"]["blocks"]
    ids = [one["block_id"] for one in posted]
    ids += [posted[0]["elements"][0]["action_id"], posted[1]["accessory"]["action_id"]]
    assert len({*ids}) == 4
    assert all(ids)


def test_blocks_are_validated_without_a_token(slack: Workspace) -> None:
    answer = slack.call("blocks.validate", "", blocks=WRONG)
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == [
        {"message": "must be less than 151 characters", "pointer": "/blocks/0/text/text"}
    ]
    view = {"type": "modal", "title": TEXT, "blocks": [{"type": "call", "call_id": "R1"}]}
    assert slack.error("blocks.validate", "", view=json.dumps(view)) == "invalid_view"
    assert slack.error("blocks.validate", "", message="[]") == "invalid_message"
    assert slack.error("blocks.validate", "") == "invalid_arguments"
    for good in ({"blocks": "[]"}, {"message": json.dumps({"text": "x"})}):
        slack.ok("blocks.validate", "", **good)
