"""`pdslack init`: create the files of a new stack."""

from __future__ import annotations

import re
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pdslack_cli.cli.errors import raise_if_any, reported_errors
from pdslack_cli.cli.options import Region
from pdslack_cli.cli.starter import (
    RELEASE,
    Answers,
    differing,
    ignore_files,
    in_the_way,
    installed_from,
    read_answer,
    starter_files,
)
from pdslack_cli.config.sources.files import write_file
from pdslack_cli.errors import Problem, ProblemsError
from pdslack_cli.kinds.mark import LONGEST_OWNER
from pdslack_cli.render.output.streams import echo


class Pipeline(StrEnum):
    """The CI system that plans and applies changes."""

    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"


Folder = Annotated[
    Path, typer.Argument(help="Where they are written.", show_default="this folder", file_okay=False)
]
Owner = Annotated[
    str | None,
    typer.Option("--owner", help="The owner that marks your objects: [a-z0-9-].", envvar="PDSLACK_OWNER",
                 show_default="the folder's name"),
]  # fmt: skip
InRegion = Annotated[
    Region | None,
    typer.Option("--region", help="Where the PagerDuty account lives.", envvar="PDSLACK_REGION",
                 show_default="us"),
]  # fmt: skip
Workspace = Annotated[
    str | None,
    typer.Option("--workspace", metavar="ID", help="The Slack workspace.", envvar="PDSLACK_WORKSPACE",
                 show_default="T0SANDBOX"),
]  # fmt: skip
Service = Annotated[
    str | None,
    typer.Option("--service", metavar="KEY", help="The first service.", envvar="PDSLACK_SERVICE",
                 show_default="OWNER-api"),
]  # fmt: skip
Channel = Annotated[
    str | None,
    typer.Option("--channel", metavar="NAME", help="The Slack channel to notify.",
                 envvar="PDSLACK_CHANNEL", show_default="OWNER-incidents"),
]  # fmt: skip
Person = Annotated[
    list[str] | None,
    typer.Option("--person", metavar="NAME=EMAIL", envvar="PDSLACK_PERSON",
                 help="Who is paged, in this order (repeatable).", show_default="me=me@example.com"),
]  # fmt: skip
Ci = Annotated[
    Pipeline | None,
    typer.Option("--ci", help="A pipeline that plans and applies.", envvar="PDSLACK_CI", show_default="none"),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.", envvar="PDSLACK_FORCE")]


def init(
    folder: Folder = Path(),
    owner: Owner = None,
    region: InRegion = None,
    workspace: Workspace = None,
    service: Service = None,
    channel: Channel = None,
    person: Person = None,
    ci: Ci = None,
    force: Force = False,
) -> None:
    with reported_errors():
        settle = _Interview()
        named = settle("owner", owner, "Owner, which marks your objects", _owner_of(folder))
        answers = {
            "owner": named,
            "region": settle("region", region, "PagerDuty region (us, eu)", "us"),
            "workspace": settle("workspace", workspace, "Slack workspace", "T0SANDBOX"),
            "service": settle("service", service, "First service", f"{named}-api"),
            "channel": settle("channel", channel, "Slack channel to notify", f"{named}-incidents"),
            "person": settle("person", ",".join(person or ()), "Who is paged, in order", "me=me@example.com"),
            "ci": settle("ci", ci, "Pipeline (github, gitlab, none)", "none"),
        }
        raise_if_any(settle.problems)
        contents = starter_files(folder, Answers.model_construct(**answers))
        raise_if_any([] if force else in_the_way(contents))
        overwritten = differing(contents)
        contents |= ignore_files(folder)
        for path, text in contents.items():
            write_file(path, text, with_folders=True)
    for path in contents:
        echo(f"{'Overwrote' if path in overwritten else 'Wrote'} {path}")
    if answers["ci"] == Pipeline.GITLAB and installed_from() is None:
        echo(f"pdslack was installed from a folder, which no pipeline reaches: check that {RELEASE} exists, "
             "or set PDSLACK_PACKAGE in .gitlab-ci.yml", err=True)  # fmt: skip
    enter = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    echo(f"Next: {enter}pdslack apply --sandbox")


class _Interview:
    """Asks questions on a terminal; without one, uses flags and defaults, and collects problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def __call__(self, flag: str, given: str | None, question: str, default: str) -> Any:
        """Return the value of a flag, or the answer to its question, in the form that the file needs."""

        def read(text: str) -> Any:
            try:
                return read_answer(flag, text)
            except ProblemsError as error:
                raise typer.BadParameter(str(error)) from None

        if not given and sys.stdin.isatty():
            return typer.prompt(question, default=default, value_proc=read, err=True)
        try:
            return read_answer(flag, given or default)
        except ProblemsError as error:
            self.problems += [
                Problem(f"--{flag}: {wrong.message}", hint=wrong.hint) for wrong in error.problems
            ]
            return default


def _owner_of(folder: Path) -> str:
    """Suggest an owner from the name of the folder."""
    words = re.findall("[a-z0-9]+", folder.resolve().name.lower())
    return "-".join(words)[:LONGEST_OWNER].strip("-") or "my-team"
