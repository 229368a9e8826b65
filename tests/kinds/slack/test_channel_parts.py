"""Members and bookmarks of channels, over the sandbox's Slack."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.refusals.children import removed_children
from pdslack_cli.errors import ConfigError
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.slack.test_channel import FULL
from tests.kinds.slack.workspace import HEAD, channels
from tests.support.factories import stack

# --- members -----------------------------------------------------------------------------------------


def test_people_who_came_by_themselves_stay(workspace):
    wanted = channels("incidents: {members: [maya]}")
    workspace.made(wanted)
    workspace.call("conversations.join", channel=workspace.channel("incidents")["id"])
    assert workspace.changes(wanted) == {}
    workspace.made(channels("incidents: {members: [tom]}"))
    assert workspace.members("incidents") == {"maya", "tom", "admin", "pdslack"}


@pytest.mark.slow
def test_a_bot_that_the_file_names_is_a_member_like_people(workspace):
    exact = channels("incidents: {members: [maya], exact: true}")
    workspace.made(exact)
    user = workspace.sandbox.store.get("slack.user", workspace.user("maya"))
    workspace.sandbox.store.replace("slack.user", user["id"], {**user, "is_bot": True})

    assert workspace.plan(exact).changes == ()


@pytest.mark.slow
def test_exact_members_are_all_people_and_apps_stay(workspace):
    workspace.made(channels("incidents: {members: [maya, tom]}"))
    id_ = workspace.channel("incidents")["id"]
    app = {**workspace.sandbox.store.get("slack.user", workspace.user("maya")), "id": "U0APP", "is_bot": True}
    workspace.sandbox.store.insert("slack.user", "U0APP", {**app, "email": "", "name": "pagerduty"})
    workspace.call("conversations.join", channel=id_)
    workspace.call("conversations.invite", channel=id_, users="U0APP")

    exact = channels("{incidents: {members: [maya], exact: true}, cards: {members: [tom]}}")
    (change, _) = workspace.plan(exact).changes
    assert removed_children(change) == 2  # the admin who made it, and tom
    workspace.made(exact)
    assert workspace.members("incidents") == {"maya", "pagerduty", "pdslack"}


@pytest.mark.slow
def test_whom_slack_does_not_remove_keeps_no_other_one_in(workspace):
    workspace.made(channels("incidents: {members: [maya, tom]}"))
    channel = workspace.channel("incidents")
    strange = {**channel, "members": ["U0EXT1", *channel["members"], "U0EXT2"]}  # of a shared channel
    workspace.sandbox.store.replace("slack.channel", channel["id"], strange)

    report = workspace.apply(channels("incidents: {members: [maya], exact: true}"))

    (error,) = [result.error for result in report.results if result.error]
    refused = "U0EXT1 (not in the stack) (user_not_found), U0EXT2 (not in the stack) (user_not_found)"
    assert str(error) == f"the bot cannot remove from #incidents: {refused}"
    assert "remove them in Slack" in error.hint
    left = {"U0EXT1", "U0EXT2", workspace.user("maya"), channel["creator"]}
    assert set(workspace.channel("incidents")["members"]) == left


def test_an_id_that_no_call_shows_may_be_that_of_a_private_channel(workspace):
    (problem,) = workspace.plan(channels("x: {lookup: true, id: C0HIDDEN01}")).problems
    assert "there is no channel with id 'C0HIDDEN01'" in problem.message
    assert "only once it is invited" in problem.hint


def test_members_of_a_team_are_those_that_the_file_puts_in_it():
    wanted = stack(
        HEAD
        + "teams: {payments: {members: {manager: [maya], responder: [tom]}}}\n"
        + "channels: {incidents: {members: [team/payments, ines]}}\n"
    )
    (channel,) = wanted.of_kind("channel")
    assert [ref.key for ref in channel.spec.members] == ["ines", "maya", "tom"]


def test_a_team_whose_members_the_file_does_not_say_is_a_problem():
    with pytest.raises(ConfigError, match="members of team/platform are not set"):
        stack(
            HEAD
            + "teams: {platform: {lookup: true}}\n"
            + "channels: {incidents: {members: [team/platform]}}\n"
        )


@pytest.mark.slow
def test_a_crowd_is_invited_a_hundred_at_a_time(workspace):
    crowd = [f"p{number}" for number in range(105)]
    people = "".join(f"  {name}: {name}@acme.example\n" for name in crowd)
    wanted = stack(f"{HEAD}{people}channels: {{incidents: {{members: [{', '.join(crowd)}]}}}}\n")
    workspace.seed(wanted)
    workspace.made(wanted)
    assert workspace.members("incidents") == {*crowd, "pdslack"}
    assert workspace.methods().count("conversations.invite") == 2


def test_one_person_who_cannot_be_invited_is_named_and_the_others_come(workspace):
    wanted = channels("incidents: {members: [maya, tom, ines]}")
    plan = workspace.plan(wanted)
    tom = workspace.sandbox.store.get("slack.user", workspace.user("tom"))
    workspace.sandbox.store.replace("slack.user", tom["id"], {**tom, "deleted": True})
    (result,) = workspace.carry_out(plan, wanted).results
    assert str(result.error) == "the bot cannot invite to #incidents: tom (cant_invite)"
    assert workspace.members("incidents") == {"maya", "ines", "pdslack"}


def test_people_who_are_in_by_now_are_no_failure(workspace):
    workspace.made(channels("incidents: {}"))
    wanted = channels("incidents: {members: [maya, tom]}")
    plan = workspace.plan(wanted)
    workspace.call(
        "conversations.invite",
        token="bot",
        channel=workspace.channel("incidents")["id"],
        users=workspace.user("tom"),
    )
    assert workspace.carry_out(plan, wanted).complete
    assert workspace.members("incidents") == {"maya", "tom", "pdslack"}


# --- bookmarks ---------------------------------------------------------------------------------------


def test_bookmarks_are_managed_whole(workspace):
    workspace.made(FULL)
    id_ = workspace.channel("incidents")["id"]
    for link in ("https://acme.example/1", "https://acme.example/2"):
        workspace.call("bookmarks.add", token="bot", channel_id=id_, title="Extra", type="link", link=link)
    wanted = channels(
        'incidents: {bookmarks: {Runbook: "https://acme.example/new", Chat: "https://acme.example/c"}}'
    )
    (change,) = workspace.plan(wanted).changes
    assert removed_children(change) == 3
    workspace.made(wanted)
    assert workspace.bookmarks("incidents") == [
        ("Runbook", "https://acme.example/new"),
        ("Chat", "https://acme.example/c"),
    ]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("cleared", ["null", "{}"])
def test_bookmarks_are_cleared(workspace, cleared):
    workspace.made(FULL)
    workspace.made(channels(f"incidents: {{bookmarks: {cleared}}}"))
    assert workspace.bookmarks("incidents") == []


@pytest.mark.parametrize(
    "link",
    [
        pytest.param("https://acme.example/?a=1&b=2", id="several parameters"),
        pytest.param("https://acme.example/?a=1&amp;b=2", id="copied from HTML"),
        pytest.param("https://acme.example/:100:/a", id="what would be an emoji in a text"),
    ],
)
def test_a_link_is_sent_as_it_is_and_is_no_change_afterwards(workspace, link):
    workspace.made(channels(f'incidents: {{bookmarks: {{Runbook: "{link}"}}}}'))
    (bookmark,) = workspace.bookmarks("incidents")
    assert link.replace("&amp;", "&") in str(bookmark)


def test_bookmarks_that_the_file_does_not_name_are_not_even_read(workspace):
    workspace.made(FULL)
    workspace.forget_calls()
    workspace.made(channels("incidents: {}"))
    assert "bookmarks.list" not in workspace.methods()
    assert len(workspace.bookmarks("incidents")) == 2


# --- the pinned message ------------------------------------------------------------------------------


def pinned(workspace) -> list[str]:
    id_ = workspace.channel("incidents")["id"]
    return [item["message"]["text"] for item in workspace.call("pins.list", channel=id_)["items"]]


@pytest.mark.slow
def test_a_pinned_message_is_posted_once_changed_in_place_and_deleted(workspace):
    workspace.made(channels("incidents: {pinned: Welcome}"))
    workspace.made(channels("incidents: {pinned: Read this}"))
    assert pinned(workspace) == ["Read this"]
    workspace.made(channels("incidents: {pinned: null}"))
    assert pinned(workspace) == []


def test_a_message_that_an_interrupted_run_posted_is_pinned(workspace):
    workspace.sandbox.faults.add(Fault("403", path="pins.add"))
    assert not workspace.apply(channels("incidents: {pinned: Welcome}")).complete
    workspace.sandbox.faults.clear()
    workspace.made(channels("incidents: {pinned: Welcome}"))
    assert workspace.methods().count("chat.postMessage") == 1
    assert pinned(workspace) == ["Welcome"]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("text", ["Status: all well", "Welcome"], ids=["other", "same"])
def test_what_another_tool_pins_with_our_bot_is_not_ours(workspace, text):
    workspace.made(channels("incidents: {}"))
    id_ = workspace.channel("incidents")["id"]
    posted = workspace.call("chat.postMessage", token="bot", channel=id_, text=text)
    workspace.call("pins.add", token="bot", channel=id_, timestamp=posted["ts"])
    for wanted in ("Welcome", "Read this", "null"):
        workspace.made(channels(f"incidents: {{pinned: {wanted}}}"))
        assert sorted(pinned(workspace)) == sorted([text, *([wanted] if wanted != "null" else [])])


def test_a_long_message_is_sent_in_blocks_that_slack_takes(workspace):
    lines = "".join(f"{number:04} what to do{' and how' * 6}\n" for number in range(62)).strip()
    text = "'" + lines.replace("\n", "\n\n") + "'"
    assert 3900 < len(lines) <= 4000
    workspace.made(channels(f"incidents: {{pinned: {text}}}"))
    assert pinned(workspace) == [lines]
    workspace.made(channels(f"incidents: {{pinned: '{'x' * 4000}'}}"))


def test_pins_of_people_are_no_concern_of_ours(workspace):
    workspace.made(channels("incidents: {}"))
    id_ = workspace.channel("incidents")["id"]
    posted = workspace.call("chat.postMessage", token="bot", channel=id_, text="An incident")
    workspace.call("conversations.join", token="user", channel=id_)
    workspace.call("pins.add", token="user", channel=id_, timestamp=posted["ts"])
    workspace.made(channels("incidents: {pinned: Welcome}"))
    assert sorted(pinned(workspace)) == ["An incident", "Welcome"]


# --- archived channels -------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_archived_channel_stays_so_and_keeps_its_entry(workspace):
    full = "incidents: {topic: Cards, members: [maya], pinned: Welcome"
    workspace.made(channels(full + "}"))
    archived = channels(full + ", archived: true}")
    assert workspace.changes(archived) == {"channel/incidents": ("archived",)}
    workspace.made(archived)
    assert workspace.channel("incidents")["is_archived"]
    (problem,) = workspace.plan(channels("incidents: {topic: Other, archived: true}")).problems
    assert "channel/incidents is archived: topic cannot change" in problem.message
    (change,) = workspace.plan(channels(full + "}"), may_restore={"channel"}).changes
    assert change.action is Action.RESTORE


def test_a_new_channel_may_be_archived_at_once(workspace):
    workspace.made(channels("incidents: {topic: Cards, members: [maya], archived: true}"))
    assert workspace.channel("incidents")["is_archived"]


def test_a_private_channel_cannot_be_archived_by_a_field(workspace):
    with pytest.raises(ConfigError, match="cannot be combined with `private`"):
        channels("incidents: {private: true, archived: true}")
    workspace.made(channels("incidents: {private: true}"))
    (problem,) = workspace.plan(channels("incidents: {archived: true}")).problems
    assert "Slack hides archived private channels" in problem.message
