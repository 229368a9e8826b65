"""A plan as a comment on a pull request: what it comes to first, each object folded below."""

from __future__ import annotations

import html
from collections.abc import Iterator

from pdslack_cli.engine.change import Change, Plan
from pdslack_cli.engine.storage.saved import Basis
from pdslack_cli.render.output.markdown import (
    COMMENT_LIMIT,
    Block,
    code,
    counted,
    document,
    fenced,
    marker,
    problem_blocks,
)
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.plan.lines import Line
from pdslack_cli.render.plan.text import change_lines, sentence, summary

DIFF_SYMBOLS = {"~": "!"}  # what colours a changed line in a `diff` block


def plan_markdown(plan: Plan, command: str = "", limit: int = COMMENT_LIMIT) -> str:
    """The plan as Markdown of at most `limit` bytes; `command`, if given, applies exactly it.

    The first line is hidden and finds the comment again; the second, hidden too, holds the fingerprint that
    `apply --expect` takes, and is there only where the plan can be applied.
    """
    fingerprint = "" if plan.problems else Basis.of(plan).fingerprint
    head = [marker("plan", plan.owner)]
    if fingerprint:
        head.append(f"<!-- pdslack/fingerprint:{fingerprint} -->")
    head += [f"## pdslack plan: `{plan.owner}`", "", f"**{summary(plan)}**"]
    if plan.problems:
        head += ["", f"**{counted(len(plan.problems), 'problem')}: nothing can be applied.**"]
    tail = ""
    if command and plan.changes and not plan.problems:
        tail = f"{code(command) if '`' in command else f'`{command}`'} does exactly this, or nothing."
    return document("\n".join(head), list(_blocks(plan)), tail, limit)


def _blocks(plan: Plan) -> Iterator[Block]:
    """The most important first: what does not fit is left out."""
    yield from problem_blocks(plan.problems)
    for change in plan.changes:
        for warning in change.warnings:
            yield Block(fenced(f"WARNING: {safe_line(f'{change.ref}: {warning}')}"), "warning")
    for change in plan.changes:
        yield Block(_folded(change), "object")
    for notice in plan.notices:
        yield Block(fenced(f"Note: {safe_line(notice)}"), "note")


def _folded(change: Change) -> str:
    ref = code(safe_line(str(change.ref)))
    title = f"{code(change.action.value)} {ref} {html.escape(sentence(change))}"
    lines = "\n".join(map(_diff_line, change_lines(change)))
    if not lines:
        return title
    return f"<details><summary>{title}</summary>\n\n{fenced(lines, 'diff')}\n\n</details>"


def _diff_line(line: Line) -> str:
    # The symbol comes first, or the block would have no colours.
    return f"{DIFF_SYMBOLS.get(line.symbol, line.symbol)} {'    ' * line.depth}{line.text}".rstrip()
