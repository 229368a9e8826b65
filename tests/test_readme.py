"""The README tells the truth: its commands exist, its tables are whole, its examples are there."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import typer
import yaml

from pdslack_cli.cli.main import app
from pdslack_cli.config.schema import json_schema
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.config.sources.source import read_sources
from pdslack_cli.routing.lint.findings import LINTS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = (ROOT / "examples").rglob("*.yaml")
EXAMPLES = sorted(path for path in FILES if "ci" not in path.relative_to(ROOT).parts)

GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands  # type: ignore[attr-defined]


def flags() -> set[str]:
    return {
        name
        for command in (GROUP, *COMMANDS.values())
        for parameter in command.params
        for name in parameter.opts
        if name.startswith("--")
    }


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_in_the_readme_and_says_what_it_does(name):
    assert f"`pdslack {name}" in README
    assert COMMANDS[name].help


@pytest.mark.parametrize("flag", sorted(flags() - {"--help", "-h", "--version"}))
def test_every_flag_has_help_and_an_environment_variable(flag):
    if "completion" in flag:
        return  # typer's own
    for name, command in {"pdslack": GROUP, **COMMANDS}.items():
        for parameter in command.params:
            if flag in parameter.opts:
                assert parameter.help, f"{name} {flag}"
                assert str(parameter.envvar).startswith("PDSLACK_"), f"{name} {flag}"


def test_every_command_in_the_readme_exists():
    for name in re.findall(r"pdslack ([a-z]+)", README):
        assert name in COMMANDS, name
    for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]+", README):
        assert flag in flags() | {"--help", "--version"}, flag


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_every_section_is_in_the_readme_and_in_an_example(section):
    assert f"`{section}`" in README
    used = {key for path in EXAMPLES for key in yaml.safe_load(path.read_text())}
    assert section in used | {"sets"}, section


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_example_fits_the_json_schema(path):
    jsonschema.Draft202012Validator(json_schema()).validate(read_sources([path], {}).data)


def test_json_schema_is_itself_valid():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("lint", sorted(LINTS))
def test_every_lint_is_in_the_readme(lint):
    severity, meaning = LINTS[lint]
    assert f"| `{lint}` | {severity} | {meaning} |" in README
