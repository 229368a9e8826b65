"""What is worth a look in a stack, each at its place in the files: traps in its rules, and doubts."""

from __future__ import annotations

from collections.abc import Iterator

from pdslack_cli.analysis.documents import documents
from pdslack_cli.analysis.routing_model import world_of
from pdslack_cli.config.locations import Locations
from pdslack_cli.config.stack import Stack
from pdslack_cli.errors import Location, Problem, Severity
from pdslack_cli.kinds.fields.conditions import CompiledText
from pdslack_cli.kinds.pagerduty.orchestration.origins import RuleOrigin
from pdslack_cli.kinds.pagerduty.workflow.workflow import Workflow
from pdslack_cli.routing.lint.conditions import INCIDENT_ROOTS, lint_condition
from pdslack_cli.routing.lint.findings import LintFinding
from pdslack_cli.routing.lint.rules import lint_path
from pdslack_cli.routing.pcl.conditions import parse


def lint_stack(stack: Stack) -> tuple[Problem, ...]:
    """What PagerDuty takes but hardly anybody means; an error among it must be mended, or switched off."""
    found: dict[tuple[Location | None, str, str], Problem] = {}
    for origin, finding in findings(stack):
        if finding.id not in origin.rule.ignore:
            problem = _problem(origin, finding, stack.locations)
            # A set that several paths share, or a rule that rows repeat, has its traps once.
            place = problem.location._replace(row="") if problem.location else None
            found.setdefault((place, problem.lint, problem.message), problem)
    return (*found.values(), *_doubts(stack))


def _doubts(stack: Stack) -> Iterator[Problem]:
    """What a vendor may refuse, entry by entry."""
    for entry in stack.wanted.values():
        for doubt in entry.kind.doubts(entry.spec, stack.specs):
            location = stack.locations.value((*entry.path, *doubt.place))
            yield Problem(doubt.message, location, doubt.hint, Severity.WARNING)


def findings(stack: Stack) -> Iterator[tuple[RuleOrigin, LintFinding]]:
    """Every trap, those that are switched off among them, and the rule or trigger that it is in."""
    yield from _in_rules(stack)
    yield from _in_triggers(stack)


def _in_rules(stack: Stack) -> Iterator[tuple[RuleOrigin, LintFinding]]:
    world = world_of(stack.specs)
    for _, path, origins in documents(stack, world):
        for found in lint_path(path, services=world.services):
            yield origins.of(found.where), found.finding


def _in_triggers(stack: Stack) -> Iterator[tuple[RuleOrigin, LintFinding]]:
    for entry in stack.of_kind("workflow"):
        spec = entry.written or entry.spec
        for number, trigger in enumerate(spec.triggers if isinstance(spec, Workflow) else ()):
            origin = RuleOrigin(trigger, (*entry.path, "triggers", number, "if"), trigger.if_ or "")
            if trigger.if_:
                found = lint_condition(parse(trigger.if_), roots=INCIDENT_ROOTS)
                yield from ((origin, finding) for finding in found)


def _problem(origin: RuleOrigin, finding: LintFinding, locations: Locations) -> Problem:
    text = origin.text
    if isinstance(text, CompiledText):
        location = locations.inside(origin.place, text.offset(finding.position))
    else:
        location = locations.value(origin.place)
    off = f"if intended, add `ignore: [{finding.id}]`"
    hint = f"{finding.hint}; {off}" if finding.hint else off
    return Problem(finding.message, location, hint, finding.severity, finding.id)
