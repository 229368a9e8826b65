from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from werkzeug import Request, Response

from pdslack_cli.clients.slack import SlackClient
from pdslack_cli.errors import ApiError, OutcomeUnknownError
from tests.clients.scripted import Reply, broken, stalled

OK = Reply({"ok": True})
LIMITED = Reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "30"})
BARE_LIMITED = Reply("slow down", 429)
LIMITED_IN_BODY = Reply({"ok": False, "error": "too_many_requests"})
PAGE_OF_PROXY = Reply("<html>welcome to the hotel</html>")
CUT_OFF = Reply('{"ok": tr')


def refused(code: str, **more: object) -> Reply:
    return Reply({"ok": False, "error": code, **more})


FAILURES = [
    pytest.param(broken, id="reset"),
    pytest.param(Reply("", 502), id="502"),
    pytest.param(Reply({"ok": False, "error": "internal_error"}, 500), id="500"),
    pytest.param(refused("fatal_error"), id="fatal_error"),
    pytest.param(refused("request_timeout"), id="request_timeout"),
    pytest.param(refused("canvas_editing_locked"), id="somebody edits a canvas"),
    pytest.param(CUT_OFF, id="JSON that is cut off"),
]

LIMITS = [
    pytest.param(LIMITED, id="429"),
    pytest.param(BARE_LIMITED, id="429 without header or JSON"),
    pytest.param(LIMITED_IN_BODY, id="a limit as code"),
]


@pytest.mark.parametrize(
    "method",
    [
        "auth.test",
        "bookmarks.edit",
        "bookmarks.list",
        "bookmarks.remove",
        "canvases.delete",
        "canvases.edit",
        "canvases.sections.lookup",
        "conversations.archive",
        "conversations.info",
        "conversations.invite",
        "conversations.kick",
        "conversations.list",
        "conversations.listConnectInvites",
        "conversations.members",
        "conversations.rename",
        "conversations.setPurpose",
        "conversations.setTopic",
        "files.info",
        "usergroups.update",
        "usergroups.users.update",
        "users.conversations",
        "users.lookupByEmail",
    ],
)
def test_reading_and_setting_is_repeated_after_one_failure(slack, vendor, method):
    vendor.plays(broken, OK)
    assert slack.call(method) == {"ok": True}
    assert [request.path for request in vendor.seen] == [f"/slack/api/{method}"] * 2


@pytest.mark.parametrize("failure", [*FAILURES, *LIMITS])
def test_any_passing_failure_of_such_a_call_is_made_good(slack, vendor, failure):
    vendor.plays(failure, OK)
    assert slack.call("conversations.setTopic", channel="C1", topic="x") == {"ok": True}
    assert len(vendor.seen) == 2


@pytest.mark.parametrize(
    "method",
    [
        "conversations.canvases.create",
        "conversations.create",
        "conversations.inviteShared",
        "bookmarks.add",
        "usergroups.create",
        "chat.postMessage",
        "chat.update",
        "some.new",
    ],
)
def test_a_method_that_makes_something_is_not_repeated(slack, vendor, method):
    vendor.plays(broken, OK)
    with pytest.raises(OutcomeUnknownError, match=f"gave no answer to {method}") as raised:
        slack.call(method)
    assert "run again" in raised.value.hint
    assert len(vendor.seen) == 1


@pytest.mark.parametrize("failure", [*FAILURES, pytest.param(stalled, id="time-out")])
def test_such_a_method_is_unknown_after_any_failure_that_may_come_too_late(settings, clock, vendor, failure):
    vendor.plays(failure, OK)
    with pytest.raises(OutcomeUnknownError):
        SlackClient(settings, clock=clock, timeout=0.1).call("conversations.create", name="x")
    assert len(vendor.seen) == 1


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_waited_out_by_every_method(slack, vendor, clock, limit):
    vendor.plays(limit, OK)
    began = clock.time()
    slack.call("chat.postMessage", channel="C1", text="x")
    assert 30 <= clock.time() - began <= 39
    assert len(vendor.seen) == 2


def test_a_limit_longer_than_our_patience_is_an_error_at_once(slack, vendor, clock):
    vendor.plays(Reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "3600"}))
    with pytest.raises(ApiError, match="ratelimited") as raised:
        slack.call("users.list")
    assert "run again" in raised.value.hint
    assert clock.time() == 1000


def test_a_limit_holds_back_its_own_method_only(slack, vendor, clock):
    def noted(request: Request) -> Response:
        seconds.append((request.path.rpartition("/")[2], clock.time() - 1000))
        return OK(request)

    seconds: list[tuple[str, float]] = []
    vendor.plays(LIMITED, noted, noted, noted)
    slack.call("users.info", user="U1")
    slack.call("auth.test")
    slack.call("users.info", user="U2")
    (_, first), (_, other), (_, second) = seconds
    assert first >= 30
    assert other == first
    assert second == pytest.approx(first + 0.6)  # the burst is spent: 100 a minute


def test_a_small_run_is_instant_and_a_large_one_keeps_to_the_tier(slack, vendor, clock):
    vendor.plays(OK, ...)
    for _ in range(20):
        slack.call("conversations.setTopic", channel="C1", topic="x")
    assert clock.time() == 1000
    for _ in range(20):
        slack.call("conversations.setTopic", channel="C1", topic="x")
    assert clock.time() == 1060


