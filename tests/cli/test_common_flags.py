"""Flags that every command has, before and after it, and words that people bring from other tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdslack_cli.cli.main import COMMANDS
from tests.cli.conftest import STACK
from tests.test_readme import COMMANDS as PARSED

INFRA = "owner: infra\nteams: {infra: {}}\n"


@pytest.fixture
def infra(cli):
    cli.write(INFRA, "infra/stack.yaml")
    return cli


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_common_flags(cli, name):
    flags = {flag for parameter in PARSED[name].params for flag in parameter.opts}
    assert {"-C", "--debug"} <= flags
    assert ("-f" in flags) == any(parameter.name == "files" for parameter in PARSED[name].params)
    assert "Usage: pdslack" in cli(name, "-h").out


def test_the_version_is_printed(cli):
    assert cli("--version").out == cli("version").out
    assert "Usage: pdslack" in cli("-h").out


@pytest.mark.parametrize(
    "words",
    [
        ("-C", "infra", "validate"),
        ("validate", "-C", "infra"),
        ("validate", "-Cinfra", "stack.yaml"),
        ("validate", "infra"),
        ("validate", "-f", "infra"),
        ("validate", "--file", "infra/stack.yaml"),
        ("-C", "infra", "validate", "-C", "../infra"),
    ],
    ids=" ".join,
)
def test_a_folder_is_named_in_several_ways(infra, words):
    assert "owner 'infra'" in infra(*words).out
    assert Path.cwd() == infra.folder


def test_files_of_both_kinds_are_joined(infra):
    infra.write("teams: {more: {}}\n", "more/more.yaml")
    assert "2 objects" in infra("validate", "infra", "-f", "more").out


def test_the_environment_names_files_and_the_folder(infra, monkeypatch):
    monkeypatch.setenv("PDSLACK_FILES", "infra")
    assert "owner 'infra'" in infra("validate").out
    assert "owner 'payments'" in infra("validate", "-f", "pdslack.yaml").out
    assert "owner 'payments'" in infra("validate", "pdslack.yaml").out
    monkeypatch.setenv("PDSLACK_FILES", "stack.yaml")
    monkeypatch.setenv("PDSLACK_DIRECTORY", "infra")
    assert "owner 'infra'" in infra("validate").out


def test_a_folder_that_is_not_there_is_told(cli):
    assert "cannot run in 'none': No such file or directory" in cli("plan", "-C", "none", code=1).err


@pytest.mark.parametrize("words", [("--debug", "output", "--sandbox"), ("output", "--sandbox", "--debug")])
def test_calls_are_logged(cli, caplog, words):
    cli(*words)
    assert "GET /teams" in caplog.text


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["plan", "--target", "service/a"], "use --only KIND/KEY"),
        (["apply", "-target=service/a"], "use --only KIND/KEY"),
        (["destroy", "--target", "service/a"], "remove their entries from the files"),
        (["destroy", "--only", "service/a"], "remove their entries from the files"),
        (["import", "service/a"], "`pdslack adopt REF`"),
        (["import"], "`pdslack export`"),
        (["-C", ".", "preview"], "use `pdslack plan`"),
        (["plan", "--var", "a=b"], "PDSLACK_VAR_name"),
        (["plan", "--auto-approve"], "use --yes with apply"),
    ],
)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_words_of_other_tools_are_answered(cli, monkeypatch, words, hint, format_):
    monkeypatch.setenv("PDSLACK_FORMAT", format_)
    done = cli(*words, code=1)
    assert hint in (done.out if format_ == "json" else done.err)


def test_auto_approve_is_yes(cli):
    assert "Apply complete!" in cli("apply", "--sandbox", "--auto-approve").out


@pytest.mark.parametrize("format_", ["text", "json", "markdown", "github"])
@pytest.mark.parametrize(
    "words",
    [
        ("validate",),
        ("graph",),
        ("doctor", "--sandbox"),
        ("output", "--sandbox"),
        ("export", "--sandbox", "--owner", "payments"),
        ("test", "tested"),
        ("route", "-f", "tested", "--summary", "x", "--to", "service/api"),
        ("replay", "--sandbox"),
        ("schema",),
        ("version",),
    ],
    ids=" ".join,
)
def test_a_format_of_other_commands_breaks_none(cli, monkeypatch, words, format_):
    cli.write(
        STACK + "escalation_policies: {p: {levels: [{notify: [person/maya]}]}}\n"
        "services: {api: {escalation_policy: p}}\n"
        "tests: [{name: one, send: {to: service/api, event: {summary: a}}, expect: {service: api}}]\n",
        "tested/pdslack.yaml",
    )
    monkeypatch.setenv("PDSLACK_FORMAT", format_)
    cli(*words)


def test_a_format_of_no_command_is_refused(cli, monkeypatch):
    monkeypatch.setenv("PDSLACK_FORMAT", "xml")
    assert "'xml' is not one of" in cli("test", code=1).err


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("plan",), "# team/payments will be created"),
        (("graph",), "Payments"),
    ],
)
def test_only_takes_patterns(cli, command, expected):
    done = cli(*command, "--sandbox", "--only", "team/*")
    assert expected in done.out
    assert "# notification_rule/payments will" not in done.out
    assert "the stack has no 'schedule/*'" in cli(*command, "--sandbox", "--only", "schedule/*", code=1).err


def test_output_takes_patterns(cli):
    cli("apply", "--sandbox", "--yes", "--only", "team/*", "--only", "channel/inc*")
    assert set(cli("output", "--sandbox", "--format", "json", "--only", "t*/pay*").json) == {"team/payments"}
