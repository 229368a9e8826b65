"""What a control request's body may not hold is refused in plain words, and what it did is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug import Request
from werkzeug.test import EnvironBuilder

from pdslack_cli.analysis.needs import NOT_SEEDED, seed_word
from pdslack_cli.kinds import READ_NAMED
from pdslack_cli.sandbox.control.bodies import BodyField
from pdslack_cli.sandbox.control.control import Control
from pdslack_cli.sandbox.control.endpoints import ENDPOINTS, Endpoint
from pdslack_cli.sandbox.server import Sandbox

pytestmark = pytest.mark.wire

PATHS = {"token": "t", "dedup_key": "k", "channel": "general"}
WITH_FIELDS = [one for one in ENDPOINTS if not one.raw and isinstance(one.body, dict) and one.body]
OF_CODE = ("pydantic", "Error", "function-", "literal", "union[", "list[", "dict[", " str ", "Input should")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def ask(sandbox: Sandbox, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    for name, value in PATHS.items():
        path = path.replace(f"<{name}>", value).replace(f"<path:{name}>", value)
    content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    builder = EnvironBuilder(path=f"/_sandbox/{path}", method=method, data=content)
    response = Control(sandbox)(Request(builder.get_environ()))
    answer = response.get_data()
    return response.status_code, json.loads(answer) if response.is_json else answer


def refused(sandbox: Sandbox, endpoint: Endpoint, body: Any) -> str:
    status, answer = ask(sandbox, endpoint.method, endpoint.path, body)
    assert status == 400, answer
    assert not [word for word in OF_CODE if word in answer["error"]], answer
    return str(answer["error"])


def named(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


@pytest.mark.parametrize("endpoint", [one for one in ENDPOINTS if not one.raw], ids=named)
def test_an_unknown_key_is_refused_by_every_endpoint(sandbox, endpoint):
    if isinstance(endpoint.body, BodyField):
        assert "expected a list" in refused(sandbox, endpoint, {"x": 1})
        return
    assert "unknown key 'qqqqqq'; " in refused(sandbox, endpoint, {"qqqqqq": 1})
    for name in endpoint.body:
        near = f"{name[:-1]}{name[-1] * 2}"
        assert f"unknown key '{near}'; did you mean '{name}'?" in refused(sandbox, endpoint, {near: 1})


@pytest.mark.parametrize("endpoint", WITH_FIELDS, ids=named)
def test_a_value_of_another_type_is_refused_with_what_is_expected(sandbox, endpoint):
    for name in endpoint.body:
        wrong = {"aiops": [7]} if name == "features" else [[7]]
        error = refused(sandbox, endpoint, {name: wrong})
        assert f"{name}: " in error or "expected {" in error
        assert "expected " in error
        assert "[7]" in error
    for body in (None, 5, "x", [], [1]):
        content = json.dumps(body).encode()
        assert refused(sandbox, endpoint, content) == f"expected an object, got {body!r}".replace(
            "None", "null"
        )


@pytest.mark.parametrize("endpoint", WITH_FIELDS, ids=named)
def test_a_missing_key_is_named(sandbox, endpoint):
    required = [name for name, one in endpoint.body.items() if one.required]
    if required:
        error = refused(sandbox, endpoint, {})
        assert all(f"'{name}' is missing; expected " in error for name in required)


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("seed", {"chanels": ["x"]}, "unknown key 'chanels'; did you mean 'channels'?"),
        ("seed", {"services": "x"}, "services: expected a list of names, or of objects with `name`, got 'x'"),
        ("seed", {"teams": ["a", 5]}, "teams: entry 2: expected a text or an object with `name`, got 5"),
        ("seed", {"teams": [{"nmae": "x"}]}, "teams: entry 1: unknown key 'nmae'; did you mean 'name'?"),
        ("seed", {"people": [{"emial": "x"}]}, "people: entry 1: unknown key 'emial'; did you mean 'email'?"),
        ("seed", {"people": [{}]}, "people: entry 1: 'email' is missing; expected a text"),
        ("seed", {"services": [{"name": "x", "descriptoin": "y"}]}, "service: unknown key 'descriptoin'"),
        ("seed", {"people": [{"email": "a@b.example", "rle": "x"}]}, "user: unknown key 'rle'; did you"),
        ("seed", {"people": ["nonsense"]}, "people: 'nonsense': Email is invalid"),
        ("seed", {"teams": ["x" * 101]}, f"teams: '{'x' * 78}…: Name is too long"),
        ("seed", {"channels": [{"name": "x", "members": 5}]}, "channels: entry 1: members: expected a list"),
        ("seed", {"channels": ["Ops Team"]}, "channels: entry 1: name: 'Ops Team': expected lower-case"),
        ("seed", {"channels": [{"name": "-"}]}, "channels: entry 1: name: '-': expected a letter or"),
        ("seed", {"channels": ["here"]}, "channels: entry 1: name: 'here': Slack keeps this"),
        ("seed", {"channels": [{"name": "x", "bot": "y"}]}, "channels: entry 1: bot: expected true or"),
        ("seed", {"incidents": [{"service": "x", "created_at": "y"}]}, "incidents: entry 1: created_at"),
        ("seed", {"incidents": [{"service": "x", "alerts": 5}]}, "incidents: entry 1: alerts: expected"),
        (
            "seed",
            {"incidents": [{"service": "x", "alerts": [{"summary": "y"}]}]},
            "incidents: entry 1: alerts: alert 1: unknown key 'summary'; must be one of event, created_at",
        ),
        (
            "seed",
            {"incidents": [{"service": "x", "alerts": [{"event": "y"}]}]},
            "incidents: entry 1: alerts: alert 1: event: expected an object with `summary`",
        ),
        ("seed", {"services": [{"name": "x", "frobs": "y"}]}, "service: unknown key 'frobs'; must be one of"),
        ("faults", {"kind": "500", "method": "GTE"}, "method: expected a method of HTTP, got 'GTE'"),
        ("replay", b"{}", "line 1 is not a request of a session; "),
        ("seed", {"vendors": [{"name": "P9"}]}, "vendors: expected a list of names, got [{"),
        (
            "seed",
            {"channels": [{"name": "x", "privat": True}]},
            "channels: entry 1: unknown key 'privat'; did you mean 'private'?",
        ),
        ("clock", {"at": "tomorrow"}, "at: 'tomorrow' is not a moment; write 2030-01-01T08:00:00Z"),
        ("clock", {"at": "2050-01-01"}, "at: '2050-01-01' needs a time zone or an offset, such as Z"),
        ("faults", {"kind": "50"}, "kind: expected one of 402, 403, "),
        ("faults", {"kind": "500", "nth": 0}, "nth: expected a whole number from 1 to 1000000, got 0"),
        ("faults", {"kind": "500", "provider": "slak"}, "provider: expected pagerduty, slack or webhook"),
        ("faults", {"kind": "500", "path": "("}, "path: '(' is not a regular expression: missing )"),
        ("slack/click", {"user": 5}, "user: expected a text, got 5; 'channel' is missing; expected a text"),
        ("slack/write", {"user": "x", "channel": "general", "text": "y"}, "nobody in the workspace is "),
        ("slack/write", {"user": "admin", "channel": "x", "text": "y"}, "there is no channel 'x'"),
        ("slack/incoming-webhook", {"channel": "x"}, "there is no channel 'x'"),
        ("slack/disconnect", {"reason": "x"}, "reason: expected one of warning, refresh_requested, "),
        ("faults", {"kind": "drop", "provider": "slack"}, "provider: drop is for what the vendors send; "),
        ("faults", {"kind": "500", "provider": "webhook"}, "kind: expected one of drop, duplicate, "),
        ("plan", {"features": {"aiopz": True}}, "features: unknown feature 'aiopz'; did you mean 'aiops'?"),
        ("plan", {"features": {"x": True}}, "features: unknown feature 'x'; must be one of aiops, alert_"),
        ("abilities", ["urgncies"], "unknown ability 'urgncies'; did you mean 'urgencies'?"),
        ("abilities", ["urgencies", "x"], "unknown ability 'x'; must be one of teams, read_only_users, "),
        ("slack/app", {"events": ["mesage.im"]}, "events: unknown event 'mesage.im'; did you "),
        ("tokens/<token>", {"kind": "x"}, "kind: expected one of account, user, oauth_app, oauth_user, bot"),
        ("tokens/<token>", {"kind": "bot"}, "kind: expected one of account, user, oauth_app, oauth_user "),
        ("tokens/<token>", {"kind": "oauth_app", "provider": "slack"}, "kind: expected one of bot, "),
        ("tokens/<token>", {"kind": "user", "user": "PX"}, "user: pagerduty has no user of the id 'PX'"),
        ("replay", b"\xff", "the body is no session"),
        ("seed", b"{", "the body is not JSON: "),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_plain_words(sandbox, path, body, error):
    endpoint = next(
        one for one in ENDPOINTS if one.method != "GET" and one.path == path and (one.body or one.raw)
    )
    assert refused(sandbox, endpoint, body).startswith(error)


def test_a_wrong_address_is_told_with_the_nearest(sandbox):
    status, answer = ask(sandbox, "POST", "sed")
    assert (status, answer) == (404, {"error": "there is no /_sandbox/sed; did you mean '/_sandbox/seed'?"})
    status, answer = ask(sandbox, "GET", "seed")
    assert (status, answer) == (405, {"error": "/_sandbox/seed does not take GET; expected POST"})
    assert ask(sandbox, "GET", "messages/none") == (400, {"error": "there is no channel 'none'"})
    for wrong in (b"", b"text"):
        status, answer = ask(sandbox, "PUT", "snapshot", wrong)
        assert answer["error"].startswith("the body is no snapshot of a sandbox; ")


@pytest.mark.parametrize(
    ("method", "path", "body", "answer"),
    [
        ("PUT", "abilities", ["urgencies"], {"abilities": ["urgencies"]}),
        ("PUT", "plan", {"features": {"aiops": False}}, {"features": {"aiops": False}}),
        ("DELETE", "faults", None, {"ok": True}),
        ("DELETE", "calls", None, {"ok": True}),
        ("DELETE", "session", None, {"ok": True}),
        ("POST", "slack/disconnect", {"reason": "warning"}, {"ok": True}),
        ("POST", "reset", None, {"ok": True}),
    ],
)
def test_a_success_answers_what_is_so_now(sandbox, method, path, body, answer):
    assert ask(sandbox, method, path, body) == (200, answer)


def test_a_setting_answers_all_of_itself(sandbox):
    _, limits = ask(sandbox, "PUT", "limits", {"slack_tiers": True})
    assert limits == ask(sandbox, "GET", "limits")[1]
    _, fault = ask(sandbox, "POST", "faults", {"kind": "500"})
    assert (fault["added"]["kind"], fault["added"]["nth"]) == ("500", 1)
    _, token = ask(sandbox, "PUT", "tokens/t", {"kind": "user"})
    assert (token["provider"], token["kind"], token["read_only"]) == ("pagerduty", "user", False)


def test_a_seed_answers_what_was_added():
    wanted = {"services": ["Ledger"], "channels": ["incidents"], "people": ["maya@acme.example"]}
    added = {**wanted, "escalation_policies": ["Default"]}
    with Sandbox() as sandbox:
        first = ask(sandbox, "POST", "seed", wanted)
        second = ask(sandbox, "POST", "seed", {**wanted, "teams": ["Payments"]})
    assert first == (200, {"added": added})
    assert second == (200, {"added": {"teams": ["Payments"]}})


@pytest.mark.slow
def test_whatever_a_stack_looks_up_can_be_seeded_by_its_name():
    words = sorted(seed_word(kind) for kind in READ_NAMED.keys() - NOT_SEEDED - {"person"})
    with Sandbox() as sandbox:
        for word in words:
            assert ask(sandbox, "POST", "seed", {word: ["main"]})[1]["added"][word] == ["main"], word
