"""`pdslack replay`: run past alerts through the live rules and through those of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple, TextIO

import typer

from pdslack_cli.analysis.before_after import BeforeAfter, read_before_after
from pdslack_cli.analysis.routing_model import routing_model_of
from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import Files, Format, OutputFormat, Quiet, UseSandbox, since_time
from pdslack_cli.cli.run.files import load_stack
from pdslack_cli.cli.run.session import opened
from pdslack_cli.cli.views.view import CommandResult
from pdslack_cli.clients import Clients
from pdslack_cli.config.owner import likely_owner
from pdslack_cli.config.sources.files import (
    STDIN,
    open_to_write,
    read_lines,
    read_stdin_lines,
    refuse_irregular,
    reported_writing,
)
from pdslack_cli.errors import PdslackError
from pdslack_cli.render.output.console import stderr
from pdslack_cli.render.replay import print_summary, progress, summary_json, summary_markdown
from pdslack_cli.routing.replay.alerts import Alert, read_alerts
from pdslack_cli.routing.replay.compare import Summary
from pdslack_cli.routing.replay.limitations import limitations
from pdslack_cli.routing.replay.replay import read_history
from pdslack_cli.routing.replay.replay import replay as replayed
from pdslack_cli.routing.simulate.model import RoutingModel

USUAL_SPAN = "30d"

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", show_default=USUAL_SPAN, envvar="PDSLACK_SINCE",
                 help="Read the alerts since then: 12h, 30d, 2026-01-31."),
]  # fmt: skip
From = Annotated[
    Path | None,
    typer.Option("--from", help="Read the alerts of this file instead; - is standard input.",
                 dir_okay=False, allow_dash=True, envvar="PDSLACK_REPLAY_FROM"),
]  # fmt: skip
Save = Annotated[
    Path | None,
    typer.Option("--save", help="Save the alerts to this file, for --from.", dir_okay=False,
                 envvar="PDSLACK_SAVE"),
]  # fmt: skip
Base = Annotated[
    list[Path] | None,
    typer.Option("--base", envvar="PDSLACK_BASE",
                 help="Compare with these files, not with what is live (repeatable); needs --from."),
]  # fmt: skip

SHOW_EVERY = 100  # alerts, in the progress bar


class AlertSource(NamedTuple):
    """A source of alerts; yields each with the progress out of `total` (None: unknown)."""

    alerts: Iterable[Alert]
    total: float | None
    done: Callable[[Alert], float]


def replay(
    files: Files = None,
    since: Since = None,
    from_: From = None,
    save: Save = None,
    base: Base = None,
    sandbox: UseSandbox = False,
    format_: OutputFormat = Format.TEXT,
    quiet: Quiet = False,
) -> None:
    with reported_errors(format_, files, command="replay", quiet=quiet) as view:
        refuse_flags(since, from_, save, base)
        if base and from_:
            before, after = routing_model_in(base), routing_model_in(files)
            with alerts_from_file(from_) as source:
                summary = replay_all(source, before, after, None, quiet=quiet)
        else:
            with opened(files, sandbox=sandbox, tokens_required=from_ is None) as context:
                require_account(context.clients, from_)
                both = read_before_after(context.stack, context.clients)
                before, after = both.before, both.after
                with (
                    alerts_from_file(from_)
                    if from_
                    else alerts_from_account(since, both, context.clients) as source
                ):
                    summary = replay_all(source, before, after, save, quiet=quiet)
        limits = limitations(before, after, from_history=from_ is None)
        versus = " and ".join(map(str, base)) if base else "the live rules"
        owner = likely_owner(files or [])
        view.result(
            CommandResult(
                owner,
                partial(print_summary, summary, versus, limits, quiet=quiet),
                partial(summary_json, summary, versus, limits),
                partial(summary_markdown, summary, versus, limits, owner),
            )
        )


def refuse_flags(since: str | None, from_: Path | None, save: Path | None, base: list[Path] | None) -> None:
    """Refuse flags that exclude each other."""
    if from_ and since:
        raise PdslackError(
            "--from and --since cannot be used together: --from reads a file, --since asks PagerDuty"
        )
    if from_ and save:
        raise PdslackError(
            "--from and --save cannot be used together: the alerts of --from are already in a file"
        )
    if base and not from_:
        raise PdslackError(
            "--base compares without an account and needs alerts from a file; pass --from FILE"
        )


def require_account(clients: Clients, from_: Path | None) -> None:
    """Raise PdslackError without an account; the hint is to compare two versions of the files instead."""
    if from_ and not clients.reaches("pagerduty"):
        raise PdslackError(
            "PAGERDUTY_API_KEY is not set; set it to read the live rules, "
            "or pass --base FILES to compare with another version of the files"
        )


def routing_model_in(files: list[Path] | None) -> RoutingModel:
    return routing_model_of(load_stack(files)[0].specs)


# --- alerts ----------------------------------------------------------------------------------------


@contextmanager
def alerts_from_file(path: Path) -> Iterator[AlertSource]:
    """Open a file, or standard input, as a source of alerts."""
    sizes: list[int] = [0]

    def count(size: int) -> None:
        sizes[0] += size

    try:
        if path == STDIN:
            yield AlertSource(read_alerts(read_stdin_lines(), str(path), count), None, lambda _: 0)
            return
        refuse_irregular(path)
        total = path.stat().st_size
        yield AlertSource(read_alerts(read_lines(path), str(path), count), total, lambda _: sizes[0])
    except OSError as error:
        raise PdslackError(f"cannot read {path}: {error.strerror}") from None


@contextmanager
def alerts_from_account(since: str | None, both: BeforeAfter, clients: Clients) -> Iterator[AlertSource]:
    """Open the history of the account as a source of alerts."""
    until = datetime.now(UTC)
    begin = since_time(since or USUAL_SPAN, until)
    alerts = read_history(clients.pagerduty, begin, until, both.sent_to)
    span = (until - begin).total_seconds()
    yield AlertSource(alerts, span, lambda alert: (alert.at - begin).total_seconds())


# --- the run ---------------------------------------------------------------------------------------


def replay_all(
    source: AlertSource, before: RoutingModel, after: RoutingModel, save: Path | None, *, quiet: bool
) -> Summary:
    """Replay all alerts, with a progress bar on a terminal; they are saved for the user alone to read."""
    summary, console = Summary(), stderr()
    seen = console.is_terminal and not quiet
    bar = progress("Replaying", source.total, console) if seen else nullcontext(lambda done: None)
    writing = reported_writing(save) if save else nullcontext()
    with bar as show, writing, open_to_write(save, private=True) if save else nullcontext() as kept:
        for summary in replayed(written_to(kept, source.alerts), before, after, datetime.now(UTC)):
            if summary.last and summary.alerts % SHOW_EVERY == 0:
                show(source.done(summary.last))
    return summary


def written_to(file: TextIO | None, alerts: Iterable[Alert]) -> Iterator[Alert]:
    """Yield the same alerts, each after it is written to the file, if any."""
    for alert in alerts:
        if file:
            file.write(alert.line())
        yield alert
