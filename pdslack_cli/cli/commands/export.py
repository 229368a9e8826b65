"""`pdslack export`: write live objects as files."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from pdslack_cli.cli.errors import raise_if_any, reported_errors
from pdslack_cli.cli.options import Quiet, Region, UseSandbox
from pdslack_cli.cli.run.session import connected
from pdslack_cli.config.sources.environment import read_environment, variables_in
from pdslack_cli.config.sources.files import read_bytes, write_file
from pdslack_cli.config.stack import Header
from pdslack_cli.errors import PdslackError, Problem, ProblemsError
from pdslack_cli.export.account import Account, read_account
from pdslack_cli.export.export import Export, make_export
from pdslack_cli.export.selection import Selection
from pdslack_cli.export.variables import with_variables
from pdslack_cli.render.output.progress import Progress
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.output.streams import echo
from pdslack_cli.render.yaml import MAIN, yaml_document, yaml_files


class SplitBy(StrEnum):
    """How objects are distributed over the files of a folder."""

    SECTION = "section"
    TEAM = "team"


Owner = Annotated[
    str, typer.Option("--owner", help="The owner of the exported stack: [a-z0-9-].", envvar="PDSLACK_OWNER")
]
Folder = Annotated[
    Path | None,
    typer.Option("--out", help="Write files into this folder, not one document to standard output.",
                 file_okay=False, envvar="PDSLACK_EXPORT_OUT"),
]  # fmt: skip
By = Annotated[SplitBy, typer.Option("--by", help="What each file of the folder holds.", envvar="PDSLACK_BY")]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite", help="Replace existing files with different content.", envvar="PDSLACK_OVERWRITE"
    ),
]
OnlyThese = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="KIND|REF", envvar="PDSLACK_ONLY",
                 help="Only these (repeatable): a section, a kind, or refs such as service/payments-*."),
]  # fmt: skip
Team = Annotated[
    str,
    typer.Option("--team", help="Only what belongs to this team (its name or key).", envvar="PDSLACK_TEAM"),
]
InRegion = Annotated[
    Region, typer.Option("--region", help="Where the PagerDuty account lives.", envvar="PDSLACK_REGION")
]
Workspace = Annotated[
    str,
    typer.Option("--workspace", metavar="T…", help="Refuse a Slack token of any other workspace.",
                 envvar="PDSLACK_WORKSPACE"),
]  # fmt: skip


def export(
    owner: Owner,
    out: Folder = None,
    by: By = SplitBy.SECTION,
    overwrite: Overwrite = False,
    only: OnlyThese = None,
    team: Team = "",
    region: InRegion = Region.US,
    workspace: Workspace = "",
    sandbox: UseSandbox = False,
    quiet: Quiet = False,
) -> None:
    with reported_errors(quiet=quiet):
        header = header_of(owner, region, workspace)
        selection = Selection(tuple(only or ()), team)
        environ = read_environment(Path.cwd(), [])
        variables = variables_in(environ)

        def to_files(found: Export) -> Mapping[str, str]:
            found = with_variables(found, variables)
            return yaml_files(found, by.value) if out else {MAIN: yaml_document(found)}

        with connected(region.value, workspace, out or Path(), sandbox=sandbox) as clients:
            count = Progress(quiet=quiet).counter("reading")
            account = read_account(clients, selection.reads_whole(owner), count)
        found, files = make_export(account, header, selection, to_files, environ)
        if out:
            write(out, files, overwrite=overwrite)
        else:
            echo(files[MAIN], nl=False)
    if not quiet:
        print_left_out(account, found)


def header_of(owner: str, region: Region, workspace: str) -> Header:
    """Return the header of the files; ends the command if it would be invalid."""
    slack = {"workspace": workspace} if workspace else {}
    try:
        return Header.model_validate({"owner": owner, "pagerduty": {"region": region}, "slack": slack})
    except ValidationError as error:
        found = [detail["ctx"] for detail in error.errors()]
        raise ProblemsError([Problem(detail["message"], hint=detail["hint"]) for detail in found]) from None


def write(folder: Path, files: Mapping[str, str], *, overwrite: bool) -> None:
    """Write new files; existing ones are replaced only with `force`."""
    texts = {folder / name: text for name, text in files.items()}
    if not overwrite:
        hint = "choose another folder, or pass --overwrite"
        other = [path for path, text in texts.items() if path.exists() and not _holds(path, text)]
        raise_if_any([Problem(f"{path} already exists with different content", hint=hint) for path in other])
    for path, text in texts.items():
        write_file(path, text, with_folders=True)


def _holds(path: Path, text: str) -> bool:
    try:
        return read_bytes(path) == text.encode()
    except OSError as error:
        raise PdslackError(f"cannot read {path}: {error.strerror}") from None


def print_left_out(account: Account, found: Export) -> None:
    """Print what the files do not contain."""
    for entry in found.entries:
        for comment in entry.comments:
            echo(safe_line(f"{entry.ref}: {comment}"), err=True)
    for line in found.left_out:
        echo(safe_line(f"left out: {line}"), err=True)
    if account.unmanaged:
        counts = ", ".join(f"{number} {title}" for title, number in account.unmanaged)
        echo(f"not managed by pdslack: {counts}", err=True)
