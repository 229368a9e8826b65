"""The README and the pages for users tell the truth: commands exist, tables are whole, examples are there."""

from __future__ import annotations

import re
from importlib.metadata import requires
from pathlib import Path

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pdslack_cli.cli.main import COMMAND
from pdslack_cli.config.schema import json_schema
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.config.sources.source import read_sources
from pdslack_cli.routing.lint.findings import LINTS
from tests.config.plain import schema_checker

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = ROOT / "docs"
FOR_DEVELOPERS = {"architecture.md", "adding-a-kind.md"}
PAGES = [
    ROOT / "README.md",
    *(path for path in sorted(DOCS.glob("*.md")) if path.name not in FOR_DEVELOPERS),
    *sorted((DOCS / "concepts").glob("*.md")),
]
FILES = (ROOT / "examples").rglob("*.yaml")
EXAMPLES = sorted(path for path in FILES if "ci" not in path.relative_to(ROOT).parts)


COMMANDS = COMMAND.commands  # type: ignore[attr-defined]


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def flags() -> set[str]:
    return {
        name
        for command in (COMMAND, *COMMANDS.values())
        for parameter in command.params
        for name in parameter.opts
        if name.startswith("--")
    }


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_in_the_page_of_commands_and_says_what_it_does(name):
    assert f"`pdslack {name}" in page("commands")
    assert COMMANDS[name].help


@pytest.mark.parametrize("flag", sorted(flags() - {"--help", "-h", "--version"}))
def test_every_flag_has_help_and_an_environment_variable(flag):
    if "completion" in flag:
        return  # typer's own
    for name, command in {"pdslack": COMMAND, **COMMANDS}.items():
        for parameter in command.params:
            if flag in parameter.opts:
                assert parameter.help, f"{name} {flag}"
                assert str(parameter.envvar).startswith("PDSLACK_"), f"{name} {flag}"


# What several commands read in one sense, although each says it in its own words.
SHARED_VARIABLES = {
    *(
        "FILES",
        "FORMAT",
        "ONLY",
        "OWNER",
        "RESET",
        "SEVERITY",
        "SINCE",
        "SOURCE",
        "SUMMARY",
        "TO",
        "WORKSPACE",
    )
}


def test_every_environment_variable_has_one_meaning():
    helps: dict[str, set[object]] = {}
    for command in COMMANDS.values():
        for parameter in command.params:
            if parameter.envvar:
                helps.setdefault(str(parameter.envvar), set()).add(parameter.help)
    several = {name.removeprefix("PDSLACK_") for name, meanings in helps.items() if len(meanings) > 1}
    assert several == SHARED_VARIABLES


WRITTEN = [path for path in PAGES if path.name != "reference.md"]  # which is made of what `explain` shows


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_in_a_page_exists(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        named = re.findall(r"(?:`|^|/|\$ |&& )pdslack (?:-C \S+ )?([a-z]+)", line)
        assert set(named) <= COMMANDS.keys(), line
        if "docker" not in line and not re.search(r"\bgit (worktree|revert)|\bcurl\b", line):
            used = re.findall(r"(?<![\w-])--[a-z][a-z-]+", line)
            assert set(used) <= flags() | {"--help", "--version"}, line


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_a_page_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


def test_the_main_command_is_on_the_first_screen_of_the_readme():
    assert "<!-- main -->" in README.splitlines()[:12]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_every_section_is_in_the_page_about_the_file_and_in_an_example(section):
    assert f"`{section}`" in page("concepts/file")
    used = {key for path in EXAMPLES for key in yaml.safe_load(path.read_text())}
    assert section in used | {"sets"}, section


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_example_fits_the_json_schema(path):
    schema_checker().validate(read_sources([path], {}).data)


@pytest.mark.slow
def test_json_schema_is_itself_valid():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("lint", sorted(LINTS))
def test_every_lint_is_in_its_page(lint):
    severity, meaning = LINTS[lint]
    assert f"| `{lint}` | {severity} | {meaning} | " in page("lints")


def test_everything_that_the_tests_install_is_pinned():
    """A release elsewhere turns no suite red: the README's command installs what `constraints.txt` names."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {canonicalize_name(line.partition("==")[0]) for line in lines if "==" in line}
    needed, left = set(), [Requirement("pdslack-cli[dev]")]
    while left:
        wanted = left.pop()
        for found in map(Requirement, requires(wanted.name) or ()):
            applies = any(
                found.marker is None or found.marker.evaluate({"extra": extra})
                for extra in ("", *wanted.extras)
            )
            if applies and str(found) not in needed:
                needed.add(str(found))
                left.append(found)
    names = {canonicalize_name(Requirement(one).name) for one in needed} - {"pdslack-cli"}
    assert len(names) > 40
    assert names - pinned == set()
