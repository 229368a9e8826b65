"""Write a layout: two spaces per level, uniform spacing, lines of at most `WIDTH` columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pdslack_cli.config.layout.document import Composite, FileLayout, Item, Piece, Scalar, block_header

WIDTH = 110
_LONGEST_KEY = 1000  # of a key without `?`, YAML reads 1,024 characters
_SIMPLE = re.compile(r"[^\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\\\"]*")


def written(layout: FileLayout, text: str) -> str:
    """Return the text of a layout; `text` is the source that it was parsed from."""
    return _Writer(layout, text).text()


class _Writer:
    def __init__(self, layout: FileLayout, text: str) -> None:
        self._layout = layout
        self._source = text
        self._lines: list[str] = []
        self._is_kept = False  # whether the last lines are text in which an empty line counts

    def text(self) -> str:
        layout, root = self._layout, self._layout.top.value
        _lift_comments(root)
        before = self._source[: layout.begin].split("\n")
        directives = [line.split(" #")[0].rstrip() for line in before if line.startswith("%")]
        begin = [*directives, "---"] if layout.is_explicit else []
        self._comments(layout.prolog, 0)
        self._lines += begin
        if begin and layout.top.beside:
            self._lines[-1] += f" {layout.top.beside}"
        self._comments(layout.top.above, 0)
        if not layout.is_explicit and layout.top.beside:
            self._comments([layout.top.beside], 0)
        self._comments(layout.top.under, 0)
        if isinstance(root, Composite) and root.items and not self._is_inline(root, 0):
            self._root(root)
        elif root != Scalar("", "", "", root.start, root.end):
            self._lines.append(self._inline(root))
        while self._lines and not self._lines[-1] and not self._is_kept:
            self._lines.pop()
        return "".join(f"{line}\n" for line in self._lines)

    def _root(self, root: Composite) -> None:
        """Write the sections, with an empty line before and after each that takes several lines."""
        if root.properties:
            self._lines.append(root.properties)
        previous: Item | None = None
        for item in root.items:
            if previous and root.is_mapping and (self._is_long(previous) or self._is_long(item)):
                item.above.insert(0, "")
            self._item(item, 0, is_first=previous is None and not self._lines)
            previous = item
        self._comments(root.foot, 0)

    def _is_long(self, item: Item) -> bool:
        """Return whether an entry of the root is written as a list or mapping of several lines."""
        start = len(self._key(item.key)) + 1 if item.key else 2
        return isinstance(item.value, Composite) and not self._is_inline(item.value, start)

    def _comments(self, lines: Sequence[str], column: int) -> None:
        for line in lines:
            if line:
                self._lines.append(" " * column + line)
                self._is_kept = False
            elif self._lines and self._lines[-1] and not self._is_kept:
                self._lines.append("")

    def _items(self, group: Composite, column: int, lead: str = "") -> None:
        """Write the items in block style; `lead` is the text before the first one on its line."""
        for at, item in enumerate(group.items):
            self._item(item, column, lead if not at else "", is_first=not at)
        self._comments(group.foot, column)

    def _item(self, item: Item, column: int, lead: str = "", *, is_first: bool) -> None:
        above = item.above
        while is_first and above and not above[0]:
            above = above[1:]
        self._comments(above, column)
        lead = lead or " " * column
        if item.key is None:
            lead += "-"
        elif len(item.key.raw) > _LONGEST_KEY or "\n" in item.key.raw:
            lead = self._long_key(item.key, lead, column)
        else:
            lead += self._key(item.key)
        self._value(item, lead, column)

    def _key(self, key: Scalar) -> str:
        text = self._inline(key)
        return f"{text} :" if text.startswith("*") else f"{text}:"

    def _long_key(self, key: Scalar, lead: str, column: int) -> str:
        self._lines += self._scalar_lines(key, f"{lead}? ", column + 2)
        return " " * column + ":"

    def _value(self, item: Item, lead: str, column: int) -> None:
        value = item.value
        self._is_kept = False
        if isinstance(value, Scalar):
            lines = self._scalar_lines(value, f"{lead} ", column + 2)
            # The comment of a text of several lines stands behind the sign that begins it.
            at = 0 if value.is_block else -1
            place = len(lines[at]) + 1
            lines[at] = " ".join(filter(None, (lines[at], item.beside)))
            self._lines += lines
            self._is_kept = value.is_block and "+" in lines[0] and "+" in block_header(value.raw)[0]
            self._under(item, place if item.beside else column + 2)
        elif self._is_inline(value, len(lead) + 1):
            self._line(item, f"{lead} {self._inline(value)}", column)
        elif _is_compact(item):
            # The first item of a list in a list, or the first pair of a mapping in a list.
            self._items(value, column + 2, f"{lead} ")
        else:
            self._line(item, " ".join(filter(None, (lead, value.properties))), column)
            self._items(value, column + 2)

    def _line(self, item: Item, text: str, column: int) -> None:
        self._lines.append(" ".join(filter(None, (text, item.beside))))
        self._under(item, len(text) + 1 if item.beside else column + 2)

    def _under(self, item: Item, column: int) -> None:
        self._comments(item.under, column)

    def _is_inline(self, group: Composite, column: int) -> bool:
        """Return whether a list or mapping stays on one line: it was, it fits, and it has no comments."""
        if not group.items:
            return True
        return group.is_flow and _is_plain_flow(group) and column + len(self._inline(group)) <= WIDTH

    def _inline(self, piece: Piece) -> str:
        if isinstance(piece, Scalar):
            text = _unquoted_once(piece)
        elif not piece.items:
            text = "{}" if piece.is_mapping else "[]"
        else:
            inner = ", ".join(self._inline_item(item) for item in piece.items)
            text = f"{{{inner}}}" if piece.is_mapping else f"[{inner}]"
        return " ".join(filter(None, (piece.properties, text)))

    def _inline_item(self, item: Item) -> str:
        if item.value.properties and isinstance(item.value, Scalar) and not item.value.raw:
            # What follows right behind an anchor or a tag would be part of it.
            return f"{self._key(item.key) if item.key else ''} {item.value.properties} ".lstrip()
        value = self._inline(item.value)
        return f"{self._key(item.key)} {value or 'null'}" if item.key else value or "null"

    def _scalar_lines(self, scalar: Scalar, lead: str, column: int) -> list[str]:
        """Return the lines of a scalar; a multi-line one keeps its lines, at another column."""
        lead += f"{scalar.properties} " if scalar.properties else ""
        if "\n" not in scalar.raw:
            return [f"{lead}{_unquoted_once(scalar)}".rstrip()]
        first, *rest = scalar.raw.split("\n")
        if not scalar.is_block:
            return [
                lead + first,
                *(" " * column + line.lstrip(" \t") if line.strip() else "" for line in rest),
            ]
        header, _ = block_header(scalar.raw)
        if rest and not rest[-1].strip():
            rest.pop()
        indent = _block_indent(scalar, rest)
        moved = [" " * column + line[indent:] if line[indent:] else "" for line in rest]
        header = re.sub("[1-9]", "2", header)
        return [lead + header, *moved]


def _is_compact(item: Item) -> bool:
    """Return whether a list or mapping in a list begins on the line of its dash."""
    return item.key is None and not (item.value.properties or item.beside or item.under)


def _lift_comments(piece: Piece) -> None:
    """Move the comments above the first key of a mapping in a list above the dash."""
    for item in piece.items if isinstance(piece, Composite) else ():
        _lift_comments(item.value)
        if isinstance(item.value, Composite) and item.value.items and _is_compact(item):
            first = item.value.items[0]
            item.above += filter(None, first.above)
            first.above = []


def _block_indent(scalar: Scalar, lines: Sequence[str]) -> int:
    """Return the column of a block scalar's text: the extra indentation of its first line."""
    for value_line, line in zip(scalar.value.split("\n"), lines, strict=False):
        if line.strip():
            return (len(line) - len(line.lstrip(" "))) - (len(value_line) - len(value_line.lstrip(" ")))
    return max(map(len, lines), default=0)


def _is_plain_flow(group: Composite) -> bool:
    """Return whether it contains neither a comment nor a multi-line text."""
    for item in group.items:
        if any((*filter(None, item.above), item.beside, *item.under)) or (item.key and "\n" in item.key.raw):
            return False
        inner = item.value
        if not (_is_plain_flow(inner) if isinstance(inner, Composite) else "\n" not in inner.raw):
            return False
    return not group.foot


def _unquoted_once(scalar: Scalar) -> str:
    """Return a one-line scalar with double instead of single quotes, if nothing in it needs an escape."""
    if scalar.style == "'" and _SIMPLE.fullmatch(scalar.value):
        return f'"{scalar.value}"'
    return scalar.raw
