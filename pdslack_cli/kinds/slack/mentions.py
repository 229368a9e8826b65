"""Names that are mentioned in Slack: channels, user groups and people share them (slack.md 5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from pdslack_cli.errors import ignore_unavailable
from pdslack_cli.kinds.base.namespace import Namespace
from pdslack_cli.kinds.slack.text import RESERVED_NAMES
from pdslack_cli.model import Json

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

MENTIONS = Namespace("mentions in Slack", frozenset(RESERVED_NAMES))
PRIVATE = "private_channel"
TYPES = f"public_channel,{PRIVATE}"

Source = Callable[["Clients"], Iterator[tuple[str, str, str]]]
"""Yields the id and the name of each object that the tokens can list, and what it is."""
NAME_TAKEN = (
    "what has this name is hidden from the bot (a private channel, perhaps archived, or a user group), or "
    "belongs to others since a moment ago: invite the bot there and plan again, or choose another name"
)


def holders(
    clients: Clients, sources: Iterable[Source], names: Collection[str], known: Collection[str]
) -> Mapping[str, str]:
    """Return the objects with each name, of all that the sources list besides the `known` ids."""
    return {
        name: f"{what} ({id_})"
        for source in sources
        for id_, name, what in source(clients)
        if name in names and id_ not in known
    }


def user_group_handles(clients: Clients) -> Iterator[tuple[str, str, str]]:
    if "usergroups:read" in clients.slack.scopes.get("bot", ()):
        with ignore_unavailable():  # a free plan has none
            for raw in clients.slack.list("usergroups.list", "usergroups", include_disabled=True):
                disabled = "disabled " if raw.get("date_delete") else ""
                yield raw["id"], raw["handle"], f"the handle of a {disabled}user group"


def visible_channels(clients: Clients) -> Iterator[tuple[str, str, str]]:
    if {"channels:read", "groups:read"} <= clients.slack.scopes.get("bot", frozenset()):
        for raw in clients.slack.list("conversations.list", "channels", types=TYPES):
            yield raw["id"], raw["name"], f"{_archived(raw)}channel"


def private_channels(clients: Clients) -> Iterator[tuple[str, str, str]]:
    """Yield the private channels that only the user of SLACK_USER_TOKEN sees."""
    slack = clients.slack
    if slack.has("user"):
        slack.identity("user")
    if "groups:read" in slack.scopes.get("user", ()):
        for raw in slack.list("conversations.list", "channels", token="user", types=PRIVATE):
            yield raw["id"], raw["name"], f"{_archived(raw)}private channel that the bot is not in"


def user_names(clients: Clients) -> Iterator[tuple[str, str, str]]:
    if "users:read" in clients.slack.scopes.get("bot", ()):
        for raw in clients.slack.list("users.list", "members"):
            yield raw["id"], raw.get("name") or "", "the name of a Slack user"


def _archived(raw: Json) -> str:
    return "an archived " if raw.get("is_archived") else "a "
