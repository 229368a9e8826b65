"""The interface through which PagerDuty's Slack app writes; the vendors' only connection."""

from __future__ import annotations

from typing import Protocol

from pdslack_cli.model import Json


class SlackOutlet(Protocol):
    """A Slack workspace, as far as PagerDuty's app reaches."""

    def post(self, channel: str, text: str, blocks: list[Json], thread_ts: str = "") -> str:
        """Post to a channel or a thread; returns the message's `ts`, or "" if the app may not write there."""
        ...

    def update(self, channel: str, ts: str, text: str, blocks: list[Json]) -> None:
        """Update a message of the app; a deleted one stays deleted."""
        ...

    def open_channel(self, name: str, *, private: bool) -> str:
        """Make a channel; returns its id, or "" if there can be none of that name."""
        ...
