"""Slack's behaviours that have bitten somebody (slack.md 11.3), and the tests of each."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import requests

from tests.sandbox.slack.conftest import Workspace

FACTS = Path(__file__).parents[3] / "docs" / "vendors" / "slack.md"
HERE = "tests.sandbox.slack"

HELD_BY = {
    1: (
        "test_requests: arguments_come_in_any_encoding, blocks_are_an_array_or_its_text, null_is_left_out",
        "test_requests: a_method_for_forms_does_not_read_json",
    ),
    2: (
        "families.test_conversations: pages_are_filtered_after_they_are_cut",
        "families.test_conversations: a_page_has_a_hundred_channels_by_default",
        "families.test_conversations: archived_channels_are_filtered_after_pages_are_cut",
        "families.test_conversations: a_listing_is_of_public_channels_unless_asked_otherwise",
        "test_sdk: the_sdk_follows_cursors_over_short_and_empty_pages",
    ),
    3: (
        "families.test_conversations: a_private_channel_shows_itself_to_its_members_only",
        "families.test_conversations: a_name_stays_taken",
    ),
    4: (
        "families.test_conversations: archiving_puts_the_bot_out",
        "families.test_conversations: an_archived_private_channel_is_lost_to_the_bot",
        "families.test_conversations: a_bot_cannot_unarchive_and_a_person_does_not_bring_it_back",
    ),
    5: ("families.test_conversations: texts_come_back_as_slack_keeps_them",),
    6: ("families.test_usergroups: one_who_cannot_be_a_member_fails_all",),
    7: ("families.test_usergroups: a_disabled_group_hides_until_asked_for",),
    8: (
        "families.test_bookmarks: the_same_bookmark_may_be_added_twice",
        "families.test_bookmarks: an_edit_without_change_still_moves_the_time_of_change",
    ),
    9: ("families.test_members: one_who_cannot_come_keeps_all_out_unless_forced",),
    10: (
        "test_pace: a_tier_allows_so_many_calls_a_minute, each_method_and_each_token_has_its_own_pace",
        "test_contract: the_table_says_what_slack_documents",
        "test_sdk: the_sdk_waits_when_it_is_told_to",
        "test_facts: every_third_call_is_too_many_and_one_post_loses_its_answer",
    ),
    11: (
        "test_tokens: every_answer_says_which_scopes_the_token_has_and_the_method_takes",
        "families.test_apps: new_scopes_in_a_manifest_do_not_reach_a_token",
    ),
    12: (
        "families.test_apps: an_update_replaces_everything_and_says_if_scopes_changed",
        "families.test_apps: an_export_adds_defaults",
        "test_tokens: a_configuration_token_dies_after_twelve_hours",
        "test_tokens: rotation_gives_a_new_pair_and_kills_the_old_one",
    ),
    13: ("families.test_canvases: a_channel_has_one_canvas_whose_id_shows_in_its_properties",),
    14: ("families.test_messages: only_ones_own_messages_change",),
    15: (
        "runtime.test_events: an_envelope_that_is_not_acknowledged_comes_again",
        "runtime.test_events: a_connection_that_is_asked_to_refresh_comes_back",
        "runtime.test_events: each_envelope_goes_to_one_of_two_connections",
    ),
    16: ("families.test_users: people_are_found_by_address",),
}


def facts() -> list[int]:
    """The numbers of the section."""
    section = FACTS.read_text(encoding="utf-8").partition("### 11.3 ")[2].partition("\n## ")[0]
    return [int(number) for number in re.findall(r"^(\d+)\. ", section, re.MULTILINE)]


def test_every_fact_has_its_tests() -> None:
    assert sorted(HELD_BY) == facts()


@pytest.mark.parametrize("number", HELD_BY)
def test_the_tests_of_a_fact_exist(number: int) -> None:
    for line in HELD_BY[number]:
        module, _, names = line.partition(": ")
        tests = importlib.import_module(f"{HERE}.{module}")
        assert [name for name in names.split(", ") if not hasattr(tests, f"test_{name}")] == []


def test_every_third_call_is_too_many_and_one_post_loses_its_answer(slack: Workspace) -> None:
    channel = slack.channel("payments")
    for nth in (3, 6):
        slack.control("POST", "faults", {"kind": "429", "path": "users.list", "nth": nth})
    statuses = [slack.send("users.list").status_code for _ in range(7)]
    assert statuses == [200, 200, 429, 200, 200, 429, 200]
    slack.control("POST", "faults", {"kind": "lost", "path": "chat.postMessage"})
    with pytest.raises(requests.ConnectionError):
        slack.send("chat.postMessage", data={"channel": channel, "text": "Twice?"})
    (message,) = slack.ok("conversations.history", channel=channel)["messages"]
    assert message["text"] == "Twice?"
