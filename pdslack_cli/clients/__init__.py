"""How we reach PagerDuty and Slack. Importing this is cheap: the vendors' libraries come with `connect`."""

from __future__ import annotations

from dataclasses import dataclass

from pdslack_cli.clients.http.calls import OnCall, Provider
from pdslack_cli.clients.http.throttle import SYSTEM_CLOCK, Clock
from pdslack_cli.clients.just_made import JustMade
from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.clients.settings import Settings
from pdslack_cli.clients.slack import SlackClient


@dataclass(frozen=True)
class Clients:
    """Both vendors, the Slack workspace that is meant, and the clock that every wait in a run goes by."""

    pagerduty: PagerDutyClient
    slack: SlackClient
    workspace: str
    clock: Clock
    just_made: JustMade

    @property
    def calls(self) -> int:
        """How many requests were made so far, to both vendors."""
        return self.pagerduty.calls + self.slack.calls

    def reaches(self, provider: Provider) -> bool:
        """Whether there is a token that reads that vendor's objects."""
        return self.pagerduty.has("account") if provider == "pagerduty" else self.slack.has("bot")


def connect(
    settings: Settings,
    *,
    workspace: str = "",
    clock: Clock = SYSTEM_CLOCK,
    on_call: OnCall | None = None,
    paced: bool = True,
) -> Clients:
    """Clients for both vendors. Makes no call: a missing token is an AuthError when it is first needed.

    `on_call` is told of every request as soon as it is over, from the thread that made it. Slack's pace is
    kept unless `paced` says that this server has none.
    """
    just_made = JustMade(clock)
    return Clients(
        PagerDutyClient(settings, clock=clock, on_call=on_call, just_made=just_made),
        SlackClient(settings, clock=clock, on_call=on_call, paced=paced, just_made=just_made),
        workspace,
        clock,
        just_made,
    )
