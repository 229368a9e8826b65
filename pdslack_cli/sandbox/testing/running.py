"""A running sandbox for tests: its URLs, the actions of people, and what they led to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pdslack_cli.analysis.needs import needs
from pdslack_cli.config.load import load
from pdslack_cli.config.stack import Stack
from pdslack_cli.model import Json, Ref
from pdslack_cli.sandbox.control import views
from pdslack_cli.sandbox.control.bodies import check_body, fields_of
from pdslack_cli.sandbox.control.wanted import in_full
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.pagerduty.families.incidents import events as incoming
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal
from pdslack_cli.sandbox.server import Sandbox
from pdslack_cli.sandbox.slack.runtime.app_endpoints import AppEndpoints


class RunningSandbox:
    """What `pdslack_cli.sandbox.start()` yields."""

    def __init__(self, sandbox: Sandbox, stack: Stack | None) -> None:
        self.sandbox = sandbox
        self._stack = stack

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return self.sandbox.url

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that point programs at it: URLs and tokens."""
        return self.sandbox.environment()

    # What happens

    def send(
        self,
        to: str,
        summary: str = "Test event",
        *,
        action: str = "trigger",
        severity: str = "critical",
        source: str = "test",
        dedup_key: str = "",
        **payload: Any,
    ) -> Json:
        """Send an event; returns what became of it, as `events()` shows it.

        `to` is an integration key, a reference of the stack (`service/payments`), or the name of a service or
        orchestration. More keyword arguments go into the payload: `component`, `group`, `custom_details`.
        Raises ValueError where there is no such addressee, or the event is refused.
        """
        event = {
            "routing_key": self.key(to),
            "event_action": action,
            **({"dedup_key": dedup_key} if dedup_key else {}),
            "payload": {"summary": summary, "source": source, "severity": severity, **payload},
        }
        try:
            with self.sandbox.pagerduty.acting() as api:
                key = incoming.accept(api, event)
        except PagerDutyRefusal as refused:
            raise ValueError(str(refused)) from refused
        return self.events(key)[0]

    def key(self, to: str) -> str:
        """The integration key of a service or orchestration; see `send`."""
        kind, _, key = to.partition("/")
        entry = self._stack.entries.get(Ref(kind, key)) if self._stack else None
        return incoming.key_of(self.sandbox.account(), str(entry.spec.name) if entry else to)

    def click(self, user: str, channel: str, ts: str, action_id: str, **more: Any) -> Json:
        """Let a person click a button of a message, or choose in it."""
        return self.sandbox.slack.people.click(user, channel, ts, action_id, **more)

    def submit(self, user: str, view_id: str, values: Json) -> Json:
        """Let a person submit a modal."""
        return self.sandbox.slack.people.submit(user, view_id, values)

    def command(self, user: str, channel: str, command: str, text: str = "") -> Json:
        """Let a person give a slash command."""
        return self.sandbox.slack.people.command(user, channel, command, text)

    def write(self, user: str, channel: str, text: str, thread_ts: str = "") -> Json:
        """Let a person write a message."""
        return self.sandbox.slack.people.write(user, channel, text, thread_ts)

    def advance(self, seconds: float) -> None:
        """Move the clock; everything that is due on the way happens."""
        self.sandbox.time.advance(seconds)

    def fault(self, kind: str, **more: Any) -> None:
        """Make calls or webhooks go wrong: `fault("500", provider="slack", path="chat.postMessage")`."""
        check_body(fields_of(Fault), {"kind": kind, **more})
        self.sandbox.faults.add(Fault(kind=kind, **more))  # type: ignore[arg-type]  # which was checked

    def app(self, **settings: Any) -> None:
        """Set where the Slack app listens: `interactivity_url`, `events_url`, `command_url`; and `events`."""
        check_body(fields_of(AppEndpoints), settings)
        AppEndpoints(**settings).save(self.sandbox.store)

    def seed(self, **wanted: Any) -> None:
        """Add objects by name: `seed(services=["Ledger"], channels=["incidents"])`.

        Raises ValueError for what it does not know.
        """
        self.sandbox.seed(in_full(wanted))

    def reset(self) -> None:
        """Go back to the fixed catalogue, and to what the stack expects to find."""
        self.sandbox.reset()
        if self._stack:
            self.sandbox.seed(needs(self._stack))

    def snapshot(self) -> bytes:
        """The whole state, for `restore`."""
        return self.sandbox.snapshot()

    def restore(self, snapshot: bytes) -> None:
        """Go back to a snapshot."""
        self.sandbox.restore(snapshot)

    # What came of it

    def events(self, dedup_key: str = "") -> Sequence[Json]:
        """The last events (of a dedup key), the newest first, each with its outcome and incident."""
        return views.events(self.sandbox.store, dedup_key)

    def incidents(self) -> Sequence[Json]:
        """The last incidents, the newest first: number, title, status, urgency, who is assigned."""
        return views.incidents(self.sandbox.store)

    def notifications(self) -> Sequence[Json]:
        """Whom PagerDuty would have notified, the newest first."""
        return views.notifications(self.sandbox.store)

    def messages(self, channel: str) -> Sequence[Json]:
        """The messages of a channel, by its name or id, the oldest first."""
        return views.messages(self.sandbox.store, channel)

    def calls(self) -> Sequence[tuple[str, str, int]]:
        """What the vendors were asked: method, path and status."""
        return [(call.method, call.path, call.status) for call in self.sandbox.calls]


@contextmanager
def running(
    stack: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None, *, port: int, state: str
) -> Iterator[RunningSandbox]:
    """A sandbox for as long as the block lasts; see `pdslack_cli.sandbox.start`."""
    paths = [stack] if isinstance(stack, str | os.PathLike) else stack or ()
    loaded = load([Path(path) for path in paths], os.environ) if paths else None
    with Sandbox(state, port) as sandbox:
        if loaded:
            sandbox.seed(needs(loaded))
        yield RunningSandbox(sandbox, loaded)
