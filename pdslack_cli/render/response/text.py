"""The report of how incidents were answered, as text."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from pdslack_cli.analysis.response.figures import Figures, ResponseReport
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.response.words import cells, columns, compared, per_week, sparkline

_NARROW = {"interruptions": ("inter-", "ruptions"), "escalations": ("escala-", "tions")}
"""Headings that take two lines on a narrow terminal."""


def print_report(report: ResponseReport, console: Console) -> None:
    """Print the totals, the comparison, and a table by service, team and week."""
    _line(
        console,
        f"{report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}, from PagerDuty's {report.source}",
        "bold",
    )
    if report.reason:
        _line(console, f"Note: {safe_line(report.reason)}", "yellow")
    rows: list[list[str]] = [["", *columns(report)], ["all", *cells(report.total)]]
    for title, groups in (("service", report.services), ("team", report.teams), ("week", report.weeks)):
        if groups:
            rows += [[""], [f"by {title}"], *_rows(groups)]
    _table(console, rows)
    _line(console, "")
    weeks = [*report.weeks.values()]
    for name, values in (
        ("MTTA", [week.acknowledge.mean for week in weeks]),
        ("MTTR", [week.resolve.mean for week in weeks]),
        ("incidents", [float(week.incidents) for week in weeks]),
    ):
        _line(console, f"{name:<10}{sparkline(values)}  by week")
    if report.split and report.before and report.after:
        _line(console, "")
        _line(console, f"Before and after {report.split:%Y-%m-%d}", "bold")
        both = [*compared(report.before, report.after), *per_week(report)]
        _table(console, [["", "before", "after", "change"], *map(list, both)])


def _rows(groups: Mapping[str, Figures]) -> list[list[str]]:
    return [[f"  {safe_line(name)}", *cells(figures)] for name, figures in groups.items()]


def _table(console: Console, rows: list[list[str]]) -> None:
    """Print rows in columns, the first to the left and the others to the right."""
    full = [row for row in rows if len(row) > 1]
    widths = [max(len(row[place]) for row in full) for place in range(len(full[0]))]
    gap = 2
    if console.is_terminal and sum(widths) + gap * (len(widths) - 1) > console.width:
        gap = 1
        halves = [_NARROW.get(cell, ("", cell)) for cell in rows[0]]
        rows = [[upper for upper, _ in halves], [lower for _, lower in halves], *rows[1:]]
        full = [row for row in rows if len(row) > 1]
        widths = [max(len(row[place]) for row in full) for place in range(len(full[0]))]
    for row in rows:
        first, *others = row
        line = first.ljust(widths[0]) if others else first
        line += "".join(cell.rjust(width + gap) for cell, width in zip(others, widths[1:], strict=False))
        _line(console, line, "bold" if not others or not first else "")


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text.rstrip(), style=style), soft_wrap=True)
