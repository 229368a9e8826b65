"""Rules that somebody wrote and our lints refuse: an exported file says that it knows, and keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from pdslack_cli.analysis.lints import findings
from pdslack_cli.config.expand.variables import Variables
from pdslack_cli.config.locations import Locations
from pdslack_cli.config.stack import Header, Stack, StackEntry
from pdslack_cli.config.yaml.nodes import MappingNode
from pdslack_cli.errors import Location, Severity
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.pagerduty.orchestration.origins import Place
from pdslack_cli.model import Json, Ref
from pdslack_cli.routing.lint.findings import LintFinding

# What leads from an entry to its rules; `rules` also leads from a rule to those below it.
HOLD_RULES = frozenset({"rules", "routes", "unrouted", "triggers"})


def refused(owner: str, kind: Kind[Any], ref: Ref, spec: Resource) -> Iterator[tuple[Place, LintFinding]]:
    """The errors that lints find in an entry, each with its place below the entry.

    Raises RulesError for rules that lead in a circle, which only other tools could write.
    """
    if HOLD_RULES.isdisjoint(spec.model_fields_set):
        return  # there is nothing that a lint could look at
    nowhere = Locations(MappingNode({}, Location("", 1, 1)), {}, Variables({}, {}, []))
    entries = {ref: StackEntry(ref, spec, kind, ())}
    stack = Stack(Header(owner=owner), entries, frozenset({ref.kind}), nowhere)
    for origin, finding in findings(stack):
        if finding.severity is Severity.ERROR:
            yield origin.place, finding


def rule_at(words: Json, place: Place) -> Json | None:
    """The words of the rule that the place is in; None where it is in none."""
    rule, node = None, words
    for step in place:
        if isinstance(step, str) and step not in HOLD_RULES:
            break
        node = node[step]  # type: ignore[index]  # a list, where the step is a number
        rule = node if isinstance(step, int) else rule
    return rule


def ignoring(words: Json, found: Iterable[tuple[Place, str]]) -> Json:
    """The same words, with the lints of these ids switched off at these places."""
    words = deepcopy(words)
    for place, lint in found:
        rule = rule_at(words, place)
        if rule is not None:
            rule["ignore"] = sorted({*rule.get("ignore", ()), lint})
    for rules in words.values():
        _make_alike(rules, {})
    return words


def _make_alike(value: Any, sets: dict[str, Any]) -> None:
    """Give each set that several rules lead to one text, that of its first place, where lints look."""
    if isinstance(value, list):
        for item in value:
            _make_alike(item, sets)
    elif isinstance(value, dict):
        if value.keys() == {"set", "rules"}:
            value["rules"] = sets.setdefault(value["set"], value["rules"])
        for inner in value.values():
            _make_alike(inner, sets)
