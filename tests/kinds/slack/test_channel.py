"""Channels, over the sandbox's Slack."""

from __future__ import annotations

from collections import Counter

import pytest

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.marking import plan_release
from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds.slack.channel import Channels
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.slack.workspace import HEAD, channels
from tests.support.factories import mark, stack

pytestmark = pytest.mark.slow_after(2)

FULL = channels(
    """
    incidents:
      topic: 🔥 Cards & <banks>, see https://acme.example/a?b=1&c=2
      purpose: Incidents of the payments team
      members: [maya, tom]
      bookmarks: {Runbook: "https://wiki.acme.example/?a=1&b=2", Board: "https://acme.example"}
    """
)


def test_a_channel_is_made_as_the_file_says_and_then_left_alone(workspace):
    workspace.made(FULL)
    channel = workspace.channel("incidents")
    assert channel["topic"]["value"] == (
        "🔥 Cards &amp; &lt;banks&gt;, see <https://acme.example/a?b=1&amp;c=2>"
    )
    assert channel["purpose"]["value"] == "Incidents of the payments team\n\n" + mark("payments/incidents")
    assert workspace.members("incidents") == {"maya", "tom", "pdslack"}
    assert workspace.bookmarks("incidents") == [
        ("Runbook", "https://wiki.acme.example/?a=1&b=2"),
        ("Board", "https://acme.example"),
    ]


def test_a_plan_without_changes_costs_one_list_and_a_call_for_members_and_for_bookmarks(workspace):
    workspace.made(FULL)
    workspace.forget_calls()
    workspace.plan(FULL)
    asked = Counter(workspace.methods())
    assert asked - Counter({"auth.test": 1, "users.lookupByEmail": 2}) == {
        "users.conversations": 1,
        "conversations.members": 1,
        "bookmarks.list": 1,
    }


def test_only_what_changed_is_written_since_people_see_a_message(workspace):
    workspace.made(FULL)
    workspace.forget_calls()
    changed = channels("incidents: {topic: Cards, purpose: Incidents of the payments team}")
    workspace.made(changed)
    written = {method for method in workspace.methods() if "set" in method}
    assert written == {"conversations.setTopic"}


def test_a_channel_that_the_bot_is_not_in_is_found_and_entered(workspace):
    workspace.sandbox.seed({"channels": [{"name": "alerts", "creator": "maya"}]})
    workspace.made(channels("alerts: {purpose: All alerts, members: [tom]}"), adopt=True)
    assert workspace.members("alerts") == {"maya", "tom", "pdslack"}


def test_the_whole_workspace_is_listed_once_however_many_names_are_unknown(workspace):
    workspace.sandbox.seed({"channels": ["one", "two", "three"]})
    wanted = channels("{one: {lookup: true}, two: {lookup: true}, three: {}, four: {members: [maya]}}")
    workspace.plan(wanted)
    assert workspace.methods().count("conversations.list") == 1


def test_an_id_chooses_a_channel_without_listing_the_workspace(workspace):
    workspace.sandbox.seed({"channels": ["alerts"]})
    id_ = workspace.channel("alerts")["id"]
    workspace.made(channels(f"warnings: {{id: {id_}, name: alerts, topic: Warnings}}"), adopt=True)
    assert workspace.channel("alerts")["topic"]["value"] == "Warnings"
    assert "conversations.list" not in workspace.methods()


# --- never twice -------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["lost", "reset", "timeout", "500"])
@pytest.mark.parametrize(
    "method",
    [
        "conversations.create",
        "conversations.setPurpose",
        "conversations.setTopic",
        "conversations.invite",
        "bookmarks.add",
    ],
)
def test_a_broken_call_leaves_nothing_double_and_nothing_undone(workspace, method, fault):
    workspace.sandbox.faults.add(Fault(fault, path=method, seconds=0.1))
    workspace.apply(FULL)
    workspace.made(FULL)
    assert len(workspace.bookmarks("incidents")) == 2
    assert mark("payments/incidents") in workspace.channel("incidents")["purpose"]["value"]


