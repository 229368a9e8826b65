"""Output of commands in the requested format; nothing else depends on the format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from rich.console import Console

from pdslack_cli.cli.next_command import apply_saved
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.order import PlanStep
from pdslack_cli.engine.report import Report, Result
from pdslack_cli.errors import Problem
from pdslack_cli.model import Json, Ref
from pdslack_cli.render.output.console import stderr, stdout
from pdslack_cli.render.output.streams import echo, echo_json
from pdslack_cli.render.plan.shown import ShownPlan
from pdslack_cli.render.plan.text import print_exact, print_plan, print_saved
from pdslack_cli.render.problems import print_problems, problems_document, problems_json
from pdslack_cli.render.report.text import print_report, print_result, print_start, report_json
from pdslack_cli.suggest import counted


@dataclass(frozen=True)
class CommandResult:
    """A result in each form that a view may need. `markdown` takes the limit in bytes."""

    owner: str
    text: Callable[[Console], None]
    json: Callable[[], Json]
    markdown: Callable[[int], str]
    problems: Sequence[Problem] = ()


class View(Protocol):
    """The interface of a format. Results go to standard output; progress and problems to standard error."""

    def begin(self) -> None:
        """Called before any other output."""

    def problems(self, problems: Sequence[Problem]) -> None:
        """Report that the command failed, and why."""

    def valid(self, stack: Stack, advice: Sequence[Problem]) -> None:
        """Report that the files are valid, with any warnings."""

    def advise(self, advice: Sequence[Problem]) -> None:
        """Show warnings that do not stop the command, before it continues."""

    def plan(self, plan: ShownPlan, command: str, saved_to: Path | None) -> None:
        """Show a plan that is the command's result, the command that applies exactly it, and its file."""

    def preview(self, plan: ShownPlan) -> None:
        """Show a plan that is about to be applied."""

    def step(self, event: PlanStep | Result) -> None:
        """Report that a step of an apply started or ended."""

    def report(self, report: Report, owner: str, *, destroying: bool) -> None:
        """Report the results of an apply."""

    def result(self, result: CommandResult) -> None:
        """Show the result of a command that neither plans nor applies."""

    def outputs(self, ids: Mapping[Ref, str]) -> None:
        """Report the ids of the managed objects after an apply."""


class TextView:
    """Text for a terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet

    def begin(self) -> None: ...

    def problems(self, problems: Sequence[Problem]) -> None:
        print_problems(problems, stderr())

    def valid(self, stack: Stack, advice: Sequence[Problem]) -> None:
        self.advise(advice)
        if not self.quiet:
            echo(valid_sentence(stack))

    def advise(self, advice: Sequence[Problem]) -> None:
        if not self.quiet:
            self.problems(advice)

    def plan(self, plan: ShownPlan, command: str, saved_to: Path | None) -> None:
        self.preview(plan)
        if plan.problems:
            self.problems(plan.problems)
        elif self.quiet:
            return
        elif saved_to:
            print_saved(saved_to, apply_saved(saved_to), stdout())
        elif plan.changes:
            print_exact(command, stdout())

    def preview(self, plan: ShownPlan) -> None:
        print_plan(plan, stdout(), quiet=self.quiet)

    def step(self, event: PlanStep | Result) -> None:
        if self.quiet:
            return
        if isinstance(event, Result):
            print_result(event, stderr())
        else:
            print_start(event.change, stderr())

    def report(self, report: Report, owner: str, *, destroying: bool) -> None:
        if report.results:  # else the preview has said that there is nothing to do
            print_report(report, stdout(), stderr(), destroying=destroying)

    def result(self, result: CommandResult) -> None:
        result.text(stdout())

    def outputs(self, ids: Mapping[Ref, str]) -> None: ...


class DocumentView:
    """A single document on standard output."""

    def begin(self) -> None: ...

    def advise(self, advice: Sequence[Problem]) -> None:
        TextView(quiet=False).advise(advice)

    def preview(self, plan: ShownPlan) -> None: ...

    def step(self, event: PlanStep | Result) -> None: ...

    def outputs(self, ids: Mapping[Ref, str]) -> None: ...


class JsonView(DocumentView):
    """JSON for programs."""

    def problems(self, problems: Sequence[Problem]) -> None:
        _echo_json(problems_document(problems))
        TextView(quiet=True).problems(problems)

    def valid(self, stack: Stack, advice: Sequence[Problem]) -> None:
        _echo_json(problems_document(advice))

    def plan(self, plan: ShownPlan, command: str, saved_to: Path | None) -> None:
        diagnostics = [*plan.document["diagnostics"], *problems_json(plan.advice)]
        _echo_json({**plan.document, "diagnostics": diagnostics})
        TextView(quiet=True).problems(plan.problems)

    def report(self, report: Report, owner: str, *, destroying: bool) -> None:
        _echo_json(report_json(report, destroying=destroying))

    def result(self, result: CommandResult) -> None:
        _echo_json(result.json())


def valid_sentence(stack: Stack) -> str:
    now = datetime.now(UTC)
    objects = counted(sum(entry.spec.is_due(now) for entry in stack.wanted.values()), "object")
    return f"Success! The configuration is valid: {objects} of owner {stack.owner!r}."


def _echo_json(document: object) -> None:
    echo_json(document)
