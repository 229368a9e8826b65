"""Slack Connect invitations of channels, over the sandbox's Slack."""

from __future__ import annotations

import pytest

from pdslack_cli.errors import PlanLimitError
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.slack.families.beside.connect import LIFETIME
from tests.kinds.slack.workspace import channels

BANK = channels("incidents: {connect: [ana@bank.example]}")


def invited(workspace) -> list[str]:
    return [
        one["recipient"]["recipient_email"] for one in workspace.sandbox.store.all("slack.connect_invite")
    ]


def join(workspace, email: str) -> None:
    """Somebody of the bank accepts the invitation, which Slack lists no more."""
    store = workspace.sandbox.store
    for invite in store.all("slack.connect_invite"):
        store.delete("slack.connect_invite", invite["id"])
    maya = store.get("slack.user", workspace.user("maya"))
    store.insert("slack.user", "U0ANA", {**maya, "id": "U0ANA", "email": email, "team_id": "T0BANK"})
    channel = workspace.channel("incidents")
    store.replace("slack.channel", channel["id"], {**channel, "members": [*channel["members"], "U0ANA"]})


def test_people_of_other_organisations_are_invited_once(workspace):
    (change,) = workspace.plan(BANK).changes
    told = "connect: people of other organisations will see this channel: ana@bank.example"
    assert told in change.warnings
    workspace.made(BANK)
    workspace.made(channels("incidents: {connect: [ana@bank.example, bo@shop.example]}"))
    workspace.made(channels("incidents: {connect: [Ana@bank.example]}"))  # nobody can withdraw one
    workspace.made(channels("incidents: {connect: null}"))
    assert invited(workspace) == ["ana@bank.example", "bo@shop.example"]


@pytest.mark.parametrize("email", ["ana@bank.example", pytest.param("", id="hidden")])
def test_who_accepted_is_not_invited_again(workspace, email):
    workspace.made(BANK)
    join(workspace, email)
    assert workspace.changes(BANK) == {}


def test_an_invitation_without_an_address_is_taken_for_the_wanted_one(workspace):
    workspace.made(BANK)
    store = workspace.sandbox.store
    (invite,) = store.all("slack.connect_invite")
    store.replace("slack.connect_invite", invite["id"], {**invite, "recipient": {}})
    assert workspace.changes(BANK) == {}


def test_who_did_not_accept_in_time_is_invited_again(workspace):
    workspace.made(BANK)
    workspace.sandbox.clock.advance(LIFETIME + 1)
    assert workspace.changes(BANK) == {"channel/incidents": ("connect",)}


def test_an_invitation_whose_answer_is_lost_is_not_sent_twice(workspace):
    workspace.sandbox.faults.add(Fault("lost", path="conversations.inviteShared"))
    assert not workspace.apply(BANK).complete
    workspace.made(BANK)
    assert invited(workspace) == ["ana@bank.example"]


def test_a_plan_of_slack_without_connect_is_told(workspace):
    workspace.sandbox.faults.add(Fault("402", path="conversations.inviteShared"))
    (error,) = (result.error for result in workspace.apply(BANK).results if result.error)
    assert isinstance(error, PlanLimitError)


@pytest.mark.slow
def test_all_invitations_are_listed_once_and_only_where_one_is_wanted(workspace):
    wanted = channels("{incidents: {connect: [ana@bank.example]}, cards: {connect: [bo@shop.example]}}")
    workspace.made(wanted)
    workspace.forget_calls()
    workspace.changes(wanted)
    assert workspace.methods().count("conversations.listConnectInvites") == 1
    workspace.forget_calls()
    workspace.changes(channels("{incidents: {}, cards: {}}"))
    assert "conversations.listConnectInvites" not in workspace.methods()
