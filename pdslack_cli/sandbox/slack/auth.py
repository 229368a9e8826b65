"""Authentication: the caller of a token and its scopes (slack.md 1.5, 1.6)."""

from __future__ import annotations

from werkzeug import Request

from pdslack_cli.model import Json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.settings import Token
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.arguments import Arguments
from pdslack_cli.sandbox.slack.call import Caller
from pdslack_cli.sandbox.slack.refused import SlackRefusal
from pdslack_cli.sandbox.store import Store

SCOPES = {
    "bot": (
        "channels:read channels:manage channels:join channels:history groups:read groups:write groups:history"
        " im:read im:write im:history mpim:read mpim:write mpim:history"
        " chat:write chat:write.public chat:write.customize commands bookmarks:read bookmarks:write"
        " usergroups:read usergroups:write users:read users:read.email users.profile:read dnd:read emoji:read"
        " pins:read pins:write reactions:read reactions:write team:read"
        " canvases:read canvases:write files:read files:write calls:read calls:write"
        " conversations.connect:write conversations.connect:manage"
    ),
    "user": (
        "channels:read channels:write channels:history groups:read groups:write groups:history"
        " im:read im:write im:history mpim:read mpim:write mpim:history"
        " chat:write bookmarks:read bookmarks:write usergroups:read usergroups:write"
        " users:read users:read.email users.profile:read dnd:read emoji:read"
        " pins:read pins:write reactions:read reactions:write team:read"
        " canvases:read canvases:write files:read files:write calls:read calls:write"
    ),
    "app": "connections:write authorizations:read",
    "config": "app_configurations:read app_configurations:write",
}
"""What a token of each kind has when nobody chose."""

ACTS_AS = {
    "bot": workspace.BOT_USER,
    "user": workspace.ADMIN,
    "app": workspace.BOT_USER,
    "config": workspace.ADMIN,
}

REVOKED = "revoked"
"""The kind of a token that was good once."""


def identify(store: Store, clock: SandboxClock, token: str) -> Caller:
    """The caller of a token."""
    if not token:
        raise SlackRefusal("not_authed")
    known = Token.read(store, "slack", token)
    if known is None:
        raise SlackRefusal("invalid_auth")
    if known.kind == REVOKED:
        raise SlackRefusal("token_revoked")
    pair = token_pair(store, token)
    if pair and pair["exp"] <= clock.now().timestamp():
        raise SlackRefusal("token_expired")
    user = known.user or ACTS_AS[known.kind]
    person = store.get("slack.user", user)
    if person is None or person["deleted"]:
        raise SlackRefusal("account_inactive")
    scopes = SCOPES[known.kind].split() if known.scopes is None else known.scopes
    return Caller(token, known.kind, user, tuple(scopes))


def bearer(request: Request, arguments: Arguments) -> str:
    """The token of a request: in its header, or as a form field (a JSON body needs the header)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return "" if request.mimetype == "application/json" else arguments.text("token")


def token_pair(store: Store, token: str) -> Json | None:
    """The configuration token pair that `token` is the access token of, if it is one that expires."""
    return store.get("slack.token_pair", token)
