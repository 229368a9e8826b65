"""A plan as a pull-request comment: short, in order, and closed against what others wrote."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.errors import Problem
from pdslack_cli.model import OwnershipMark
from pdslack_cli.render.output.markdown import problems_markdown
from pdslack_cli.render.plan.as_markdown import plan_markdown
from pdslack_cli.render.plan.shown import ShownPlan
from tests.support.factories import live_state, live_team, stack

pytestmark = pytest.mark.slow_after(2)

LIMIT = 65_536


def plan(description: str = "Takes money", was: str = "Old words") -> Plan:
    """A plan that updates one team, and leaves another behind."""
    text = f"owner: acme\nteams:\n  payments: {{name: Payments, description: {description!r}}}"
    team = live_team(description=f"{was}\n\n[pdslack:acme/payments]")
    return make_plan(stack(text), live_state(team))


def teams(count: int, words: str = "Takes money") -> Plan:
    """A plan that creates that many teams."""
    lines = "\n".join(f"  team-{number}: {{description: {words}}}" for number in range(count))
    return make_plan(stack(f"owner: acme\nteams:\n{lines}"), live_state())


def fences(markdown: str) -> list[str]:
    return [token.content for token in MarkdownIt().parse(markdown) if token.type == "fence"]


def test_comment_begins_with_its_marker_and_the_counts():
    lines = plan_markdown(ShownPlan.of(plan())).splitlines()

    assert lines[0] == "<!-- pdslack/plan:acme -->"
    assert re.fullmatch(r"<!-- pdslack/fingerprint:[0-9a-f]{64} -->", lines[1])
    assert lines[2:5] == [
        "## pdslack plan: `acme`",
        "",
        "**Plan: 0 to add, 1 to change, 0 to destroy. (0 calls, 0.0 s)**",
    ]


def test_each_object_is_folded_below_its_address():
    assert (
        "<details><summary><code>~</code> <code>team/payments</code> will be updated in-place</summary>\n"
        "\n"
        "```diff\n"
        "! description: Old words -> Takes money\n"
        "  # (1 unchanged fields hidden)\n"
        "```\n"
        "\n"
        "</details>\n"
    ) in plan_markdown(ShownPlan.of(plan()))


def test_comment_ends_with_how_to_do_exactly_this():
    def last(command):
        return plan_markdown(ShownPlan.of(plan()), command).splitlines()[-1]

    assert last("pdslack apply --expect 1") == "`pdslack apply --expect 1` does exactly this, or nothing."
    assert last("pdslack apply '`'").startswith("<code>pdslack apply &#x27;`&#x27;</code> does")


def test_problems_stand_before_all_else_and_leave_no_fingerprint():
    broken = make_plan(
        stack("owner: acme\nteams: {payments: {name: Payments}, other: {name: Other}}"),
        live_state(live_team(description="[pdslack:rivals/payments]")),
    )
    markdown = plan_markdown(ShownPlan.of(broken), "pdslack apply --expect 1")

    assert "**1 problem: nothing can be applied.**" in markdown
    assert "belongs to owner 'rivals'" in fences(markdown)[0]
    assert markdown.index("rivals") < markdown.index("team/other")
    assert "fingerprint" not in markdown
    assert "--expect" not in markdown


def test_plan_without_changes_is_short():
    nothing = make_plan(stack("owner: acme\nteams: {}"), live_state())

    assert len(plan_markdown(ShownPlan.of(nothing)).splitlines()) == 5
    assert "**No changes. PagerDuty and Slack match the files. (0 calls, 0.0 s)**" in plan_markdown(
        ShownPlan.of(nothing)
    )


@pytest.mark.slow
@pytest.mark.parametrize("count", [150, 400, 2000])
@pytest.mark.parametrize("words", ["Takes money", "nimmt Geld für alle Länder", "お金を受け取る"])
def test_long_plan_is_cut_between_objects_and_says_how_many_are_missing(count, words):
    markdown = plan_markdown(ShownPlan.of(teams(count, words)), "pdslack apply --expect 1")
    shown = markdown.count("<details>")
    left_out = re.search(r"\*Left out for lack of space: (\d+) objects?\. ", markdown)

    assert len(markdown) <= LIMIT
    assert markdown.count("</details>") == shown
    assert len(fences(markdown)) == shown
    assert shown + (int(left_out[1]) if left_out else 0) == count
    assert markdown.splitlines()[-1].startswith("`pdslack apply --expect ")


@pytest.mark.slow
def test_comment_uses_the_room_that_it_has():
    assert len(plan_markdown(ShownPlan.of(teams(2000)))) > LIMIT - 500


@pytest.mark.slow
def test_one_object_too_long_for_a_comment_does_not_hide_the_others():
    text = "\n".join(f"line {number} of many" for number in range(5000))
    long = plan(was=text)
    both = Plan(long.owner, (*long.changes, *teams(1).changes))

    markdown = plan_markdown(ShownPlan.of(both))

    assert "team/team-0" in markdown
    assert "team/payments" not in markdown
    assert "*Left out for lack of space: 1 object. " in markdown


EVIL = [
    pytest.param("```\n</details>\n# Approved", id="a fence of three"),
    pytest.param("`````\n~~~~~\n@acme/everyone", id="longer fences, and a mention"),
    pytest.param("<img src=x onerror=alert(1)> <!-- pdslack/plan:acme -->", id="tags and a marker"),
    pytest.param("| a | b |\n|---|---|\n[click](https://evil.example)", id="a table and a link"),
    pytest.param("fine\u202e(esrever\x1b[2J\r## Heading", id="control characters"),
]


@pytest.mark.parametrize("text", EVIL)
def test_nothing_in_an_account_breaks_out_of_the_comment(text):
    tokens = MarkdownIt().parse(plan_markdown(ShownPlan.of(plan(was=text)), "pdslack apply"))

    assert [token.type for token in tokens] == [
        "html_block", "html_block",  # the markers
        "heading_open", "inline", "heading_close",
        "paragraph_open", "inline", "paragraph_close",
        "html_block", "fence", "html_block",
        "paragraph_open", "inline", "paragraph_close",
    ]  # fmt: skip


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_text_breaks_out_of_the_comment(text):
    markdown = plan_markdown(ShownPlan.of(plan(was=text)))

    assert len(fences(markdown)) == markdown.count("<details>") <= 1


@pytest.mark.parametrize("text", EVIL)
def test_nothing_breaks_out_of_a_problem(text):
    markdown = problems_markdown([Problem(text, hint=text)], "plan", "acme")

    assert [token.type for token in MarkdownIt().parse(markdown)] == [
        "html_block", "heading_open", "inline", "heading_close",
        "paragraph_open", "inline", "paragraph_close", "fence",
    ]  # fmt: skip


def deletion(name: str) -> Plan:
    """A plan that deletes a team of that name."""
    gone = live_team(name=name, description=str(OwnershipMark.bound("acme", "old", name)))
    return make_plan(stack("owner: acme\nteams: {}"), live_state(gone))


def test_what_is_deleted_is_named():
    line = (
        "<code>-</code> <code>team/old</code> will be destroyed (because it is not in the stack): "
        "<code>team &quot;Payments&quot;</code>"
    )
    assert line in plan_markdown(ShownPlan.of(deletion("Payments"))).splitlines()


@pytest.mark.parametrize("text", EVIL)
def test_no_name_breaks_out_of_a_line(text):
    tokens = MarkdownIt().parse(plan_markdown(ShownPlan.of(deletion(text))))

    assert [token.type for token in tokens][-3:] == ["paragraph_open", "inline", "paragraph_close"]
    inline = {child.type for child in tokens[-2].children}
    assert inline <= {"html_inline", "text", "text_special"}
    assert {child.content for child in tokens[-2].children if child.type == "html_inline"} == {
        "<code>",
        "</code>",
    }


def test_problems_of_files_without_an_owner_have_a_marker_too():
    markdown = problems_markdown([Problem("there is no owner")], "plan", "")

    assert markdown.splitlines()[:2] == ["<!-- pdslack/plan: -->", "## pdslack plan"]
