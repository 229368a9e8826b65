"""A post whose answer was lost is looked for in a list that others answer: it ends, whatever it holds."""

from __future__ import annotations

import pytest

from pdslack_cli.errors import ApiError, MalformedAnswerError
from pdslack_cli.sync.storage.messages import Content
from pdslack_cli.sync.vendors.slack_posts import EVENT_TYPE, SlackPosts
from tests.clients.scripted import Reply

MARK = {"incident": "Q1"}
POST = {"ts": "1.5", "metadata": {"event_type": EVENT_TYPE, "event_payload": MARK}}
MORE = {"response_metadata": {"next_cursor": "again"}}


@pytest.mark.parametrize("thread", [None, "1.0"])
def test_list_without_an_end_is_given_up(slack, vendor, thread):
    vendor.plays(Reply({"ok": True, "messages": [{"ts": "1.2"}], **MORE}), ...)
    with pytest.raises(ApiError, match="does not end"):
        SlackPosts(slack).find("C1", MARK, 60.0, thread)


def test_no_page_is_read_after_the_post_was_found(slack, vendor):
    vendor.plays(Reply({"ok": True, "messages": [POST], **MORE}))
    assert SlackPosts(slack).find("C1", MARK, 60.0) == "1.5"
    assert len(vendor.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"messages": None}, id="no list"),
        pytest.param({"messages": ["x"]}, id="texts"),
        pytest.param({"messages": [{"metadata": "x"}]}, id="metadata that is a text"),
        pytest.param({"messages": [{**POST, "ts": 5}]}, id="a time that is a number"),
        pytest.param({"messages": [], "response_metadata": {"next_cursor": 5}}, id="a cursor as a number"),
    ],
)
def test_misshapen_answer_is_an_error_that_names_the_call(slack, vendor, answer):
    vendor.plays(Reply({"ok": True, **answer}), ...)
    with pytest.raises(MalformedAnswerError, match=r"conversations\.history"):
        SlackPosts(slack).find("C1", MARK, 60.0)


def test_post_without_a_time_is_an_error_that_names_the_call(slack, vendor):
    vendor.plays(Reply({"ok": True}))
    with pytest.raises(MalformedAnswerError, match=r"chat\.postMessage"):
        SlackPosts(slack).post("C1", Content("text", []), MARK)
