"""Findings of the doctor as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from rich.console import Console
from rich.text import Text

from pdslack_cli.doctor import DoctorFinding, FindingLevel
from pdslack_cli.errors import Problem, Severity
from pdslack_cli.render.output.console import as_text, print_prose
from pdslack_cli.render.output.markdown import COMMENT_LIMIT, Block, document, fenced, marker
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.problems import problems_document
from pdslack_cli.suggest import counted

SIGNS = {
    FindingLevel.OK: ("✓", "green"),
    FindingLevel.WARNING: ("!", "yellow"),
    FindingLevel.ERROR: ("✗", "bold red"),
}


def print_findings(findings: Sequence[DoctorFinding], console: Console, *, quiet: bool = False) -> None:
    """Print the findings by topic, with their remedies, and the number of errors. `quiet`: errors only."""
    shown = [finding for finding in findings if not quiet or finding.level is not FindingLevel.OK]
    for check in dict.fromkeys(finding.check for finding in shown):
        _print(console, (check.capitalize(), "bold"))
        _print_topic([finding for finding in shown if finding.check == check], console)
        _print(console)
    _print(console, (summary(findings), "bold"))


def _print_topic(findings: Sequence[DoctorFinding], console: Console) -> None:
    for finding in findings:
        sign, style = SIGNS[finding.level]
        place = f"{finding.location}: " if finding.location else ""
        _print(console, (f"  {sign} ", style), (place, "bold"), (safe_line(finding.what), ""), hang=4)
        if finding.cure:
            _print(console, (f"      {safe_line(finding.cure)}", "cyan"), hang=6)


def summary(findings: Sequence[DoctorFinding]) -> str:
    """Return the number of errors, in words."""
    errors, warnings = (_count(findings, level) for level in (FindingLevel.ERROR, FindingLevel.WARNING))
    if not errors and not warnings:
        return "No problems found."
    return f"{counted(errors, 'error')}, {counted(warnings, 'warning')}."


def findings_markdown(findings: Sequence[DoctorFinding], owner: str, limit: int = COMMENT_LIMIT) -> str:
    """Return the findings as Markdown; topics without errors are folded."""
    head = f"{marker('doctor', owner)}\n## pdslack doctor: `{owner}`\n\n**{summary(findings)}**"
    checks = dict.fromkeys(finding.check for finding in findings)
    blocks = [_topic(check, [one for one in findings if one.check == check]) for check in checks]
    return document(head, blocks, limit=limit)


def _topic(check: str, findings: Sequence[DoctorFinding]) -> Block:
    text = fenced(as_text(partial(_print_topic, findings)).rstrip())
    title = check.capitalize()
    if all(finding.level is FindingLevel.OK for finding in findings):
        return Block(f"<details><summary>✓ {title}</summary>\n\n{text}\n\n</details>", "topic")
    return Block(f"**{title}**\n\n{text}", "topic")


def problems_of(findings: Sequence[DoctorFinding]) -> list[Problem]:
    """Return the errors as problems at their locations."""
    severities = {FindingLevel.ERROR: Severity.ERROR, FindingLevel.WARNING: Severity.WARNING}
    return [
        Problem(one.what, one.location, one.cure, severities[one.level])
        for one in findings
        if one.level in severities
    ]


def findings_json(findings: Sequence[DoctorFinding]) -> dict[str, Any]:
    """Return the findings as diagnostics, like those of failed commands; some have the severity ok."""
    errors = _count(findings, FindingLevel.ERROR)
    return {
        **problems_document([]),
        "valid": not errors,
        "errored": bool(errors),
        "error_count": errors,
        "warning_count": _count(findings, FindingLevel.WARNING),
        "diagnostics": [_diagnostic(finding) for finding in findings],
    }


def _diagnostic(finding: DoctorFinding) -> dict[str, Any]:
    diagnostic: dict[str, Any] = {
        "severity": finding.level.value,
        "check": finding.check,
        "summary": safe_line(finding.what),
        "detail": safe_line(finding.cure),
    }
    if finding.location:
        start = {"line": finding.location.line, "column": finding.location.column}
        diagnostic["range"] = {"filename": finding.location.file, "start": start}
    return diagnostic


def _count(findings: Sequence[DoctorFinding], level: FindingLevel) -> int:
    return sum(finding.level is level for finding in findings)


def _print(console: Console, *parts: tuple[str, str], hang: int = 0) -> None:
    # Text, not a string: what vendors say in [brackets] is never markup.
    print_prose(console, Text.assemble(*parts), hang)
