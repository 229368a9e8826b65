"""What each control endpoint does: called with the sandbox, the body, and the arguments of the path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from sqlite3 import DatabaseError
from typing import Any, Protocol

from pdslack_cli.model import Json
from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.control import views
from pdslack_cli.sandbox.control.bodies import shown
from pdslack_cli.sandbox.control.session import SessionRecording
from pdslack_cli.sandbox.control.wanted import added, in_full, names_in
from pdslack_cli.sandbox.faults import Fault, Faults
from pdslack_cli.sandbox.pagerduty import SandboxPagerDuty
from pdslack_cli.sandbox.pagerduty.runtime import informing
from pdslack_cli.sandbox.settings import (
    Provider,
    SandboxLimits,
    Token,
    read_plan,
    save_abilities,
    save_plan,
)
from pdslack_cli.sandbox.slack import SandboxSlack
from pdslack_cli.sandbox.slack.runtime.app_endpoints import AppEndpoints
from pdslack_cli.sandbox.slack.runtime.people import SlackPeople
from pdslack_cli.sandbox.store import Store
from pdslack_cli.sandbox.timekeeper import Timekeeper

Answer = Any
"""JSON; or text, or bytes, which are answered as they are."""

DONE = {"ok": True}


class Controlled(Protocol):
    """The sandbox, as far as its control endpoints reach."""

    store: Store
    clock: SandboxClock
    time: Timekeeper
    pagerduty: SandboxPagerDuty
    slack: SandboxSlack
    faults: Faults
    calls: list[RecordedCall]
    session: SessionRecording

    def environment(self) -> dict[str, str]: ...
    def seed(self, wanted: Json) -> None: ...
    def reset(self) -> None: ...
    def snapshot(self) -> bytes: ...
    def restore(self, snapshot: bytes) -> None: ...
    def replay(self, session: str) -> Sequence[Json]: ...


def seed(sandbox: Controlled, body: Any) -> Answer:
    before = names_in(sandbox.store)
    sandbox.seed(in_full(body))
    return {"added": added(before, names_in(sandbox.store))}


def add_fault(sandbox: Controlled, body: Any) -> Answer:
    fault = Fault(**body)
    sandbox.faults.add(fault)
    return {"added": asdict(fault)}


def list_faults(sandbox: Controlled, body: Any) -> Answer:
    return [{**asdict(fault), "matched": matched} for fault, matched in sandbox.faults.waiting()]


def clear_faults(sandbox: Controlled, body: Any) -> Answer:
    sandbox.faults.clear()
    return DONE


def list_calls(sandbox: Controlled, body: Any) -> Answer:
    shown = ("provider", "method", "path", "query", "status", "fault")
    return [{name: getattr(call, name) for name in shown} for call in sandbox.calls]


def clear_calls(sandbox: Controlled, body: Any) -> Answer:
    sandbox.calls.clear()
    return DONE


def reset(sandbox: Controlled, body: Any) -> Answer:
    sandbox.reset()
    return DONE


def show_state(sandbox: Controlled, body: Any) -> Answer:
    return {"id": sandbox.store.state_id()}


def show_environment(sandbox: Controlled, body: Any) -> Answer:
    return sandbox.environment()


def show_clock(sandbox: Controlled, body: Any) -> Answer:
    return sandbox.time.shown()


def move_clock(sandbox: Controlled, body: Any) -> Answer:
    if len(body) != 1:
        raise ValueError('expected {"advance": SECONDS} or {"at": "2030-01-01T08:00:00Z"}')
    ((name, value),) = body.items()
    try:
        (sandbox.time.advance if name == "advance" else sandbox.time.advance_to)(value)
    except ValueError as wrong:
        raise ValueError(f"{name}: {wrong}") from None
    return sandbox.time.shown()


def set_app(sandbox: Controlled, body: Any) -> Answer:
    app = AppEndpoints(**body)
    sandbox.slack.set_app(app)
    return asdict(app)


def act_in_slack(sandbox: Controlled, body: Any, act: str) -> Answer:
    return ACTS[act](sandbox.slack.people, **body)


def reply_to_request(sandbox: Controlled, body: Any) -> Answer:
    with sandbox.pagerduty.acting() as api:
        incident = api.kinds["incident"].existing(api, body["incident"])
        words = {body["user"], body["user"].casefold()}
        people = [
            user for user in api.all("user") if words & {user["id"], user["email"].casefold(), user["name"]}
        ]
        if not people:
            raise ValueError(f"user: nobody in the account is called {body['user']!r}")
        if not informing.reply(api, incident, people[0]["id"], accepted=body["accepted"]):
            raise ValueError(f"user: nothing asks {body['user']!r} to respond to this incident")
    return DONE


def disconnect(sandbox: Controlled, body: Any) -> Answer:
    sandbox.slack.sockets.disconnect(body["reason"])
    return DONE


def add_incoming_webhook(sandbox: Controlled, body: Any) -> Answer:
    return {"url": sandbox.slack.new_incoming_webhook(body["channel"])}


def set_token(sandbox: Controlled, body: Any, token: str) -> Answer:
    provider: Provider = "slack" if token.startswith(("xox", "xapp")) else "pagerduty"
    made = Token(**{"provider": provider, **body})
    if made.user and sandbox.store.get(f"{made.provider}.user", made.user) is None:
        raise ValueError(f"user: {made.provider} has no user of the id {shown(made.user)}")
    made.save(sandbox.store, token)
    return asdict(made)


def set_abilities(sandbox: Controlled, body: Any) -> Answer:
    save_abilities(sandbox.store, body)
    return {"abilities": body}


def set_plan(sandbox: Controlled, body: Any) -> Answer:
    save_plan(sandbox.store, body["features"])
    return {"features": read_plan(sandbox.store)}


def show_limits(sandbox: Controlled, body: Any) -> Answer:
    return asdict(SandboxLimits.read(sandbox.store))


def set_limits(sandbox: Controlled, body: Any) -> Answer:
    SandboxLimits(**body).save(sandbox.store)
    return show_limits(sandbox, body)


def list_events(sandbox: Controlled, body: Any) -> Answer:
    return {"events": views.events(sandbox.store)}


def show_event(sandbox: Controlled, body: Any, dedup_key: str) -> Answer:
    return {"events": views.events(sandbox.store, dedup_key)}


def list_incidents(sandbox: Controlled, body: Any) -> Answer:
    return views.incidents(sandbox.store)


def list_notifications(sandbox: Controlled, body: Any) -> Answer:
    return views.notifications(sandbox.store)


def list_messages(sandbox: Controlled, body: Any, channel: str) -> Answer:
    try:
        return views.messages(sandbox.store, channel)
    except KeyError as missing:
        raise ValueError(missing.args[0]) from None


def take_snapshot(sandbox: Controlled, body: Any) -> Answer:
    return sandbox.snapshot()


def restore(sandbox: Controlled, body: bytes) -> Answer:
    try:
        sandbox.restore(body)
    except DatabaseError:
        raise ValueError("the body is no snapshot of a sandbox; `GET /_sandbox/snapshot` makes one") from None
    return DONE


def show_session(sandbox: Controlled, body: Any) -> Answer:
    return sandbox.session.as_jsonl()


def forget_session(sandbox: Controlled, body: Any) -> Answer:
    sandbox.session.clear()
    return DONE


def replay(sandbox: Controlled, body: bytes) -> Answer:
    try:
        session = body.decode()
    except UnicodeDecodeError:
        raise ValueError("the body is no session; `GET /_sandbox/session` makes one") from None
    return {"different": sandbox.replay(session)}


ACTS: Mapping[str, Callable[..., Answer]] = {
    "click": SlackPeople.click,
    "click-in-view": SlackPeople.click_in_view,
    "submit": SlackPeople.submit,
    "close": SlackPeople.close_view,
    "command": SlackPeople.command,
    "write": SlackPeople.write,
    "react": SlackPeople.react,
    "shortcut": SlackPeople.shortcut,
    "message-shortcut": SlackPeople.message_shortcut,
    "suggest": SlackPeople.suggest,
    "suggest-in-message": SlackPeople.suggest_in_message,
    "open-home": SlackPeople.open_home,
}
