"""Safe Markdown: text from others appears only in fences, in escaped code and in escaped prose.

There it cannot close a fence, open a tag, link or show anything, or mention people.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from pdslack_cli.errors import Problem
from pdslack_cli.render.output.console import as_text
from pdslack_cli.render.problems import NOUNS, first_of, print_problems
from pdslack_cli.suggest import counted

# Emphasis, code (a lone backtick is none), strikethrough, math, escapes, and the end of the text of a link.
_MARKDOWN = re.compile(r"`(?=.*`)|(?<=`)`|[*$\\]|(?<!\w)_|_(?!\w)|(?<=~)~|~(?=.)|\](?=[(\[])", re.DOTALL)

COMMENT_LIMIT = 65_536  # characters of a comment on GitHub (cli-conventions.md 3.6)


class Block(NamedTuple):
    """A part of a document that is shown completely or not at all; `noun` names its content."""

    text: str
    noun: str


def marker(command: str, owner: str) -> str:
    """Return the hidden first line, by which a pipeline finds its previous comment."""
    return f"<!-- pdslack/{command}:{owner} -->"


def fenced(text: str, language: str = "text") -> str:
    """Return a code block whose fence is longer than any fence in the text."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def code(text: str) -> str:
    """Return a text as inline code, in which Markdown and mentions have no effect."""
    return f"<code>{_escaped(html.escape(text))}</code>"


def prose(text: str) -> str:
    """Return a text as part of a paragraph, in which Markdown and mentions have no effect."""
    return _escaped(html.escape(text, quote=False)).replace("@", "@<!-- -->")


def _escaped(text: str) -> str:
    """Return HTML that means itself in a paragraph of Markdown as well as inside of an element."""
    return _MARKDOWN.sub(lambda found: f"&#{ord(found[0])};", text)


def document(head: str, blocks: Sequence[Block], tail: str = "", limit: int = COMMENT_LIMIT) -> str:
    """Join the head, as many complete blocks as fit, and the tail; a line names what was omitted.

    `limit` is in bytes of UTF-8, of which there are never fewer than characters.
    """
    room = limit - _size(head) - _size(tail) - _size(_left_out(blocks))
    shown, hidden = [head], []
    for block in blocks:
        if _size(block.text) <= room:
            shown.append(block.text)
            room -= _size(block.text)
        else:
            hidden.append(block)
    return "\n\n".join(part for part in (*shown, _left_out(hidden), tail) if part) + "\n"


def problem_blocks(problems: Sequence[Problem]) -> Iterable[Block]:
    """Return a block per problem with its location, source line and hint."""
    shown, more = first_of(problems)
    for problem in shown:
        text = as_text(partial(print_problems, [problem]))
        # Its last line counts the problems, of which this is one.
        yield Block(fenced(text.rpartition("\n\n")[0]), NOUNS[problem.severity])
    if more:
        yield Block(f"*And {counted(more, 'further problem')}.*", "count")


def problems_markdown(problems: Sequence[Problem], command: str, owner: str) -> str:
    """Report that a command failed, and why."""
    title = f"## pdslack {command}: `{owner}`" if owner else f"## pdslack {command}"
    head = f"{marker(command, owner)}\n{title}\n\n**Failed: {counted(len(problems), 'problem')}.**"
    return document(head, list(problem_blocks(problems)))


def _left_out(hidden: Sequence[Block]) -> str:
    nouns = [block.noun for block in hidden]
    counts = [counted(nouns.count(noun), noun) for noun in dict.fromkeys(nouns)]
    return f"*Left out for lack of space: {', '.join(counts)}. The log has everything.*" if counts else ""


def _size(text: str) -> int:
    return len(text.encode()) + len("\n\n")
