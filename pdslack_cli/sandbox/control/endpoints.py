"""The control endpoints: one table of what can be asked, and what each does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from sqlite3 import DatabaseError
from typing import Any, Literal, Protocol

from pdslack_cli.model import Json
from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.control import views
from pdslack_cli.sandbox.control.bodies import BodyField, arguments_of, fields_of, shown, typed
from pdslack_cli.sandbox.control.session import SessionRecording
from pdslack_cli.sandbox.control.wanted import WANTED, added, in_full, names_in
from pdslack_cli.sandbox.faults import Fault, Faults
from pdslack_cli.sandbox.settings import (
    ABILITIES,
    Abilities,
    Features,
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


@dataclass(frozen=True, eq=False)
class Endpoint:
    """One control request. `body` names the fields of its JSON, or describes one that has none."""

    method: str
    path: str
    """Below `/_sandbox/`; `<name>` is an argument."""

    summary: str
    answer: Callable[..., Answer]
    """Called with the sandbox, the body, and the arguments of the path."""

    body: Mapping[str, BodyField] | BodyField = field(default_factory=dict)
    raw: bool = False
    """Whether the body is taken as bytes."""

    recorded: bool = False
    """Whether the request belongs to a recorded session."""

    def described(self) -> Json:
        """The endpoint as the list of endpoints shows it."""
        return {
            "method": self.method,
            "path": f"/_sandbox/{self.path}",
            "body": self.meanings(),
            "summary": self.summary,
        }

    def meanings(self) -> Mapping[str, str]:
        """What each field of the body holds."""
        fields = {} if isinstance(self.body, BodyField) else self.body
        return {name: f"{one.meaning}{'' if one.required else ', optional'}" for name, one in fields.items()}


# What the endpoints do


def list_endpoints(_: Controlled, body: Any) -> Answer:
    return [endpoint.described() for endpoint in ENDPOINTS]


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
    "open-home": SlackPeople.open_home,
}

Disconnect = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]
CLOCK = {
    "advance": typed(float, "a number of seconds", required=False),
    "at": typed(str, "a moment with its offset, not before now; one of the two", required=False),
}

ENDPOINTS: Sequence[Endpoint] = (
    Endpoint("GET", "", "This list; as text where `Accept` names text/plain.", list_endpoints),
    Endpoint(
        "POST", "seed", "Add objects by name; those that exist are left alone.", seed, WANTED, recorded=True
    ),
    Endpoint("GET", "environment", "The variables that point clients at it.", show_environment),
    Endpoint("GET", "state", "Which state it has: another one after a reset or a restore.", show_state),
    Endpoint("POST", "reset", "Go back to the fixed catalogue.", reset, recorded=True),
    Endpoint("GET", "faults", "The faults to come, and how many calls each has matched.", list_faults),
    Endpoint(
        "POST",
        "faults",
        "Make calls, or webhooks, go wrong.",
        add_fault,
        fields_of(Fault),
        recorded=True,
    ),
    Endpoint("DELETE", "faults", "Let nothing go wrong any more.", clear_faults, recorded=True),
    Endpoint("GET", "calls", "What the vendors were asked so far.", list_calls),
    Endpoint("DELETE", "calls", "Forget what the vendors were asked.", clear_calls),
    Endpoint("GET", "clock", "The sandbox's time, and how far it is ahead.", show_clock),
    Endpoint(
        "POST", "clock", "Move the clock; what is due on the way happens.", move_clock, CLOCK, recorded=True
    ),
    Endpoint("GET", "limits", "Pace, latency and strictness.", show_limits),
    Endpoint(
        "PUT",
        "limits",
        "Set pace, latency and strictness.",
        set_limits,
        fields_of(SandboxLimits),
        recorded=True,
    ),
    Endpoint(
        "PUT",
        "abilities",
        "Set what the account can do; the body is a list of names.",
        set_abilities,
        typed(Abilities, f"a list of names: {', '.join(ABILITIES)}"),
        recorded=True,
    ),
    Endpoint(
        "PUT",
        "plan",
        "Switch features of the account's plan.",
        set_plan,
        {"features": typed(Features)},
        recorded=True,
    ),
    Endpoint(
        "PUT",
        "tokens/<token>",
        "Make a token, or change its rights.",
        set_token,
        fields_of(Token, optional={"provider"}),
        recorded=True,
    ),
    Endpoint("GET", "events", "The last events, each with what became of it.", list_events),
    Endpoint("GET", "events/<path:dedup_key>", "The events of one dedup key.", show_event),
    Endpoint("GET", "incidents", "The last incidents, the newest first.", list_incidents),
    Endpoint(
        "GET", "notifications", "Whom PagerDuty would have notified, the newest first.", list_notifications
    ),
    Endpoint("GET", "messages/<channel>", "The messages of a channel, by its name or id.", list_messages),
    Endpoint(
        "PUT",
        "slack/app",
        "Set where the app of the workspace listens.",
        set_app,
        fields_of(AppEndpoints),
        recorded=True,
    ),
    *(
        Endpoint(
            "POST",
            f"slack/{name}",
            (act.__doc__ or "").partition("\n")[0],
            partial(act_in_slack, act=name),
            arguments_of(act),
            recorded=True,
        )
        for name, act in ACTS.items()
    ),
    Endpoint(
        "POST",
        "slack/disconnect",
        "Tell every Socket Mode connection to go, as before a planned refresh.",
        disconnect,
        {"reason": typed(Disconnect)},
    ),
    Endpoint(
        "POST",
        "slack/incoming-webhook",
        "Make an incoming webhook; the answer has its URL.",
        add_incoming_webhook,
        {"channel": typed(str, "the channel's name or id")},
        recorded=True,
    ),
    Endpoint("GET", "snapshot", "The whole state, as bytes.", take_snapshot),
    Endpoint("PUT", "snapshot", "Go back to a snapshot; the body is its bytes.", restore, raw=True),
    Endpoint("GET", "session", "The requests so far as JSONL, to be replayed.", show_session),
    Endpoint("DELETE", "session", "Begin a new session.", forget_session),
    Endpoint(
        "POST",
        "replay",
        "Make the requests of a session again, on the clock; answers what was answered differently.",
        replay,
        raw=True,
    ),
)


def as_text() -> str:
    """The list of endpoints for people."""
    lines = []
    for endpoint in ENDPOINTS:
        lines.append(f"{endpoint.method:7}/_sandbox/{endpoint.path}")
        lines.append(f"       {endpoint.summary}")
        lines += [f"         {name}: {meaning}" for name, meaning in endpoint.meanings().items()]
    return "\n".join(lines) + "\n"
