"""Rate tiers, when they are switched on."""

from __future__ import annotations

import pytest

from tests.sandbox.slack.conftest import Workspace


@pytest.fixture
def paced(slack: Workspace) -> Workspace:
    slack.session.put(f"{slack.sandbox.url}/_sandbox/limits", json={"slack_tiers": True}).raise_for_status()
    return slack


@pytest.mark.parametrize(
    ("method", "token", "per_minute"),
    [
        pytest.param("apps.manifest.create", "config", 1, id="tier 1"),
        pytest.param("users.list", "bot", 20, id="tier 2"),
        pytest.param("team.info", "bot", 50, id="tier 3"),
        pytest.param("users.info", "bot", 100, id="tier 4"),
    ],
)
def test_a_tier_allows_so_many_calls_a_minute(
    paced: Workspace, method: str, token: str, per_minute: int
) -> None:
    for _ in range(per_minute):
        assert paced.send(method, token).status_code == 200
    refused = paced.send(method, token)
    assert (refused.status_code, refused.json()) == (429, {"ok": False, "error": "ratelimited"})
    wait = int(refused.headers["Retry-After"])
    assert 0 < wait <= 60
    paced.sandbox.clock.advance(wait)
    assert paced.send(method, token).status_code == 200


def test_each_method_and_each_token_has_its_own_pace(paced: Workspace) -> None:
    for _ in range(20):
        paced.ok("users.list")
    assert paced.error("users.list") == "ratelimited"
    paced.ok("users.list", "user")
    paced.ok("usergroups.list")


def test_a_channel_takes_a_message_a_second(paced: Workspace) -> None:
    first, second = paced.channel("first"), paced.channel("second")
    paced.ok("chat.postMessage", channel=first, text="x")
    assert paced.send("chat.postMessage", data={"channel": first, "text": "x"}).headers["Retry-After"] == "1"
    paced.ok("chat.postMessage", channel=second, text="x")
    paced.sandbox.clock.advance(1)
    paced.ok("chat.postMessage", channel=first, text="x")


def test_there_is_no_limit_unless_switched_on(slack: Workspace) -> None:
    assert {slack.send("users.list").status_code for _ in range(25)} == {200}
