"""The view for pull requests: one Markdown document on standard output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pdslack_cli.cli.views.view import CommandResult, DocumentView, TextView, valid_sentence
from pdslack_cli.config.owner import likely_owner
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.report import Report
from pdslack_cli.errors import Problem
from pdslack_cli.render.output.markdown import (
    COMMENT_LIMIT,
    document,
    marker,
    problem_blocks,
    problems_markdown,
)
from pdslack_cli.render.output.streams import echo
from pdslack_cli.render.plan.as_markdown import plan_markdown
from pdslack_cli.render.plan.shown import ShownPlan
from pdslack_cli.render.report.as_markdown import report_markdown


class MarkdownView(DocumentView):
    """Markdown for a comment on a pull request."""

    def __init__(self, command: str, files: list[Path] | None) -> None:
        self.command, self.files = command, files

    def problems(self, problems: Sequence[Problem]) -> None:
        echo(problems_markdown(problems, self.command, likely_owner(self.files or [])), nl=False)
        TextView(quiet=True).problems(problems)

    def valid(self, stack: Stack, advice: Sequence[Problem]) -> None:
        head = f"{marker(self.command, stack.owner)}\n## pdslack {self.command}: `{stack.owner}`"
        echo(document(head, list(problem_blocks(advice)), valid_sentence(stack)), nl=False)

    def plan(self, plan: ShownPlan, command: str, saved_to: Path | None) -> None:
        echo(plan_markdown(plan, command), nl=False)
        TextView(quiet=True).problems(plan.problems)

    def report(self, report: Report, owner: str, *, destroying: bool) -> None:
        echo(report_markdown(report, owner, destroying=destroying), nl=False)

    def result(self, result: CommandResult) -> None:
        echo(result.markdown(COMMENT_LIMIT), nl=False)
