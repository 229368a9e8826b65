"""Shorter spellings for conditions and templates, rewritten to what PagerDuty takes.

`&&`, `||`, `!` and `!=` are `and`, `or`, `not` and `not … ==`; the root `alert.` is `event.`, where
`alert.title` is `event.summary`, and `alert.body` and `alert.service` are custom details.
Strings are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pdslack_cli.routing.pcl.conditions import Condition, parse
from pdslack_cli.routing.pcl.mistakes import PclError

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

_TRACES = re.compile(r"&&|\|\||!|\balert\b")  # a condition without any has no sugar
_IN_TEMPLATE = re.compile(r"\{\{\s*(?=alert(?![A-Za-z0-9_]))")
_ALERT = re.compile(
    r"alert(?:\.(title|body|service)(?![A-Za-z0-9_])|\['(title|body|service)'\])?(?![A-Za-z0-9_])"
)
_FIELDS = {
    "title": "event.summary",
    "body": "event.custom_details.body",
    "service": "event.custom_details.service",
}


class Edit(NamedTuple):
    """Characters `start` to `end` of the user's text become `replacement`."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True)
class Desugared:
    """The text for PagerDuty, with a map to positions in the text that the user wrote."""

    pcl: str
    edits: tuple[Edit, ...] = ()

    def offset(self, position: int) -> int:
        """Return the character of the user's text that a character of `pcl` comes from."""
        ahead = 0  # of `pcl`, before the current edit
        for edit in self.edits:
            start = edit.start + ahead
            if position < start:
                break
            if position < start + len(edit.replacement):
                return edit.start
            ahead += len(edit.replacement) - (edit.end - edit.start)
        return position - ahead


def desugar(text: str) -> Desugared:
    """Rewrite a condition; raises PclError if it cannot be tokenized."""
    return _edited(text, _edits(text)) if _TRACES.search(text) else Desugared(text)


def desugar_template(text: str) -> Desugared:
    """Rewrite the paths inside `{{…}}`."""
    return _edited(text, [_alert_edit(text, found.end()) for found in _IN_TEMPLATE.finditer(text)])


def parse_sugared(text: str) -> tuple[Condition, Desugared]:
    """Parse a condition with or without short spellings; raises PclError with a position in that text."""
    desugared = desugar(text)
    try:
        return parse(desugared.pcl), desugared
    except PclError as error:
        raise PclError(error.message, desugared.offset(error.position), error.hint) from None


def _edited(text: str, edits: list[Edit]) -> Desugared:
    pieces, done = [], 0
    for edit in edits:
        pieces += [text[done : edit.start], edit.replacement]
        done = edit.end
    return Desugared("".join([*pieces, text[done:]]), tuple(edits))


def _edits(text: str) -> list[Edit]:
    from lark import UnexpectedInput  # late, as in conditions.parse

    from pdslack_cli.routing.pcl.grammar import check_size, unexpected  # the same

    check_size(text)
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise unexpected(text, error) from None
    edits = [edit for part in tree.iter_subtrees() for edit in _edits_of(text, part)]
    # At one place an inserted ) comes first, then (, then `not `, then what replaces the text there.
    return sorted(edits, key=lambda edit: (edit.start, edit.end, ")( n".find(edit.replacement[0])))


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark  # late, as in conditions.parse

    from pdslack_cli.routing.pcl.grammar import TokenLimits, grammar_text  # the same

    return Lark(
        grammar_text("pcl.lark") + grammar_text("sugar.lark"),
        parser="lalr",
        keep_all_tokens=True,
        propagate_positions=True,
        postlex=TokenLimits(),
    )


def _edits_of(text: str, part: Tree[Token]) -> Iterator[Edit]:
    children: list[Any] = part.children
    match part.data:
        case "both" | "either":
            words = {"&&": "and", "||": "or"}
            for token in children[1::2]:
                if token in words:
                    yield _spaced(text, token, words[token])
        case "negation":
            word, operand = children
            if word == "!":
                yield Edit(word.start_pos, word.end_pos, "not" if text[word.end_pos].isspace() else "not ")
            row = operand.data == "negation" and "!" in (word, operand.children[0])
            if row or operand.data == "unequal":
                # Whether PagerDuty takes `not not x` is (unverified); it takes `not (not x)`.
                yield Edit(operand.meta.start_pos, operand.meta.start_pos, "(")
                yield Edit(operand.meta.end_pos, operand.meta.end_pos, ")")
        case "unequal":
            left, operator, _ = children
            yield Edit(left.meta.start_pos, left.meta.start_pos, "not ")
            yield _spaced(text, operator, "==")
        case "path":
            (path,) = children
            if _ALERT.match(path):
                yield _alert_edit(text, path.start_pos)


def _spaced(text: str, token: Token, word: str) -> Edit:
    start, end = token.start_pos or 0, token.end_pos or 0
    before = "" if text[start - 1].isspace() else " "
    after = "" if text[end].isspace() else " "
    return Edit(start, end, before + word + after)


def _alert_edit(text: str, start: int) -> Edit:
    found = _ALERT.match(text, start)
    assert found is not None  # looked for before
    return Edit(start, found.end(), _FIELDS.get(found[1] or found[2], "event"))
