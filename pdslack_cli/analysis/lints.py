"""Lint a stack: likely mistakes in its rules, and values that a vendor may refuse, each with its location."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from pdslack_cli.analysis.documents import documents
from pdslack_cli.analysis.misreadings import misreadings
from pdslack_cli.analysis.oncall.gaps import coverage_gap
from pdslack_cli.analysis.routing_model import routing_model_of
from pdslack_cli.config.locations import Locations, original_path
from pdslack_cli.config.stack import Stack, StackEntry
from pdslack_cli.errors import Location, Problem, Severity
from pdslack_cli.kinds import READ_NAMED
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.fields.conditions import CompiledText
from pdslack_cli.kinds.fields.limits import long_texts
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicy
from pdslack_cli.kinds.pagerduty.incident.incident_custom_field import IncidentCustomField
from pdslack_cli.kinds.pagerduty.orchestration.origins import RuleOrigin
from pdslack_cli.kinds.pagerduty.orchestration.routing import Routing
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule
from pdslack_cli.kinds.pagerduty.service.service import Service
from pdslack_cli.kinds.pagerduty.workflow.workflow import Workflow
from pdslack_cli.model import Name, Ref
from pdslack_cli.routing.lint.conditions import INCIDENT_ROOTS, lint_condition
from pdslack_cli.routing.lint.findings import LINTS, LintFinding
from pdslack_cli.routing.lint.rules import lint_path
from pdslack_cli.routing.pcl.conditions import parse
from pdslack_cli.suggest import MISSPELT, all_of, nearest

COVERAGE_GAP = "coverage-gap"
_OF_ONE_RULE = frozenset({"unset-variable", "unused-variable"})
_MOST_WORDS = 5  # of a catalogue that a notice shows


def lint_stack(stack: Stack, now: datetime | None = None, *, asked: bool = False) -> tuple[Problem, ...]:
    """Return the lint findings of a stack that are not switched off; errors among them must be fixed.

    Where an account is `asked`, its own catalogues decide about their words, and ours say nothing.
    `now` is when the coming days begin in which somebody must be on call, and what lies before it is over.
    """
    found: dict[tuple[Location | None, str, str], Problem] = {}
    for origin, finding in findings(stack):
        if finding.id not in origin.rule.ignore and not _of_cut_rule(origin, finding, stack):
            problem = _problem(origin, finding, stack.locations)
            # A set that several paths share, or a rule that rows repeat, has its traps once.
            place = problem.location._replace(row="") if problem.location else None
            found.setdefault((place, problem.lint, problem.message), problem)
    now = now or datetime.now(UTC)
    unknown = () if asked else sorted(_unknown_words(stack), key=lambda problem: problem.location or ())
    doubts = _doubts(stack, asked=asked)
    gaps, past = _coverage_gaps(stack, now), (*_past_moments(stack, now), *misreadings(stack))
    return tuple(
        problem
        for problem in (*found.values(), *gaps, *doubts, *unknown, *past)
        if not stack.locations.is_unfilled(problem.location)
    )


def _of_cut_rule(origin: RuleOrigin, finding: LintFinding, stack: Stack) -> bool:
    """Return whether a finding may only follow from a mistake that was cut out of the same `then`."""
    if finding.id not in _OF_ONE_RULE or not stack.cut or "then" not in origin.place:
        return False
    place = original_path(origin.place, stack.cut)
    end = len(place) - place[::-1].index("then")
    return any(cut[:end] == place[:end] for cut in stack.cut)


def _coverage_gaps(stack: Stack, now: datetime) -> Iterator[Problem]:
    """Policies in which nobody is on call at times, where no mistake of the file is why."""
    for entry in stack.of_kind("escalation_policy"):
        spec = entry.spec
        if not isinstance(spec, EscalationPolicy) or COVERAGE_GAP in spec.ignore:
            continue
        gap = coverage_gap(spec, stack.specs, now)
        if gap and not stack.partial & {entry.ref, *references(spec)}:
            yield Problem(
                f"{entry.ref}: nobody is on call {gap}",
                stack.locations.key((*entry.path, "levels")),
                f"add a last level that notifies a person, or a layer for these hours; {_off(COVERAGE_GAP)}",
                LINTS[COVERAGE_GAP][0],
                COVERAGE_GAP,
            )


def _past_moments(stack: Stack, now: datetime) -> Iterator[Problem]:
    """What the layers of a schedule no longer wait for."""
    for entry in stack.of_kind("schedule"):
        spec = entry.spec
        if isinstance(spec, Schedule) and spec.effective_from and not spec.waits_until(now):
            yield Problem(
                f"{entry.ref}: `effective_from` is over, and its layers count at once",
                stack.locations.value((*entry.path, "effective_from")),
                "remove it",
                Severity.INFO,
            )


def _doubts(stack: Stack, *, asked: bool) -> Iterator[Problem]:
    """Warnings about values that a vendor may refuse."""
    for entry in stack.wanted.values():
        written = entry.written or entry.spec
        for doubt in (*entry.kind.doubts(written, stack.specs), *long_texts(written)):
            if not (doubt.guess and asked) and not _follows(doubt, entry, stack):
                location = stack.doubt_location(entry, doubt)
                yield Problem(doubt.message, location, doubt.hint, Severity.WARNING)
    app = stack.header.slack_app
    for doubt in app.doubts() if app else ():
        location = stack.locations.value(("slack_app", *doubt.place))
        yield Problem(doubt.message, location, doubt.hint, Severity.WARNING)


def _follows(doubt: Doubt, entry: StackEntry, stack: Stack) -> bool:
    """Return whether a doubt may only follow from mistakes that were cut out, or from what is made up."""
    if not stack.cut:
        return False
    path = original_path((*entry.path, *doubt.place), stack.cut)
    above = [path[:length] for length in range(3, len(path) + 1)]
    if any(place in stack.cut or place in stack.incomplete for place in above):
        return True
    around = any(place[: len(path)] == path for place in stack.cut)
    return doubt.lacking and (around or bool(stack.partial & entry.references))


def _unknown_words(stack: Stack) -> Iterator[Problem]:
    """Words of catalogues that are none of those that ship with us, each where it stands first.

    What is like an entry of the file or a known word is likely a mistake. The others may be right: one
    notice for each catalogue.
    """
    others: dict[str, list[Ref]] = {}
    for ref in (ref for ref in stack.entries if isinstance(ref.key, Name)):
        entry = nearest(str(ref.key), stack.known.words(ref.kind), MISSPELT)
        near = f"did you mean {entry!r}?" if entry else READ_NAMED[ref.kind].near_word(str(ref.key))
        if near:
            yield _unknown_word(stack, [ref], near)
        elif near is not None:
            others.setdefault(ref.kind, []).append(ref)
    for refs in others.values():
        yield _unknown_word(stack, refs)


def _unknown_word(stack: Stack, refs: Sequence[Ref], near: str = "") -> Problem:
    """Return the warning or notice about words of one catalogue, at the first of them."""
    refs = sorted(refs, key=lambda ref: stack.location(ref) or ())
    kind = READ_NAMED[refs[0].kind]
    where = f"`pdslack list {kind.listing_name}` shows those of the account, which refuses any other"
    known = f"is not a known {kind.title}" if len(refs) == 1 else f"are not known {kind.plural}"
    shown = [repr(str(ref.key)) for ref in refs[:_MOST_WORDS]]
    more = [f"{len(refs) - _MOST_WORDS} more"] if len(refs) > _MOST_WORDS else []
    severity = Severity.WARNING if near else Severity.INFO
    message = f"{all_of([*shown, *more])} {known.replace('_', ' ')}"
    return Problem(message, stack.location(refs[0]), f"{near} {where}".strip(), severity)


def findings(stack: Stack) -> Iterator[tuple[RuleOrigin, LintFinding]]:
    """Every lint finding, including those that are switched off, with the rule or trigger it is in."""
    yield from _in_rules(stack)
    yield from _in_triggers(stack)
    yield from _in_variables(stack)


def _in_rules(stack: Stack) -> Iterator[tuple[RuleOrigin, LintFinding]]:
    world = routing_model_of(stack.specs)
    fields = ((ref.key, spec) for ref, spec in stack.specs.items())
    options = {key: spec.options for key, spec in fields if isinstance(spec, IncidentCustomField)}
    for _, path, origins, variables in documents(stack, world):
        checked = lint_path(path, services=world.services, cache_variables=variables, options=options)
        for found in checked:
            yield origins.of(found.where), found.finding


def _in_triggers(stack: Stack) -> Iterator[tuple[RuleOrigin, LintFinding]]:
    for entry in stack.of_kind("workflow"):
        spec = entry.written or entry.spec
        for number, trigger in enumerate(spec.triggers if isinstance(spec, Workflow) else ()):
            origin = RuleOrigin(trigger, (*entry.path, "triggers", number, "if"), trigger.if_ or "")
            if trigger.if_:
                found = lint_condition(parse(trigger.if_), roots=INCIDENT_ROOTS)
                yield from ((origin, finding) for finding in found)


def _in_variables(stack: Stack) -> Iterator[tuple[RuleOrigin, LintFinding]]:
    for entry in stack.wanted.values():
        spec = entry.written or entry.spec
        variables = spec.cache_variables if isinstance(spec, Service | Routing) else {}
        for name, variable in variables.items():
            for number, condition in enumerate(variable.if_):
                place = (*entry.path, "cache_variables", name, "if", number)
                found = lint_condition(parse(condition))
                yield from ((RuleOrigin(variable, place, condition), finding) for finding in found)


def _problem(origin: RuleOrigin, finding: LintFinding, locations: Locations) -> Problem:
    text = origin.text
    if isinstance(text, CompiledText):
        location = locations.inside(origin.place, text.offset(finding.position))
    else:
        location = locations.value(origin.place)
    off = _off(finding.id)
    apart = "" if not finding.hint else " " if finding.hint.endswith("?") else "; "
    hint = f"{finding.hint}{apart}{off}"
    return Problem(finding.message, location, hint, finding.severity, finding.id)


def _off(lint: str) -> str:
    return f"if intended, add `ignore: [{lint}]`"
