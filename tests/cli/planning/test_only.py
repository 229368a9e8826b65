"""`--only` chooses what the files name and what of ours left them, and says what else has to be chosen."""

from __future__ import annotations

import re
import shlex
import signal

import pytest

from pdslack_cli.analysis.needs import needs
from pdslack_cli.cli.views.view import TextView
from pdslack_cli.sandbox.faults import Fault
from tests.cli.accounts import Accounts
from tests.engine.faults.test_unseen import FULL, SECTIONS
from tests.support.factories import stack

HEAD = "owner: payments\nslack: {workspace: T0ACME}\n"
TEAMS = HEAD + "teams: {a: {}, b: {}, gone: {}}\nchannels: {gone: {topic: Up}}\n"
LEFT = HEAD + "teams: {a: {}, b: {description: B}}\nchannels: {}\n"


@pytest.fixture
def left(there: Accounts) -> Accounts:
    """An account whose team and channel `gone` left the file, where a team that stays changes."""
    there.cli.write(TEAMS)
    there.cli("apply", "--yes")
    there.cli.write(LEFT)
    return there


def addresses(document: dict) -> list[str]:
    return [change["address"] for change in document["resource_changes"]]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["team/gone"], ["team/gone"]),
        (["channel/gone"], ["channel/gone"]),
        (["team/*"], ["team/b", "team/gone"]),
        (["*/gone"], ["team/gone", "channel/gone"]),
        (["team/a", "channel/g*"], ["channel/gone"]),
    ],
)
def test_what_left_the_files_can_be_chosen(left, texts, found):
    only = [word for text in texts for word in ("--only", text)]
    document = left.cli("plan", *only, "--format", "json", "--out", "plan.json").json
    assert addresses(document) == found
    assert document["applyable"]

    left.cli("apply", "plan.json")

    rest = {"team/b", "team/gone", "channel/gone"} - {*found}
    assert {*addresses(left.cli("plan", "--format", "json").json)} == rest


def test_what_is_nowhere_is_a_problem_with_a_near_name(left):
    told = left.cli("plan", "--only", "team/gon", "--only", "channel/war", code=1).err
    assert "neither the files nor the owner's marks name 'team/gon'\n  did you mean 'team/gone'?" in told
    assert "neither the files nor the owner's marks name 'channel/war'" in told


def test_what_nobody_marked_is_not_chosen(left):
    left.sandbox.store.insert(
        "pagerduty.team", "PTHEIRS", {"id": "PTHEIRS", "type": "team", "name": "theirs"}
    )
    assert "'team/theirs'" in left.cli("plan", "--only", "team/theirs", code=1).err
    assert "team/theirs" not in left.cli("plan", "--only", "team/*").out


def test_what_an_apply_removed_is_named_no_more_by_the_command_for_what_is_left(left):
    left.sandbox.faults.add(Fault("403", method="PUT", path="^/teams/", times=1000))
    told = left.cli("apply", "--yes", "--only", "team/gone", "--only", "team/b", code=1).err
    left.sandbox.faults.clear()
    (again,) = re.findall(r"then run `pdslack (.*?)`", told)
    assert again == "apply --only team/b"
    left.cli(*shlex.split(again), "--yes")


def test_an_interruption_that_came_when_all_was_done_leaves_nothing_to_do(left, monkeypatch):
    monkeypatch.setattr(TextView, "step", lambda _, event: signal.raise_signal(signal.SIGINT))
    done = left.cli("apply", "--yes", "--only", "team/gone")
    assert "Apply complete!" in done.out
    assert "what is left" not in done.err  # no `--only` would be the command to do everything


def test_a_saved_removal_of_what_is_gone_by_now_is_stale(left):
    left.cli("plan", "--only", "team/gone", "--out", "plan.json")
    (team,) = left.sandbox.store.find("pagerduty.team", name="gone")
    left.sandbox.store.delete("pagerduty.team", team["id"])
    told = left.cli("apply", "plan.json", code=1).err
    assert "Saved plan is stale" in told
    assert "team/gone would no longer be deleted" in told


