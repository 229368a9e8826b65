"""`pdslack list`: what the accounts know, as a file writes it."""

from __future__ import annotations

import re
import sys
from collections import Counter

import pytest

from pdslack_cli.export.listing import LISTINGS
from pdslack_cli.kinds import READ
from tests.cli.conftest import STACK

pytestmark = pytest.mark.slow_after(2)

MORE = STACK.replace("people:", "people:\n  tom: {email: tom@acme.example}", 1)


def words(done) -> list[str]:
    return [item["write"] for item in done.json["items"]]


def test_every_kind_that_has_live_objects_can_be_listed():
    assert len({kind.list_name or kind.section for kind in READ}) == len(READ)
    assert {kind.list_name or kind.section.replace("_", "-") for kind in READ} <= set(LISTINGS)


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTINGS)
def test_a_list_is_one_list_and_every_item_has_a_word_and_an_id(accounts, name):
    cli = accounts.cli
    cli("apply", "--yes")
    accounts.sandbox.calls.clear()
    document = cli("list", name, "--format", "json").json
    calls = Counter(f"{call.method} {call.path}" for call in accounts.sandbox.calls)
    assert document["list"] == name
    # One list of objects; fields of incidents are listed for each type.
    of_types = len([call for call in calls if "/incidents/types/" in call])
    assert sum(count for call, count in calls.items() if "auth.test" not in call) == 1 + of_types, calls
    for item in document["items"]:
        assert item["id"]
        assert item["write"] or name == "notification-rules"
    text = cli("list", name)
    assert all(item["id"] in text.out for item in document["items"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (["vendors"], "Amazon CloudWatch"),
        (["vendor", "watch"], "Amazon CloudWatch"),
        (["priorities"], "P1"),
        (["people"], "maya@acme.example"),
        (["teams"], "Payments"),
        (["channels"], "incidents"),
        (["incident_types"], "incident_default"),
        (["workflow-actions", "status"], "pagerduty.com:incident-workflows:send-status-update:1"),
        (["slack-users"], "maya@acme.example"),
    ],
)
def test_words_are_those_of_the_file(cli, asked, expected):
    cli("apply", "--sandbox", "--yes")
    assert expected in words(cli("list", *asked, "--sandbox", "--format", "json"))


def test_actions_have_their_inputs(cli):
    text = cli("list", "actions", "status-update", "--sandbox").out
    assert "    Message  (text, required)" in text
    (item,) = cli("list", "actions", "status-update", "--sandbox", "--format", "json").json["items"]
    message = {"name": "Message", "type": "text", "required": True, "default": None, "description": "Message"}
    assert item["inputs"] == [message]


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (80, r"^pagerduty.com:slack:create-a-channel:4\n  Create a Slack Channel for an Incident$"),
        (120, r"^pagerduty.com:slack:create-a-channel:4 +Create a Slack Channel for an Incident$"),
    ],
)
def test_a_list_is_as_wide_as_the_terminal(cli, monkeypatch, columns, shown):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    text = cli("list", "actions", "--sandbox").out
    assert max(map(len, text.splitlines())) <= columns
    assert re.search(shown, text, re.MULTILINE)


@pytest.mark.slow
def test_what_is_managed_says_by_whom(cli):
    cli("apply", "--sandbox", "--yes")
    assert "payments/payments" in cli("list", "teams", "--sandbox").out


def test_alone_it_lists_the_lists(cli):
    assert [each["name"] for each in cli("list", "--format", "json").json["lists"]] == list(LISTINGS)
    assert "actions " in cli("list").out


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("vendor s", "did you mean 'vendors'?"),
        ("peple", "'people'"),
        ("zzz", "the lists are people, slack-users"),
    ],
)
def test_an_unknown_list_names_the_nearest(cli, text, hint):
    assert hint in cli("list", text, "--sandbox", code=1).err


def test_nothing_found_is_told(cli):
    assert "There are no vendors that contain 'zzz'." in cli("list", "vendors", "zzz", "--sandbox").err


@pytest.mark.parametrize(
    "text", ["owner: a\nteams: {a: [", "", "owner: a\nslack: {workspace: T0SANDBOX}\nx: 1\n"]
)
def test_files_with_mistakes_do_not_stop_it(cli, text):
    cli.write(text)
    assert "P1" in words(cli("list", "priorities", "--sandbox", "--format", "json"))


def test_no_files_are_needed(cli):
    cli.folder.joinpath("pdslack.yaml").unlink()
    assert "P1" in words(cli("list", "priorities", "--sandbox", "--format", "json"))


def test_a_missing_token_is_named(cli):
    assert "PAGERDUTY_API_KEY is not set" in cli("list", "vendors", code=1).err
    told = cli("list", "channels", code=1).err
    assert "SLACK_BOT_TOKEN is not set" in told
    assert "--sandbox needs none" in told
