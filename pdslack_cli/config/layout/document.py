"""Parse YAML text to a tree that preserves its spelling, for the formatter.

`compose` keeps values only; libraries that keep comments attach them to the previous token, so that they do
not move with their entry. Here a comment belongs to an entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BLOCK_HEADER = re.compile(r"([|>][-+0-9]*)[ \t]*(#[^\n]*)?")


@dataclass
class Scalar:
    """A scalar or an alias: `raw` is its text, without the anchor and tag before it."""

    raw: str
    value: str
    style: str  # "" (plain or alias), "'", '"', "|" or ">"
    start: int
    end: int
    properties: str = ""  # an anchor, a tag, or both

    @property
    def is_block(self) -> bool:
        return self.style in ("|", ">")


@dataclass
class Item:
    """An entry of a mapping, or of a list (without a key), with its comments.

    `above` are the lines before it, "" for an empty one; `beside` is at the end of its first line, and
    `under` are the lines that continue that comment.
    """

    key: Scalar | None
    value: Piece
    start: int
    end: int
    above: list[str] = field(default_factory=list)
    beside: str = ""
    under: list[str] = field(default_factory=list)


@dataclass
class Composite:
    """A mapping or a list. `foot` are the comments after its last item."""

    is_mapping: bool
    is_flow: bool
    items: list[Item]
    start: int
    end: int
    properties: str = ""
    foot: list[str] = field(default_factory=list)


Piece: TypeAlias = Scalar | Composite


@dataclass
class FileLayout:
    """A whole file: `prolog` are the lines up to an explicit `---`, `top` holds the root as its value."""

    prolog: list[str]
    is_explicit: bool
    top: Item
    begin: int  # where the content starts
    tokens: list[yaml.Token]


def parse(text: str) -> FileLayout:
    """Parse the single document of a text that `compose` accepted."""
    return _Parser(text).document()


def tokens_of(text: str) -> list[yaml.Token]:
    """Return the scanner's tokens with their positions; raises YAMLError."""
    return list(yaml.scan(text, Loader=_LOADER))


def block_header(raw: str) -> tuple[str, str]:
    """Return the indicators of a block scalar, and the comment after them."""
    found = _BLOCK_HEADER.match(raw)
    assert found is not None  # a scanner has read it
    return found[1], found[2] or ""


class _Parser:
    """Recursive-descent parser over the scanner's tokens; `compose` limits the nesting."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._at = 0

    def document(self) -> FileLayout:
        self._take(yaml.StreamStartToken)
        while self._take(yaml.DirectiveToken):
            pass
        begin = self._take(yaml.DocumentStartToken)
        start = end_of(begin) if begin else 0
        root = self._node()
        top = Item(None, root, root.start, root.end)
        return FileLayout([], begin is not None, top, start, self._tokens)

    def _next(self) -> Any:
        return self._tokens[self._at]

    def _take(self, *types: type[yaml.Token]) -> yaml.Token | None:
        token = self._next()
        if not isinstance(token, types):
            return None
        self._at += 1
        return token

    def _slice(self, token: yaml.Token) -> str:
        return self._text[start_of(token) : end_of(token)]

    def _node(self, *, indentless: bool = False) -> Piece:
        start, properties = start_of(self._next()), []
        while token := self._take(yaml.AnchorToken, yaml.TagToken):
            properties.append(self._slice(token))
        piece = self._bare(indentless=indentless)
        piece.properties = " ".join(properties)
        piece.start = start if properties else piece.start
        return piece

    def _bare(self, *, indentless: bool) -> Piece:
        token = self._next()
        if isinstance(token, yaml.ScalarToken):
            self._at += 1
            raw, style = self._slice(token), token.style or ""
            if style in ("|", ">") and "+" not in block_header(raw)[0]:
                raw = raw.rstrip()
            return Scalar(raw, token.value, style, start_of(token), start_of(token) + len(raw))
        if isinstance(token, yaml.AliasToken):
            self._at += 1
            return Scalar(self._slice(token), "", "", start_of(token), end_of(token))
        if self._take(yaml.BlockMappingStartToken):
            return self._collection(token, yaml.BlockEndToken, is_mapping=True, is_flow=False)
        if self._take(yaml.BlockSequenceStartToken):
            return self._collection(token, yaml.BlockEndToken, is_mapping=False, is_flow=False)
        if self._take(yaml.FlowMappingStartToken):
            return self._collection(token, yaml.FlowMappingEndToken, is_mapping=True, is_flow=True)
        if self._take(yaml.FlowSequenceStartToken):
            return self._collection(token, yaml.FlowSequenceEndToken, is_mapping=False, is_flow=True)
        if indentless and isinstance(token, yaml.BlockEntryToken):
            items = list(self._entries())
            return Composite(False, False, items, items[0].start, items[-1].end)
        before = end_of(self._tokens[self._at - 1])
        return Scalar("", "", "", before, before)

    def _collection(
        self, begin: yaml.Token, end: type[yaml.Token], *, is_mapping: bool, is_flow: bool
    ) -> Composite:
        items: list[Item] = []
        while not (token := self._take(end)):
            if self._take(yaml.FlowEntryToken):
                continue
            if is_mapping:
                items.append(self._pair())
            elif is_flow:
                items.append(self._flow_entry())
            else:
                items += self._entries()
        last = items[-1].end if items and not is_flow else end_of(token)
        return Composite(is_mapping, is_flow, items, start_of(begin), last)

    def _pair(self) -> Item:
        start = start_of(self._next())
        self._take(yaml.KeyToken)
        key = self._node()
        assert isinstance(key, Scalar)  # `compose` refuses all other keys
        value: Piece = Scalar("", "", "", key.end, key.end)
        if self._take(yaml.ValueToken):
            value = self._node(indentless=True)
        return Item(key, value, start, max(key.end, value.end))

    def _flow_entry(self) -> Item:
        token = self._next()
        if isinstance(token, yaml.KeyToken):  # [a: 1], short for [{a: 1}]
            pair = self._pair()
            return Item(None, Composite(True, True, [pair], pair.start, pair.end), pair.start, pair.end)
        value = self._node()
        return Item(None, value, value.start, value.end)

    def _entries(self) -> Iterator[Item]:
        while token := self._take(yaml.BlockEntryToken):
            value = self._node()
            yield Item(None, value, start_of(token), max(end_of(token), value.end))


def start_of(token: yaml.Token) -> int:
    return int(token.start_mark.index)


def end_of(token: yaml.Token) -> int:
    return int(token.end_mark.index)
