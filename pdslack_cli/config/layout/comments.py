"""Attach the comments of a file to its entries.

A comment on its own line belongs to the entry below it, or to the end of the list or mapping whose column it
has; a comment at the end of a line belongs to the entry on that line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import yaml

from pdslack_cli.config.layout.document import (
    Composite,
    FileLayout,
    Item,
    block_header,
    end_of,
    start_of,
)

_COMMENT = re.compile(r"#[^\n\x85\u2028\u2029]*")
_BLANK = " \t\n\x85\u2028\u2029"
_MODELINE = re.compile(r"#\s*(yaml-language-server:|vim?:|-\*-|!)")


class LayoutError(Exception):
    """The text between two tokens is neither white space nor a comment."""


class Comment(NamedTuple):
    text: str
    start: int
    column: int
    is_alone: bool  # nothing stands before it on its line


def give_comments(layout: FileLayout, text: str) -> None:
    """Add all comments and empty lines of `text` to the layout."""
    _Giver(layout, text).give()


def find_comments(tokens: Sequence[yaml.Token], text: str) -> Iterator[Comment]:
    """Find the comments between tokens, where a # is never part of a value."""
    done = 0
    for token in tokens:
        if text[done : (start := start_of(token))].strip(_BLANK):
            yield from _comments_between(text, done, start)
        done = max(done, end_of(token))
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            found = block_header(text[start_of(token) : end_of(token)])[1]
            if found:
                yield _comment(text, text.index("#", start_of(token)), found)
    yield from _comments_between(text, done, len(text))


def _comments_between(text: str, start: int, end: int) -> Iterator[Comment]:
    gap = text[start:end]
    if "#" not in gap:
        rest = gap
    else:
        rest = _COMMENT.sub("", gap)
        for found in _COMMENT.finditer(gap):
            yield _comment(text, start + found.start(), found.group())
    if rest.strip(_BLANK):
        raise LayoutError(rest.strip())


def _comment(text: str, start: int, found: str) -> Comment:
    line = text.rfind("\n", 0, start) + 1
    return Comment(found.rstrip(), start, start - line, not text[line:start].strip())


class _Giver:
    def __init__(self, layout: FileLayout, text: str) -> None:
        self._layout = layout
        self._text = text
        self._last: tuple[Item, int] | None = None  # who took the last comment beside it, and its column

    def give(self) -> None:
        root = self._layout.top.value
        before: list[str] = []
        for comment in find_comments(self._layout.tokens, self._text):
            lines = [*self._empty(comment.start), comment.text] if comment.is_alone else [comment.text]
            if comment.start < self._layout.begin:
                self._layout.prolog += lines
            elif isinstance(root, Composite) and root.items:
                self._place(root, self._layout.top, comment, lines)
            else:
                before += lines
        if isinstance(root, Composite):
            self._empty_lines(root)
        self._layout.top.above = [*self._head(root), *before]

    def _head(self, root: object) -> list[str]:
        """Move the leading comments that are about the whole file from its first entry to the file."""
        if not isinstance(root, Composite) or not root.items:
            return []
        first = root.items[0]
        lines = first.above
        ends = [at for at, line in enumerate(lines) if not line or _MODELINE.match(line)]
        cut = ends[-1] + 1 if ends else 0
        first.above = lines[cut:]
        return lines[:cut]

    def _place(self, group: Composite, owner: Item, comment: Comment, lines: list[str]) -> None:
        at = bisect_right(group.items, comment.start, key=lambda item: item.start) - 1
        if at < 0:
            if comment.is_alone and not self._goes_on(comment):
                group.items[0].above += lines
            else:
                self._beside(owner, comment)
            return
        item = group.items[at]
        following = group.items[at + 1] if at + 1 < len(group.items) else None
        inner = item.value if isinstance(item.value, Composite) and item.value.items else None
        if inner and self._is_inside(inner, group, comment):
            self._place(inner, item, comment, lines)
        elif not comment.is_alone or self._goes_on(comment):
            self._beside(item, comment)
        elif comment.start < item.value.start:  # between a key and its value
            item.above += lines
        elif (
            not inner and not group.is_flow and comment.column > self._column(item.start) and len(lines) == 1
        ):
            item.under += lines
        elif following:
            following.above += lines
        else:
            group.foot += lines

    def _is_inside(self, inner: Composite, outer: Composite, comment: Comment) -> bool:
        if comment.start < inner.end:
            is_above = comment.is_alone and not inner.is_flow and not self._goes_on(comment)
            return comment.start > inner.start or is_above
        column = self._column(inner.items[0].start)
        is_foot = column <= comment.column > self._column(outer.items[0].start)
        return not inner.is_flow and (not comment.is_alone or is_foot or self._goes_on(comment))

    def _goes_on(self, comment: Comment) -> bool:
        """Return whether it continues the comment at the end of the line above."""
        if not comment.is_alone or self._last is None:
            return False
        _, start = self._last
        above, here = self._text.count("\n", start, comment.start), self._column(start)
        return above == 1 and here == comment.column

    def _beside(self, item: Item, comment: Comment) -> None:
        if self._goes_on(comment) and self._last:
            item = self._last[0]
            item.under.append(comment.text)
        elif item.beside:
            item.above.append(item.beside)
            item.beside = comment.text
        else:
            item.beside = comment.text
        self._last = (item, comment.start)

    def _column(self, offset: int) -> int:
        return offset - (self._text.rfind("\n", 0, offset) + 1)

    def _empty(self, offset: int) -> list[str]:
        """Return the empty line above the line that begins at `offset`, if there is one."""
        end = self._text.rfind("\n", 0, offset)
        if end < 0 or self._text[end:offset].strip():
            return []
        above = self._text[self._text.rfind("\n", 0, end) + 1 : end]
        return [] if above.strip() else [""]

    def _empty_lines(self, group: Composite) -> None:
        """Record the empty lines directly before entries."""
        for item in group.items:
            item.above += self._empty(item.start)
            if isinstance(item.value, Composite):
                self._empty_lines(item.value)
