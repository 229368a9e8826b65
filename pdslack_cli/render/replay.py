"""The result of a replay: a table of differences, or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from pdslack_cli.model import Json
from pdslack_cli.render.output.console import as_text
from pdslack_cli.render.output.markdown import COMMENT_LIMIT, Block, document, fenced, marker
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.routing.replay.alerts import Alert
from pdslack_cli.routing.replay.compare import Group, OutcomeChange, Summary

_LIMITS = "What this cannot show"
LONGEST_TITLE = 60  # of an example

STYLES: Mapping[OutcomeChange, str] = {
    OutcomeChange.UNHEARD: "red",
    OutcomeChange.SILENCED: "red",
    OutcomeChange.PAGING: "yellow",
    OutcomeChange.ELSEWHERE: "yellow",
    OutcomeChange.PAUSE: "yellow",
    OutcomeChange.PEOPLE: "cyan",
}


def print_summary(
    summary: Summary, versus: str, limitations: Sequence[str], console: Console, *, quiet: bool = False
) -> None:
    """Print the table, the number of differing alerts, and the limitations."""
    if summary.groups and not quiet:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("service", "alerts", "would", "for example"):
            table.add_column(title, justify="right" if title == "alerts" else "left", overflow="fold")
        for group in summary.groups:
            count = f"{group.count:,} of {summary.services[group.service]:,}"
            style = STYLES.get(group.difference.change, "")
            table.add_row(safe_line(group.service), count, Text(would(group), style), _example(group.example))
        console.print(table)
        console.print()
    console.print(Text(sentence(summary, versus), style="bold"), soft_wrap=True)
    if not quiet:
        console.print(f"\n{_LIMITS}:")
        for each in limitations:
            console.print(f"  - {each}", soft_wrap=True)


def summary_markdown(
    summary: Summary, versus: str, limitations: Sequence[str], owner: str, limit: int = COMMENT_LIMIT
) -> str:
    """Return the same as Markdown."""
    head = f"{marker('replay', owner)}\n## pdslack replay: `{owner}`"
    table, _, limits = as_text(partial(print_summary, summary, versus, limitations)).partition(f"{_LIMITS}:")
    folded = f"<details><summary>{_LIMITS}</summary>\n\n{fenced(limits.strip())}\n\n</details>"
    return document(head, [Block(fenced(table.rstrip()), "table")], folded, limit)


def would(group: Group) -> str:
    """Return the new outcome of the alerts of a group: "go to auth"."""
    change, before, after = group.difference
    before, after = safe_line(before), safe_line(after)
    match change:
        case OutcomeChange.UNHEARD:
            return f"be lost: {safe_line(group.example.to)} no longer exists"
        case OutcomeChange.SILENCED:
            return f"page nobody: {after.removesuffix(f' ({group.service})')}"
        case OutcomeChange.PAGING:
            return f"page: {after}, no longer {before.removesuffix(f' ({group.service})')}"
        case OutcomeChange.ELSEWHERE:
            return f"go to {after}"
        case OutcomeChange.PAUSE:
            return "be paused first" if after.startswith("paused") else "no longer be paused first"
        case OutcomeChange.PEOPLE:
            return f"call {after} instead of {before}"
        case OutcomeChange.URGENCY:
            return f"be of {after} urgency instead of {before}"
        case OutcomeChange.PRIORITY:
            return f"have priority {after} instead of {before}"
        case OutcomeChange.CHANNELS:
            return f"be posted to {after} instead of {before}"
    return f"look different: {after}"


def _example(alert: Alert) -> str:
    title = safe_line(str(alert.event.get("summary", "")))
    short = title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"
    return f"{short} ({alert.at:%Y-%m-%d %H:%M})"


def sentence(summary: Summary, versus: str) -> str:
    """Return the number of differing alerts as a sentence."""
    if not (summary.first and summary.last):
        return f"There were no alerts to compare {versus} with the files."
    span = f"{summary.first.at:%Y-%m-%d} to {summary.last.at:%Y-%m-%d}"
    unknown = f" Left out: {summary.unknown:,}, sent to what is not in {versus}." if summary.unknown else ""
    return (
        f"{summary.differing:,} of {summary.alerts:,} alerts ({span}) "
        f"would end differently than under {versus}.{unknown}"
    )


def summary_json(summary: Summary, versus: str, limitations: Sequence[str]) -> Json:
    """Return the same as JSON."""
    return {
        "compared_with": versus,
        "alerts": summary.alerts,
        "differing": summary.differing,
        "unknown": summary.unknown,
        "first": summary.first and summary.first.at.isoformat(),
        "last": summary.last and summary.last.at.isoformat(),
        "services": summary.services,
        "differences": [
            {
                "service": group.service,
                "count": group.count,
                "change": str(group.difference.change),
                "before": group.difference.before,
                "after": group.difference.after,
                "example": group.example.model_dump(mode="json", exclude_defaults=True),
            }
            for group in summary.groups
        ],
        "cannot_show": list(limitations),
    }


@contextmanager
def progress(title: str, total: float | None, console: Console) -> Iterator[Callable[[float], None]]:
    """Context manager: a temporary progress bar; yields a function that reports progress."""
    columns = (TextColumn(title), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)
