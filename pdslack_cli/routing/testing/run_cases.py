"""Run test cases: failures with the steps that decided them, and rules that no case reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pdslack_cli.model import LAST_YEAR
from pdslack_cli.routing.simulate.model import RoutingModel
from pdslack_cli.routing.simulate.orchestration import ReceivedEvent, route
from pdslack_cli.routing.simulate.rules import PathKind, PathRule, RuleKey, RulePath
from pdslack_cli.routing.simulate.state import State
from pdslack_cli.routing.simulate.trace import EventOutcome, Trace, TraceStep
from pdslack_cli.routing.testing.cases import Case, Expect

END_OF_TIME = datetime(LAST_YEAR, 12, 31, tzinfo=UTC)


class Failure(NamedTuple):
    """A field with an unexpected value; `steps` are the rules tried up to the one that decided it."""

    event: int  # which event of the case, from 1
    field: str
    expected: object
    got: object
    steps: tuple[TraceStep, ...] = ()
    reason: str = ""  # why PagerDuty ignored the event, where it did


@dataclass(frozen=True)
class CaseResult:
    """The result of a case: the trace of each event, and the failures."""

    case: Case
    traces: tuple[Trace, ...]
    failures: tuple[Failure, ...]


class PlacedRule(NamedTuple):
    """A rule, its path, and its owner (the id of an orchestration or a service)."""

    owner: str
    path: PathKind
    rule: PathRule

    @property
    def key(self) -> RuleKey:
        return self.rule.key(self.owner, self.path)


@dataclass(frozen=True)
class Results:
    """All cases of a run, the enabled rules, and those that no case reached."""

    cases: tuple[CaseResult, ...]
    rules: int
    unreached: tuple[PlacedRule, ...]

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        return tuple(result for result in self.cases if result.failures)


def run_cases(model: RoutingModel, cases: Iterable[Case]) -> Results:
    """Run every case with its own counters and cache variables."""
    results = tuple(_run(model, case) for case in cases)
    rules = tuple(_all_rules(model))
    reached = {step.key for result in results for trace in result.traces for step in trace.matched}
    return Results(results, len(rules), tuple(placed for placed in rules if placed.key not in reached))


def _run(model: RoutingModel, case: Case) -> CaseResult:
    state = State(
        {(_id(to), name): value for to, values in case.cache.items() for name, value in values.items()}
    )
    traces: list[Trace] = []
    failures: list[Failure] = []
    at = case.instant(case.now)
    for send in case.send:
        known = model.orchestrations if send.to.startswith("routing/") else model.services
        if _id(send.to) not in known:
            failures.append(Failure(len(traces) + 1, "to", send.to, None))
            break
        for number in range(send.repeat):
            at = _later(at, send.after) if number or send.at is None else case.instant(send.at)
            traces.append(route(model, ReceivedEvent.to(send.to, send.event, at, send.raw), state))
        failures += _failures(model, send.expect, traces) if send.expect else ()
    else:
        failures += _failures(model, case.expect, traces)
    return CaseResult(case, tuple(traces), tuple(failures))


def _later(at: datetime, after: timedelta) -> datetime:
    """Add a duration to a time, up to the last supported year."""
    return min(at + after, END_OF_TIME)


def _id(to: str) -> str:
    return to.partition("/")[2]


def _failures(model: RoutingModel, expect: Expect, traces: list[Trace]) -> Iterator[Failure]:
    trace = traces[-1]
    for name in (name for name in Expect.model_fields if name in expect.model_fields_set):
        expected, got = getattr(expect, name), _GOT[name](trace)
        if not _AGREES.get(name, _same)(model, expected, got):
            reason = trace.reason if name in _LOST_WHERE_IGNORED else ""
            yield Failure(len(traces), name, expected, got, _deciding(trace, name), reason)


_GOT: Mapping[str, Callable[[Trace], object]] = {
    "outcome": lambda trace: trace.outcome,
    "service": lambda trace: trace.service or None,
    "priority": lambda trace: trace.priority or None,
    "severity": lambda trace: trace.event.get("severity"),
    "urgency": lambda trace: trace.urgency or None,
    "suppressed": lambda trace: trace.outcome is EventOutcome.SUPPRESSED,
    "dropped": lambda trace: trace.outcome is EventOutcome.DROPPED,
    "title": lambda trace: trace.event.get("summary"),
    "custom_details": lambda trace: trace.event.get("custom_details"),
    "event": lambda trace: trace.event,
    "escalation_policy": lambda trace: trace.escalation_policy or None,
    "on_call": lambda trace: trace.on_call,
    "channels": lambda trace: trace.channels,
    "path": lambda trace: trace.path,
    "note": lambda trace: trace.note or None,
    "pause": lambda trace: timedelta(seconds=trace.pause),
    "fields": lambda trace: trace.fields,
    "webhooks": lambda trace: tuple(request.name for request in trace.requests),
}


def _same(model: RoutingModel, expected: Any, got: Any) -> bool:
    return bool(expected == got)


def _same_set(model: RoutingModel, expected: Any, got: Any) -> bool:
    return set(expected) == set(got)


def _in_order(model: RoutingModel, expected: Any, got: Any) -> bool:
    rest = iter(got)
    return all(name in rest for name in expected)


def _at_least(model: RoutingModel, expected: Any, got: Any) -> bool:
    """Return whether a value contains what is expected; objects may contain more, at every depth."""
    if isinstance(expected, dict):
        return isinstance(got, Mapping) and all(
            name in got and _at_least(model, value, got[name]) for name, value in expected.items()
        )
    return type(expected) is type(got) and bool(expected == got)


def _service(model: RoutingModel, expected: Any, got: Any) -> bool:
    return expected == got or (got in model.services and model.services[got].name == expected)


def _policy(model: RoutingModel, expected: Any, got: Any) -> bool:
    policies = model.escalation_policies
    return expected == got or (got in policies and policies[got].name == expected)


_AGREES: Mapping[str, Callable[[RoutingModel, Any, Any], bool]] = {
    "service": _service,
    "escalation_policy": _policy,
    "custom_details": _at_least,
    "event": _at_least,
    "fields": _at_least,
    "on_call": _same_set,
    "channels": _same_set,
    "path": _in_order,
}

_LOST_WHERE_IGNORED = frozenset({"outcome", "on_call", "channels", "urgency"})

_DECIDED_BY = {
    "priority": ("priority",),
    "severity": ("event.severity",),
    "title": ("event.summary",),
    "note": ("note",),
    "pause": ("suspend",),
    "suppressed": ("suppress",),
    "dropped": ("drop",),
    "escalation_policy": ("escalation_policy", "service"),
    "service": ("service", "drop"),
    "urgency": ("event.severity", "service"),
}


def _deciding(trace: Trace, name: str) -> tuple[TraceStep, ...]:
    """Return the steps up to the last one that changed the inputs of a field; all if none did."""
    changes = _DECIDED_BY.get(name, ())
    last = max(
        (
            number
            for number, step in enumerate(trace.steps, 1)
            if any(change.field in changes for change in step.changes)
        ),
        default=len(trace.steps),
    )
    return trace.steps[:last]


def _all_rules(model: RoutingModel) -> Iterator[PlacedRule]:
    for orchestration in model.orchestrations.values():
        for path in (orchestration.global_rules, orchestration.router, orchestration.unrouted):
            yield from _rules_of(orchestration.id, path)
    for service in model.services.values():
        if service.active:
            yield from _rules_of(service.id, service.rules)


def _rules_of(owner: str, path: RulePath) -> Iterator[PlacedRule]:
    for rules in path.sets.values():
        for rule in rules:
            if not rule.disabled:
                yield PlacedRule(owner, path.kind, rule)
