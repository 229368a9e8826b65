"""Lazy loading of commands: `--help` and completion need only their names and summaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from pdslack_cli.cli.command import HELP_FLAGS, HELP_NAMES, Command
from pdslack_cli.cli.help.parameters import parameters_of
from pdslack_cli.cli.help.table import CommandHelp


class LazyCommand(TyperCommand):
    """A command whose module is imported when it runs; help and completion do without."""

    def __init__(self, name: str, package: str, described: CommandHelp) -> None:
        super().__init__(name, help=described.summary, epilog=described.epilog)
        self.module = f"{package}.{described.module}"
        self.names = (name, f"{name}_")  # of its function: `list` is `list_`

    @cached_property
    def loaded(self) -> Any:
        """The real command, from its function."""
        module = import_module(self.module)
        return self._command(next(getattr(module, name) for name in self.names if hasattr(module, name)))

    @cached_property
    def described(self) -> Any:
        """A command with the same flags that does nothing."""
        return self._command(parameters_of(self.module, self.names))

    def _command(self, function: Callable[..., None]) -> Any:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(self.name, cls=Command, help=self.help, epilog=self.epilog, context_settings=HELP_FLAGS)(
            function
        )
        return typer.main.get_command(app)

    @property
    def params(self) -> list[Any]:
        return list(self.described.params)

    @params.setter
    def params(self, params: list[Any]) -> None:
        """Empty for a command that is not loaded; the setter is needed by the base class."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **settings: Any) -> Any:
        if settings.get("resilient_parsing"):  # for completion
            return self.described.make_context(info_name, args, *rest, **settings)
        if not set(HELP_NAMES).isdisjoint(args):
            return self.described.make_context(info_name, HELP_NAMES[:1], *rest, **settings)
        return self.loaded.make_context(info_name, args, *rest, **settings)


class LazyGroup(TyperGroup):
    """A group of lazy commands, from a table by name; their modules are in `package`."""

    package: str
    table: Mapping[str, CommandHelp]

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, described in self.table.items():
            self.add_command(LazyCommand(name, self.package, described))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Print the summaries of commands in full; typer truncates each to one line."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, described.summary) for name, described in self.table.items()])
