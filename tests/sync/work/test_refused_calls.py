"""Each call of the service is refused in each way, in turn: nothing is lost, repeated, or tried endlessly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select, text
from werkzeug import Response

from pdslack_cli.sync.message.view import IncidentPart
from pdslack_cli.sync.operate import queue
from pdslack_cli.sync.storage.tables import incidents
from tests.sync.world import CHANNEL, TOM, until

pytestmark = pytest.mark.slow_after(2)

FALLBACK = "elsewhere"
REFUSALS = [
    "invalid_blocks", "channel_not_found", "not_in_channel", "token_revoked", "ratelimited", "msg_too_long",
    "is_archived", "restricted_action", "missing_scope", "paid_teams_only", "internal_error",
    "invalid_arguments", "user_not_found", "expired_trigger_id", "cannot_reply_to_message",
    "a_code_of_tomorrow",
]  # fmt: skip
SOME = REFUSALS[:6]  # of the content, the channel, the app and the pace
WAITING = "DELETE FROM replies WHERE state = 'ready'"
STATUSES = [404, 402, 403, 429, 500, 401, 400, 409, 501]


@pytest.fixture(scope="module")
def database():
    """SQLite: what a refusal leads to is the same on both."""
    return ""


class RefusingVendor:
    """A vendor of the sandbox that refuses calls whose method, path and form match, so many times."""

    def __init__(self, vendor: Any, pattern: str, answer: Response, times: int, about: str) -> None:
        self._vendor, self._pattern, self._answer, self._times = vendor, re.compile(pattern), answer, times
        self._about = about
        self.refused = 0

    def __call__(self, request: Any) -> Any:
        matches = self._pattern.search(f"{request.method} {request.path}")
        if not matches or self.refused >= self._times or self._about not in f"{request.form} {request.args}":
            return self._vendor(request)
        self.refused += 1
        return self._answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vendor, name)


@contextmanager
def refusing(
    world, vendor: str, pattern: str, answer: Response, times: int = 1, about: str = ""
) -> Iterator[RefusingVendor]:
    """Let a vendor refuse; `about` is a word of the arguments."""
    vendors = world.sandbox.sandbox.vendors
    usual = vendors[vendor]
    vendors[vendor] = refuser = RefusingVendor(usual, pattern, answer, times, about)
    try:
        yield refuser
    finally:
        vendors[vendor] = usual


def of_slack(code: str) -> Response:
    headers = {"Retry-After": "1"} if code == "ratelimited" else None
    body = json.dumps({"ok": False, "error": code})
    return Response(body, 429 if headers else 200, headers, mimetype="application/json")


def of_pagerduty(status: int) -> Response:
    body = json.dumps({"error": {"message": "no", "code": 2100}})
    return Response(body, status, {"ratelimit-reset": "1"}, mimetype="application/json")


def failing(world, id_: str) -> list[queue.QueueEntry]:
    """The work of an incident that failed."""
    found = world.service.database.read(lambda connection: queue.parked(connection, failing=True))
    return [entry for entry in found if id_ in entry.about]


def shown(world, id_: str, status: str) -> list[str]:
    """Wait until a message shows the status; returns the channels that have one."""

    def places() -> list[str]:
        found = {name: world.message(id_, name) for name in (CHANNEL, FALLBACK)}
        here = [name for name, message in found.items() if message]
        return here if any(m["text"].startswith(status) for m in found.values() if m) else []

    return until(places, lambda: (world.row(id_), failing(world, id_)))


def fresh(world) -> None:
    """Let everything be read anew, and no reply of an earlier test wait for its turn in the channel."""
    world.service.cache.clear()
    world.service.database.write(lambda connection: connection.execute(text(WAITING)))


@pytest.mark.slow
@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "users.lookupByEmail"])
def test_one_refusal_of_slack_loses_and_repeats_nothing(world, method, code):
    fresh(world)
    before = len(world.sandbox.sandbox.calls)
    title = f"{method} {code}"
    about = title if method.startswith("chat") else ""
    with refusing(world, "slack", f"/{method}$", of_slack(code), about=about) as refuser:
        id_ = world.trigger(title, dedup_key=title)
        if method == "chat.update":
            shown(world, id_, "triggered")
        world.set_status(id_, "acknowledged")
        places = shown(world, id_, "acknowledged")
        if not refuser.refused:  # what is read once in a while was read again right before
            fresh(world)
            world.set_status(id_, "resolved")
        until(lambda: refuser.refused, lambda: failing(world, id_))
    if about and code in ("channel_not_found", "is_archived", "restricted_action"):
        # Of an update, the old message stays where it was.
        assert places == ([CHANNEL, FALLBACK] if method == "chat.update" else [FALLBACK])
    else:
        assert places == [CHANNEL]
    world.set_status(id_, "resolved")
    until(lambda: not failing(world, id_), lambda: failing(world, id_))
    assert len(world.sandbox.sandbox.calls) - before < 60


@pytest.mark.slow
def test_a_message_that_nobody_may_change_any_more_stays_the_only_one(world):
    """The workspace closes messages after a while: a new one would be closed next."""
    id_ = world.trigger("Closed", dedup_key="closed")
    shown(world, id_, "triggered")
    with refusing(world, "slack", "/chat.update$", of_slack("edit_window_closed"), times=9, about="Closed"):
        world.set_status(id_, "acknowledged")
        until(lambda: [one for one in failing(world, id_) if one.state == "parked"])
        until(lambda: any("Acknowledged by tom" in text for text in world.replies(id_)))
    assert "edit_window_closed" in failing(world, id_)[0].error
    assert world.message(id_)["text"].startswith("triggered")
    world.set_status(id_, "resolved")
    shown(world, id_, "resolved")
    assert failing(world, id_) == []


@pytest.mark.slow
def test_a_message_of_another_app_is_followed_by_one_of_ours(world):
    """The token became that of another app: buttons of the old message would not reach us."""
    id_ = world.trigger("Of an app before", dedup_key="app before")
    shown(world, id_, "triggered")
    refused = of_slack("cant_update_message")
    with refusing(world, "slack", "/chat.update$", refused, about="Of an app before"):
        world.set_status(id_, "acknowledged")
        until(lambda: len(messages_of(world, id_)) == 2, lambda: failing(world, id_))
    world.set_status(id_, "resolved")
    until(lambda: messages_of(world, id_)[-1]["text"].startswith("resolved"))
    assert [one["text"].partition(":")[0] for one in messages_of(world, id_)] == ["triggered", "resolved"]


def messages_of(world, id_: str) -> list[Any]:
    """What was posted about an incident, oldest first, without replies."""
    found = [post for post in world.posts(id_) if not post.get("thread_ts")]
    return sorted(found, key=lambda post: float(post["ts"]))


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("code", SOME)
def test_a_refused_reply_comes_all_the_same(world, code):
    fresh(world)
    id_ = world.trigger(f"Reply {code}", dedup_key=f"reply {code}")
    shown(world, id_, "triggered")
    with refusing(world, "slack", "/chat.postMessage$", of_slack(code), about=id_):
        world.set_status(id_, "acknowledged")
        until(lambda: world.replies(id_), lambda: failing(world, id_))
    assert len(world.replies(id_)) == 1


@pytest.mark.parametrize("code", SOME)
def test_a_form_that_cannot_be_opened_is_told(world, code):
    id_ = world.trigger(f"Form {code}", dedup_key=f"form {code}")
    message = world.shows(id_, "triggered")
    with refusing(world, "slack", "/views.open$", of_slack(code)):
        answer = world.slack("actions", payload=world.payload(TOM, message, "pdslack_resolve"))
    assert answer.status_code == 200
    assert world.told(TOM)[-1].endswith("nothing was done: click again.")
    assert world.incident(id_)["status"] == "triggered"


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("code", SOME)
@pytest.mark.parametrize("method", ["users.info", "chat.postEphemeral"])
def test_a_click_is_done_once_or_refused(world, method, code):
    fresh(world)
    id_ = world.trigger(f"Click {method} {code}", dedup_key=f"click {method} {code}")
    shown(world, id_, "triggered")
    with refusing(world, "slack", f"/{method}$", of_slack(code)):
        for _ in range(2):  # the second one is refused, and told
            world.slack("actions", payload=world.payload(TOM, world.message(id_), "pdslack_escalate"))
        until(lambda: world.audit(id_), lambda: failing(world, id_))
    until(lambda: not failing(world, id_), lambda: failing(world, id_))
    outcomes = [entry["outcome"] for entry in world.audit(id_)]
    levels = [entry for entry in world.pagerduty("GET", f"/incidents/{id_}/log_entries")["log_entries"]
              if entry["type"] == "escalate_log_entry"]  # fmt: skip
    assert len(levels) == outcomes.count("done") <= 1 == len(outcomes)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("action", ["acknowledge", "escalate"])
def test_a_write_that_pagerduty_refuses_is_never_done_twice(world, action, status):
    id_ = world.trigger(f"{action} {status}", dedup_key=f"{action} {status}")
    message = world.shows(id_, "triggered")
    with refusing(world, "pagerduty", f"PUT /incidents/{id_}$", of_pagerduty(status)) as refuser:
        world.slack("actions", payload=world.payload(TOM, message, f"pdslack_{action}"))
        until(lambda: world.audit(id_), lambda: failing(world, id_))
        assert refuser.refused
    (entry,) = world.audit(id_)
    if entry["outcome"] != "done":
        until(lambda: any("Not done" in text for text in world.told(TOM)))
    changed = [one["type"] for one in world.pagerduty("GET", f"/incidents/{id_}/log_entries")["log_entries"]]
    assert changed.count(f"{action}_log_entry") == (entry["outcome"] == "done")


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("word", ["ack", "resolve"])
def test_what_was_done_and_not_answered_counts_as_done(world, word):
    id_ = world.trigger(f"{word} lost", dedup_key=f"{word} lost")
    shown(world, id_, "triggered")
    before = len(world.told(TOM))
    world.sandbox.fault("lost", provider="pagerduty", method="PUT", path=f"/incidents/{id_}$")
    world.sandbox.command(TOM, CHANNEL, "/incident", f"{word} {world.incident(id_)['incident_number']}")
    until(lambda: world.audit(id_), lambda: failing(world, id_))
    assert [entry["outcome"] for entry in world.audit(id_)] == ["done"]
    assert world.told(TOM)[before:] == []


READS = {
    IncidentPart.INCIDENT: ("pagerduty", r"GET /incidents/\w+$", ""),
    IncidentPart.EXTRAS: ("pagerduty", r"GET /incidents/\w+$", "custom_fields"),
    IncidentPart.LOG: ("pagerduty", "GET .*/log_entries$", ""),
    IncidentPart.ALERTS: ("pagerduty", "GET .*/alerts$", ""),
    IncidentPart.SERVICE: ("pagerduty", r"GET /services/\w+$", ""),
    IncidentPart.ON_CALL: ("pagerduty", "GET /oncalls$", ""),
    IncidentPart.ADDRESSES: ("pagerduty", r"GET /users/\w+$", ""),
    IncidentPart.ACCOUNTS: ("slack", "/users.lookupByEmail$", ""),
}
"""How each part is read: the vendor, the call, and a word of its arguments."""
PEOPLE = {IncidentPart.INCIDENT, IncidentPart.ON_CALL, IncidentPart.ACCOUNTS}
SHAPE = "of another shape"
FAILURES = {500: {}, 404: {}, 403: {}, 401: {}, 429: {"ratelimit-reset": "3", "Retry-After": "3"}, SHAPE: {}}
"""The answers, with their headers."""


@pytest.mark.slow
@pytest.mark.parametrize("how", FAILURES)
@pytest.mark.parametrize("part", IncidentPart)
def test_a_message_goes_without_what_cannot_be_read_and_is_mended(world, part, how):
    """Somebody must see it at night, whatever fails meanwhile."""
    fresh(world)
    vendor, pattern, about = READS[part]
    body = [] if how == SHAPE else {"ok": False, "error": f"code_{how}"}
    answer = Response(
        json.dumps(body), 200 if how == SHAPE else how, FAILURES[how], mimetype="application/json"
    )
    missing = IncidentPart.INCIDENT if part is IncidentPart.EXTRAS and how not in (500, 403) else part
    for_good = (
        how == 404 or (how == 403 and part is not IncidentPart.INCIDENT) or (vendor == "slack" and how == 401)
    )
    without = ""
    with refusing(world, vendor, pattern, answer, times=10_000, about=about) as refuser:
        id_ = world.trigger(f"{part} {how}", dedup_key=f"{part} {how}")
        if missing is IncidentPart.INCIDENT and how == 404:
            until(lambda: refuser.refused)
        else:
            shown(world, id_, "triggered")
            without = unread(world, id_) or ""
            assert without.startswith("" if for_good else missing)
    until(lambda: world.row(id_) and unread(world, id_) is None, lambda: failing(world, id_))
    late = any(part in without for part in PEOPLE)
    until(lambda: any("On call or assigned: <@" in text for text in world.replies(id_)) == late)
    world.set_status(id_, "resolved")
    shown(world, id_, "resolved")
    until(lambda: any("Summary" in text for text in world.replies(id_)))
    assert len(world.replies(id_)) == 2 + late


def unread(world, id_: str) -> str | None:
    query = select(incidents.c.unread).where(incidents.c.id == id_)
    return world.service.database.read(lambda connection: connection.execute(query).scalar_one())


ODD_ANSWERS = {
    "no user of Slack": ("slack", "/users.info$", {"ok": True}),
    "a user of Slack that is null": ("slack", "/users.info$", {"ok": True, "user": None}),
    "a user of PagerDuty without an id": ("pagerduty", "GET /users$", {"users": [{"email": TOM}]}),
    "another incident": ("pagerduty", r"GET /incidents/\w+$", {"incident": {"id": "Q2"}}),
    "an incident without a status": ("pagerduty", r"GET /incidents/\w+$", {"incident": {}}),
    "an open incident without an id": ("pagerduty", "GET /incidents$", {"incidents": [{}]}),
}


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_an_answer_of_another_shape_is_no_defect_of_ours(world, clock, caplog, name):
    vendor, pattern, body = ODD_ANSWERS[name]
    id_ = world.trigger(name, dedup_key=name)
    message = world.shows(id_, "triggered")
    fresh(world)
    with refusing(world, vendor, pattern, Response(json.dumps(body), mimetype="application/json")) as refuser:
        if pattern == "GET /incidents$":
            clock.advance(300)  # healing is due
        world.slack("actions", payload=world.payload(TOM, message, "pdslack_acknowledge"))
        until(lambda: refuser.refused, lambda: failing(world, id_))
    shown(world, id_, "acknowledged")
    assert "Traceback" not in caplog.text
    assert world.row("Q2") is None


@pytest.mark.slow
@pytest.mark.parametrize("code", SOME)
def test_looking_for_a_post_is_refused(world, code):
    """The answer of a post is lost, and then the channel cannot be read."""
    world.sandbox.fault("lost", provider="slack", path="/chat.postMessage")
    with refusing(world, "slack", "/conversations.history$", of_slack(code)):
        id_ = world.trigger(f"Lost {code}", dedup_key=f"lost {code}")
        until(lambda: world.row(id_) and world.row(id_).ts, lambda: failing(world, id_))
    found = [post for name in (CHANNEL, FALLBACK) for post in world.posts(id_, name)]
    blind = code in ("missing_scope", "restricted_action", "channel_not_found", "is_archived")
    assert len(found) in ((1, 2) if blind else (1,))


@pytest.mark.slow
def test_an_older_state_than_was_shown_waits_for_a_newer_one(world):
    id_ = world.trigger("Answered late", dedup_key="answered late")
    shown(world, id_, "triggered")
    old = Response(json.dumps({"incident": world.incident(id_)}), mimetype="application/json")
    world.sandbox.advance(2)  # PagerDuty's times have whole seconds
    world.set_status(id_, "acknowledged")
    shown(world, id_, "acknowledged")
    with refusing(world, "pagerduty", rf"GET /incidents/{id_}$", old, times=1000):
        world.set_status(id_, "resolved")
        until(lambda: [one for one in failing(world, id_) if "an older state" in one.error])
    shown(world, id_, "resolved")
    until(lambda: not failing(world, id_))
