"""What the doctor found, as a person reads it and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from pdslack_cli.doctor import DoctorFinding, FindingLevel
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.problems import problems_document

SIGNS = {
    FindingLevel.OK: ("✓", "green"),
    FindingLevel.WARNING: ("!", "yellow"),
    FindingLevel.ERROR: ("✗", "bold red"),
}


def print_findings(findings: Sequence[DoctorFinding], console: Console, *, quiet: bool = False) -> None:
    """Topic by topic, each finding with its cure, and how many faults there are. `quiet`: faults only."""
    shown = [finding for finding in findings if not quiet or finding.level is not FindingLevel.OK]
    for check in dict.fromkeys(finding.check for finding in shown):
        _print(console, (check.capitalize(), "bold"))
        for finding in shown:
            if finding.check == check:
                sign, style = SIGNS[finding.level]
                place = f"{finding.location}: " if finding.location else ""
                _print(console, (f"  {sign} ", style), (place, "bold"), (safe_line(finding.what), ""))
                if finding.cure:
                    _print(console, (f"      {safe_line(finding.cure)}", "cyan"))
        _print(console)
    _print(console, (summary(findings), "bold"))


def summary(findings: Sequence[DoctorFinding]) -> str:
    """How many faults there are."""
    errors, warnings = (_count(findings, level) for level in (FindingLevel.ERROR, FindingLevel.WARNING))
    if not errors and not warnings:
        return "No problems found."
    return f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}."


def findings_json(findings: Sequence[DoctorFinding]) -> dict[str, Any]:
    """A document like that of every failed command; among its diagnostics are some whose severity is ok."""
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


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _print(console: Console, *parts: tuple[str, str]) -> None:
    # Text, not a string: what vendors say in [brackets] is never markup.
    console.print(Text.assemble(*parts), soft_wrap=True)
