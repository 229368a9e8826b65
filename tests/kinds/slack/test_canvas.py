"""The canvas of a channel from a Markdown file, over the sandbox's Slack, which gives no text back."""

from __future__ import annotations

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.errors import ConfigError, PlanLimitError
from pdslack_cli.kinds.slack.parts.canvas import EDITED, FOREIGN, OTHER_TEXT
from pdslack_cli.sandbox.faults import Fault
from tests.export.exports import comments, exported
from tests.kinds.slack.workspace import HEAD

RUNBOOK = "# Card payments\n\nCall the bank.\n"


@pytest.fixture
def runbook(tmp_path, workspace):
    """Returns a stack whose channel has a canvas of that text, or of none."""

    def written(text: str | None):
        (tmp_path / "runbook.md").write_text(text or "")
        stack = tmp_path / "pdslack.yaml"
        stack.write_text(f"{HEAD}channels: {{incidents: {{canvas: {'runbook.md' if text else 'null'}}}}}\n")
        return load([stack], {})

    return written


def canvas(workspace) -> dict:
    (found,) = workspace.sandbox.store.all("slack.file")
    return found


def replace(workspace, text: str, token: str = "user") -> None:
    """What a person writes in the canvas."""
    workspace.call("conversations.join", token=token, channel=workspace.channel("incidents")["id"])
    change = {"operation": "replace", "document_content": {"type": "markdown", "markdown": text}}
    workspace.call("canvases.edit", token=token, canvas_id=canvas(workspace)["id"], changes=[change])


def the_change(workspace, wanted, **options):
    plan = workspace.plan(wanted, **options)
    assert plan.problems == ()
    (change,) = plan.changes
    return change


def test_a_canvas_is_created_changed_in_place_and_deleted(workspace, runbook):
    workspace.made(runbook(RUNBOOK))
    first = canvas(workspace)
    assert first["markdown"].startswith(RUNBOOK.rstrip() + "\n\n### Kept by pdslack")
    workspace.made(runbook("# Card payments\n\nCall nobody."))
    assert canvas(workspace)["id"] == first["id"]
    assert "Call nobody." in canvas(workspace)["markdown"]
    assert "Call the bank." not in canvas(workspace)["markdown"]
    workspace.made(runbook(None))
    assert workspace.sandbox.store.all("slack.file") == []


def test_a_plan_shows_the_title_the_length_and_a_digest_of_each_text(workspace, runbook):
    workspace.made(runbook(RUNBOOK))
    change = the_change(workspace, runbook("One line"))
    assert change.fields == ("canvas",)
    assert change.before_content["canvas"] == OTHER_TEXT
    assert change.after_content["canvas"].startswith("One line (1 line, ")
    assert change.warnings == ()


def test_white_space_at_the_end_of_a_file_is_no_change(workspace, runbook):
    workspace.made(runbook(RUNBOOK))
    assert workspace.changes(runbook(RUNBOOK + "\n\n")) == {}


@pytest.mark.slow
def test_what_people_change_in_a_canvas_is_seen_told_and_undone(workspace, runbook):
    wanted = runbook(RUNBOOK)
    workspace.made(wanted)
    workspace.sandbox.clock.advance(600)
    replace(workspace, canvas(workspace)["markdown"] + "\nAnd the police.")
    change = the_change(workspace, wanted)
    assert change.before_content["canvas"] == EDITED
    assert any("will be lost" in warning for warning in change.warnings)
    workspace.made(wanted)
    assert "police" not in canvas(workspace)["markdown"]


def test_a_write_that_slack_counts_as_somebody_elses_is_still_ours(workspace, runbook):
    wanted = runbook(RUNBOOK)
    workspace.made(wanted)
    store = workspace.sandbox.store
    store.replace("slack.file", canvas(workspace)["id"], {**canvas(workspace), "last_editor": "U0OTHER"})
    assert workspace.changes(wanted) == {}


