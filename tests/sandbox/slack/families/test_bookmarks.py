"""Bookmarks of a channel."""

from __future__ import annotations

import pytest

from tests.sandbox.slack.conftest import Json, Workspace

RUNBOOK = {
    "title": "Runbook",
    "type": "link",
    "link": "https://wiki.acme.example/payments?a=1&b=2",
    "emoji": ":book:",
}


def bookmarks(slack: Workspace, channel: str) -> list[Json]:
    return list(slack.ok("bookmarks.list", channel_id=channel)["bookmarks"])


def test_a_bookmark_comes_back_as_it_was_added(slack: Workspace) -> None:
    channel = slack.channel("payments")
    added = slack.ok("bookmarks.add", channel_id=channel, **RUNBOOK)["bookmark"]
    assert bookmarks(slack, channel) == [added]
    assert RUNBOOK.items() <= added.items()
    assert (added["channel_id"], added["date_updated"]) == (channel, 0)


def test_the_same_bookmark_may_be_added_twice(slack: Workspace) -> None:
    channel = slack.channel("payments")
    ids = [slack.ok("bookmarks.add", channel_id=channel, **RUNBOOK)["bookmark"]["id"] for _ in range(2)]
    assert [bookmark["id"] for bookmark in bookmarks(slack, channel)] == ids


@pytest.mark.slow
def test_a_channel_has_a_hundred_bookmarks_at_most(slack: Workspace) -> None:
    channel = slack.channel("payments")
    for _ in range(100):
        slack.ok("bookmarks.add", channel_id=channel, **RUNBOOK)
    assert slack.error("bookmarks.add", channel_id=channel, **RUNBOOK) == "too_many_bookmarks"
    slack.ok("bookmarks.add", channel_id=slack.channel("other"), **RUNBOOK)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"type": "file"}, "invalid_bookmark_type", id="another type"),
        pytest.param({"link": "ftp://wiki.acme.example"}, "invalid_link", id="another scheme"),
        pytest.param({"link": "wiki.acme.example"}, "invalid_link", id="no scheme"),
        pytest.param({"link": "https://"}, "invalid_link", id="no host"),
        pytest.param({"link": "https://x/" + "y" * 2039}, "invalid_arguments", id="long link"),
        pytest.param({"title": "t" * 257}, "invalid_arguments", id="long title"),
        pytest.param({"emoji": "book"}, "invalid_emoji", id="emoji without colons"),
        pytest.param({"channel_id": "C0NONE"}, "channel_not_found", id="unknown channel"),
    ],
)
def test_bookmarks_that_are_refused(slack: Workspace, change: dict[str, str], error: str) -> None:
    arguments = {"channel_id": slack.channel("payments"), **RUNBOOK, **change}
    assert slack.error("bookmarks.add", **arguments) == error


def test_titles_come_back_escaped(slack: Workspace) -> None:
    answer = slack.ok("bookmarks.add", channel_id=slack.channel("payments"), **{**RUNBOOK, "title": "R&D"})
    assert answer["bookmark"]["title"] == "R&amp;D"


def test_only_members_write_bookmarks(slack: Workspace) -> None:
    slack.sandbox.seed({"channels": ["others"]})
    channel = slack.channel_id("others")
    assert slack.error("bookmarks.add", channel_id=channel, **RUNBOOK) == "permission_denied"
    assert bookmarks(slack, channel) == []


def test_an_edit_without_change_still_moves_the_time_of_change(slack: Workspace) -> None:
    channel = slack.channel("payments")
    added = slack.ok("bookmarks.add", channel_id=channel, **RUNBOOK)["bookmark"]
    edited = slack.ok("bookmarks.edit", channel_id=channel, bookmark_id=added["id"])["bookmark"]
    assert edited["date_updated"] > 0
    assert {**edited, "date_updated": 0} == added


def test_an_edit_changes_what_it_names(slack: Workspace) -> None:
    channel = slack.channel("payments")
    id_ = slack.ok("bookmarks.add", channel_id=channel, **RUNBOOK)["bookmark"]["id"]
    slack.ok("bookmarks.edit", channel_id=channel, bookmark_id=id_, link="https://new.example")
    (read,) = bookmarks(slack, channel)
    assert (read["title"], read["link"]) == ("Runbook", "https://new.example")


def test_a_removed_bookmark_is_gone(slack: Workspace) -> None:
    channel = slack.channel("payments")
    bookmark = {"channel_id": channel}
    bookmark["bookmark_id"] = slack.ok("bookmarks.add", **bookmark, **RUNBOOK)["bookmark"]["id"]
    elsewhere = {**bookmark, "channel_id": slack.channel("other")}
    assert slack.error("bookmarks.remove", **elsewhere) == "not_found"
    slack.ok("bookmarks.remove", **bookmark)
    assert bookmarks(slack, channel) == []
    for method in ("bookmarks.remove", "bookmarks.edit"):
        assert slack.error(method, **bookmark) == "not_found"
