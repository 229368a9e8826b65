"""PagerDuty's own app in the workspace: it writes as a bot of its own (slack.md 9)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.arguments import Arguments
from pdslack_cli.sandbox.slack.auth import SCOPES
from pdslack_cli.sandbox.slack.call import Caller, SlackCall
from pdslack_cli.sandbox.slack.content.channels import check_name, name_in_use, new_channel
from pdslack_cli.sandbox.slack.content.messages import change_message, new_message
from pdslack_cli.sandbox.slack.refused import SlackRefusal
from pdslack_cli.sandbox.store import Store


class NativeApp:
    """What PagerDuty writes to, and nothing that the workspace's own app can call."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store, self._clock = store, clock

    def post(self, channel: str, text: str, blocks: list[Json], thread_ts: str = "") -> str:
        """Post a message; empty where there is no such channel, or the app is not in it."""
        place = self._store.get("slack.channel", channel)
        if place is None or place["is_archived"]:
            return ""
        if place["is_private"] and workspace.PAGERDUTY_USER not in place["members"]:
            return ""
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        return str(new_message(self._call(), place, text=text, blocks=blocks, **thread)["ts"])

    def update(self, channel: str, ts: str, text: str, blocks: list[Json]) -> None:
        """Change a message, if somebody can still see it."""
        message = self._store.get("slack.message", f"{channel}:{ts}")
        if message is not None:
            change_message(self._call(), message, {**message, "text": text, "blocks": blocks})

    def open_channel(self, name: str, *, private: bool) -> str:
        """Make a channel; empty where there can be none of that name."""
        call = self._call()
        try:
            check_name(name)
        except SlackRefusal:
            return ""
        return "" if name_in_use(call, name) else str(new_channel(call, name=name, is_private=private)["id"])

    def _call(self) -> SlackCall:
        caller = Caller(kind="bot", user=workspace.PAGERDUTY_USER, scopes=tuple(SCOPES["bot"].split()))
        return SlackCall(self._store, self._clock, caller, Arguments({}))
