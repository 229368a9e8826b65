"""The base class of all commands: common flags, accepted before and after the command, and `-f`."""

from __future__ import annotations

import contextlib
import os
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from pdslack_cli.cli.debug import log_calls
from pdslack_cli.cli.help.values import argument_form, describe_range, is_argument, value_word
from pdslack_cli.cli.options import FORMAT_VARIABLE, RunFormat

HELP_NAMES = ["-h", "--help"]
HELP_FLAGS: dict[str, Any] = {
    "help_option_names": HELP_NAMES,
    "max_content_width": 10_000,  # as wide as the terminal
}


_folder = ContextVar("folder", default="")


def current_folder() -> str:
    """Return the folder that `-C` changed to, relative to where the command was started; "" without `-C`."""
    return _folder.get()


def _change_folder(ctx: typer.Context, parameter: typer.CallbackParam, folder: Path | None) -> None:
    # The environment variable counts once: before the command.
    if folder is None or (ctx.parent and _from_environment(ctx, str(parameter.name))):
        return
    try:
        ctx.with_resource(contextlib.chdir(folder))
    except OSError as error:
        raise typer.BadParameter(f"cannot run in '{folder}': {error.strerror}") from None
    before = _folder.set(os.path.join(_folder.get(), folder))
    ctx.call_on_close(lambda: _folder.reset(before))


def _start_debug(wanted: bool) -> None:
    if wanted:
        log_calls()


Debug = Annotated[
    bool,
    typer.Option("--debug", help="Log every call on standard error.", envvar="PDSLACK_DEBUG",
                 callback=_start_debug, is_eager=True, expose_value=False),
]  # fmt: skip
InFolder = Annotated[
    Path | None,
    typer.Option("-C", "--directory", metavar="FOLDER", help="Run in this folder.", show_default=False,
                 envvar="PDSLACK_DIRECTORY", callback=_change_folder, is_eager=True, expose_value=False),
]  # fmt: skip
MoreFiles = Annotated[
    list[Path] | None,
    typer.Option("--file", "-f", metavar="FILE", help="The same as FILES (repeatable).", show_default=False,
                 envvar="PDSLACK_FILES"),
]  # fmt: skip


def _common(directory: InFolder = None, debug: Debug = False) -> None: ...


def _files(more_files: MoreFiles = None) -> None: ...


def _parameters_of(function: Any) -> list[Any]:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(function)
    return list(typer.main.get_command(app).params)


class Command(TyperCommand):
    """A command with the common flags."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        if any(
            parameter.name == "files" and not parameter.opts[0].startswith("-") for parameter in self.params
        ):
            self.params += _parameters_of(_files)
        self.params += _parameters_of(_common)
        for parameter in self.params:
            parameter.metavar = value_word(parameter)
            describe_range(parameter)
        self._formats = [parameter for parameter in self.params if parameter.envvar == FORMAT_VARIABLE]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        unread = [parameter for parameter in self._formats if _is_of_another_command(parameter)]
        for parameter in unread:
            parameter.envvar = None
        try:
            return super().parse_args(ctx, args)
        finally:  # a process may run several commands, each in another environment
            for parameter in unread:
                parameter.envvar = FORMAT_VARIABLE

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return ["[OPTIONS]", *(argument_form(each) for each in self.get_params(ctx) if is_argument(each))]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        shown: list[tuple[Any, tuple[str, str]]] = [
            (each, record) for each in self.get_params(ctx) if (record := each.get_help_record(ctx))
        ]
        arguments = [(value_word(each), described) for each, (_, described) in shown if is_argument(each)]
        flags = [record for each, record in shown if not is_argument(each)]
        for title, rows in (("Arguments", arguments), ("Options", flags)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def invoke(self, ctx: Any) -> Any:
        named = ctx.params.pop("more_files", None)
        if named and not _from_environment(ctx, "more_files"):
            given = () if _from_environment(ctx, "files") else ctx.params["files"] or ()
            ctx.params["files"] = [*given, *named]
        return super().invoke(ctx)


def _from_environment(ctx: Any, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "ENVIRONMENT"


def _is_of_another_command(parameter: Any) -> bool:
    """Return whether PDSLACK_FORMAT names a format that other commands support and this one does not."""
    formats: type[StrEnum] = type(parameter.default)
    return os.environ.get(FORMAT_VARIABLE) in set(RunFormat) - set(formats)
