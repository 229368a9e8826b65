"""Flags that every command has, before and after it, and words that people bring from other tools."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from pdslack_cli.cli.help.table import COMMANDS, DOCS
from pdslack_cli.cli.lazy import LazyCommand
from pdslack_cli.cli.options import Format
from tests.cli.conftest import STACK
from tests.test_readme import COMMANDS as PARSED

pytestmark = pytest.mark.slow_after(2)

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


@pytest.mark.parametrize("line", ["plan --nope -h", "plan --out --help", "serve --port none --help"])
def test_who_asks_for_help_gets_help_and_nothing_else(cli, line):
    done = cli(*line.split())
    assert (done.code, done.err) == (0, "")
    assert done.out == cli(line.split()[0], "--help").out


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
        (["plan", "-out=plan.json"], "two dashes: --out"),
        (["plan", "-detailed-exitcode"], "two dashes: --detailed-exitcode"),
        (["plan", "-refresh-only"], "there is no state"),
        (["init", "-upgrade"], "nothing to install"),
        (["fmt", "-check"], "`pdslack fmt --check`"),
        (["apply", "-lock=false"], "wait for each other"),
        (["apply", "-parallelism=10"], "finds the pace"),
        (["apply", "-input=false"], "--yes answers them"),
        (["apply", "-replace=webhook/a"], "`pdslack rotate REF`"),
        (["plan", "-no-color"], "NO_COLOR=1"),
        (["apply", "--prune"], "--no-delete keeps them"),
        (["apply", "--dry-run"], "`pdslack plan`"),
        (["apply", "-n", "prod"], "another `owner:`"),
        (["plan", "-l", "a=b"], "--only KIND/KEY"),
        (["export", "--owner", "a", "-o", "yaml"], "--out FILE"),
        (["state", "list"], "marks record which objects are managed"),
        (["refresh"], "reads what is live"),
        (["workspace", "select", "a"], "-C FOLDER chooses one"),
        (["diff"], "`pdslack plan`"),
        (["dry-run"], "`pdslack plan`"),
        (["get", "services"], "`pdslack list`"),
        (["describe", "service/a"], "`pdslack explain`"),
        (["delete", "service/a"], "remove the entry"),
        (["lint"], "`pdslack validate`"),
        (["check"], "`pdslack validate`"),
        (["mv", "a", "b"], "`previously:`"),
        (["rollback"], "an earlier commit"),
        (["plna"], "Did you mean 'plan'"),
    ],
)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_words_of_other_tools_are_answered(cli, monkeypatch, words, hint, format_):
    monkeypatch.setenv("PDSLACK_FORMAT", format_)
    done = cli(*words, code=1)
    assert hint in (done.out if format_ == "json" else done.err)


@pytest.mark.slow
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
        ("fmt", "tested"),
        ("plan", "--sandbox"),
        ("apply", "--sandbox", "--yes"),
        ("destroy", "--sandbox", "--yes"),
        ("list", "vendors", "--sandbox"),
        ("list",),
        ("explain", "service"),
        ("explain", "conditions"),
        ("init", "new", "--owner", "a"),
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


@pytest.mark.parametrize("name", COMMANDS)
def test_every_format_of_any_command_is_taken_or_left_by_every_command(name, monkeypatch):
    command = LazyCommand(name, "pdslack_cli.cli.commands", COMMANDS[name]).loaded
    formats = [each for each in command.params if each.envvar == "PDSLACK_FORMAT"]
    for format_ in Format:
        monkeypatch.setenv("PDSLACK_FORMAT", format_)
        context = command.make_context(name, [], resilient_parsing=True)
        for parameter in formats:
            is_its_own = format_ in {str(each) for each in type(parameter.default)}
            assert context.params[parameter.name] == (format_ if is_its_own else parameter.default)
    # The command is loaded once for each process, so that one run must not tell in the next.
    assert [each for each in command.params if each.envvar == "PDSLACK_FORMAT"] == formats


def test_a_format_of_no_command_is_refused(cli, monkeypatch):
    monkeypatch.setenv("PDSLACK_FORMAT", "xml")
    assert (
        "PDSLACK_FORMAT: must be one of 'text', 'json', 'markdown', 'github', got 'xml'"
        in cli("test", code=1).err
    )


@pytest.mark.parametrize(
    ("words", "message", "cure"),
    [
        ("init --region mars", "--region: must be one of 'us', 'eu', got 'mars'", "use one of these"),
        ("init --region EU", "--region: must be one of 'us', 'eu', got 'EU'", "did you mean 'eu'?"),
        ("init --ci githb", "--ci: must be one of 'github', 'gitlab', 'none'", "did you mean 'github'?"),
        ("test --format jsn", "--format: must be one of 'text',", "did you mean 'json'?"),
        ("apply --max-deletes x", "--max-deletes: expected a whole number, got 'x'", "pdslack apply --help"),
        ("apply --max-deletes -1", "--max-deletes: must be at least 0, got '-1'", "pdslack apply --help"),
        ("apply --max-deletes", "'--max-deletes' requires an argument", "pdslack apply --help"),
        ("serve --port 70000", "--port: must be at most 65535, got '70000'", "pdslack serve --help"),
        ("-C /nowhere plan", "--directory: cannot run in '/nowhere'", "pdslack --help"),
        ("send", "Missing argument 'TO'", "pdslack send --help"),
    ],
)
def test_a_wrong_flag_gets_its_reason_and_its_cure(cli, words, message, cure):
    err = cli(*words.split(), code=1).err
    assert message in err
    assert cure in err
    assert "Value error" not in err
    assert "Input should" not in err


@pytest.mark.parametrize(
    ("command", "expected", "missing"),
    [
        (("plan",), "# team/payments will be created", "neither the files nor the owner's marks name"),
        (("graph",), "Payments", "the stack has no"),
    ],
)
def test_only_takes_patterns(cli, command, expected, missing):
    done = cli(*command, "--sandbox", "--only", "team/*")
    assert expected in done.out
    assert "# notification_rule/payments will" not in done.out
    assert f"{missing} 'schedule/*'" in cli(*command, "--sandbox", "--only", "schedule/*", code=1).err


@pytest.mark.slow
def test_output_takes_patterns(cli):
    cli("apply", "--sandbox", "--yes", "--only", "team/*", "--only", "channel/inc*")
    assert set(cli("output", "--sandbox", "--format", "json", "--only", "t*/pay*").json) == {"team/payments"}


@pytest.mark.parametrize(
    "words", [("--sandbox", "plan"), ("plan", "--sandbox"), ("-C", ".", "--sandbox", "plan")]
)
def test_the_sandbox_is_chosen_before_or_after_the_command(cli, words):
    assert "Plan: " in cli(*words).out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_sandbox_before_any_command_breaks_none(cli, name):
    assert "Usage: pdslack" in cli("--sandbox", name, "--help").out


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("columns", [80, 120])
def test_help_is_as_wide_as_the_terminal_with_examples_and_a_page(cli, monkeypatch, name, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = cli(name, "--help").out
    described = COMMANDS[name]
    lines = [line for line in shown.splitlines() if "https://" not in line and "pdslack" not in line]
    assert max(map(len, lines)) <= columns
    assert not re.search(r"<[a-z]|\[\[|\{\w|list\[|[<>]=", shown)  # no types of the framework
    for example in described.examples:
        assert f"    {example}\n" in shown
    page, _, heading = described.page.partition("#")
    assert f"{DOCS}/{described.page}" in shown
    text = (Path(__file__).parents[3] / "docs" / page).read_text(encoding="utf-8")
    assert not heading or f"# {heading.replace('-', ' ')}" in text.lower()


@pytest.mark.parametrize(
    ("name", "example"),
    [(name, example) for name, described in COMMANDS.items() for example in described.examples],
)
def test_every_example_of_the_help_is_a_command_line(name, example):
    program, command, *words = shlex.split(example.partition(" > ")[0], comments=True)
    assert (program, command) == ("pdslack", name)
    loaded = LazyCommand(name, "pdslack_cli.cli.commands", COMMANDS[name]).loaded
    loaded.make_context(name, words, resilient_parsing=False).close()


# Commands that read no files of a stack: they take a folder to write to, a saved plan, or nothing.
WITHOUT_FILES = {"init", "export", "show", "explain", "schema", "version"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_reads_a_stack_takes_its_files_in_the_same_way(name):
    taking = [parameter for parameter in PARSED[name].params if "-f" in parameter.opts]
    assert bool(taking) == (name not in WITHOUT_FILES)
    arguments = [parameter for parameter in PARSED[name].params if not parameter.opts[0].startswith("-")]
    if taking and not [argument for argument in arguments if argument.name != "files"]:
        assert [argument.name for argument in arguments] == ["files"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("servce/*", "did you mean 'service/*'?"),
        ("services/api", "did you mean 'service/api'?"),
        ("chanel/ops", "did you mean 'channel/ops'?"),
        ("api", "write KIND/KEY, e.g. service/payments-api"),
        ("team", "did you mean 'team/*'?"),
        ("services", "did you mean 'service/*'?"),
    ],
)
def test_a_kind_that_only_misspells_gets_the_nearest(cli, text, hint):
    for words in (("plan", "--sandbox"), ("apply", "--yes")):  # nothing is read, and no token is asked for
        told = cli(*words, "--only", text, code=1).err
        assert f"{text!r} is not a reference\n  {hint}\n" in told
    assert not (cli.folder / ".pdslack").exists()