@pytest.mark.slow
def test_every_removal_can_be_chosen_with_what_the_hint_names(there):
    there.sandbox.seed(needs(stack(FULL)))
    there.cli.write(FULL)
    there.cli("apply", "--yes")
    there.cli.write(SECTIONS)
    flags = ("--max-deletes", "100", "--format", "json")
    whole = there.cli("plan", *flags).json["resource_changes"]
    assert {change["type"] for change in whole} == {ref.kind for ref in stack(FULL).wanted}

    explained, before = 0, there.sandbox.snapshot()
    for change in whole:
        there.sandbox.store.restore(before)
        (there.cli.folder / ".pdslack/audit.jsonl").unlink(missing_ok=True)
        chosen = [change["address"]]
        while True:
            only = [word for address in chosen for word in ("--only", address)]
            document = there.cli("plan", *only, *flags, code=None).json
            assert document["resource_changes"] == [each for each in whole if each["address"] in chosen]
            if document["applyable"]:
                break
            hints = " ".join(each["detail"] for each in document["diagnostics"])
            more = [*dict.fromkeys(re.findall(r"--only ([a-z_]+/\S+?)[ ,]", hints))]
            assert more, document["diagnostics"]
            assert not {*more} & {*chosen}
            chosen += more
            explained += 1
        there.cli("apply", *only, *flags, "--yes")
    assert explained > 2


def test_a_name_that_is_given_up_by_what_a_flag_leaves_out_is_told(there):
    there.cli.write(HEAD + "channels: {a: {name: one}, b: {name: two}}\n")
    there.cli("apply", "--yes")
    there.cli.write(HEAD + "channels: {a: {name: two}, b: {name: one}}\n")
    told = there.cli("plan", "--only", "channel/a", code=1).err
    assert "channel/a: the name 'two' is taken by channel/b" in told
    assert "--only leaves out what makes way for it: pass --only channel/b, too" in told
    there.cli("apply", "--only", "channel/a", "--only", "channel/b", "--yes")


PEOPLE = "people: {maya: maya@acme.example}\n"
POLICY = (
    "escalation_policies: {p: {levels: [{notify: [person/maya]}]}}\nservices: {api: {escalation_policy: p}}\n"
)
RULE = POLICY + "notification_rules: {r: {from: service/api, to: war}}\n"


def test_an_archived_channel_is_brought_back_for_what_needs_it(there):
    channels = HEAD + PEOPLE + "channels: {war: {topic: Up}}\n"
    there.cli.write(channels)
    there.cli("apply", "--yes")
    (channel,) = there.sandbox.store.find("slack.channel", name="war")
    there.sandbox.store.replace("slack.channel", channel["id"], {**channel, "is_archived": True})
    there.cli.write(channels + RULE)
    document = there.cli("apply", "--only", "notification_rule/r", "--yes", "--format", "json").json
    assert document["change_summary"] == {
        "import": 0, "add": 3, "change": 1, "remove": 0, "archive": 0, "disable": 0,
    }  # fmt: skip


FOREIGN = HEAD + PEOPLE + POLICY + "teams: {a: {}, theirs: {}}\nchannels: {war: {}}\n"


@pytest.fixture
def troubled(there: Accounts) -> Accounts:
    """An account in which an entry's object is another owner's, and what is protected left the file."""
    there.cli.write(HEAD + "teams: {kept: {protect: true}}\n")
    there.cli("apply", "--yes")
    theirs = {"id": "PTHEIRS", "type": "team", "name": "theirs", "description": "[pdslack:others/theirs]"}
    there.sandbox.store.insert("pagerduty.team", "PTHEIRS", theirs)
    there.cli.write(FOREIGN)
    return there


def test_problems_of_what_is_not_chosen_stop_nothing(troubled):
    told = troubled.cli("plan", code=1).err
    assert "owner 'others'" in told
    assert "team/kept is not in the stack, but its mark protects it" in told
    assert "2 objects with problems left out by --only" in troubled.cli("plan", "--only", "team/a").out
    troubled.cli("apply", "--only", "team/a", "--only", "service/*", "--only", "channel/*", "--yes")
    document = troubled.cli("plan", "--only", "team/a", "--format", "json").json
    assert (document["left_out"], document["complete"]) == ({}, False)


def test_problems_of_what_is_chosen_or_needed_stop_it(troubled):
    assert "protects it" in troubled.cli("plan", "--only", "team/kept", code=1).err
    troubled.cli.write(FOREIGN.replace("levels:", "team: theirs, levels:"))
    for chosen in ("team/theirs", "escalation_policy/p", "service/api"):
        told = troubled.cli("plan", "--only", chosen, code=1).err
        assert "owner 'others'" in told
        assert "kept" not in told
