"""One call of a method: who calls, with what, and the workspace it finds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pdslack_cli.model import Json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.slack.arguments import Arguments
from pdslack_cli.sandbox.slack.refused import missing_scope
from pdslack_cli.sandbox.store import Store


@dataclass(frozen=True)
class Caller:
    """The caller of a token. `kind` is bot, user, app or config (slack.md 1.5)."""

    token: str = ""
    kind: str = ""
    user: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SlackCall:
    """A call of a method. `accepted` are the scopes of which the caller needs one."""

    store: Store
    clock: SandboxClock
    caller: Caller
    arguments: Arguments
    accepted: tuple[str, ...] = ()
    base: str = ""
    """The sandbox's own URL, without a slash at the end."""

    @cached_property
    def team(self) -> Json:
        """The workspace."""
        return self.store.all("slack.team")[0]

    @cached_property
    def now(self) -> int:
        """The time of the call, in seconds since 1970."""
        return int(self.clock.now().timestamp())

    def new_id(self, prefix: str) -> str:
        """An id in Slack's form (slack.md 1.11)."""
        return f"{prefix}0SB{self.store.next_number():07d}"

    def has(self, scope: str) -> bool:
        """Whether the token has the scope."""
        return scope in self.caller.scopes

    def demand(self, *scopes: str) -> None:
        """Go on only with one of `scopes`; with none named there is nothing to ask."""
        if scopes and not any(self.has(scope) for scope in scopes):
            raise missing_scope(scopes, self.caller.scopes)
