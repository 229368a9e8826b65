"""A message shows what the incident is, pages nobody by accident, and always fits Slack's limits."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.sync.message import BLOCKS_TAKEN, USUAL_PARTS, MessageTemplate
from pdslack_cli.kinds.sync.variables import VARIABLES
from pdslack_cli.sandbox.slack.content.block_kit import BLOCKS
from pdslack_cli.sandbox.slack.content.blocks import check_surface
from pdslack_cli.sync.message.buttons import OFFERED, chosen
from pdslack_cli.sync.message.limits import excesses
from pdslack_cli.sync.message.mrkdwn import as_typed
from pdslack_cli.sync.message.render import RenderedMessage, render
from pdslack_cli.sync.message.sample import sample_incident
from pdslack_cli.sync.message.values import _GETTERS, value_of
from pdslack_cli.sync.message.view import IncidentPart
from tests.conftest import examples
from tests.sync.message.strategies import incidents, texts

TUTORIAL = {
    "type": "section",
    "fields": [
        {
            "type": "mrkdwn",
            "text": "*Incident*: <${pagerduty.incident.html_url}|${pagerduty.incident.id}>",
        },
        {"type": "mrkdwn", "text": "*On-Call*: <@${pagerduty.oncall.user.slack_id}>"},
        {"type": "mrkdwn", "text": "*Runbook*: <${pagerduty.incident.runbook_url}|Open Runbook>"},
    ],
}

# All of the markup that a message of ours may hold: links, mentions of people, and times.
OURS = re.compile(r"<(?:https?://[^\s<>|]+\|[^<>]*|@[UW][A-Z0-9]+|!date\^\d+\^[^<>|]*\|[^<>|]*)>")


def every_text(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in every_text(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in every_text(inner)]
    return [value] if isinstance(value, str) else []


def text_objects(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") in ("mrkdwn", "plain_text") else []
        return own + [text for inner in value.values() for text in text_objects(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in text_objects(inner)]
    return []


def check(message: RenderedMessage) -> None:
    check_surface({"blocks": [*message.blocks]}, "message", "", "invalid_blocks")  # as the sandbox does
    assert [*excesses(message.blocks)] == []
    assert message.blocks
    assert 1 <= len(message.text) <= 150
    for text in [*text_objects(message.blocks), message.text]:
        left = OURS.sub("", text)
        assert "<" not in left, text
        assert ">" not in left, text
    json.dumps(message.arguments, ensure_ascii=False).encode()  # it can be sent


variables = st.sampled_from(
    [*VARIABLES, "pagerduty.incident.custom_fields.Region", "pagerduty.alert.details.a"]
)
placed = st.lists(
    variables | st.sampled_from(["*x* ", "<{{pagerduty.incident.html_url}}|", ">", "<@"]), max_size=4
)
marked_up = st.tuples(
    st.sampled_from(["{} ", "*{}* ", "<@{}>", "<{}|open>", "> {}"]),
    variables.map(lambda name: f"{{{{{name}}}}}"),
).map(lambda pair: pair[0].format(pair[1]))
own_texts = st.lists(marked_up, min_size=1, max_size=5).map("".join)
own_blocks = st.one_of(
    st.builds(lambda text: {"type": "section", "text": {"type": "mrkdwn", "text": text}}, own_texts),
    st.builds(
        lambda some: {"type": "section", "fields": [{"type": "mrkdwn", "text": text} for text in some]},
        st.lists(own_texts, min_size=1, max_size=14),
    ),
    st.builds(lambda text: {"type": "header", "text": {"type": "plain_text", "text": text}}, own_texts),
    st.builds(
        lambda text, url: {
            "type": "actions",
            "block_id": text,
            "elements": [{"type": "button", "text": {"type": "plain_text", "text": text}, "url": url}],
        },
        own_texts,
        own_texts,
    ),
    st.builds(lambda url: {"type": "image", "image_url": url, "alt_text": url}, own_texts),
    st.just({"type": "divider"}),
)
templates = st.builds(
    lambda text, blocks: MessageTemplate.model_validate({"text": text, "blocks": blocks}),
    own_texts,
    st.lists(st.sampled_from(USUAL_PARTS) | own_blocks, min_size=1, max_size=50),
)


@pytest.mark.slow
@examples(60)
@given(incidents)
def test_the_usual_message_of_any_incident_fits_and_pages_nobody(view):
    check(render(view))


@pytest.mark.slow
@examples(60)
@given(incidents, templates)
def test_a_message_of_any_template_fits(view, template):
    message = render(view, template)

    check_surface({"blocks": [*message.blocks]}, "message", "", "invalid_blocks")
    assert [*excesses(message.blocks)] == []
    assert not re.search(r"<!(?!date)", " ".join(text_objects(message.blocks)) + message.text)
    json.dumps(message.arguments, ensure_ascii=False).encode()


@pytest.mark.parametrize("status", ["triggered", "acknowledged", "resolved"])
def test_the_usual_message_shows_what_people_need(status):
    view = sample_incident(status)

    message = render(view)

    shown = "\n".join(every_text(message.blocks))
    check(message)
    for word in ("4812", "Payments API", "high", "P1", "critical", "eks-1", "Customer impact", "1200"):
        assert word in shown, word
    for url in (view.url, view.runbook, view.conference_url):
        assert url in shown
    assert ("<@U0MAYA001> (level 1) · Tom Baker (level 2)" in shown) == (status != "resolved")
    assert message.metadata["event_payload"]["incident_id"] == view.id


@pytest.mark.parametrize("status", ["triggered", "acknowledged", "resolved"])
def test_buttons_are_those_that_the_state_allows_and_come_back(status):
    message = render(sample_incident(status))

    elements = [element for block in message.blocks for element in block.get("elements", ())]
    clicks = [
        {"action_id": element["action_id"], "value": element["value"]}
        for element in elements
        if "value" in element
    ] + [
        {"action_id": element["action_id"], "selected_option": option}
        for element in elements
        for option in element.get("options", ())
    ]
    assert [chosen(click) for click in clicks] == [(name, "Q1K7T5ZD0PLW2A") for name in OFFERED[status]]


@pytest.mark.parametrize(
    "click",
    [{}, {"action_id": "pdslack_open_runbook"}, {"action_id": "pdslack_menu"}, {"action_id": "pds_ack"}],
)
def test_a_click_on_something_else_is_no_action(click):
    assert chosen({"value": "Q1", **click} if click.get("action_id") != "pdslack_menu" else click) is None


def test_the_block_of_the_tutorial_works():
    template = MessageTemplate.model_validate({"blocks": [TUTORIAL]})

    (block,) = render(sample_incident(), template).blocks

    assert [field["text"] for field in block["fields"]] == [
        "*Incident*: <https://acme.pagerduty.com/incidents/Q1K7T5ZD0PLW2A|Q1K7T5ZD0PLW2A>",
        "*On-Call*: <@U0MAYA001>",
        "*Runbook*: <https://wiki.acme.example/payments|Open Runbook>",
    ]


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<https://x.example/a?b=1&amp;c>", "https://x.example/a?b=1&c"),
        ("<https://x.example|x.example>", "https://x.example"),
        ("<https://x.example|see here>", "see here (https://x.example)"),
        ("<mailto:a@x.example|a@x.example>", "a@x.example"),
        ("<@U1> <@U2|tom>", "@user U1 @tom"),
        ("<#C1|incidents> <#C2>", "#incidents #C2"),
        ("<!subteam^S1|@payments> <!here> <!date^1^{time}|noon>", "@payments @here noon"),
        ("1 &lt; 2 <", "1 < 2 <"),
    ],
)
def test_what_slack_marks_up_is_read_as_it_was_typed(text, typed):
    assert as_typed(text, "user {}".format) == typed


@pytest.mark.parametrize(
    ("unread", "word"),
    [({}, "nobody"), ({IncidentPart.ON_CALL: ApiError("down", provider="pagerduty")}, "not known yet")],
)
def test_nobody_is_on_call_only_where_that_was_read(unread, word):
    view = replace(sample_incident(), on_call=(), unread=unread)
    assert f"*On call:* {word}" in json.dumps(render(view).blocks)


def test_a_link_or_mention_of_nothing_is_a_dash():
    template = MessageTemplate.model_validate({"blocks": [TUTORIAL]})

    (block,) = render(replace(sample_incident(), runbook="", on_call=()), template).blocks

    assert [field["text"] for field in block["fields"]][1:] == ["*On-Call*: —", "*Runbook*: —"]


def test_every_variable_has_a_meaning_and_a_value():
    assert _GETTERS.keys() == VARIABLES.keys()
    assert len(VARIABLES) >= 24
    view = sample_incident("resolved")
    assert [name for name in VARIABLES if not value_of(view, name)] == []
    assert value_of(view, "pagerduty.alert.details.labels.cluster") == "eks-1"


@pytest.mark.parametrize(
    ("name", "value"),
    [("Region", "eu"), ("region", "eu"), ("Customer impact", "checkout"), ("customer_impact", "checkout")],
)
def test_a_custom_field_is_found_by_both_of_its_names(name, value):
    assert value_of(sample_incident(), f"pagerduty.incident.custom_fields.{name}") == value


def test_of_too_many_blocks_the_buttons_stay():
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}
    template = MessageTemplate.model_validate({"blocks": ["header", *[long] * 20, "buttons"]})

    kinds = [block["type"] for block in render(sample_incident(), template).blocks]

    assert kinds == ["header", "section", "section", "section", "actions"]


@given(texts)
def test_the_digest_changes_with_what_people_see(title):
    one, two = render(sample_incident()), render(replace(sample_incident(), title=title))

    assert (one.digest == two.digest) == (one.blocks == two.blocks and one.text == two.text)


def test_blocks_that_slack_takes_are_those_of_the_sandbox():
    assert {kind for kind in BLOCKS_TAKEN if "message" not in BLOCKS[kind].surfaces} == set()
