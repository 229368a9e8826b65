"""`pdslack validate`: everything that can be known offline."""

from __future__ import annotations

from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import Files, Format, OutputFormat, Quiet
from pdslack_cli.cli.session import advice, load_stack


def validate(files: Files = None, format_: OutputFormat = Format.TEXT, quiet: Quiet = False) -> None:
    with reported_errors(format_, files, command="validate", quiet=quiet) as view:
        stack, _ = load_stack(files)
        view.valid(stack, advice(stack))