def test_a_channel_that_we_made_and_could_not_mark_is_ours(workspace):
    workspace.call("conversations.create", token="bot", name="incidents")
    assert workspace.changes(FULL) == {"channel/incidents": ("topic", "purpose", "members", "bookmarks")}
    workspace.made(FULL)


HOUR = 3600


@pytest.mark.parametrize("text", ["purpose", "topic"])
@pytest.mark.parametrize("value", ["For another tool", ""])
def test_a_channel_that_the_bot_made_and_that_ever_had_a_text_is_not_ours(workspace, text, value):
    id_ = workspace.call("conversations.create", token="bot", name="incidents")["channel"]["id"]
    workspace.call(f"conversations.set{text.title()}", token="bot", channel=id_, **{text: "Old"})
    workspace.call(f"conversations.set{text.title()}", token="bot", channel=id_, **{text: value})

    (problem,) = workspace.plan(FULL).problems

    assert "exists that pdslack does not manage" in problem.message
    workspace.made(FULL, adopt=True)


@pytest.mark.parametrize(
    ("age", "ours"),
    [pytest.param(HOUR - 60, True, id="a run ago"), pytest.param(HOUR + 60, False, id="too long ago")],
)
def test_a_channel_without_text_is_ours_for_an_hour(workspace, age, ours):
    workspace.call("conversations.create", token="bot", name="incidents")
    workspace.sandbox.clock.advance(age)

    plan = workspace.plan(FULL)

    assert [bool(plan.changes), bool(plan.problems)] == [ours, not ours]


@pytest.mark.parametrize("age", [0, 2 * HOUR])
@pytest.mark.parametrize("entry", ["{}", "{topic: x}", "{purpose: y}"])
def test_a_released_channel_stays_released(workspace, entry, age):
    wanted = channels(f"incidents: {entry}")
    workspace.made(wanted)
    workspace.sandbox.clock.advance(age)
    clients = workspace.clients(wanted)
    release = plan_release(wanted, read_live(wanted, clients), ["channel/*"])
    assert workspace.carry_out(release, wanted).complete

    plan = workspace.plan(wanted)

    assert plan.changes == ()
    assert ["exists that pdslack does not manage" in problem.message for problem in plan.problems] == [True]


@pytest.mark.slow
def test_a_channel_that_a_run_beside_ours_made_is_taken(workspace):
    plan = workspace.plan(FULL)
    workspace.made(FULL)
    assert workspace.carry_out(plan, FULL).complete
    assert workspace.changes(FULL) == {}


def test_a_channel_that_another_owner_just_made_is_left_alone(workspace):
    plan = workspace.plan(FULL)
    other = channels("incidents: {purpose: Ours}", owner="platform")
    workspace.made(other)
    (result,) = workspace.carry_out(plan, FULL).results
    assert result.error.code == "name_taken"
    assert workspace.changes(other) == {}


# --- what Slack forbids ------------------------------------------------------------------------------


def test_a_name_that_something_hidden_has_is_explained(workspace):
    workspace.sandbox.seed({"channels": [{"name": "incidents", "private": True, "creator": "maya"}]})
    (result,) = workspace.apply(FULL).results
    assert "invite the bot" in result.error.hint


def test_a_channel_cannot_change_between_public_and_private(workspace):
    workspace.made(FULL)
    (problem,) = workspace.plan(channels("incidents: {private: true}")).problems
    assert "private cannot be changed" in problem.message
    assert "only an admin" in problem.hint


