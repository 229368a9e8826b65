"""Shorter spellings for conditions and templates, rewritten to what PagerDuty takes.

`&&`, `||`, `!` and `!=` are `and`, `or`, `not` and `not … ==`; the root `alert.` is `event.`, where
`alert.title` is `event.summary`, and `alert.body` and `alert.service` are custom details.
Strings are never touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from pdslack_cli.routing.pcl import ast
from pdslack_cli.routing.pcl.conditions import Condition, parse
from pdslack_cli.routing.pcl.mistakes import PclError
from pdslack_cli.routing.pcl.parser import Parser, check_size
from pdslack_cli.routing.pcl.tokens import Token

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
    check_size(text)
    parser = _SugarParser(text)
    parser.condition()
    # At one place an inserted ) comes first, then (, then `not `, then what replaces the text there.
    return sorted(parser.edits, key=lambda edit: (edit.start, edit.end, ")( n".find(edit.replacement[0])))


class _SugarParser(Parser):
    """Parses conditions with our spellings, and collects the edits that make PagerDuty's of them."""

    sugar = True

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.edits: list[Edit] = []
        self._unequal: set[tuple[int, int]] = set()  # where tests with `!=` stand

    def _joint(self, token: Token) -> None:
        if word := {"&&": "and", "||": "or"}.get(token[0]):
            self._replace(token, word)

    def _negated(self, word: Token, inner: Token | None, operand: ast.ConditionNode) -> ast.ConditionNode:
        if word[0] == "!":
            self.edits.append(Edit(*word.span(), "not" if self.text[word.end()].isspace() else "not "))
        if "!" in (word[0], inner[0]) if inner else operand.span in self._unequal:
            # Whether PagerDuty takes `not not x` is (unverified); it takes `not (not x)`.
            start, end = operand.span
            self.edits += [Edit(start, start, "("), Edit(end, end, ")")]
        return super()._negated(word, inner, operand)

    def _comparison(
        self, left: ast.ConditionNode, operator: Token, right: ast.ConditionNode
    ) -> ast.ConditionNode:
        node = super()._comparison(left, operator, right)
        if operator[0] == "!=":
            self.edits.append(Edit(left.span[0], left.span[0], "not "))
            self._replace(operator, "==")
            self._unequal.add(node.span)
        return node

    def _value(self, token: Token) -> ast.ConditionNode:
        if token.lastgroup == "PATH" and _ALERT.match(token[0]):
            self.edits.append(_alert_edit(self.text, token.start()))
        return super()._value(token)

    def _replace(self, token: Token, word: str) -> None:
        """Replace a token by a word, which needs spaces around it."""
        start, end = token.span()
        before = "" if self.text[start - 1].isspace() else " "
        after = "" if self.text[end : end + 1].isspace() else " "
        self.edits.append(Edit(start, end, before + word + after))


def _alert_edit(text: str, start: int) -> Edit:
    found = _ALERT.match(text, start)
    assert found is not None  # looked for before
    return Edit(start, found.end(), _FIELDS.get(found[1] or found[2], "event"))
