"""The OAuth scopes that each feature of Slack needs (slack.md 2.2 to 2.5, 13).

Least privilege: a stack needs only the scopes of the features that it uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from pdslack_cli.clients.slack import Token
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.slack.channel_spec import Channel
from pdslack_cli.kinds.slack.on_call import FollowsOnCall
from pdslack_cli.kinds.slack.user_group import UserGroup
from pdslack_cli.model import Live, Ref


class Use(NamedTuple):
    """An object in Slack that a stack uses.

    `spec` is its entry, None for an object of ours that the file no longer has; `live` is the object, None if
    it does not exist yet.
    """

    ref: Ref
    spec: Resource | None
    live: Live | None


@dataclass(frozen=True)
class Feature:
    """A feature of Slack, by its name in the docs, and the scopes that it needs."""

    title: str
    scopes: tuple[str, ...]
    is_in: Callable[[Use], bool]
    token: Token = "bot"  # noqa: S105 - the kind of token


def _is_channel(use: Use) -> bool:
    return use.ref.kind == "channel"


def _is_managed(use: Use, *, private: bool) -> bool:
    if not _is_channel(use) or not isinstance(use.spec, Channel | None):
        return False  # one that is only looked up has no other model
    if use.live:
        return bool(use.live.raw["is_private"]) is private
    return bool(use.spec and use.spec.private) is private


def _is_public(use: Use) -> bool:
    return _is_managed(use, private=False)


def _is_private(use: Use) -> bool:
    return _is_managed(use, private=True)


def _is_person(use: Use) -> bool:
    return use.ref.kind == "slack_user"


def _has_bookmarks(use: Use) -> bool:
    return isinstance(use.spec, Channel) and "bookmarks" in use.spec.managed


def _has_pinned(use: Use) -> bool:
    return isinstance(use.spec, Channel) and "pinned" in use.spec.managed


def _has_canvas(use: Use) -> bool:
    return isinstance(use.spec, Channel) and "canvas" in use.spec.managed


def _connects(use: Use) -> bool:
    return isinstance(use.spec, Channel) and bool(use.spec.connect)


def _is_user_group(use: Use) -> bool:
    return use.ref.kind == "user_group"


def _changes_user_group(use: Use) -> bool:
    return _is_user_group(use) and isinstance(use.spec, UserGroup | None)


def _follows_on_call(use: Use) -> bool:
    return isinstance(use.spec, FollowsOnCall) and bool(use.spec.followed)


def _is_message(use: Use) -> bool:
    return use.ref.kind == "sync_rule"


CONNECT = ("conversations.connect:write", "conversations.connect:manage", "users:read", "users:read.email")
FEATURES = (
    Feature("finding channels", ("channels:read", "groups:read"), _is_channel),
    Feature("public channels", ("channels:manage", "channels:join"), _is_public),
    Feature("private channels", ("groups:write",), _is_private),
    Feature("`members` of channels and user groups", ("users:read", "users:read.email"), _is_person),
    Feature("`bookmarks` of channels", ("bookmarks:read", "bookmarks:write"), _has_bookmarks),
    Feature("the `pinned` message of channels", ("pins:read", "pins:write", "chat:write"), _has_pinned),
    Feature("the `canvas` of channels", ("canvases:read", "canvases:write", "files:read"), _has_canvas),
    Feature("`connect` of channels", CONNECT, _connects),
    Feature("finding user groups", ("usergroups:read",), _is_user_group),
    Feature("user groups", ("usergroups:write",), _changes_user_group),
    Feature("the Slack accounts of people on call", ("users:read", "users:read.email"), _follows_on_call),
    Feature("messages of incidents", ("chat:write", "chat:write.public", "channels:join"), _is_message),
    Feature("finding a message whose answer was lost", ("channels:history",), _is_message),
    Feature("who clicked a button", ("users:read", "users:read.email"), _is_message),
    Feature("bringing back archived public channels", ("channels:write",), _is_public, "user"),
    Feature("bringing back archived private channels", ("groups:write",), _is_private, "user"),
)
