"""What each use of Slack asks of a token: the one table of scopes (slack.md 2.2 to 2.5, 13).

Least privilege: a stack needs the scopes of what it uses, and no others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from pdslack_cli.clients.slack import Token
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.slack.channel import Channel
from pdslack_cli.model import Live, Ref


class Use(NamedTuple):
    """Something in Slack that a stack means.

    `spec` is what the file says of it, None for an object of ours that the file no longer wants; `live` is
    the object, None where there is none yet.
    """

    ref: Ref
    spec: Resource | None
    live: Live | None


@dataclass(frozen=True)
class Feature:
    """A use of Slack, as the docs call it, and the scopes that it needs."""

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


FEATURES = (
    Feature("finding channels", ("channels:read", "groups:read"), _is_channel),
    Feature("public channels", ("channels:manage", "channels:join"), _is_public),
    Feature("private channels", ("groups:write",), _is_private),
    Feature("`members` of channels", ("users:read", "users:read.email"), _is_person),
    Feature("`bookmarks` of channels", ("bookmarks:read", "bookmarks:write"), _has_bookmarks),
    Feature("bringing back archived public channels", ("channels:write",), _is_public, "user"),
    Feature("bringing back archived private channels", ("groups:write",), _is_private, "user"),
)
