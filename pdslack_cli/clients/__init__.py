"""Clients for PagerDuty and Slack. Importing this is cheap: `connect` imports the vendors' libraries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pdslack_cli.clients.http.call_log import OnCall
from pdslack_cli.clients.http.calls import Provider
from pdslack_cli.clients.http.retry import OnWait, Retry, untold
from pdslack_cli.clients.http.throttle import SYSTEM_CLOCK, Clock
from pdslack_cli.clients.just_made import JustMade
from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.clients.settings import Settings
from pdslack_cli.clients.slack import SlackClient
from pdslack_cli.clients.vendor_client import ClientOptions


@dataclass(frozen=True)
class Clients:
    """The clients of both vendors, the configured Slack workspace, and the clock for all waits of a run.

    `elsewhere` are the workspaces of channels that are in another one, by channel id: no client reaches them.
    """

    pagerduty: PagerDutyClient
    slack: SlackClient
    workspace: str
    clock: Clock
    just_made: JustMade
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    on_wait: OnWait = untold

    @property
    def calls(self) -> int:
        """How many requests were made so far, to both vendors."""
        return self.pagerduty.calls + self.slack.calls

    def reaches(self, provider: Provider) -> bool:
        """Whether a token is set that reads that vendor's objects."""
        return self.pagerduty.has("account") if provider == "pagerduty" else self.slack.has("bot")


def connect(
    settings: Settings,
    *,
    workspace: str = "",
    elsewhere: Mapping[str, str] | None = None,
    clock: Clock = SYSTEM_CLOCK,
    on_call: OnCall | None = None,
    on_wait: OnWait = untold,
    paced: bool = True,
    retry: Retry | None = None,
    timeout: float | None = None,
) -> Clients:
    """Create clients for both vendors. Makes no call: a missing token is an AuthError on first use.

    `on_call` is called after every request, in the thread that made it, and `on_wait` before every wait for a
    vendor. `paced=False` turns off Slack's rate limits, for a server without them. `retry`: the policy for
    failed calls; `timeout`: the seconds of a call.
    """
    just_made = JustMade(clock)
    options: ClientOptions = {
        "clock": clock,
        "on_call": on_call,
        "timeout": timeout,
        "just_made": just_made,
        "retry": retry or Retry(clock, on_wait=on_wait),
    }
    return Clients(
        PagerDutyClient(settings, **options),
        SlackClient(settings, paced=paced, **options),
        workspace,
        clock,
        just_made,
        elsewhere or {},
        on_wait,
    )
