"""Commands imported when they are used: `--help` and completion need only their names and summaries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from pdslack_cli.cli.command import HELP_FLAGS, Command


class LazyCommand(TyperCommand):
    """A command known by name and summary; whatever asks for more imports its module."""

    def __init__(self, name: str, module: str, summary: str) -> None:
        super().__init__(name, help=summary)
        self.module = module

    @cached_property
    def loaded(self) -> Any:
        """The command itself: the function of its name, with the flags that its parameters declare."""
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(self.name, cls=Command, help=self.help, context_settings=HELP_FLAGS)(
            getattr(import_module(self.module), str(self.name))
        )
        return typer.main.get_command(app)

    @property
    def params(self) -> list[Any]:
        return list(self.loaded.params)

    @params.setter
    def params(self, params: list[Any]) -> None:
        """The base class sets its own, and has none."""

    def make_context(self, *args: Any, **settings: Any) -> Any:
        return self.loaded.make_context(*args, **settings)


class LazyGroup(TyperGroup):
    """A group of lazy commands, given as a table of name → (module below `package`, summary)."""

    package: str
    table: Mapping[str, tuple[str, str]]

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (module, summary) in self.table.items():
            self.add_command(LazyCommand(name, f"{self.package}.{module}", summary))
