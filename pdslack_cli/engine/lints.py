"""The traps in the conditions, templates and rules of a stack, each at its place in the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pdslack_cli.config.marks import Marks
from pdslack_cli.config.stack import Entry, Stack
from pdslack_cli.engine.world import world_of
from pdslack_cli.errors import Mark, Problem
from pdslack_cli.kinds.conditions import Sent
from pdslack_cli.kinds.pagerduty.origins import Origin, route_origins, rule_origins
from pdslack_cli.kinds.pagerduty.routing import Routing
from pdslack_cli.kinds.pagerduty.service import Service
from pdslack_cli.kinds.pagerduty.workflow import Workflow
from pdslack_cli.routing.findings import Finding
from pdslack_cli.routing.lint import INCIDENT_ROOTS, lint_condition
from pdslack_cli.routing.lint_rules import lint_path
from pdslack_cli.routing.model import World
from pdslack_cli.routing.pcl import parse


def lint_stack(stack: Stack) -> tuple[Problem, ...]:
    """What PagerDuty takes but hardly anybody means; an error among it must be mended, or switched off."""
    world = world_of(stack.specs)
    found: dict[tuple[Mark | None, str, str], Problem] = {}
    for entry in stack.wanted.values():
        for origin, finding in _findings(entry, world, stack):
            if finding.id not in origin.rule.ignore:
                problem = _problem(origin, finding, stack.marks)
                # A set that several paths share, or a rule that rows repeat, has its traps once.
                place = problem.mark._replace(row="") if problem.mark else None
                found.setdefault((place, problem.lint, problem.message), problem)
    return tuple(found.values())


def _findings(entry: Entry, world: World, stack: Stack) -> Iterator[tuple[Origin, Finding]]:
    key, place = entry.ref.key, entry.path
    match entry.written or entry.spec:
        case Service(rules=rules):
            documents = [(world.services[key].rules, rule_origins(rules, (*place, "rules"), stack.specs))]
        case Routing() as spec:
            there = world.orchestrations[key]
            documents = [
                (there.global_rules, rule_origins(spec.rules, (*place, "rules"), stack.specs)),
                (there.router, route_origins(spec, place)),
                (there.unrouted, rule_origins(spec.unrouted, (*place, "unrouted"), stack.specs)),
            ]
        case Workflow(triggers=triggers):
            for number, trigger in enumerate(triggers):
                origin = Origin(trigger, (*place, "triggers", number, "if"), trigger.if_ or "")
                yield from ((origin, finding) for finding in _of_trigger(trigger.if_))
            return
        case _:
            return
    for path, origins in documents:
        for found in lint_path(path, services=world.services):
            yield origins.of(found.where), found.finding


def _of_trigger(condition: str | None) -> Iterable[Finding]:
    return lint_condition(parse(condition), roots=INCIDENT_ROOTS) if condition else ()


def _problem(origin: Origin, finding: Finding, marks: Marks) -> Problem:
    text = origin.text
    if isinstance(text, Sent):
        mark = marks.inside(origin.place, text.offset(finding.position))
    else:
        mark = marks.value(origin.place)
    off = f"if you mean it, `ignore: [{finding.id}]`"
    hint = f"{finding.hint}; {off}" if finding.hint else off
    return Problem(finding.message, mark, hint, finding.severity, finding.id)
