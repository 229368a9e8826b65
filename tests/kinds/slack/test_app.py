"""The manifest of the Slack app: Slack takes it, it asks for no more than the file needs, and it settles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.slack.app import SlackApp, differences, manifest_of, overlaid, scopes_of
from pdslack_cli.kinds.slack.app_words import EVENT_SCOPES
from pdslack_cli.sandbox.slack.content.manifest import check_manifest, export
from tests.conftest import examples
from tests.support.factories import stack

BASE = """\
owner: payments
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
escalation_policies: {p: {levels: [{notify: [person/maya], escalate_after: 30m}]}}
services: {api: {escalation_policy: p}}
"""
SYNC = "notification_rules: {r: {from: service/api, to: c, via: sync}}\n"


def said(longest: int):
    return st.text(min_size=1, max_size=longest).filter(str.strip)


shortcuts = st.builds(
    lambda name, type_: {"name": name, "callback_id": "x", "description": "y", "type": type_},
    said(24),
    st.sampled_from(["global", "message"]),
)
apps = st.builds(
    lambda way, **fields: SlackApp.model_validate({**way, **fields}),
    st.sampled_from([{"socket_mode": True}, {"url": "https://sync.acme.example/"}]),
    name=said(35),
    command=st.none() | st.sampled_from(["/incident", "/inc-2"]),
    shortcuts=st.lists(shortcuts, max_size=3).map(tuple),
    events=st.lists(
        st.sampled_from(["app_mention", "channel_archive", "member_joined_channel", "team_join"])
    ),
    scopes=st.lists(st.sampled_from(["pins:write", "chat:write"])).map(tuple),
)


def manifest(app: SlackApp) -> dict:
    return manifest_of(app, scopes_of(app, {}))


@examples(60)
@given(apps)
def test_slack_takes_every_manifest(app):
    parsed, errors = check_manifest(manifest(app))

    assert errors == []
    assert parsed is not None


@examples(60)
@given(apps, apps)
def test_a_manifest_laid_over_another_settles_and_keeps_what_others_added(one, other):
    live = export(check_manifest(manifest(one))[0])
    live["settings"]["is_mcp_enabled"] = True
    live["oauth_config"]["scopes"]["user"] = ["search:read"]

    after = overlaid(live, manifest(other))

    parsed, errors = check_manifest(after)
    assert errors == []
    assert differences(export(parsed), overlaid(export(parsed), manifest(other))) == []
    assert after["settings"]["is_mcp_enabled"]
    assert after["oauth_config"]["scopes"]["user"] == ["search:read"]
    assert set(after["oauth_config"]["scopes"]["bot"]) >= set(live["oauth_config"]["scopes"].get("bot", ()))


@pytest.mark.parametrize(
    ("more", "scopes"),
    [
        ("", set()),
        (
            "channels: {c: {members: [maya]}}\n",
            {
                "channels:read",
                "groups:read",
                "channels:manage",
                "channels:join",
                "users:read",
                "users:read.email",
            },
        ),
        ("channels: {c: {lookup: true}}\n", {"channels:read", "groups:read"}),
        ("channels: {c: {}}\n", {"channels:read", "groups:read", "channels:manage", "channels:join"}),
        (
            "channels: {c: {lookup: true}}\n" + SYNC,
            {
                "channels:read",
                "groups:read",
                "channels:join",
                "channels:history",
                "chat:write",
                "chat:write.public",
                "users:read",
                "users:read.email",
            },
        ),
        (
            "channels: {c: {private: true, bookmarks: {A: 'https://a.example'}}}\n",
            {"channels:read", "groups:read", "groups:write", "bookmarks:read", "bookmarks:write"},
        ),
    ],
)
def test_scopes_are_those_that_the_file_needs(more, scopes):
    found = scopes_of(SlackApp(socket_mode=True), stack(BASE + more).specs)

    assert set(found) == scopes
    assert all(found.values())


@pytest.mark.parametrize("event", [*EVENT_SCOPES])
def test_events_bring_their_scopes(event):
    name = event if not event.endswith("_") else f"{event}x"

    _, errors = check_manifest(manifest(SlackApp(socket_mode=True, events=(name,))))

    assert errors == []
