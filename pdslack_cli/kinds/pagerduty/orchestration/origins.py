"""The locations of a path document's rules in the file: the inverse of the encoding in `paths`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.lints import Linted
from pdslack_cli.kinds.pagerduty.orchestration.actions import RuleWebhook
from pdslack_cli.kinds.pagerduty.orchestration.extractions import Value
from pdslack_cli.kinds.pagerduty.orchestration.router import Route
from pdslack_cli.kinds.pagerduty.orchestration.routing import Routing
from pdslack_cli.kinds.pagerduty.orchestration.rules import Rule, Rules, RuleSet, Shared
from pdslack_cli.model import DataPath, Ref

Specs = Mapping[Ref, Resource]


class RuleOrigin(NamedTuple):
    """A rule in the file, its path there, and the `CompiledText` of one of its texts, if known."""

    rule: Linted
    place: DataPath
    text: str = ""


class Origins:
    """The origins of a document's rules, by set and in order, and of its catch-all."""

    def __init__(self, sets: Sequence[Sequence[RuleOrigin]], catch_all: RuleOrigin) -> None:
        self._sets = sets
        self._catch_all = catch_all

    def of(self, where: Sequence[str | int]) -> RuleOrigin:
        """Return the origin of a path in the document: ("sets", 0, "rules", 2, "actions", "annotate")."""
        match where:
            case ("sets", int(number), "rules", int(position), *rest):
                origin = self._sets[number][position]
            case (_, *rest):
                origin = self._catch_all
        below, text = _below(origin.rule, rest)
        return RuleOrigin(origin.rule, (*origin.place, *below), text)


def rule_origins(rules: Rules, place: DataPath, specs: Specs) -> Origins:
    """Return the origins of the rules at `place`; `specs` are the sets that they refer to by name."""
    sets: list[list[RuleOrigin]] = []
    named: set[str] = set()

    def add(origins: Iterable[RuleOrigin]) -> None:
        """Number the sets in the encoder's order: each before those that its rules lead to."""
        sets.append(list(origins))
        for origin in sets[-1]:
            name, nested = _nested(origin, specs)
            if nested is not None and name not in named:
                named.update({name} if name else ())
                add(nested)

    add(_written(rules, place, specs))
    last = RuleOrigin(rules[-1], (*place, len(rules) - 1)) if rules else RuleOrigin(Rule(), place)
    return Origins(sets, last)


def route_origins(routing: Routing, place: DataPath) -> Origins:
    """Return the origins of the routes of an entry at `place`."""
    dynamic = [RuleOrigin(Linted(), (*place, "dynamic"))] if routing.dynamic else []
    routes = [RuleOrigin(route, (*place, "routes", number)) for number, route in enumerate(routing.routes)]
    return Origins([dynamic + routes], RuleOrigin(Linted(), (*place, "otherwise")))


def _written(rules: Rules, place: DataPath, specs: Specs) -> Iterator[RuleOrigin]:
    """Yield the rules of a list, including those of sets that it uses."""
    for number, rule in enumerate(rules):
        if rule.use:
            yield from _of_set(rule.use, specs)
        elif rule.otherwise is None:
            yield RuleOrigin(rule, (*place, number))


def _of_set(ref: Ref, specs: Specs) -> Iterator[RuleOrigin]:
    rule_set = specs[ref]
    assert isinstance(rule_set, RuleSet)
    return _written(rule_set.rules, ("sets", ref.key), specs)


def _nested(origin: RuleOrigin, specs: Specs) -> tuple[str, Iterable[RuleOrigin] | None]:
    """Return the set that a rule leads to: its name, if any, and its rules; or None."""
    match origin.rule:
        case Rule(rules=Ref() as ref):
            return ref.key, _of_set(ref, specs)
        case Rule(rules=Shared() as shared):
            return shared.set, _written(shared.rules, (*origin.place, "rules", "rules"), specs)
        case Rule() as rule if rule.nested:
            return "", _written(rule.nested, (*origin.place, "rules"), specs)
    return "", None


def _below(rule: Linted, rest: Sequence[str | int]) -> tuple[DataPath, str]:
    """Map a path below a rule of the document to the path, and the text, below the rule in the file."""
    match rest:
        case ("conditions", int(number), *_) if isinstance(rule, Rule | Route):
            return ("if", number), rule.if_[number]
        case ("label",):
            return ("label",), ""
        case ("actions", "route_to"):
            return ("to",), ""
        case ("actions", *inner) if isinstance(rule, Rule):
            word = "then" if rule.otherwise is None else "otherwise"
            below, text = _in_actions(rule, inner)
            return (word, *below), text
    return (), ""


def _in_actions(rule: Rule, rest: Sequence[str | int]) -> tuple[DataPath, str]:
    then = rule.otherwise or rule.then
    match rest:
        case ("annotate",):
            return ("note",), then.note
        case ("extractions", int(number), *_) if number < len(then.set):
            target, value = then.set[number]
            below, text = _in_value(value)
            return ("set", target, *below), text
        case ("extractions", *_):
            return ("title",), then.title
        case ("variables", int(number), *_):
            name, found = then.variables[number]
            return ("variables", name, "from"), found.from_
        case ("incident_custom_field_updates", int(number), *_):
            ref, field = list(then.fields.items())[number]
            return ("fields", ref.key), field if isinstance(field, str) else ""
        case ("automation_actions", int(number), str(part), int(index), *_):
            return _in_webhook(then.webhook[number], number, part, index)
    return (), ""


def _in_value(value: Value) -> tuple[DataPath, str]:
    return (("from",), value.found.from_) if value.found else ((), value.template)


def _in_webhook(webhook: RuleWebhook, number: int, part: str, index: int) -> tuple[DataPath, str]:
    word, pairs = ("headers", webhook.headers) if part == "headers" else ("body", webhook.body)
    name, text = list(pairs.items())[index]
    return ("webhook", number, word, name), text
