"""The command that a plan prints applies exactly that plan: complete, on one line, and without a question."""

from __future__ import annotations

import shlex
from itertools import product

import pytest

from pdslack_cli.cli.help.table import COMMANDS
from pdslack_cli.cli.lazy import LazyCommand
from pdslack_cli.cli.next_command import apply_exactly
from pdslack_cli.cli.run.planning import request_of
from pdslack_cli.engine.storage.saved import FLAGS, PlanRequest
from tests.cli.conftest import STACK

pytestmark = pytest.mark.slow_after(2)


def printed(text: str) -> list[str]:
    """The words of the one line that a plan prints."""
    (line,) = [line for line in text.splitlines() if line.startswith("    pdslack ") or "` does" in line]
    return shlex.split(line.strip().removeprefix("`").split("` does")[0])


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["text", "markdown"])
@pytest.mark.parametrize(
    "words",
    [
        ("pdslack.yaml",),
        ("--adopt", "--no-delete", "--delete-with-open-incidents", "--max-deletes", "9"),
        ("--only", "team/*", "--only", "channel/incidents"),
        ("my stack/it's.yaml", "-f", "pdslack.yaml"),
        ("-C", "my stack", "it's.yaml", "../pdslack.yaml"),
        ("-C", "my stack", ".", "../pdslack.yaml", "--only", "team/*"),
    ],
    ids=" ".join,
)
def test_the_command_of_a_plan_applies_it(cli, words, format_):
    cli.write("teams: {more: {name: More}}\n", "my stack/it's.yaml")

    shown = cli("plan", "--sandbox", "--format", format_, *words).out
    done = cli(*printed(shown)[1:])

    assert "Apply complete!" in done.out
    assert printed(shown)[0] == "pdslack"
    assert "Do you want" not in done.err


@pytest.mark.slow
def test_flags_from_the_environment_are_part_of_the_command(cli, monkeypatch):
    monkeypatch.setenv("PDSLACK_SANDBOX", "1")
    monkeypatch.setenv("PDSLACK_ONLY", "team/payments")
    shown = cli("plan").out
    monkeypatch.delenv("PDSLACK_SANDBOX")
    monkeypatch.delenv("PDSLACK_ONLY")
    assert "1 added" in cli(*printed(shown)[1:]).out


@pytest.mark.slow
def test_a_saved_plan_in_another_folder(cli):
    cli.write(STACK, "my stack/pdslack.yaml")
    shown = cli("-C", "my stack", "plan", "--sandbox", "--out", "my plan.json").out
    assert printed(shown) == ["pdslack", "-C", "my stack", "apply", "my plan.json"]
    assert "Apply complete!" in cli(*printed(shown)[1:]).out


@pytest.mark.parametrize("columns", ["20", "80"])
def test_the_command_is_one_line_whatever_the_width(cli, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = cli("plan", "--sandbox", "pdslack.yaml").out
    assert printed(shown)[-2:] == ["--sandbox", "pdslack.yaml"]


@pytest.mark.slow
def test_another_plan_than_the_reviewed_one_is_refused_before_any_question(cli):
    command = printed(cli("plan", "--sandbox").out)
    cli.write(STACK.replace("Takes money", "Takes the money"))
    refused = cli(*command[1:], code=1)
    assert "the plan does not match --expect: its fingerprint is " in refused.err
    assert "cannot ask" not in refused.err
    command[command.index("--expect") + 1] = "cut"
    assert "a fingerprint has 64 characters, and --expect 3" in cli(*command[1:], code=1).err


REQUESTS = [
    PlanRequest(
        files=files, adopt=adopt, delete=delete, only=only, max_deletes=max_deletes,
        delete_with_open_incidents=incidents, sandbox=sandbox,
    )
    for files, adopt, delete, only, max_deletes, incidents, sandbox in product(
        [(), ("a b.yaml", "it's")], [False, True], [True, False], [(), ("team/*", "service/a")], [None, 0, 9],
        [False, True], [False, True],
    )
]  # fmt: skip


@pytest.mark.slow
def test_the_command_of_every_request_asks_for_the_same(cli):
    assert {*FLAGS, "files"} == set(PlanRequest.model_fields)
    apply = LazyCommand("apply", "pdslack_cli.cli.commands", COMMANDS["apply"]).loaded
    for request in REQUESTS:
        program, command, *words = shlex.split(apply_exactly("f00d", request))
        asked = apply.make_context(command, words).params
        names = ("adopt", "no_delete", "max_deletes", "delete_with_open_incidents", "only", "sandbox")
        assert program == "pdslack"
        assert asked["expect"] == "f00d"
        assert request_of(asked["files"], **{name: asked[name] for name in names}) == request