@pytest.mark.slow
def test_only_who_made_a_channel_renames_it(workspace):
    workspace.sandbox.seed({"channels": [{"name": "alerts", "creator": "maya"}]})
    workspace.made(channels("alerts: {}"), adopt=True)
    (problem,) = workspace.plan(channels("alerts: {name: warnings}")).problems
    assert "rename it in Slack" in problem.message

    workspace.made(channels("own: {}"))
    workspace.made(channels("own: {name: renamed}"))
    assert workspace.channel("renamed")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        pytest.param("{Incidents Cards: {}}", "is not a valid key", id="key with a space"),
        pytest.param("{payments.eu: {}}", "refuses the channel name 'payments.eu'", id="key as the name"),
        pytest.param("{a: {name: Payments}}", "refuses the channel name 'Payments'", id="name"),
        *[
            pytest.param(f"{{{entry}}}", "which it reserves", id=f"reserved: {entry}")
            for word in ("here", "channel", "everyone", "group")
            for entry in (f"{word}: {{}}", f"a: {{name: {word}}}", f"a: {{name: '#{word}'}}")
        ],
        pytest.param("{a: {exact: true}}", "needs `members`", id="exact nobody"),
        pytest.param("{a: {members: [mayaa]}}", "unknown person 'mayaa'", id="unknown person"),
        pytest.param("{a: {members: [service/a]}}", "is not a valid member", id="a service as member"),
        pytest.param(
            "{a: {topic: " + "x" * 251 + "}}", "must have at most 250 characters, got 251", id="long topic"
        ),
        pytest.param(
            "{a: {purpose: " + "x" * 240 + "}}",
            "purpose must have at most 223 characters, got 240",
            id="no room",
        ),
        pytest.param("{a: {bookmarks: {Runbook: wiki}}}", "not a web address", id="bookmark without https"),
        pytest.param("{a: {topic: 5}}", "expected text, got 5", id="number as topic"),
    ],
)
def test_a_bad_entry_is_a_problem_at_its_place(entry, message):
    with pytest.raises(ConfigError) as refused:
        stack(HEAD + f"channels: {entry}\n")
    (problem,) = refused.value.problems
    assert message in problem.message
    assert problem.location.line == HEAD.count("\n") + 1


# --- put away and brought back -----------------------------------------------------------------------


@pytest.mark.slow
def test_a_channel_that_we_made_is_archived_and_one_that_we_adopted_is_released(workspace):
    workspace.sandbox.seed({"channels": [{"name": "alerts", "creator": "maya"}]})
    id_ = workspace.channel("alerts")["id"]
    workspace.call("conversations.join", channel=id_)
    workspace.call("conversations.setPurpose", channel=id_, purpose="Old alerts")
    workspace.made(channels("{incidents: {}, alerts: {}}"), adopt=True)
    none = stack(HEAD + "channels: {}\n")
    assert {change.action for change in workspace.plan(none).changes} == {Action.DELETE, Action.RELEASE}
    workspace.made(none)
    assert workspace.channel("incidents")["is_archived"]
    assert not workspace.channel("alerts")["is_archived"]
    assert workspace.channel("alerts")["purpose"]["value"] == "Old alerts"


@pytest.mark.slow
def test_an_archived_channel_comes_back_with_a_users_token_and_is_a_problem_without(workspace):
    workspace.made(FULL)
    workspace.call("conversations.archive", token="bot", channel=workspace.channel("incidents")["id"])

    (problem,) = workspace.plan(FULL).problems
    assert problem.message == "channel/incidents exists, but is archived"
    assert "SLACK_USER_TOKEN" in problem.hint

    workspace.made(FULL, may_restore=["channel"])
    assert workspace.members("incidents") == {"maya", "tom", "pdslack"}


@pytest.mark.slow
def test_an_archived_channel_is_as_exact_as_before(workspace):
    workspace.made(FULL)
    workspace.call("conversations.archive", token="bot", channel=workspace.channel("incidents")["id"])
    exact = channels("incidents: {members: [ines], exact: true, bookmarks: {}}")
    workspace.made(exact, may_restore=["channel"])
    assert workspace.members("incidents") == {"ines", "pdslack"}
    assert workspace.bookmarks("incidents") == []


@pytest.mark.parametrize(("token", "able"), [("xoxp-1", True), ("", False)])
def test_restoring_needs_a_users_token(workspace, token, able):
    clients = workspace.clients(workspace.people, SLACK_USER_TOKEN=token)
    assert Channels().can_restore(clients) is able


def test_nobody_is_removed_from_the_general_channel(workspace):
    exact = channels("{general: {members: [maya], exact: true}}")
    added = channels("{general: {members: [maya]}}")

    (problem,) = workspace.plan(exact, adopt=True).problems

    assert "nobody can be removed from the workspace's general channel" in problem.message
    assert workspace.plan(added, adopt=True).problems == ()
