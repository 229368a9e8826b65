"""Where the workspace's app listens: request URLs, and the events that it asked for (slack.md 3)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Self

from pydantic import Field
from pydantic.dataclasses import dataclass

from pdslack_cli.sandbox.settings import STRICT, only, upsert
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.store import Store

KIND = "slack.app_endpoints"
SOCKET_MODE = "slack.socket_mode"
EVENTS = (
    "app_home_opened", "app_mention", "channel_archive", "channel_created", "channel_rename",
    "channel_unarchive", "group_archive", "group_rename", "member_joined_channel", "member_left_channel",
    "message", "message.channels", "message.groups", "message.im", "message.mpim",
    "pin_added", "pin_removed", "reaction_added", "reaction_removed",
)  # fmt: skip
"""What the sandbox tells an app of; `message` is all that begins so."""

Url = Annotated[
    str, Field(pattern=r"^(https?://\S+)?$", max_length=3000, description="a URL of http or https, or empty")
]


@dataclass(frozen=True, config=STRICT)
class AppEndpoints:
    """The settings of the app. While it has a Socket Mode connection, that is used in place of any URL."""

    interactivity_url: Url = ""
    events_url: Url = ""
    command_url: Url = ""
    events: Annotated[list[str], only("event", EVENTS)] | None = None
    """The events that are delivered; None: all that the sandbox knows."""

    @classmethod
    def read(cls, store: Store) -> Self:
        """The settings now in force."""
        return cls(**(store.get(KIND, workspace.APP) or {}))

    def listens(self, store: Store) -> bool:
        """Whether events have anywhere to go: a URL, or Socket Mode, which the app has used once."""
        return bool(self.events_url) or store.get(SOCKET_MODE, workspace.APP) is not None

    def save(self, store: Store) -> None:
        """Put these in force."""
        upsert(store, KIND, workspace.APP, asdict(self))
