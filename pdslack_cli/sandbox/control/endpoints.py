"""The control endpoints: one table of what can be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from pdslack_cli.model import Json
from pdslack_cli.sandbox.control import handlers
from pdslack_cli.sandbox.control.bodies import BodyField, arguments_of, fields_of, typed
from pdslack_cli.sandbox.control.handlers import ACTS, Answer, Controlled
from pdslack_cli.sandbox.control.wanted import WANTED
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.settings import (
    ABILITIES,
    Abilities,
    Features,
    SandboxLimits,
    Token,
)
from pdslack_cli.sandbox.slack.runtime.app_endpoints import AppEndpoints


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


def list_endpoints(_: Controlled, body: Any) -> Answer:
    return [endpoint.described() for endpoint in ENDPOINTS]


Disconnect = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]
CLOCK = {
    "advance": typed(float, "a number of seconds", required=False),
    "at": typed(str, "a moment with its offset, not before now; one of the two", required=False),
}

ENDPOINTS: Sequence[Endpoint] = (
    Endpoint("GET", "", "This list; as text where `Accept` names text/plain.", list_endpoints),
    Endpoint(
        "POST",
        "seed",
        "Add objects by name; those that exist are left alone.",
        handlers.seed,
        WANTED,
        recorded=True,
    ),
    Endpoint("GET", "environment", "The variables that point clients at it.", handlers.show_environment),
    Endpoint(
        "GET", "state", "Which state it has: another one after a reset or a restore.", handlers.show_state
    ),
    Endpoint("POST", "reset", "Go back to the fixed catalogue.", handlers.reset, recorded=True),
    Endpoint(
        "GET", "faults", "The faults to come, and how many calls each has matched.", handlers.list_faults
    ),
    Endpoint(
        "POST",
        "faults",
        "Make calls, or webhooks, go wrong.",
        handlers.add_fault,
        fields_of(Fault),
        recorded=True,
    ),
    Endpoint("DELETE", "faults", "Let nothing go wrong any more.", handlers.clear_faults, recorded=True),
    Endpoint("GET", "calls", "What the vendors were asked so far.", handlers.list_calls),
    Endpoint("DELETE", "calls", "Forget what the vendors were asked.", handlers.clear_calls),
    Endpoint("GET", "clock", "The sandbox's time, and how far it is ahead.", handlers.show_clock),
    Endpoint(
        "POST",
        "clock",
        "Move the clock; what is due on the way happens.",
        handlers.move_clock,
        CLOCK,
        recorded=True,
    ),
    Endpoint("GET", "limits", "Pace, latency and strictness.", handlers.show_limits),
    Endpoint(
        "PUT",
        "limits",
        "Set pace, latency and strictness.",
        handlers.set_limits,
        fields_of(SandboxLimits),
        recorded=True,
    ),
    Endpoint(
        "PUT",
        "abilities",
        "Set what the account can do; the body is a list of names.",
        handlers.set_abilities,
        typed(Abilities, f"a list of names: {', '.join(ABILITIES)}"),
        recorded=True,
    ),
    Endpoint(
        "PUT",
        "plan",
        "Switch features of the account's plan.",
        handlers.set_plan,
        {"features": typed(Features)},
        recorded=True,
    ),
    Endpoint(
        "PUT",
        "tokens/<token>",
        "Make a token, or change its rights.",
        handlers.set_token,
        fields_of(Token, optional={"provider"}),
        recorded=True,
    ),
    Endpoint("GET", "events", "The last events, each with what became of it.", handlers.list_events),
    Endpoint("GET", "events/<path:dedup_key>", "The events of one dedup key.", handlers.show_event),
    Endpoint("GET", "incidents", "The last incidents, the newest first.", handlers.list_incidents),
    Endpoint(
        "GET",
        "notifications",
        "Whom PagerDuty would have notified, the newest first.",
        handlers.list_notifications,
    ),
    Endpoint(
        "GET", "messages/<channel>", "The messages of a channel, by its name or id.", handlers.list_messages
    ),
    Endpoint(
        "POST",
        "responders",
        "Let a person accept or decline what a responder request asks of them.",
        handlers.reply_to_request,
        {
            "incident": typed(str, "the id or number of an incident"),
            "user": typed(str, "the e-mail address, name or id of a user"),
            "accepted": typed(bool),
        },
        recorded=True,
    ),
    Endpoint(
        "PUT",
        "slack/app",
        "Set where the app of the workspace listens.",
        handlers.set_app,
        fields_of(AppEndpoints),
        recorded=True,
    ),
    *(
        Endpoint(
            "POST",
            f"slack/{name}",
            (act.__doc__ or "").partition("\n")[0],
            partial(handlers.act_in_slack, act=name),
            arguments_of(act),
            recorded=True,
        )
        for name, act in ACTS.items()
    ),
    Endpoint(
        "POST",
        "slack/disconnect",
        "Tell every Socket Mode connection to go, as before a planned refresh.",
        handlers.disconnect,
        {"reason": typed(Disconnect)},
    ),
    Endpoint(
        "POST",
        "slack/incoming-webhook",
        "Make an incoming webhook; the answer has its URL.",
        handlers.add_incoming_webhook,
        {"channel": typed(str, "the channel's name or id")},
        recorded=True,
    ),
    Endpoint("GET", "snapshot", "The whole state, as bytes.", handlers.take_snapshot),
    Endpoint("PUT", "snapshot", "Go back to a snapshot; the body is its bytes.", handlers.restore, raw=True),
    Endpoint("GET", "session", "The requests so far as JSONL, to be replayed.", handlers.show_session),
    Endpoint("DELETE", "session", "Begin a new session.", handlers.forget_session),
    Endpoint(
        "POST",
        "replay",
        "Make the requests of a session again, on the clock; answers what was answered differently.",
        handlers.replay,
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
