"""Text from others in a paragraph of Markdown says what it says, and does nothing."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pdslack_cli.engine.plan import make_plan
from pdslack_cli.render.output.markdown import code, prose
from pdslack_cli.render.plan.as_markdown import plan_markdown
from pdslack_cli.render.plan.shown import ShownPlan
from tests.support.factories import live_state, stack

pytestmark = pytest.mark.slow_after(2)

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OUR_TAGS = {"<code>", "</code>", "<!-- -->"}

one_line = st.text(st.sampled_from("ab_*`~[]()!\\<>&;#@$|-x1 é"), min_size=1, max_size=40).filter(
    lambda text: text == text.strip()
)


def shown(markdown: str) -> str:
    """What a reader of one paragraph sees; anything but text and our own tags is an error."""
    (inline,) = (token for token in PARSER.parse(f"Here: {markdown}.") if token.type == "inline")
    seen = ""
    for child in inline.children or []:
        if child.type == "html_inline":
            assert child.content in OUR_TAGS
            continue
        assert child.type in {"text", "text_special"}, child.type
        seen += child.content
    return seen.removeprefix("Here: ").removesuffix(".")


@pytest.mark.parametrize("write", [code, prose])
@given(text=one_line)
def test_any_text_is_shown_as_it_is(write, text):
    assert shown(write(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "**Approved**", "_Approved_", "`c`", "~~gone~~", "![x](https://evil.example/p.png)", "[x][y]",
        "[all is well](https://evil.example)", "<img src=x>", "<!-- pdslack/plan:acme -->", "\\*",
        "$x$", "&lt;",
    ],
)  # fmt: skip
def test_names_of_others_do_nothing_in_the_first_lines_of_a_plan(text):
    plan = make_plan(stack("owner: acme\nteams: {a: {description: x}}"), live_state())
    first = {"impact": f"This plan can touch {text}.", "summary": text}
    markdown = plan_markdown(ShownPlan.of(plan).model_copy(update=first))
    inlines = [token for token in PARSER.parse(markdown) if token.type == "inline"]
    assert html.unescape(inlines[1].content) == f"**{text}**"
    for inline in inlines[1:3]:
        kinds = {child.type for child in inline.children or []}
        assert kinds <= {"text", "text_special", "html_inline", "strong_open", "strong_close"}
        assert sum(child.type == "strong_open" for child in inline.children or []) == (inline is inlines[1])


def test_words_and_addresses_stay_readable_in_the_source():
    assert code("escalation_policy/first") == "<code>escalation_policy/first</code>"
    assert code("~") == "<code>~</code>"
    assert prose("Plan: 1 to add (2 calls, 0.3 s).") == "Plan: 1 to add (2 calls, 0.3 s)."


def test_nobody_is_mentioned():
    assert "@acme" not in prose("@acme/everyone")
