"""What a plan says where somebody edited a mark away."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import STACK

LOST = "its ownership mark was edited away"
CURE = "`pdslack adopt {}` puts the mark back"


def take_mark_off(cli, ref: str) -> None:
    with cli.account() as clients:
        if ref.startswith("team"):
            (team,) = clients.pagerduty.list("/teams", "teams")
            body = {"team": {"type": "team", "name": team["name"], "description": "By hand"}}
            clients.pagerduty.update(f"/teams/{team['id']}", body)
        else:
            channels = clients.slack.list("conversations.list", "channels", types="public_channel")
            (channel,) = [each for each in channels if each["name"] == "incidents"]
            clients.slack.call("conversations.setPurpose", channel=channel["id"], purpose="By hand")


@pytest.mark.slow
@pytest.mark.slow_after(2)
@pytest.mark.parametrize("ref", ["team/payments", "channel/incidents"])
@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
def test_what_a_run_created_is_told_apart_from_what_never_was_ours(cli, ref, format_):
    cli("apply", "--sandbox", "--yes")
    take_mark_off(cli, ref)

    done = cli("plan", "--sandbox", "--format", format_, code=1)

    told = done.out + done.err
    assert LOST in told
    assert CURE.format(ref) in told
    cli("adopt", ref, "--sandbox", "--yes")
    assert LOST not in cli("plan", "--sandbox", "--format", format_).out


@pytest.mark.slow
def test_what_lost_its_name_too_is_taken_back_by_its_id(cli):
    cli("apply", "--sandbox", "--yes")
    take_mark_off(cli, "team/payments")
    cli.rename_team("Payments", "Cash")

    refused = cli("plan", "--sandbox", code=1).err

    assert "team/payments: a run in this folder created 'Cash'" in refused
    (id_,) = re.findall(r"`id: (\S+)` and `--adopt`", refused)
    cli.write(STACK.replace("{name: Payments", f"{{id: {id_}, name: Payments"))
    cli("apply", "--sandbox", "--adopt", "--yes")
    cli.write(STACK)
    assert "No changes. PagerDuty" in cli("plan", "--sandbox").out


@pytest.mark.slow
def test_what_lost_its_name_too_is_named_on_another_machine_where_ours_refer_to_it(cli):
    policy = "escalation_policies: {first: {levels: [{notify: [person/maya]}]}}\n"
    used = "services: {api: {escalation_policy: first}}\n"
    head, _, _ = STACK.partition("teams:")
    cli.write(head + policy + used)
    cli("apply", "--sandbox", "--yes")
    with cli.account() as clients:
        (raw,) = clients.pagerduty.list("/escalation_policies", "escalation_policies")
        body = {"type": "escalation_policy", "name": "By hand", "description": ""}
        body |= {"escalation_rules": raw["escalation_rules"]}
        clients.pagerduty.update(f"/escalation_policies/{raw['id']}", {"escalation_policy": body})
    (cli.folder / ".pdslack/audit.jsonl").unlink()

    (notice,) = [
        notice
        for notice in cli("plan", "--sandbox", "--format", "json").json["notices"]
        if notice.startswith("escalation_policy/first is created")
    ]

    assert f"service/api refers to it instead of 'By hand' ({raw['id']})" in notice
    cli.write(head + policy.replace("{levels", f"{{id: {raw['id']}, levels") + used)
    cli("apply", "--sandbox", "--adopt", "--yes")
    cli.write(head + policy + used)
    assert "No changes. PagerDuty" in cli("plan", "--sandbox").out


def test_what_somebody_else_created_is_not_said_to_be_ours(cli):
    with cli.account() as clients:
        clients.pagerduty.create("/teams", {"team": {"type": "team", "name": "Payments"}})
    refused = cli("plan", "--sandbox", code=1).err
    assert "exists that pdslack does not manage" in refused
    assert LOST not in refused


@pytest.mark.slow
def test_what_was_released_was_not_lost(cli):
    cli("apply", "--sandbox", "--yes")
    cli("release", "team/payments", "--sandbox", "--yes")
    refused = cli("plan", "--sandbox", code=1).err
    assert "exists that pdslack does not manage" in refused
    assert LOST not in refused


RENAMED_KEY = STACK.replace("teams:\n  payments:", "teams:\n  cash:").replace("team/payments", "team/cash")


def rename_key(cli) -> None:
    """Apply, and again with another key; the note of the key before is removed then."""
    cli("apply", "--sandbox", "--yes")
    cli.write(RENAMED_KEY.replace("{name: Payments", "{previously: payments, name: Payments"))
    cli("apply", "--sandbox", "--yes")
    cli.write(RENAMED_KEY)
    assert "No changes. PagerDuty" in cli("plan", "--sandbox").out


@pytest.mark.slow
def test_what_got_another_key_since_is_known_under_it(cli):
    rename_key(cli)
    take_mark_off(cli, "team/cash")
    cli.rename_team("Payments", "Wallet")

    assert "team/cash: a run in this folder created 'Wallet'" in cli("plan", "--sandbox", code=1).err


@pytest.mark.slow
def test_what_was_released_under_another_key_was_not_lost(cli):
    rename_key(cli)
    cli("release", "team/cash", "--sandbox", "--yes")

    refused = cli("plan", "--sandbox", code=1).err
    assert "exists that pdslack does not manage" in refused
    assert LOST not in refused
    cli.rename_team("Payments", "Wallet")
    assert "team/cash will be created" in cli("plan", "--sandbox").out


@pytest.mark.slow
def test_what_has_no_mark_and_no_entry_is_left_alone(cli):
    cli("apply", "--sandbox", "--yes")
    take_mark_off(cli, "team/payments")
    head, _, _ = STACK.partition("teams:")
    cli.write(head + "teams: {}\nchannels: {}\nnotification_rules: {}\n")
    document = cli("plan", "--sandbox", "--format", "json", code=None).json
    assert "team/payments" not in [change["address"] for change in document["resource_changes"]]


@pytest.mark.slow
@pytest.mark.slow_after(2)
@pytest.mark.parametrize("format_", ["text", "json", "markdown", "github", "jsonl"])
def test_copy_of_a_mark_is_told_of_by_apply(cli, format_, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(cli.folder / "summary.md"))
    cli("apply", "--sandbox", "--yes")
    with cli.account() as clients:
        (team,) = clients.pagerduty.list("/teams", "teams")
        clients.pagerduty.create(
            "/teams", {"team": {"type": "team", "name": "Copy", "description": team["description"]}}
        )
    cli.write(STACK.replace("Card payments", "Cards"))

    told = cli("apply", "--sandbox", "--yes", "--format", format_)

    assert "is a copy of" in told.out + told.err
    if format_ == "json":
        assert [notice for notice in told.json["notices"] if "is a copy of" in notice]
    if format_ == "github":
        assert "::notice title=pdslack::team/payments: " in told.out
        assert "is a copy of" in (cli.folder / "summary.md").read_text()


@pytest.mark.slow
def test_a_private_channel_that_we_archived_is_told_where_its_entry_comes_back(cli):
    text = STACK.replace("{topic: Card payments, members: [maya]}", "{topic: T}\n  secret: {private: true}")
    cli.write(text)
    cli("apply", "--sandbox", "--yes")
    cli.write(text.replace("  secret: {private: true}\n", ""))
    cli("apply", "--sandbox", "--yes")

    cli.write(text)

    assert "archived or hidden now" in cli("plan", "--sandbox").out
