"""A saved plan is done exactly, or not at all, and what moved is named."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from pdslack_cli.engine.storage.saved import PlanRequest, read_saved
from pdslack_cli.errors import PdslackError
from tests.cli.conftest import STACK, resaved

pytestmark = pytest.mark.slow_after(2)


def fingerprint(cli) -> str:
    return cli("plan", "--sandbox", "--format", "json").json["fingerprint"]


@pytest.mark.slow
def test_saved_plan_is_applied_without_a_question(cli):
    planned = cli("plan", "--sandbox", "--out", "plan.json")
    assert "Saved the plan to: plan.json" in planned.out
    assert "    pdslack apply plan.json\n" in planned.out

    applied = cli("apply", "plan.json")

    assert "Apply complete! Resources: 3 added, 0 changed, 0 destroyed." in applied.out
    assert cli("plan", "--sandbox").out.startswith("No changes.")


def test_saved_plan_is_for_our_eyes_only_and_leaves_nothing_else_behind(cli):
    cli("plan", "--sandbox", "--out", "plan.json")

    assert stat.S_IMODE((cli.folder / "plan.json").stat().st_mode) == 0o600
    assert {path.name for path in cli.folder.iterdir()} == {"pdslack.yaml", ".pdslack", "plan.json"}


def test_saved_plan_holds_the_plan_for_policies_as_well(cli):
    printed = cli("plan", "--sandbox", "--format", "json", "--out", "plan.json").json
    saved = json.loads((cli.folder / "plan.json").read_text())

    assert saved["resource_changes"] == printed["resource_changes"]
    assert saved["fingerprint"] == printed["fingerprint"]
    assert saved["saved_plan"]["request"]["files"] == []


@pytest.mark.slow
def test_saved_plan_remembers_how_it_was_made(cli):
    cli.write(STACK, "infra/stack.yaml")
    cli("plan", "--sandbox", "--only", "team/payments", "--out", "plan.json", "infra")

    applied = cli("apply", "plan.json")

    assert "Apply complete! Resources: 1 added, 0 changed, 0 destroyed." in applied.out


@pytest.mark.slow
def test_plan_without_a_file_says_how_to_bind_an_apply_to_it(cli):
    text = cli("plan", "--sandbox").out

    assert "Note: You didn't use --out to save this plan" in text
    assert f"    pdslack apply --expect {fingerprint(cli)} --sandbox\n" in text
    assert "Note:" not in cli("plan", "--sandbox", "--quiet").out


@pytest.mark.slow
def test_stale_plan_names_the_changed_object_that_moved(cli):
    cli("apply", "--sandbox", "--yes")
    cli.write(STACK.replace("Takes money", "Takes the money"))
    cli("plan", "--sandbox", "--out", "plan.json")
    cli.rename_team("Payments", "Money")

    refused = cli("apply", "plan.json", code=1)

    assert "Saved plan is stale\n  make a new plan" in refused.err
    assert "team/payments has changed: name" in refused.err
    assert cli("plan", "--sandbox", "--detailed-exitcode", code=2)  # nothing was done


@pytest.mark.slow
def test_stale_plan_names_the_referenced_object_that_moved(cli):
    cli("apply", "--sandbox", "--yes")
    cli.write(STACK.replace("urgency: high", "urgency: low"))
    cli("plan", "--sandbox", "--only", "notification_rule/payments", "--out", "plan.json")
    cli.rename_team("Payments", "Money")

    refused = cli("apply", "plan.json", code=1)

    assert "team/payments, which a change refers to, has changed: name" in refused.err


@pytest.mark.slow
def test_plan_stands_while_only_unrelated_objects_move(cli):
    cli.write(STACK.replace("teams:\n", "teams:\n  other: {name: Other}\n"))
    cli("apply", "--sandbox", "--yes")
    cli.write(STACK.replace("teams:\n", "teams:\n  other: {name: Other}\n").replace("Card payments", "Cards"))
    cli("plan", "--sandbox", "--only", "channel/incidents", "--out", "plan.json")
    cli.rename_team("Other", "Others")

    assert "1 changed" in cli("apply", "plan.json").out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            STACK.replace("Takes money", "Takes the money"),
            "team/payments would be changed differently now: description",
            id="another value",
        ),
        pytest.param(
            STACK.replace("teams:\n", "teams:\n  other: {name: Other}\n"),
            "team/other would now be created, which is not in the saved plan",
            id="one more object",
        ),
        pytest.param(
            STACK.partition("notification_rules")[0],
            "notification_rule/payments would no longer be created",
            id="one object less",
        ),
    ],
)
def test_plan_is_stale_once_the_files_say_otherwise(cli, text, sentence):
    cli("plan", "--sandbox", "--out", "plan.json")
    cli.write(text)

    assert sentence in cli("apply", "plan.json", code=1).err


@pytest.mark.slow
def test_plan_that_was_done_already_is_stale(cli):
    cli("plan", "--sandbox", "--out", "plan.json")
    cli("apply", "plan.json")

    assert "team/payments would no longer be created" in cli("apply", "plan.json", code=1).err


@pytest.mark.slow
def test_plan_with_problems_is_not_saved(cli):
    cli("apply", "--sandbox", "--yes")
    cli.write("owner: others\nslack: {workspace: T0ACME}\nteams: {payments: {name: Payments}}\n")

    refused = cli("plan", "--sandbox", "--out", "plan.json", code=1)

    assert "belongs to owner 'payments'" in refused.err
    assert not (cli.folder / "plan.json").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["--adopt"], "the saved plan was made with a different --adopt", id="adopt"),
        pytest.param(["--no-delete"], "the saved plan was made with a different --no-delete", id="no-delete"),
        pytest.param(["--only", "team/payments"], "made with a different --only", id="only"),
        pytest.param(
            ["pdslack.yaml"], "a saved plan cannot be combined with other files", id="files beside it"
        ),
    ],
)
def test_saved_plan_takes_no_other_flags(cli, words, message):
    cli("plan", "--sandbox", "--out", "plan.json")

    assert message in cli("apply", "plan.json", *words, code=1).err


def test_real_accounts_plan_is_not_done_in_the_sandbox(cli):
    cli("plan", "--sandbox", "--out", "plan.json")
    resaved(cli.folder / "plan.json", request=PlanRequest())

    assert "made with a different --sandbox" in cli("apply", "--sandbox", "plan.json", code=1).err


@pytest.mark.slow
def test_flags_that_say_the_same_again_are_fine(cli):
    cli("plan", "--sandbox", "--no-delete", "--out", "plan.json")

    cli("apply", "--sandbox", "--no-delete", "--yes", "plan.json")


@pytest.mark.slow
def test_expected_plan_is_applied(cli):
    assert "3 added" in cli("apply", "--sandbox", "--yes", "--expect", fingerprint(cli)).out


@pytest.mark.slow
def test_other_plan_than_the_expected_is_refused(cli):
    expected = fingerprint(cli)
    cli.write(STACK.replace("Takes money", "Takes the money"))

    refused = cli("apply", "--sandbox", "--yes", "--expect", expected, code=1)

    assert f"its fingerprint is {fingerprint(cli)}" in refused.err
    assert "Apply complete" not in refused.out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param('{"format_version": "1.2", "saved_plan": {}}', "cannot read", id="of another version"),
        pytest.param('{"format_version": "1.2"}', "unknown key 'format_version'", id="not a saved plan"),
    ],
)
def test_file_that_is_no_saved_plan_of_ours_is_refused(cli, content, message):
    cli.write(content, "plan.json")

    assert message in cli("apply", "plan.json", code=1).err


def edited(value: Any) -> Iterator[Any]:
    """The value with each single value in it changed, removed or added."""
    if isinstance(value, dict | list):
        for place in [*value] if isinstance(value, dict) else range(len(value)):
            for new in edited(value[place]):
                copy = value.copy()
                copy[place] = new
                yield copy
            rest = value.copy()
            del rest[place]
            yield rest
        yield {**value, "more": 1} if isinstance(value, dict) else [*value, "more"]
    else:
        yield (not value) if isinstance(value, bool) else f"{value} "


@pytest.mark.slow
def test_saved_plan_with_any_other_value_is_neither_shown_nor_applied(cli):
    cli("plan", "--sandbox", "--out", "plan.json")
    path = cli.folder / "plan.json"
    saved = json.loads(path.read_text())
    path.write_text(json.dumps(saved, sort_keys=True))
    assert read_saved(path)  # another layout says the same

    edits = [*edited(saved)]
    assert len(edits) > 400
    for edit in edits:
        path.write_text(json.dumps(edit))
        with suppress(PdslackError):
            assert read_saved(path) is None, edit  # then it is read as a stack file, which it is not

    saved["resource_changes"][0]["change"]["after"]["description"] = "Harmless \ud800"
    path.write_text(json.dumps(saved))
    for command in ("show", "apply"):
        refused = cli(command, "plan.json", code=1)
        assert "plan.json was changed after `pdslack plan` saved it; make a new plan" in refused.err


@pytest.mark.parametrize(
    ("out", "message"),
    [
        pytest.param("/dev/null", "it is a device, not a regular file", id="a device"),
        pytest.param("missing/plan.json", "No such file or directory", id="no such folder"),
    ],
)
def test_plan_that_cannot_be_saved_says_why(cli, out, message):
    assert message in cli("plan", "--sandbox", "--out", out, code=1).err


@pytest.mark.slow
def test_token_that_somebody_pasted_into_an_account_is_in_no_plan(cli):
    token = "xoxb-1234567890-abcdefghij"
    cli("apply", "--sandbox", "--yes")
    with cli.account() as clients:
        (team,) = clients.pagerduty.list("/teams", "teams")
        description = f"ask {token}\n\n[pdslack:payments/payments]"
        clients.pagerduty.update(f"/teams/{team['id']}", {"team": {**team, "description": description}})

    for format_ in ("text", "json", "markdown", "github"):
        done = cli("plan", "--sandbox", "--format", format_, "--out", "plan.json")
        assert "ask xoxb…" in done.out
        assert token not in done.out + done.err + (cli.folder / "plan.json").read_text()
