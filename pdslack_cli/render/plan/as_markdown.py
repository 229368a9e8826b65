"""A plan as a comment on a pull request: the summary, then each object folded."""

from __future__ import annotations

from collections.abc import Iterator

from pdslack_cli.render.on_call.changes import on_call_lines
from pdslack_cli.render.output.markdown import (
    COMMENT_LIMIT,
    Block,
    code,
    document,
    fenced,
    marker,
    problem_blocks,
    prose,
)
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.plan.lines import Line
from pdslack_cli.render.plan.shown import ShownChange, ShownPlan
from pdslack_cli.suggest import counted

DIFF_SYMBOLS = {"~": "!"}  # what colours a changed line in a `diff` block


def plan_markdown(plan: ShownPlan, command: str = "", limit: int = COMMENT_LIMIT) -> str:
    """The plan as Markdown of at most `limit` bytes; `command`, if given, applies exactly it.

    The first line is hidden and finds the comment again; the second, hidden too, holds the fingerprint that
    `apply --expect` takes, and is there only where the plan can be applied.
    """
    fingerprint = "" if plan.problems else plan.fingerprint
    head = [marker("plan", plan.owner)]
    if fingerprint:
        head.append(f"<!-- pdslack/fingerprint:{fingerprint} -->")
    head += [f"## pdslack plan: `{plan.owner}`", "", f"**{prose(plan.summary)}**"]
    if plan.impact and plan.changes:
        head += ["", code(plan.impact)]
    if plan.problems:
        head += ["", f"**{counted(len(plan.problems), 'problem')}: nothing can be applied.**"]
    tail = ""
    if command and plan.changes and not plan.problems:
        tail = f"{code(command) if '`' in command else f'`{command}`'} does exactly this, or nothing."
    return document("\n".join(head), list(_blocks(plan)), tail, limit)


def _blocks(plan: ShownPlan) -> Iterator[Block]:
    """Return the blocks, most important first: those that do not fit are omitted."""
    yield from problem_blocks(plan.problems)
    for one in plan.on_call:
        for alert in one.alerts:
            yield Block(fenced(f"ON CALL: {alert}"), "warning")
    for change in plan.changes:
        for warning in change.warnings:
            yield Block(fenced(f"WARNING: {safe_line(f'{change.address}: {warning}')}"), "warning")
    if plan.on_call:
        lines = fenced("\n".join(on_call_lines(plan.on_call)))
        summary = "<summary>On call before and after, in the coming 14 days</summary>"
        yield Block(f"<details>{summary}\n\n{lines}\n\n</details>", "list of people on call")
    yield from problem_blocks(plan.advice)
    for change in plan.changes:
        yield Block(_folded(change), "object")
    for notice in plan.notices:
        yield Block(fenced(f"Note: {safe_line(notice)}"), "note")


def _folded(change: ShownChange) -> str:
    title = f"{code(change.symbol)} {code(change.address)} {prose(change.sentence)}"
    lines = "\n".join(map(_diff_line, change.lines))
    if not lines:  # what goes as a whole has its name nowhere else
        return f"{title}: {code(change.title)}"
    return f"<details><summary>{title}</summary>\n\n{fenced(lines, 'diff')}\n\n</details>"


def _diff_line(line: Line) -> str:
    # The symbol comes first, or the block would have no colours.
    return f"{DIFF_SYMBOLS.get(line.symbol, line.symbol)} {'    ' * line.depth}{line.text}".rstrip()
