"""`pdslack validate`: check the files offline."""

from __future__ import annotations

from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import Files, Format, OutputFormat, Quiet
from pdslack_cli.cli.run.files import check_files


def validate(files: Files = None, format_: OutputFormat = Format.TEXT, quiet: Quiet = False) -> None:
    with reported_errors(format_, files, command="validate", quiet=quiet) as view:
        stack, found = check_files(files)
        view.valid(stack, found)