@pytest.mark.slow
def test_a_server_without_tiers_is_not_paced(settings, vendor, clock):
    vendor.plays(OK, ...)
    unpaced = SlackClient(settings, clock=clock, paced=False)
    for _ in range(100):
        unpaced.call("conversations.setTopic", channel="C1", topic="x")
    assert clock.time() == 1000


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("conversations.archive", "already_archived"),
        ("conversations.unarchive", "not_archived"),
        ("conversations.invite", "already_in_channel"),
        ("conversations.kick", "not_in_channel"),
        ("bookmarks.remove", "not_found"),
        ("usergroups.enable", "already_enabled"),
        ("usergroups.disable", "already_disabled"),
    ],
)
def test_what_the_lost_try_did_counts_as_done(slack, vendor, method, code):
    vendor.plays(broken, refused(code))
    assert slack.call(method)["ok"]
    vendor.plays(refused(code))
    with pytest.raises(ApiError) as raised:
        slack.call(method)
    assert raised.value.code == code


def test_what_was_never_sent_is_tried_again_and_then_reported_as_not_done(nobody, clock):
    client = SlackClient(nobody, clock=clock)
    with pytest.raises(ApiError, match="Slack could not be reached: Connection refused") as raised:
        client.call("chat.postMessage", channel="C1", text="x")
    assert type(raised.value) is ApiError
    assert "network to 127.0.0.1, its proxy and SLACK_API_URL" in raised.value.hint
    assert client.calls == raised.value.tries == 6


def page(*names: str, cursor: str | None = "") -> Reply:
    channels = [{"id": f"C{name}", "name": name} for name in names]
    return Reply({"ok": True, "channels": channels, "response_metadata": {"next_cursor": cursor}})


@pytest.mark.parametrize(
    ("pages", "cursors", "names"),
    [
        pytest.param(
            [Reply({"ok": True, "channels": [{"id": "Ca", "name": "a"}]})], [None], "a", id="no metadata"
        ),
        pytest.param([page("a", cursor=None)], [None], "a", id="no cursor"),
        pytest.param(
            [page("a", cursor="1="), page(cursor="2="), page("b", cursor="3="), page()],
            [None, "1=", "2=", "3="],
            "ab",
            id="short and empty pages",
        ),
        pytest.param([page("a", "b", cursor="1="), page("b", "c")], [None, "1="], "abc", id="one seen twice"),
        pytest.param(
            [page("a", cursor="1="), refused("invalid_cursor"), page("a", cursor="2="), page("b")],
            [None, "1=", None, "2="],
            "ab",
            id="an expired cursor starts again",
        ),
    ],
)
def test_a_list_goes_on_until_there_is_no_cursor(slack, vendor, pages, cursors, names):
    vendor.plays(*pages)
    found = slack.list("conversations.list", "channels", types=["public_channel", "private_channel"])
    assert "".join(channel["name"] for channel in found) == names
    assert [request.form.get("cursor") for request in vendor.seen] == cursors
    assert {request.form["types"] for request in vendor.seen} == {"public_channel,private_channel"}
    assert {request.form["limit"] for request in vendor.seen} == {"999"}


def test_a_cursor_that_always_expires_is_given_up(slack, vendor):
    vendor.plays(refused("invalid_cursor"), ...)
    with pytest.raises(ApiError, match="invalid_cursor"):
        slack.list("conversations.list", "channels")
    assert len(vendor.seen) == 3


def test_a_list_of_ids_and_a_list_without_pages(slack, vendor):
    vendor.plays(
        Reply({"ok": True, "members": ["U1", "U2"], "response_metadata": {"next_cursor": "n"}}),
        Reply({"ok": True, "members": ["U2", "U3"], "response_metadata": {"next_cursor": ""}}),
        Reply({"ok": True, "bookmarks": [{"id": "Bk1"}]}),
    )
    assert slack.list("conversations.members", "members", channel="C1") == ["U1", "U2", "U3"]
    assert slack.list("bookmarks.list", "bookmarks", channel_id="C1") == [{"id": "Bk1"}]
    assert "limit" not in vendor.seen[2].form


@pytest.mark.parametrize("method", ["conversations.list", "conversations.create"])
def test_page_of_a_proxy_ends_a_call_at_once(slack, vendor, method):
    vendor.plays(PAGE_OF_PROXY, ...)

    with pytest.raises(ApiError, match=f"^Slack's answer to {method}: expected an object, got text that is"):
        slack.call(method)

    assert len(vendor.seen) == 1


def test_date_until_which_to_wait_is_read(slack, vendor, clock):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    vendor.plays(Reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": date}), OK)
    began = clock.time()

    slack.call("auth.test")

    assert 30 <= clock.time() - began <= 40 * 1.3


@pytest.mark.parametrize("wait", ["soon", "-1", "nan", "1e999", "7 seconds", "Wed, 99 Foo"])
def test_wait_that_cannot_be_read_counts_as_a_failure(slack, vendor, wait):
    vendor.plays(Reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": wait}), ...)

    with pytest.raises(ApiError, match=r"Slack answered auth\.test with ratelimited"):
        slack.call("auth.test")

    assert len(vendor.seen) == 6
