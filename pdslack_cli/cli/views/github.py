"""The view for GitHub Actions: annotations, job summary, outputs, and a file for a comment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from pdslack_cli.cli.views.view import CommandResult, TextView, valid_sentence
from pdslack_cli.config.owner import likely_owner
from pdslack_cli.config.sources.environment import read_environment, secrets_in
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.order import PlanStep
from pdslack_cli.engine.report import Report, Result, StepOutcome
from pdslack_cli.errors import ConfigError, PdslackError, Problem
from pdslack_cli.model import Ref
from pdslack_cli.render.output.console import as_text
from pdslack_cli.render.output.github import Runner, log
from pdslack_cli.render.output.markdown import COMMENT_LIMIT, problems_markdown
from pdslack_cli.render.output.streams import echo, write_raw
from pdslack_cli.render.plan.as_markdown import plan_markdown
from pdslack_cli.render.plan.shown import ShownPlan
from pdslack_cli.render.plan.text import print_plan
from pdslack_cli.render.problems import first_of
from pdslack_cli.render.report.as_markdown import report_markdown
from pdslack_cli.render.report.text import apply_summary, error_lines, next_step
from pdslack_cli.suggest import counted


class GitHubView:
    """The output of a workflow step, all on standard output, which is its log."""

    def __init__(self, command: str, files: list[Path] | None, environ: Mapping[str, str]) -> None:
        self.command, self.files = command, files
        self.runner = Runner(environ)

    def begin(self) -> None:
        """Mask secrets in the log; GitHub itself masks only those that it gave the step as secrets."""
        try:
            environ = read_environment(Path.cwd(), [])
        except ConfigError:
            return  # the command itself will say so
        self._print(*self.runner.masks(secrets_in(environ)))

    def problems(self, problems: Sequence[Problem]) -> None:
        self._annotate(problems)
        owner = likely_owner(self.files or [])
        markdown = problems_markdown(problems, self.command, owner)
        try:
            self.runner.add_summary(markdown)
            self._keep_comment(markdown, owner)
        except PdslackError as lost:  # it may be the problem itself
            if str(lost) not in {problem.message for problem in problems}:
                self._annotate([Problem(str(lost))])

    def valid(self, stack: Stack, advice: Sequence[Problem]) -> None:
        self.advise(advice)
        echo(valid_sentence(stack))

    def advise(self, advice: Sequence[Problem]) -> None:
        self._annotate(advice)

    def plan(self, plan: ShownPlan, command: str, saved_to: Path | None) -> None:
        self._annotate(plan.problems)
        for change in plan.changes:
            for warning in change.warnings:
                self._print(self.runner.annotation("warning", warning, change.location, change.address))
        self._print(*(self.runner.annotation("notice", notice, title="pdslack") for notice in plan.notices))
        self.preview(plan)
        counted = plan.tally
        outputs = {
            "has_changes": "true" if plan.changes else "false",
            "import": str(counted.imports),
            "add": str(counted.adds),
            "change": str(counted.changes),
            "destroy": str(counted.destroys),
            "archive": str(counted.archives),
            "disable": str(counted.disables),
        }
        if not plan.problems:
            outputs["fingerprint"] = plan.fingerprint
        self.runner.set_outputs(outputs)
        self.runner.add_summary(plan_markdown(plan, command, self.runner.summary_room()))
        self._keep_comment(plan_markdown(plan, command), plan.owner)

    def preview(self, plan: ShownPlan) -> None:
        self._print(log(as_text(partial(print_plan, plan))))

    def step(self, event: PlanStep | Result) -> None:
        TextView(quiet=False).step(event)

    def report(self, report: Report, owner: str, *, destroying: bool) -> None:
        for result in report.of(StepOutcome.FAILED, StepOutcome.UNKNOWN):
            text = "\n".join(error_lines(result))
            self._print(self.runner.annotation("error", text, result.location, str(result.ref)))
        notices = (self.runner.annotation("notice", notice, title="pdslack") for notice in report.all_notices)
        self._print(*notices)
        echo(apply_summary(report, destroying=destroying))
        if not report.complete:
            echo(next_step(report))
        room = self.runner.summary_room()
        self.runner.add_summary(report_markdown(report, owner, destroying=destroying, limit=room))

    def result(self, result: CommandResult) -> None:
        self._annotate(result.problems)
        self._print(log(as_text(result.text)))
        self.runner.add_summary(result.markdown(self.runner.summary_room()))
        self._keep_comment(result.markdown(COMMENT_LIMIT), result.owner)

    def outputs(self, ids: Mapping[Ref, str]) -> None: ...

    def _annotate(self, problems: Sequence[Problem]) -> None:
        shown, more = first_of(problems)
        self._print(*map(self.runner.problem, shown))
        if more:
            echo(f"and {counted(more, 'further problem')}")

    def _keep_comment(self, markdown: str, owner: str) -> None:
        path = self.runner.keep(f"pdslack-{self.command}-{owner}.md", markdown)
        if path:
            self.runner.set_outputs({"comment_file": str(path)})

    @staticmethod
    def _print(*lines: str) -> None:
        for line in lines:
            write_raw(f"{line}\n")
