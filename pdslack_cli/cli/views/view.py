"""What a command has to say, in the format that was asked for: the one place where formats differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pdslack_cli.cli.next_command import apply_saved
from pdslack_cli.config.owner import likely_owner
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.apply import Report, Result
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.order import PlanStep
from pdslack_cli.errors import Problem
from pdslack_cli.render.output.console import stderr, stdout
from pdslack_cli.render.output.markdown import document, marker, problem_blocks, problems_markdown
from pdslack_cli.render.output.streams import echo, echo_json
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.render.plan.as_markdown import plan_markdown
from pdslack_cli.render.plan.text import print_exact, print_plan, print_saved
from pdslack_cli.render.problems import print_problems, problems_document
from pdslack_cli.render.report.as_markdown import report_markdown
from pdslack_cli.render.report.text import print_report, print_result, print_start, report_json


class View(Protocol):
    """One format. Results go to standard output, progress and problems for people to standard error."""

    def begin(self) -> None:
        """Before anything else is said."""

    def problems(self, problems: Sequence[Problem]) -> None:
        """That the command failed, and why."""

    def valid(self, stack: Stack, advice: Sequence[Problem]) -> None:
        """That the files are right, and what is worth a look all the same."""

    def advise(self, advice: Sequence[Problem]) -> None:
        """What is worth a look, though it stops nothing, before the command goes on."""

    def plan(self, plan: Plan, stack: Stack, command: str, saved_to: Path | None) -> None:
        """A plan that is the command's result, the command that applies exactly it, and the file of it."""

    def preview(self, plan: Plan) -> None:
        """A plan that is about to be done."""

    def step(self, event: PlanStep | Result) -> None:
        """That a step of an apply began or ended."""

    def report(self, report: Report, stack: Stack, *, destroying: bool) -> None:
        """What an apply did."""


class TextView:
    """For a person at a terminal."""

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

    def plan(self, plan: Plan, stack: Stack, command: str, saved_to: Path | None) -> None:
        self.preview(plan)
        if plan.problems:
            self.problems(plan.problems)
        elif self.quiet:
            return
        elif saved_to:
            print_saved(saved_to, apply_saved(saved_to), stdout())
        elif plan.changes:
            print_exact(command, stdout())

    def preview(self, plan: Plan) -> None:
        print_plan(plan, stdout(), quiet=self.quiet)

    def step(self, event: PlanStep | Result) -> None:
        if self.quiet:
            return
        if isinstance(event, Result):
            print_result(event, stderr())
        else:
            print_start(event.change, stderr())

    def report(self, report: Report, stack: Stack, *, destroying: bool) -> None:
        if report.results:  # else the preview has said that there is nothing to do
            print_report(report, stdout(), stderr(), destroying=destroying)


class DocumentView:
    """One document on standard output, and nothing else there."""

    def begin(self) -> None: ...

    def advise(self, advice: Sequence[Problem]) -> None:
        TextView(quiet=False).advise(advice)

    def preview(self, plan: Plan) -> None: ...

    def step(self, event: PlanStep | Result) -> None: ...


class JsonView(DocumentView):
    """For programs."""

    def problems(self, problems: Sequence[Problem]) -> None:
        _echo_json(problems_document(problems))
        TextView(quiet=True).problems(problems)

    def valid(self, stack: Stack, advice: Sequence[Problem]) -> None:
        _echo_json(problems_document(advice))

    def plan(self, plan: Plan, stack: Stack, command: str, saved_to: Path | None) -> None:
        _echo_json(plan_json(plan))
        TextView(quiet=True).problems(plan.problems)

    def report(self, report: Report, stack: Stack, *, destroying: bool) -> None:
        _echo_json(report_json(report, destroying=destroying))


class MarkdownView(DocumentView):
    """For a comment on a pull request."""

    def __init__(self, command: str, files: list[Path] | None) -> None:
        self.command, self.files = command, files

    def problems(self, problems: Sequence[Problem]) -> None:
        echo(problems_markdown(problems, self.command, likely_owner(self.files or [])), nl=False)
        TextView(quiet=True).problems(problems)

    def valid(self, stack: Stack, advice: Sequence[Problem]) -> None:
        head = f"{marker(self.command, stack.owner)}\n## pdslack {self.command}: `{stack.owner}`"
        echo(document(head, list(problem_blocks(advice)), valid_sentence(stack)), nl=False)

    def plan(self, plan: Plan, stack: Stack, command: str, saved_to: Path | None) -> None:
        echo(plan_markdown(plan, command), nl=False)
        TextView(quiet=True).problems(plan.problems)

    def report(self, report: Report, stack: Stack, *, destroying: bool) -> None:
        echo(report_markdown(report, stack.owner, destroying=destroying), nl=False)


def valid_sentence(stack: Stack) -> str:
    return f"Success! The configuration is valid: {len(stack.wanted)} objects of owner {stack.owner!r}."


def _echo_json(document: object) -> None:
    echo_json(document)
