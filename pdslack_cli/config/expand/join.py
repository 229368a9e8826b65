"""Join several files to one tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pdslack_cli.config.yaml.nodes import MappingItem, MappingNode, ScalarNode, SequenceNode
from pdslack_cli.errors import Problem


def join(roots: Iterable[MappingNode], problems: list[Problem]) -> MappingNode:
    """Join files in their order: sections by entry, top-level lists by concatenation.

    A duplicate definition is a problem that shows both locations. Only settings of the whole stack (`owner`,
    `pagerduty`, `slack`) may be repeated with the same value, and only the `routes` of an orchestration may
    be split over several files.
    """
    first, *others = roots
    joined = first
    for other in others:
        joined = _join_mappings((), joined, other, problems)
    return joined


def _join_mappings(
    path: tuple[str, ...], one: MappingNode, other: MappingNode, problems: list[Problem]
) -> MappingNode:
    joined = dict(one.entries)
    for key, entry in other.entries.items():
        joined[key] = _join_twice((*path, key), joined[key], entry, problems) if key in joined else entry
    return replace(one, entries=joined, lacking=one.lacking or other.lacking)


def _join_twice(
    path: tuple[str, ...], one: MappingItem, other: MappingItem, problems: list[Problem]
) -> MappingItem:
    """Join two values of the same `path` in two files."""
    match path, one.node, other.node:
        case (_,) | ("defaults" | "bases", _), MappingNode(), MappingNode():
            return MappingItem(one.key, _join_mappings(path, one.node, other.node, problems))
        case ("routing", _), MappingNode(), MappingNode() if _only_routes(one.node) or _only_routes(
            other.node
        ):
            return MappingItem(one.key, _join_mappings(path, one.node, other.node, problems))
        case (_,) | ("routing", _, "routes"), SequenceNode(), SequenceNode():
            return MappingItem(one.key, SequenceNode([*one.node.items, *other.node.items], one.node.location))
        case (_,), ScalarNode(value=None), _:
            return other
        case (_,), _, ScalarNode(value=None):
            return one
        case (_,) | ("pagerduty" | "slack", _), ScalarNode(), ScalarNode():
            if one.node.value != other.node.value:
                message = f"'{path[-1]}' has a different value at {one.node.location}"
                problems.append(
                    Problem(message, other.node.location, "all files together are one stack: keep one")
                )
        case ("routing", _), _, _:
            hint = "only its `routes` may come from several files"
            problems.append(Problem(_defined_twice(path, one), other.key, hint))
        case _ if "${" in path[-1]:
            pass  # the variable in the key is the mistake, and is reported
        case _:
            hint = "keep one of the two, or give them different names"
            problems.append(Problem(_defined_twice(path, one), other.key, hint))
    return one


def _only_routes(orchestration: MappingNode) -> bool:
    return orchestration.entries.keys() <= {"routes"}


def _defined_twice(path: tuple[str, ...], first: MappingItem) -> str:
    return f"'{'.'.join(path)}' is defined twice, first at {first.key}"
