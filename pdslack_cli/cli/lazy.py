"""Lazy loading of commands: `--help` and completion need only their names and summaries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, wraps
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from pdslack_cli.cli.command import HELP_FLAGS, Command
from pdslack_cli.cli.help.parameters import parameters_of
from pdslack_cli.cli.help.table import CommandHelp


class LazyCommand(TyperCommand):
    """A command of which name and help are known; its module is imported when it runs."""

    def __init__(self, name: str, package: str, described: CommandHelp) -> None:
        super().__init__(name, help=described.summary, epilog=described.epilog)
        self.module = f"{package}.{described.module}"

    @cached_property
    def loaded(self) -> Any:
        """The real command: the function of its name, with flags from its parameters."""
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(self.name, cls=Command, help=self.help, epilog=self.epilog, context_settings=HELP_FLAGS)(
            self._function()
        )
        return typer.main.get_command(app)

    def _function(self) -> Any:
        """Return the function of the command, whose module is imported when it is called."""
        parameters = parameters_of(self.module, {str(self.name), f"{self.name}_"})

        @wraps(parameters)
        def call(*given: Any, **named: Any) -> Any:
            return getattr(import_module(self.module), parameters.__name__)(*given, **named)

        return call

    @property
    def params(self) -> list[Any]:
        return list(self.loaded.params)

    @params.setter
    def params(self, params: list[Any]) -> None:
        """Empty for a command that is not loaded; the setter is needed by the base class."""

    def make_context(self, *args: Any, **settings: Any) -> Any:
        return self.loaded.make_context(*args, **settings)


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
