"""Rewrite a stack file in canonical order and layout, keeping its comments and its meaning."""

from __future__ import annotations

from collections import Counter

import yaml

from pdslack_cli.config.layout.comments import LayoutError, find_comments, give_comments
from pdslack_cli.config.layout.document import parse, tokens_of
from pdslack_cli.config.layout.order import put_in_order
from pdslack_cli.config.layout.writer import written
from pdslack_cli.config.yaml.compose import compose
from pdslack_cli.config.yaml.nodes import MappingNode, Node, ScalarNode
from pdslack_cli.errors import ConfigError, Problem, ProblemsError


def formatted(file: str, text: str) -> str:
    """Return the canonical text of a YAML file; raises ProblemsError if it cannot be parsed.

    The result is parsed and compared: a text with another meaning, or without one of the comments, is never
    returned.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    before = _composed(file, lines)
    try:
        layout = parse(lines)
        give_comments(layout, lines)
        put_in_order(
            layout.top.value, has_anchors=any(isinstance(token, yaml.AnchorToken) for token in layout.tokens)
        )
        result = written(layout, lines)
        same = _meaning(_composed(file, result)) == _meaning(before) and _comments(
            tokens_of(result), result
        ) == _comments(layout.tokens, lines)
    except (LayoutError, yaml.YAMLError, ConfigError):
        same = False
    if not same:
        raise ProblemsError(
            [Problem(f"{file} is left as it is: a canonical layout would change its meaning")]
        )
    return result.replace("\n", "\r\n") if "\r\n" in text.partition("\n")[0] + "\n" else result


def _composed(file: str, text: str) -> Node | None:
    problems: list[Problem] = []
    node = compose(file, text, problems)
    if problems:
        raise ConfigError(problems)
    return node


def _comments(tokens: list[yaml.Token], text: str) -> Counter[str]:
    return Counter(comment.text for comment in find_comments(tokens, text))


def _meaning(node: Node | None) -> object:
    """Return the meaning of a node for comparison: values and quoting, but not the order of keys."""
    if node is None:
        return None
    if isinstance(node, ScalarNode):
        return (type(node.value), node.value, bool(node.style))
    if isinstance(node, MappingNode):
        return {key: _meaning(item.node) for key, item in node.entries.items()}
    return [_meaning(item) for item in node.items]
