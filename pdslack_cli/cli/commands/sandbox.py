"""`pdslack sandbox`: a PagerDuty and a Slack on this machine, until stopped."""

from __future__ import annotations

import gc
import os
import shlex
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pdslack_cli.analysis.needs import needs
from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.main import LONG_RUN
from pdslack_cli.cli.options import Format
from pdslack_cli.cli.run.files import load_stack, without_links
from pdslack_cli.cli.run.sandbox import announced, open_sandbox, seed_sandbox
from pdslack_cli.config.sources.files import write_private
from pdslack_cli.errors import PdslackError
from pdslack_cli.render.emulated import coverage_json, coverage_markdown, coverage_text
from pdslack_cli.render.output.streams import echo, echo_json
from pdslack_cli.sandbox.server import past_proxies


class CoverageFormat(StrEnum):
    """How the coverage is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


Stacks = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILES",
        help="Files or folders of YAML: the sandbox gets the people and the names that they look up.",
        show_default="an empty account",
        envvar="PDSLACK_FILES",
    ),
]
Port = Annotated[
    int, typer.Option("--port", help="0 chooses a free one.", envvar="PDSLACK_PORT", min=0, max=65535)
]
State = Annotated[
    Path, typer.Option("--state", help="The file that holds its state.", envvar="PDSLACK_STATE")
]
Reset = Annotated[bool, typer.Option("--reset", help="Empty it first.", envvar="PDSLACK_RESET")]
ReadyFile = Annotated[
    Path | None,
    typer.Option(
        "--ready-file",
        help="Write the environment to this file once it listens; the file is removed at the end.",
        envvar="PDSLACK_READY_FILE",
        dir_okay=False,
    ),
]
Coverage = Annotated[
    bool,
    typer.Option(
        "--coverage", help="Print what is emulated of each vendor, and stop.", envvar="PDSLACK_COVERAGE"
    ),
]
PrintAs = Annotated[
    CoverageFormat, typer.Option("--format", help="How to print the coverage.", envvar="PDSLACK_FORMAT")
]


def sandbox(
    files: Stacks = None,
    port: Port = 0,
    state: State = Path(".pdslack/sandbox.sqlite"),
    reset: Reset = False,
    ready_file: ReadyFile = None,
    coverage: Coverage = False,
    format_: PrintAs = CoverageFormat.TEXT,
) -> None:
    with reported_errors(Format(format_)):
        if coverage:
            _print_coverage(format_)
            return
        without_links(Path())
        _remove_stale(ready_file, state)
        wanted = needs(load_stack(files)[0]) if files else {}
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        server = open_sandbox(state, port)
        server.start()
        gc.set_threshold(LONG_RUN)
        try:
            seed_sandbox(server, wanted, reset=reset)
            lines = _exports({**server.environment(), **past_proxies(os.environ)})
            with announced(state, server), _ready(ready_file, lines):
                echo(f"# Open {server.url} in a browser; Ctrl-C stops the sandbox.", err=True)
                for line in lines:
                    echo(line)
                stopped.wait()
        finally:
            server.stop()


def _exports(variables: Mapping[str, str]) -> list[str]:
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]


@contextmanager
def _ready(path: Path | None, lines: list[str]) -> Iterator[None]:
    """Keep a file there for as long as the sandbox listens; it is never seen half written."""
    if path is None:
        yield
        return
    try:
        write_private(path, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise PdslackError(f"cannot write the ready file: {error.strerror} ({path})") from None
    try:
        yield
    finally:
        _remove(path)


def _remove_stale(path: Path | None, state: Path) -> None:
    """Remove the ready file of a sandbox that was killed, which is not ready any more."""
    from pdslack_cli.sandbox.control.remote import RemoteSandbox  # late, as in open_sandbox

    if path and path.exists() and not RemoteSandbox.of(state):
        _remove(path)


def _remove(path: Path | None) -> None:
    if path and path.is_file():  # a device or FIFO is not ours, and is refused
        with suppress(OSError):  # somebody else may have removed it
            path.unlink()


def _print_coverage(format_: CoverageFormat) -> None:
    from pdslack_cli.sandbox.coverage import coverage  # late: all routes of both vendors

    found = coverage()
    match format_:
        case CoverageFormat.JSON:
            echo_json(coverage_json(found))
        case CoverageFormat.MARKDOWN:
            echo("\n".join(coverage_markdown(found)))
        case CoverageFormat.TEXT:
            echo("\n".join(coverage_text(found)))
