"""What is sent to Slack with which token, and what its answers become."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.clients.settings import Settings
from pdslack_cli.clients.slack import SlackClient
from pdslack_cli.errors import (
    ApiError,
    AuthError,
    HiddenError,
    MalformedAnswerError,
    NotFoundError,
    OutcomeUnknownError,
    PlanLimitError,
)
from tests.clients.scripted import Reply, broken
from tests.clients.test_slack import OK, refused


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
            refused("channel_not_found"), HiddenError, "channel_not_found", "invite the bot", id="gone"
        ),
        pytest.param(refused("no_such_subteam"), NotFoundError, "no_such_subteam", "", id="group gone"),
        pytest.param(
            refused("missing_scope"), AuthError, "missing_scope", "`pdslack doctor` shows", id="unnamed scope"
        ),
        pytest.param(refused("is_archived"), ApiError, "is_archived", "planned anew", id="archived since"),
        pytest.param(refused("is_inactive"), ApiError, "is_inactive", "was archived", id="message of one"),
        pytest.param(refused("invalid_users"), ApiError, "", "`pdslack plan` says who", id="left since"),
        pytest.param(refused("not_in_channel"), ApiError, "", "taken out of the channel", id="kicked since"),
        pytest.param(
            refused("name_taken"),
            ApiError,
            "name_taken",
            "look name_taken up at https://docs.slack.dev/reference/methods",
            id="any other",
        ),
        pytest.param(Reply({"ok": False}), ApiError, 'HTTP 200, {"ok": false}', "SLACK_API_URL", id="no why"),
        pytest.param(
            Reply("<html>\n  Forbidden by proxy</html>", 403),
            ApiError,
            "HTTP 403, <html> Forbidden by proxy</html>",
            "SLACK_API_URL",
            id="403 that is no JSON",
        ),
        pytest.param(Reply("", 404), ApiError, "HTTP 404, no text", "SLACK_API_URL", id="404 without a body"),
        pytest.param(
            Reply({"ok": False, "error": None}),
            ApiError,
            'HTTP 200, {"ok": false, "error": null}',
            "SLACK_API_URL",
            id="an error that is null",
        ),
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
    assert error.code == ((isinstance(reply.body, dict) and reply.body.get("error")) or "")
    assert len(vendor.seen) == 1


@pytest.mark.parametrize("error", [None, 7, {"code": "hm"}, ["hm"]], ids=str)
def test_what_is_no_code_is_not_taken_for_one(slack, vendor, error):
    vendor.plays(Reply({"ok": False, "error": error}))
    with pytest.raises(ApiError, match=r'HTTP 200, {"ok": false, "error": ') as raised:
        slack.call("users.list")
    assert raised.value.code == ""


@pytest.mark.parametrize("ok", [{}, {"ok": None}, {"ok": "yes"}, {"ok": 1}], ids=str)
def test_an_answer_that_does_not_say_whether_it_is_good_is_not_taken_for_good(slack, vendor, ok):
    vendor.plays(Reply({"app_id": "A1", "credentials": {"client_secret": "hush"}, **ok}), ...)
    for method, kind in (("users.list", MalformedAnswerError), ("apps.manifest.create", OutcomeUnknownError)):
        with pytest.raises(kind, match=f"answer to {method}: ok is .*, among 'app_id', ") as raised:
            slack.call(method)
        assert "hush" not in str(raised.value)


def test_what_an_answer_lacks_is_no_proof_that_nothing_was_done(slack, vendor):
    @reads_answers
    def made(method: str) -> str:
        return slack.call(method)["channel"]["id"]

    vendor.plays(Reply({"ok": True}), ...)
    for method, said in (
        ("conversations.info", "nothing was changed"),
        ("conversations.create", "run again"),
    ):
        with pytest.raises(MalformedAnswerError, match="channel is missing") as raised:
            made(method)
        assert said in raised.value.hint


def test_a_scope_of_a_token_that_no_installation_makes_is_chosen_anew(slack, vendor):
    vendor.plays(refused("missing_scope", needed="connections:write"))
    with pytest.raises(AuthError) as raised:
        slack.call("apps.connections.open", token="app")
    assert "set another SLACK_APP_TOKEN, with connections:write: it starts with xapp-" in raised.value.hint


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
