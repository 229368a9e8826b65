from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug import Request, Response

from pdslack_cli.clients.settings import Settings
from pdslack_cli.clients.slack import SlackClient
from pdslack_cli.errors import ApiError, AuthError, NotFoundError, OutcomeUnknownError, PlanLimitError
from tests.clients.scripted import Reply, broken, stalled

OK = Reply({"ok": True})
LIMITED = Reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "30"})
BARE_LIMITED = Reply("slow down", 429)
LIMITED_IN_BODY = Reply({"ok": False, "error": "too_many_requests"})
PAGE_OF_PROXY = Reply("<html>welcome to the hotel</html>")


def refused(code: str, **more: object) -> Reply:
    return Reply({"ok": False, "error": code, **more})


FAILURES = [
    pytest.param(broken, id="reset"),
    pytest.param(Reply("", 502), id="502"),
    pytest.param(Reply({"ok": False, "error": "internal_error"}, 500), id="500"),
    pytest.param(refused("fatal_error"), id="fatal_error"),
    pytest.param(refused("request_timeout"), id="request_timeout"),
    pytest.param(PAGE_OF_PROXY, id="an answer that is no JSON"),
    pytest.param(Reply('["no object"]'), id="JSON that is no object"),
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
        "conversations.archive",
        "conversations.info",
        "conversations.invite",
        "conversations.kick",
        "conversations.list",
        "conversations.members",
        "conversations.rename",
        "conversations.setPurpose",
        "conversations.setTopic",
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
        "conversations.create",
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
    assert "SLACK_API_URL" in raised.value.hint
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


def test_arguments_are_sent_as_slack_reads_them(slack, vendor):
    vendor.plays(OK)
    slack.call(
        "conversations.invite",
        channel="C1",
        users=["U1", "U2"],
        force=True,
        nothing=None,
        blocks=[{"type": "divider"}],
        metadata={"event_type": "größe"},
        limit=5,
    )
    (request,) = vendor.seen
    assert request.form.to_dict() == {
        "channel": "C1",
        "users": "U1,U2",
        "force": "1",
        "blocks": '[{"type": "divider"}]',
        "metadata": '{"event_type": "gr\\u00f6\\u00dfe"}',
        "limit": "5",
    }


@pytest.mark.parametrize(
    ("token", "secret"),
    [
        ("bot", "xoxb-bot-4713"),
        ("user", "xoxp-user-4714"),
        ("app", "xapp-app-4715"),
        ("config", "xoxe.xoxp-config-4716"),
    ],
)
def test_each_kind_of_token_is_sent_when_it_is_asked_for(slack, vendor, token, secret):
    vendor.plays(OK)
    slack.call("auth.test", token=token)
    assert vendor.seen[0].headers["Authorization"] == f"Bearer {secret}"
    assert "token" not in vendor.seen[0].form


def test_a_missing_token_is_named_when_it_is_first_needed(clock):
    client = SlackClient(Settings.read({}), clock=clock)
    assert not client.has("user")
    with pytest.raises(AuthError, match="SLACK_USER_TOKEN is not set"):
        client.call("conversations.unarchive", token="user", channel="C1")


BOT = {"ok": True, "user_id": "U1", "team_id": "T1", "bot_id": "B1"}
PERSON = {"ok": True, "user_id": "U2", "team_id": "T1"}
APP = {"ok": True, "app_id": "A1", "app_name": "pdslack"}


def test_who_a_token_is_is_asked_once_however_many_threads_ask(slack, vendor):
    vendor.plays(Reply(BOT))
    with ThreadPoolExecutor(8) as pool:
        users = set(pool.map(lambda _: slack.identity()["user_id"], range(50)))
    assert users == {"U1"}
    assert len(vendor.seen) == 1


@pytest.mark.parametrize(
    ("token", "answer"),
    [
        pytest.param("bot", BOT, id="bot"),
        pytest.param("user", PERSON, id="user"),
        pytest.param("app", APP, id="app"),
    ],
)
def test_a_token_of_its_own_kind_is_taken(slack, vendor, token, answer):
    vendor.plays(Reply(answer))
    assert slack.identity(token) == answer


@pytest.mark.parametrize(
    ("token", "answer", "message", "cure"),
    [
        pytest.param(
            "bot",
            PERSON,
            "SLACK_BOT_TOKEN: expected a bot token, got a user token",
            "xoxb-",
            id="a person's as the bot's",
        ),
        pytest.param(
            "bot",
            APP,
            "SLACK_BOT_TOKEN: expected a bot token, got an app-level token",
            "xoxb-",
            id="the app's as the bot's",
        ),
        pytest.param(
            "user",
            BOT,
            "SLACK_USER_TOKEN: expected a user token, got a bot token",
            "xoxp-",
            id="the bot's as a person's",
        ),
    ],
)
def test_a_token_of_another_kind_is_refused_with_where_the_right_one_is(
    slack, vendor, token, answer, message, cure
):
    vendor.plays(Reply(answer))
    with pytest.raises(AuthError, match=message) as raised:
        slack.identity(token)
    assert cure in raised.value.hint


def test_granted_scopes_are_known_after_a_call_even_a_refused_one(slack, vendor):
    assert slack.scopes == {}
    vendor.plays(
        Reply({"ok": True}, 200, {"X-OAuth-Scopes": "chat:write,channels:read"}),
        Reply(
            {"ok": False, "error": "missing_scope"}, 200, {"x-oauth-scopes": "channels:write, groups:write"}
        ),
    )
    slack.call("auth.test")
    with pytest.raises(AuthError):
        slack.call("auth.test", token="user")
    assert slack.scopes == {
        "bot": {"chat:write", "channels:read"},
        "user": {"channels:write", "groups:write"},
    }


@pytest.mark.parametrize(
    ("reply", "kind", "message", "hint"),
    [
        pytest.param(
            refused("missing_scope", needed="channels:manage", provided="chat:write,channels:read"),
            AuthError,
            "missing_scope: the call needs channels:manage, the token has chat:write,channels:read",
            "add channels:manage under OAuth & Permissions, reinstall the app, set the new SLACK_BOT_TOKEN",
            id="missing scope",
        ),
        pytest.param(
            refused(
                "invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: name"]}
            ),
            ApiError,
            "invalid_arguments: [ERROR] missing required field: name",
            "",
            id="messages",
        ),
        pytest.param(
            refused("user_not_found", errors=[{"user": "U9", "ok": False, "error": "user_not_found"}]),
            ApiError,
            "user_not_found: U9: user_not_found",
            "",
            id="errors by user",
        ),
        pytest.param(
            refused(
                "invalid_manifest",
                errors=[{"message": "Event Subscription requires", "pointer": "/settings"}],
            ),
            ApiError,
            "invalid_manifest: /settings: Event Subscription requires",
            "",
            id="errors by place",
        ),
        pytest.param(
            refused("not_allowed_token_type"),
            AuthError,
            "",
            "SLACK_BOT_TOKEN is a token of the wrong",
            id="kind",
        ),
        pytest.param(
            refused("token_revoked"), AuthError, "token_revoked", "wrong, revoked or expired", id="revoked"
        ),
        pytest.param(
            refused("restricted_action"), AuthError, "restricted_action", "ask a Slack admin", id="restricted"
        ),
        pytest.param(refused("plan_upgrade_required"), PlanLimitError, "plan_upgrade", "plan", id="plan"),
        pytest.param(
            refused("channel_not_found"), NotFoundError, "channel_not_found", "invite the bot", id="gone"
        ),
        pytest.param(refused("no_such_subteam"), NotFoundError, "no_such_subteam", "", id="group gone"),
        pytest.param(refused("name_taken"), ApiError, "name_taken", "", id="any other"),
        pytest.param(
            Reply("<html>\n  Forbidden by proxy</html>", 403),
            ApiError,
            "HTTP 403, <html> Forbidden by proxy</html>",
            "SLACK_API_URL",
            id="403 that is no JSON",
        ),
        pytest.param(Reply("", 404), ApiError, "HTTP 404, no text", "SLACK_API_URL", id="404 without a body"),
    ],
)
def test_a_refusal_becomes_an_error_that_says_what_and_why(slack, vendor, reply, kind, message, hint):
    vendor.plays(Reply(reply.body, reply.status, {"x-slack-req-id": "r-17"}))
    with pytest.raises(ApiError) as raised:
        slack.call("conversations.create", name="x")
    error = raised.value
    assert type(error) is kind
    assert str(error).startswith("Slack answered conversations.create with ")
    assert str(error).endswith("[request r-17]")
    assert message in str(error)
    assert hint in error.hint
    assert error.code == (reply.body["error"] if isinstance(reply.body, dict) else "")
    assert len(vendor.seen) == 1


def test_every_call_is_counted_told_and_logged(settings, clock, vendor, caplog):
    vendor.plays(broken, Reply({"ok": True}, 200, {"x-slack-req-id": "r-1"}))
    told = []
    client = SlackClient(settings, clock=clock, on_call=told.append)
    with caplog.at_level(logging.DEBUG, "pdslack_cli"):
        client.call("users.info", user="U1")
    assert client.calls == 2
    assert [(call.path, call.status, call.request_id) for call in told] == [
        ("users.info", 0, ""),
        ("users.info", 200, "r-1"),
    ]
    assert [record.message for record in caplog.records if record.name.startswith("pdslack_cli")] == [
        "Slack POST users.info: no answer, 0.000 s, request -",
        "Slack POST users.info: 200, 0.000 s, request r-1",
    ]


@pytest.mark.parametrize("method", ["conversations.list", "conversations.create"])
def test_what_is_not_implemented_is_asked_once(slack, vendor, method):
    vendor.plays(Reply("Not Implemented", 501), ...)

    with pytest.raises(ApiError) as raised:
        slack.call(method)

    assert type(raised.value) is PlanLimitError
    assert len(vendor.seen) == 1
