"""Least privilege: a file asks for the scopes of what it uses, and the docs say which these are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pdslack_cli.doctor.context import Facts
from pdslack_cli.kinds.slack.scopes import FEATURES
from pdslack_cli.model import Live, OwnershipMark
from pdslack_cli.sandbox.slack.auth import SCOPES
from tests.support.factories import stack

PAGE = (Path(__file__).parents[3] / "docs" / "concepts" / "tokens.md").read_text(encoding="utf-8")


def needed(text: str, *lives: Live, token: str = "bot") -> set[str]:
    """The scopes that a stack asks for, where these objects are live."""
    wanted = stack("owner: acme\npeople: {maya: maya@acme.example}\n" + text)
    facts = Facts(wanted, {"channel": lives})
    uses = list(facts.uses())
    features = [feature for feature in FEATURES if feature.token == token]
    return {scope for feature in features if any(map(feature.is_in, uses)) for scope in feature.scopes}


def live(name: str, *, private: bool, mark: str = "") -> Live:
    raw = {"id": f"C{name}", "name": name, "is_private": private, "topic": "", "purpose": ""}
    return Live("channel", raw["id"], name, raw, OwnershipMark.bound("acme", mark, name) if mark else None)


FIND = {"channels:read", "groups:read"}
PUBLIC = FIND | {"channels:manage", "channels:join"}
PRIVATE = FIND | {"groups:write"}


@pytest.mark.parametrize(
    ("text", "lives", "scopes"),
    [
        pytest.param("teams: {payments: {}}", (), set(), id="nothing in Slack"),
        pytest.param("channels: {alerts: {lookup: true}}", (), FIND, id="a channel that is looked up"),
        pytest.param("channels: {alerts: {topic: Cards}}", (), PUBLIC, id="a public channel"),
        pytest.param("channels: {alerts: {private: true}}", (), PRIVATE, id="a private channel"),
        pytest.param(
            "channels: {alerts: {topic: Cards}}",
            (live("alerts", private=True),),
            PRIVATE,
            id="one that turns out to be private",
        ),
        pytest.param(
            "channels: {}",
            (live("old", private=True, mark="old"),),
            PRIVATE,
            id="a private one of ours to be archived",
        ),
        pytest.param("channels: {}", (live("theirs", private=True),), set(), id="one of others"),
        pytest.param(
            "channels: {alerts: {members: [maya]}}",
            (),
            PUBLIC | {"users:read", "users:read.email"},
            id="members",
        ),
        pytest.param(
            "channels: {alerts: {bookmarks: {Runbook: 'https://wiki.acme.example'}}}",
            (),
            PUBLIC | {"bookmarks:read", "bookmarks:write"},
            id="bookmarks",
        ),
        pytest.param(
            "channels: {alerts: {bookmarks: null}}",
            (),
            PUBLIC | {"bookmarks:read", "bookmarks:write"},
            id="bookmarks to be taken away",
        ),
    ],
)
def test_a_file_needs_the_scopes_of_what_it_uses_and_no_others(text, lives, scopes):
    assert needed(text, *lives) == scopes


def test_a_users_token_needs_what_brings_channels_back():
    assert needed("channels: {alerts: {}}", token="user") == {"channels:write"}
    assert needed("channels: {alerts: {private: true}}", token="user") == {"groups:write"}


def test_the_docs_print_the_table_of_scopes():
    rows = re.findall(r"^\| (.+) \| (bot|user) \| `(.+)` \|$", PAGE, re.MULTILINE)
    assert rows == [(feature.title, feature.token, " ".join(feature.scopes)) for feature in FEATURES]


def test_slack_has_scopes_of_these_names():
    for feature in FEATURES:
        assert set(feature.scopes) <= set(SCOPES[feature.token].split()), feature.title
