"""Flags that several commands share, each with its environment variable."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pdslack_cli.cli.completion import complete_refs
from pdslack_cli.errors import PdslackError
from pdslack_cli.model import instant_of, seconds_in


class Region(StrEnum):
    """The service region of the PagerDuty account."""

    US = "us"
    EU = "eu"


class Format(StrEnum):
    """The output formats of results."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"  # a comment on a pull request
    GITHUB = "github"  # annotations, summary and outputs of a GitHub Actions step


class RunFormat(StrEnum):
    """The output formats of plans and applies, including a stream of events."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"  # one event a line
    MARKDOWN = "markdown"
    GITHUB = "github"


class TextOrJson(StrEnum):
    """The output formats of results that are not useful in a pull request."""

    TEXT = "text"
    JSON = "json"


Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILES", help="Files or folders of YAML.", show_default="this folder", envvar="PDSLACK_FILES"
    ),
]
FilesOrPlan = Annotated[
    list[Path] | None,
    typer.Argument(help="Files or folders of YAML, or a saved plan.", show_default="this folder",
                   envvar="PDSLACK_FILES"),
]  # fmt: skip
StackFiles = Annotated[
    list[Path] | None,
    typer.Option("--file", "-f", metavar="FILE", help="File or folder of YAML (repeatable).",
                 show_default="this folder", envvar="PDSLACK_FILES"),
]  # fmt: skip
UseSandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox", help="Use the sandbox on this machine, not the real accounts.", envvar="PDSLACK_SANDBOX"
    ),
]
FORMAT_VARIABLE = "PDSLACK_FORMAT"

ResetSandbox = Annotated[
    bool, typer.Option("--reset", help="Empty the sandbox first.", envvar="PDSLACK_RESET")
]
OutputFormat = Annotated[
    Format, typer.Option("--format", help="How to print the result.", envvar=FORMAT_VARIABLE)
]
RunOutputFormat = Annotated[
    RunFormat, typer.Option("--format", help="How to print the result.", envvar=FORMAT_VARIABLE)
]
TextOrJsonFormat = Annotated[
    TextOrJson, typer.Option("--format", help="How to print the result.", envvar=FORMAT_VARIABLE)
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Save the plan to this file, for `apply`.", dir_okay=False,
                 envvar="PDSLACK_OUT"),
]  # fmt: skip
Expect = Annotated[
    str | None,
    typer.Option("--expect", metavar="FINGERPRINT", help="Apply only if the plan has this fingerprint.",
                 envvar="PDSLACK_EXPECT"),
]  # fmt: skip
Adopt = Annotated[
    bool,
    typer.Option("--adopt", help="Take over unmarked objects whose names match.", envvar="PDSLACK_ADOPT"),
]
NoDelete = Annotated[
    bool, typer.Option("--no-delete", help="Delete and replace nothing.", envvar="PDSLACK_NO_DELETE")
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="REF", help="Only these (repeatable): service/api, 'service/*'.",
                 envvar="PDSLACK_ONLY", autocompletion=complete_refs),
]  # fmt: skip
OnlyChanges = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="REF",
                 help="Only these (repeatable), also what left the files: service/api, 'service/*'.",
                 envvar="PDSLACK_ONLY", autocompletion=complete_refs),
]  # fmt: skip
MaxDeletes = Annotated[
    int | None,
    typer.Option(
        "--max-deletes", metavar="N", min=0, help="Allow this many deletes.", envvar="PDSLACK_MAX_DELETES"
    ),
]
WithOpenIncidents = Annotated[
    bool,
    typer.Option("--delete-with-open-incidents", help="Delete services that have open incidents.",
                 envvar="PDSLACK_DELETE_WITH_OPEN_INCIDENTS"),
]  # fmt: skip
ShowSecrets = Annotated[
    bool,
    typer.Option(
        "--show-secrets",
        help="Print integration keys and values of PDSLACK_VAR_… in full.",
        envvar="PDSLACK_SHOW_SECRETS",
    ),
]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", "--auto-approve", help="Do not ask for confirmation.", envvar="PDSLACK_YES"),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print only summaries and problems.", envvar="PDSLACK_QUIET")
]
DetailedExitCode = Annotated[
    bool,
    typer.Option("--detailed-exitcode", help="Exit with 2 when there are changes.",
                 envvar="PDSLACK_DETAILED_EXITCODE"),
]  # fmt: skip
Event = Annotated[
    Path | None, typer.Argument(help="A JSON file of one event; - is standard input.", show_default=False)
]
Details = Annotated[
    list[str] | None,
    typer.Option(
        "--details",
        "--detail",
        metavar="KEY=VALUE",
        help="A custom detail (repeatable).",
        envvar="PDSLACK_DETAILS",
    ),
]
DATABASE = ".pdslack/serve.sqlite"
DatabaseUrl = Annotated[
    str,
    typer.Option(
        "--database",
        help="An SQLite file, or postgresql://… for several processes.",
        envvar="PDSLACK_DATABASE",
        show_default=DATABASE,
    ),
]


def since_time(since: str, now: datetime) -> datetime:
    """Return the time that a `--since` means, a duration before `now` or a date; raises PdslackError."""
    seconds = seconds_in(since)
    try:
        begin = now - timedelta(seconds=seconds) if seconds else instant_of(datetime.fromisoformat(since))
    except (ValueError, OverflowError):
        raise PdslackError(
            f"--since: expected a time such as 12h, 30d or 2026-01-31, got {since!r}"
        ) from None
    if begin >= now:
        raise PdslackError(f"--since {since!r} is not in the past")
    return begin
