"""`pdslack show`: a saved plan, as `plan` showed it, with nothing but its file."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.cli.conftest import STACK, resaved

pytestmark = pytest.mark.slow_after(2)

FORMATS = ["text", "json", "markdown", "github"]
CHANGED = STACK.replace("Takes money", "Takes the money").replace("topic: Card payments", "topic: Cards")


@pytest.fixture(params=["first", "changed", "empty"])
def made(cli, request):
    """A stack whose plan creates everything, changes and deletes some of it, or does nothing."""
    if request.param != "first":
        cli("apply", "--sandbox", "--yes")
    if request.param == "changed":
        cli.write(
            CHANGED.replace("  payments: {from: team/payments, to: incidents, urgency: high}\n", "  {}\n")
        )
    return cli


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_a_saved_plan_is_shown_as_it_was_when_it_was_made(made, format_, quiet):
    planned = made("plan", "--sandbox", "--out", "plan.json", "--format", format_, *quiet)

    made.folder.joinpath("pdslack.yaml").unlink()
    shutil.rmtree(made.folder / ".pdslack")
    shown = made("show", "plan.json", "--format", format_, *quiet)

    # What ends the part of a log that holds no commands is drawn anew each time.
    drawn = re.compile(r"\b[0-9a-f]{32}\b")
    assert drawn.sub("", shown.out) == drawn.sub("", planned.out)


def test_only_narrows_it(cli):
    cli("plan", "--sandbox", "--out", "plan.json")
    text = cli("show", "plan.json", "--only", "team/*").out
    assert "# team/payments will be created" in text
    assert "# channel/incidents" not in text
    document = cli("show", "plan.json", "--only", "team/*", "--format", "json").json
    assert [change["address"] for change in document["resource_changes"]] == ["team/payments"]
    assert (
        "the plan changes no 'team/payment'" in cli("show", "plan.json", "--only", "team/payment", code=1).err
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no file 'x.json'"),
        ("", "x.json is not a saved plan"),
        ("{}", "x.json is not a saved plan"),
        ("owner: a", "x.json is not a saved plan"),
        ("[" * 100_000, "x.json is not a saved plan"),
        (
            '{"format_version": "1.2", "saved_plan": {}}',
            "is a saved plan that this version of pdslack cannot read",
        ),
        (
            '{"format_version": "2.0", "pdslack_version": "9.1", "saved_plan": {}}',
            "x.json was saved in format 2.0 by pdslack 9.1, and this version reads format 1.2 only",
        ),
        ("OTHER", "was saved by another version of pdslack"),
    ],
)
@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_no_saved_plan_is_refused(cli, text, message, format_):
    if text == "OTHER":
        cli("plan", "--sandbox", "--out", "x.json")
        resaved(cli.folder / "x.json", shown={"changes": [{"lines": [["deep", 1]]}]})
    elif text is not None:
        (cli.folder / "x.json").write_text(text)
    done = cli("show", "x.json", "--format", format_, code=1)
    assert message in (done.out if format_ == "json" else done.err + done.out)


def test_a_folder_is_refused(cli):
    assert ". is not a saved plan" in cli("show", ".", code=1).err
