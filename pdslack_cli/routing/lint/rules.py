"""Lints for rules: rules that never match, and unknown names (orchestration.md 2.3 to 2.9)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from pdslack_cli.model import DataPath
from pdslack_cli.routing.lint.conditions import lint_condition
from pdslack_cli.routing.lint.findings import LintFinding
from pdslack_cli.routing.lint.implication import Coverage
from pdslack_cli.routing.lint.placeholders import placeholders
from pdslack_cli.routing.pcl.ast import FieldPath
from pdslack_cli.routing.pcl.fields import (
    FIELDS,
    ROOTS,
    SETTABLE,
    field_of,
    intended_path,
    likely_path,
    unknown_field_hint,
)
from pdslack_cli.routing.pcl.templates import Template, variable_alias
from pdslack_cli.routing.simulate.model import SimulatedService
from pdslack_cli.routing.simulate.rules import Capture, PathActions, PathKind, PathRule, RulePath
from pdslack_cli.suggest import nearest

MAX_RULES = 25  # of a set; routers are not bound by it


@dataclass(frozen=True)
class RuleFinding:
    """A finding and its path in the document (as in `RuleProblem`)."""

    where: DataPath
    finding: LintFinding


def lint_path(
    path: RulePath,
    *,
    cache_variables: Collection[str] | None = None,
    services: Mapping[str, SimulatedService] | None = None,
    options: Mapping[str, Collection[str]] | None = None,
) -> tuple[RuleFinding, ...]:
    """Return the findings in the rules of a path, in their order.

    `cache_variables` are the names that its owner has, None if unknown; `services`, by id, are needed to
    check the routes of a router; `options`, by id, are what custom fields of incidents offer.
    """
    offered = options or {}
    found: list[RuleFinding] = []
    for number, rules in enumerate(path.sets.values()):
        above = Coverage()
        for rule in rules:
            where: DataPath = ("sets", number, "rules", rule.position)
            found += chain(
                _among_others(rule, rules, above, where, path.kind),
                _overridden(rule, path, where),
                _conditions(rule, where, path.kind, cache_variables),
                _actions(rule.actions, (*where, "actions"), cache_variables),
                _fields(rule.actions, (*where, "actions"), offered),
                _routes(rule, rules, where, services or {}) if path.kind is PathKind.ROUTER else (),
            )
            # A dynamic route has no condition, but lets the next rule try where it finds nothing.
            if not rule.disabled and not rule.actions.dynamic:
                above.add(rule)
    last: DataPath = ("catch_all", "actions")
    found += _actions(path.catch_all, last, cache_variables)
    return (*found, *_fields(path.catch_all, last, offered))


def _found(lint: str, where: DataPath, message: str, hint: str = "", position: int = 0) -> RuleFinding:
    return RuleFinding(where, LintFinding(lint, position, message, hint))


def _among_others(
    rule: PathRule, rules: tuple[PathRule, ...], above: Coverage, where: DataPath, kind: PathKind
) -> Iterator[RuleFinding]:
    if rule.position == MAX_RULES and kind is not PathKind.ROUTER:
        message = f"the set has {len(rules)} rules, at most {MAX_RULES} are allowed"
        yield _found("too-many-rules", where, message, "nest some of them in a set of their own")
    if rule.label and any(other.label == rule.label for other in rules[: rule.position]):
        message = f"a rule above also has the label {rule.label!r}"
        yield _found("repeated-label", (*where, "label"), message, "give each rule a label of its own")
    if not rule.disabled and (earlier := above.of(rule)):
        message = f"never matches: {earlier.name!r} above takes its events"
        yield _found("unreachable-rule", where, message, "move it up, or take it away")


def _overridden(rule: PathRule, path: RulePath, where: DataPath) -> Iterator[RuleFinding]:
    """Report actions that the catch-all overrides: it runs in nested sets too (orchestration.md 2.3)."""
    below = path.sets.get(rule.actions.route_to, ())
    if path.kind is PathKind.ROUTER or rule.disabled or not rule.actions.route_to:
        return
    lost = sorted(_decided(rule.actions) & _decided(path.catch_all))
    if lost and not any(not other.conditions and not other.disabled for other in below):
        message = f"where no rule below it matches, `otherwise` replaces its {', '.join(lost)}"
        hint = "end the rules below it with one that has no `if`"
        yield _found("otherwise-overrides", where, message, hint)


def _decided(actions: PathActions) -> set[str]:
    """Return the fields that the actions set and that later actions can override."""
    names = ("severity", "event_action", "priority", "escalation_policy", "note")
    assigned = {name for name in names if getattr(actions, name)} | ({"pause"} if actions.suspend else set())
    return (
        assigned
        | {str(target) for target, _ in actions.extractions}
        | {f"field {id_}" for id_, _ in actions.fields}
    )


def _conditions(
    rule: PathRule, where: DataPath, kind: PathKind, cache_variables: Collection[str] | None
) -> Iterator[RuleFinding]:
    for number, condition in enumerate(rule.conditions):
        place = (*where, "conditions", number, "expression")
        for finding in lint_condition(condition):
            yield RuleFinding(place, finding)
        for path in condition.tree.walk():
            if not isinstance(path, FieldPath) or path.root != "cache_var":
                continue
            if kind is PathKind.ROUTER:
                message = f"{path} is not available in a router"
                hint = "test it in a global rule that sets a field, and route on the field"
                yield _found("cache-variable-in-router", place, message, hint, path.span[0])
            else:
                yield from _known_cache_variable(path, place, cache_variables)


def _known_cache_variable(
    path: FieldPath, where: DataPath, known: Collection[str] | None
) -> Iterator[RuleFinding]:
    name = str(path.rest[0]) if path.rest else ""
    if known is not None and name not in known:
        hint = f"it has {', '.join(sorted(known)) or 'none'}"
        yield _found(
            "unknown-cache-variable", where, f"there is no cache variable {name!r}", hint, path.span[0]
        )


def _actions(
    actions: PathActions, where: DataPath, cache_variables: Collection[str] | None
) -> Iterator[RuleFinding]:
    if actions.suppress and actions.suspend:
        yield _found("suppress-and-suspend", where, "a suppressed alert does not wait", "choose one of them")
    for number, (target, _) in enumerate(actions.extractions):
        if field_of(target) not in SETTABLE:
            near = nearest(str(target).removeprefix("event."), SETTABLE)
            hint = f"did you mean event.{near}?" if near else f"write one of {', '.join(sorted(SETTABLE))}"
            yield _found(
                "unknown-target", (*where, "extractions", number, "target"), f"{target} is not a field", hint
            )
    known = {name for name, _ in actions.variables}
    used: set[str] = set()
    unset: set[str] = set()
    for place, text in _texts(actions, where):
        if isinstance(text, Capture):
            paths: tuple[FieldPath, ...] = (text.source,)
            if text.regex.groups > 1:
                message = f"{text.pattern!r} has {text.regex.groups} groups"
                yield _found(
                    "several-groups", place, message, "take one piece in each pattern, (?:…) elsewhere"
                )
        else:
            paths = text.paths
            for left in placeholders(text.blank):
                message = f"{left.text} {'stay' if left.text.startswith('braces') else 'stays'} in the text"
                yield _found("open-braces", place, message, left.hint, left.position)
        for path in paths:
            yield from _path(path, place, known, cache_variables)
            names = {str(name) for name in (variable_alias(path) or path).rest[:1]}
            used |= names
            unset |= names - known if path.root == "variables" else set()
    used |= {
        nearest(name, known - used) for name in unset
    }  # a misspelt name is one mistake, told where it is
    for number, (name, _) in enumerate(actions.variables):
        if name not in used:
            hint = f"write {{{{variables.{name}}}}} in an action of the rule, or take it away"
            yield _found("unused-variable", (*where, "variables", number), f"nothing uses {name!r}", hint)


def _fields(
    actions: PathActions, where: DataPath, options: Mapping[str, Collection[str]]
) -> Iterator[RuleFinding]:
    """Report values that a field does not offer; templates are whatever the event makes of them."""
    for number, (id_, template) in enumerate(actions.fields):
        offered = options.get(id_)
        if template.paths or not offered:
            continue
        text = template.render({})[0]
        for value in _several(text):
            if value not in offered:
                near = nearest(value, offered)
                hint = f"did you mean {near!r}?" if near else f"it offers {', '.join(sorted(offered))}"
                place = (*where, "incident_custom_field_updates", number, "value")
                yield _found("unknown-option", place, f"{id_} has no option {value!r}", hint)


def _several(text: str) -> list[str]:
    """Return the values of a text: several are a JSON array of texts (orchestration.md 2.6)."""
    try:
        values = json.loads(text)
    except ValueError:
        return [text] if text else []
    return [str(value) for value in values] if isinstance(values, list) else [text]


def _texts(actions: PathActions, where: DataPath) -> Iterator[tuple[DataPath, Template | Capture]]:
    """Yield every text in a rule's actions that reads the event, with its path in the document."""
    for number, (_, capture) in enumerate(actions.variables):
        yield (*where, "variables", number), capture
    for number, (_, value) in enumerate(actions.extractions):
        yield (*where, "extractions", number, *(("template",) if isinstance(value, Template) else ())), value
    if actions.note:
        yield (*where, "annotate"), actions.note
    for number, (_, template) in enumerate(actions.fields):
        yield (*where, "incident_custom_field_updates", number, "value"), template
    for number, webhook in enumerate(actions.webhooks):
        for part, pairs in (("headers", webhook.headers), ("parameters", webhook.parameters)):
            for index, (_, template) in enumerate(pairs):
                yield (*where, "automation_actions", number, part, index, "value"), template


