"""`pdslack report`: how incidents were answered, before and after a date."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from pdslack_cli.analysis.response.figures import make_report
from pdslack_cli.analysis.response.history import Source, read_answers
from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import Files, Format, UseSandbox, since_time
from pdslack_cli.cli.run.session import opened
from pdslack_cli.errors import PdslackError
from pdslack_cli.model import instant_of
from pdslack_cli.render.output.console import stdout
from pdslack_cli.render.output.streams import echo, echo_json
from pdslack_cli.render.response.html import response_html
from pdslack_cli.render.response.text import print_report
from pdslack_cli.render.response.words import response_json


class ReportFormat(StrEnum):
    """How to print a report of incidents."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


class ReportSource(StrEnum):
    """Where a report comes from."""

    AUTO = "auto"
    ANALYTICS = "analytics"
    INCIDENTS = "incidents"


USUAL_TIME = "90d"


Since = Annotated[
    str,
    typer.Option("--since", metavar="TIME", envvar="PDSLACK_SINCE",
                 help="Incidents that began since then: 30d, 12 weeks, 2026-01-31."),
]  # fmt: skip
SplitDate = Annotated[
    str | None,
    typer.Option("--split", metavar="DATE", envvar="PDSLACK_SPLIT",
                 help="Compare before and after this date, such as 2026-03-01."),
]  # fmt: skip
CostPerMinute = Annotated[
    float | None,
    typer.Option("--cost-per-minute", metavar="AMOUNT", envvar="PDSLACK_COST_PER_MINUTE",
                 help="What a minute of downtime costs."),
]  # fmt: skip
FromSource = Annotated[
    ReportSource,
    typer.Option("--source", envvar="PDSLACK_REPORT_SOURCE",
                 help="Where from: analytics lag by a day, incidents are slower to read."),
]  # fmt: skip
FormatOfReport = Annotated[
    ReportFormat, typer.Option("--format", help="How to print the report.", envvar="PDSLACK_FORMAT")
]


def report(
    files: Files = None,
    since: Since = USUAL_TIME,
    split: SplitDate = None,
    cost_per_minute: CostPerMinute = None,
    source: FromSource = ReportSource.AUTO,
    sandbox: UseSandbox = False,
    format_: FormatOfReport = ReportFormat.TEXT,
) -> None:
    errors = Format.JSON if format_ is ReportFormat.JSON else Format.TEXT
    with reported_errors(errors, files, command="report"):
        if cost_per_minute is not None and not (math.isfinite(cost_per_minute) and cost_per_minute >= 0):
            raise PdslackError(f"--cost-per-minute: expected a number from 0, got {cost_per_minute}")
        with opened(files, sandbox=sandbox) as context:
            until = datetime.now(UTC)
            begin = since_time(since, until)
            at = _split_date(split, begin, until) if split else None
            history = read_answers(context.clients.pagerduty, begin, until, _SOURCES[source])
        until = max(until, history.end or until)
        made = make_report(history, begin, until, split=at, cost_per_minute=cost_per_minute)
        if format_ is ReportFormat.JSON:
            echo_json(response_json(made))
        elif format_ is ReportFormat.HTML:
            echo(response_html(made))
        else:
            print_report(made, stdout())


_SOURCES: Mapping[ReportSource, Source | None] = {
    ReportSource.AUTO: None,
    ReportSource.ANALYTICS: "analytics",
    ReportSource.INCIDENTS: "incidents",
}


def _split_date(split: str, since: datetime, until: datetime) -> datetime:
    try:
        at = instant_of(datetime.fromisoformat(split))
    except ValueError:
        raise PdslackError(f"--split: expected a date such as 2026-03-01, got {split!r}") from None
    if not since < at < until:
        raise PdslackError(
            f"--split {split!r} is not between {since:%Y-%m-%d}, where --since begins, and now"
        )
    return at