@pytest.mark.slow
def test_the_canvas_of_people_is_replaced_only_with_adopt(workspace, runbook):
    workspace.made(runbook(None))
    id_ = workspace.channel("incidents")["id"]
    workspace.call("conversations.join", channel=id_)
    document = {"type": "markdown", "markdown": "# Ours since 2019"}
    workspace.call("conversations.canvases.create", channel_id=id_, document_content=document)
    for wanted in (runbook(RUNBOOK), runbook(None)):
        (problem,) = workspace.plan(wanted).problems
        assert "does not have our heading" in problem.message
    wanted = runbook(RUNBOOK)
    assert the_change(workspace, wanted, adopt=True).before_content["canvas"] == FOREIGN
    workspace.made(wanted, adopt=True)
    workspace.made(runbook("Other"))  # it is ours from now on
    assert canvas(workspace)["markdown"].startswith("Other")


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("text", ["# Status, by another tool", None], ids=["of its own", "copied"])
def test_a_canvas_that_our_bot_wrote_is_ours_only_with_our_heading_for_the_channel(workspace, runbook, text):
    workspace.made(runbook(RUNBOOK))
    copied = canvas(workspace)["markdown"].replace(workspace.channel("incidents")["id"], "C0OTHER")
    replace(workspace, text or copied, token="bot")
    before = canvas(workspace)
    for wanted in (runbook(RUNBOOK), runbook("Other"), runbook(None)):
        (problem,) = workspace.plan(wanted).problems
        assert "does not have our heading" in problem.message
    assert canvas(workspace) == before
    workspace.made(runbook(RUNBOOK), adopt=True)
    assert workspace.changes(runbook(RUNBOOK)) == {}


def test_a_canvas_that_people_left_empty_is_filled(workspace, runbook):
    workspace.made(runbook(None))
    id_ = workspace.channel("incidents")["id"]
    workspace.call("conversations.join", channel=id_)
    workspace.call("conversations.canvases.create", channel_id=id_)
    workspace.made(runbook(RUNBOOK))


@pytest.mark.slow
def test_a_canvas_that_was_deleted_by_hand_comes_back(workspace, runbook):
    workspace.made(runbook(RUNBOOK))
    workspace.call("canvases.delete", token="bot", canvas_id=canvas(workspace)["id"])
    workspace.made(runbook(RUNBOOK))
    assert canvas(workspace)["markdown"].startswith("# Card payments")


def test_a_canvas_whose_creation_was_not_answered_is_not_made_twice(workspace, runbook):
    wanted = runbook(RUNBOOK)
    workspace.sandbox.faults.add(Fault("lost", path="conversations.canvases.create"))
    workspace.made(wanted)
    assert canvas(workspace)["markdown"].startswith("# Card payments")


def test_a_canvas_that_is_not_named_is_not_even_read(workspace, runbook):
    workspace.made(runbook(RUNBOOK))
    (entry,) = (entry for entry in runbook(RUNBOOK).of_kind("channel"))
    assert entry.spec.canvas == RUNBOOK.rstrip()
    workspace.forget_calls()
    assert workspace.changes(runbook(RUNBOOK)) == {}
    assert {"files.info", "canvases.sections.lookup"} <= set(workspace.methods())


def test_a_plan_of_slack_without_canvases_is_told(workspace, runbook):
    workspace.sandbox.faults.add(Fault("402", path="conversations.canvases.create"))
    report = workspace.apply(runbook(RUNBOOK))
    (error,) = (result.error for result in report.results if result.error)
    assert isinstance(error, PlanLimitError)
    assert "upgrade the plan" in error.hint


def test_an_export_says_which_channels_have_a_canvas(workspace):
    id_ = workspace.call("conversations.create", token="bot", name="incidents")["channel"]["id"]
    workspace.call("conversations.canvases.create", token="bot", channel_id=id_)
    assert "canvas: it has one" in comments(exported(workspace.sandbox), "channel/incidents")


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "there is no file", id="no file"),
        pytest.param(b"\xff", "not UTF-8", id="not text"),
        pytest.param(b" \n", "the file is empty", id="empty"),
        pytest.param(b"a" * 1024 * 1024, "a canvas takes 1,047,552", id="too large"),
        pytest.param(b"Use xoxb-1234567890-abcdefghijkl", "looks like", id="token"),
    ],
)
def test_a_file_that_cannot_be_a_canvas_is_a_problem_of_its_line(tmp_path, content, message):
    if content is not None:
        (tmp_path / "runbook.md").write_bytes(content)
    stack = tmp_path / "pdslack.yaml"
    stack.write_text(f"{HEAD}channels: {{incidents: {{canvas: runbook.md}}}}\n")
    with pytest.raises(ConfigError) as caught:
        load([stack], {})
    (problem,) = caught.value.problems
    assert message in problem.message
