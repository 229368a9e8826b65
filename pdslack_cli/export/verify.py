"""Check a whole export as `validate` and `plan --adopt` do, for faults that no entry shows alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pdslack_cli.analysis.lints import findings
from pdslack_cli.config.load import load_texts
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.config.stack import Stack
from pdslack_cli.config.yaml.compose import compose
from pdslack_cli.config.yaml.nodes import path_at
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.errors import ConfigError, Location, Problem, Severity
from pdslack_cli.model import DataPath, Live, Ref
from pdslack_cli.routing.simulate.read_rules import RulesError


class ExportFault(NamedTuple):
    """Why an export would not validate, or would not plan to adoptions alone.

    `ref` is the entry (None where no entry is to blame) and `path` the place below it, empty for all of it.
    `lint` is the id of a lint that the entry may switch off. `surplus` is a live object that a plan would
    remove, since no entry names it.
    """

    ref: Ref | None
    path: DataPath
    reason: str
    lint: str = ""
    surplus: Live | None = None

    def __str__(self) -> str:
        return f"{self.ref}: {self.reason}" if self.ref else self.reason


def find_faults(
    texts: Mapping[str, str], environ: Mapping[str, str], objects: Objects, *, complete: bool
) -> list[ExportFault]:
    """Return what is wrong with an export, `texts` by file name; `objects` are those that it was made from.

    An export that is `complete` names all objects of its owner: a plan of it must remove none of them.
    """
    try:
        stack = load_texts(texts, environ)
        found = [*_lint_faults(stack)]
    except ConfigError as error:
        paths = _Paths(texts)
        return [paths.fault(problem) for problem in error.problems]
    except RulesError as error:
        return [ExportFault(None, (), str(error))]
    if found:
        return found
    plan = make_plan(stack, LiveState(objects), adopt=True, delete=complete)
    return [*_plan_faults(stack, plan)]


def _lint_faults(stack: Stack) -> Iterator[ExportFault]:
    for origin, finding in findings(stack):
        if finding.severity is Severity.ERROR and finding.id not in origin.rule.ignore:
            yield _fault(origin.place, finding.message, finding.id)


def _plan_faults(stack: Stack, plan: Plan) -> Iterator[ExportFault]:
    places = {stack.location(ref): ref for ref in stack.entries}
    for problem in plan.problems:
        yield ExportFault(places.get(problem.location), (), problem.message)
    for change in plan.changes:
        yield from _change_faults(change)


def _change_faults(change: Change) -> Iterator[ExportFault]:
    """What a change would do besides writing the mark."""
    if change.action in {Action.DELETE, Action.RELEASE}:
        yield ExportFault(None, (), f"a plan would remove {change.ref}", surplus=change.live)
    elif change.action in {Action.ADOPT, Action.UPDATE} and change.before:
        spelled = {name: word for word, name in change.before.object_fields().items()}
        for name in change.fields:
            yield ExportFault(change.ref, (spelled[name],), "a plan would change it")
    else:
        yield ExportFault(change.ref, (), f"a plan would {change.action.name.lower()} it")


def _fault(path: DataPath, reason: str, lint: str = "") -> ExportFault:
    section: Any = SECTIONS.get(str(path[0])) if len(path) > 1 else None
    ref = Ref(section.name, str(path[1])) if section else None
    return ExportFault(ref, path[2:], reason, lint)


class _Paths:
    """Map locations in the text back to paths of the data."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._nodes = {name: compose(name, text, []) for name, text in texts.items()}

    def fault(self, problem: Problem) -> ExportFault:
        return _fault(self._path(problem.location), problem.message)

    def _path(self, location: Location | None) -> DataPath:
        node = self._nodes.get(location.file) if location else None
        return path_at(node, location) if node and location else ()