def _path(
    path: FieldPath, where: DataPath, known: Collection[str], cache: Collection[str] | None
) -> Iterator[RuleFinding]:
    at = path.span[0]
    intended = intended_path(path)
    alias = variable_alias(path)
    if alias and intended and alias.rest[0] not in known:
        message = f"no variable {path.root!r} is set, and {path} without `event.` is read as one"
        yield _found("unset-variable", where, message, f"write {{{{{intended}}}}}", at)
        return
    if alias:
        yield _found("template-alias", where, f"{path} is read as {alias}", f"write {{{{{alias}}}}}", at)
        path = alias
    if path.root not in ROOTS:
        hint = f"write {{{{{likely_path(path)}}}}}; paths begin with {', '.join(sorted(ROOTS))}"
        yield _found("unknown-root", where, f"there is no root {path.root!r} here", hint, at)
    elif path.root == "variables" and path.rest[:1] and path.rest[0] not in known:
        near = nearest(str(path.rest[0]), known)
        hint = (
            f"did you mean {{{{variables.{near}}}}}?"
            if near
            else f"the rule sets {', '.join(sorted(known)) or 'none'}; "
            "variables of other rules are not known here"
        )
        yield _found("unset-variable", where, f"no variable {path.rest[0]!r} is set", hint, at)
    elif path.root == "cache_var":
        yield from _known_cache_variable(path, where, cache)
    elif field_of(path) and field_of(path) not in FIELDS:
        field = field_of(path)
        yield _found("unknown-field", where, f"events have no field {field!r}", unknown_field_hint(field), at)


def _routes(
    rule: PathRule, rules: tuple[PathRule, ...], where: DataPath, services: Mapping[str, SimulatedService]
) -> Iterator[RuleFinding]:
    place = (*where, "actions", "route_to")
    service = services.get(rule.actions.route_to)
    if service is None or rule.disabled:
        return
    if any(other.actions.route_to == service.id for other in rules[: rule.position]):
        hint = "join their conditions: a rule may have several"
        yield _found("repeated-service", place, f"a rule above also routes to {service.name!r}", hint)
    if not service.active and any(service.rules.sets.values()):
        hint = "remove `rules_active: false` of the service"
        yield _found("inactive-service", place, f"the rules of {service.name!r} are switched off", hint)
