"""People of other organisations, invited to a channel by Slack Connect (slack.md 2.2).

An invitation is an e-mail, and sending it again sends another one. Slack lists invitations only until they
are accepted, and not always with the address; who accepted is a member of the channel, whose address may be
hidden. So an address is invited only where nothing suggests that it was: no invitation and no member has it,
and none has no address at all. Nothing is ever withdrawn, for a bot cannot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import AfterValidator

from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.fields.scalars import Email, mailbox
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.slack.parts import members
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

ConnectSet = Annotated[
    tuple[Email, ...], NullClears, AfterValidator(lambda emails: tuple(sorted({mailbox(e) for e in emails})))
]
"""Addresses of people of other organisations, in one order."""


class HasConnect(Protocol):
    @property
    def connect(self) -> ConnectSet: ...


class ChannelConnect(Part[HasConnect]):
    """The invitations to other organisations: one list for all channels, and the members of each."""

    fields = frozenset({"connect"})
    stored = "connect"
    seldom_listed = True

    def read_wanted(self, clients: Clients, live: Live, wanted: HasConnect) -> Mapping[str, Any]:
        invites = live.parts["invites"] if "invites" in live.parts else read_invites(clients)
        users = live.parts["users"] if "users" in live.parts else members.read_users(clients)
        known = {*_invited(invites, live.id, clients.slack.now), *_foreigners(clients, live, users)}
        there = [email for email in wanted.connect if email in known or "" in known]
        return {"connect": tuple(there)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"connect": live.parts["connect"]}

    def warnings(
        self, before: HasConnect | None, after: HasConnect, fields: Collection[str], now: datetime
    ) -> Iterable[str]:
        if new := sorted(set(after.connect) - set(before.connect if before else ())):
            yield f"connect: people of other organisations will see this channel: {', '.join(new)}"

    def write(self, session: Session, ref: Ref, live: Live, spec: HasConnect) -> None:
        for email in spec.connect:
            if email not in live.parts["connect"]:
                try:
                    session.clients.slack.call("conversations.inviteShared", channel=live.id, emails=[email])
                except ApiError as error:
                    if error.code != "already_in_channel":
                        raise


def read_invites(clients: Clients) -> list[Json]:
    """Read all invitations of the workspace that are pending."""
    return clients.slack.list_or_keep("conversations.listConnectInvites", "invites")


def _invited(invites: Iterable[Json], channel: str, now: datetime) -> Iterator[str]:
    """Yield the address of each invitation to the channel that is still good, or "" for none."""
    for entry in invites:
        invite = entry.get("invite") or {}
        place = entry.get("channel") or (invite.get("invite_payload") or {}).get("channel") or {}
        ends = int(invite.get("date_invalid") or 0)
        over = bool(ends) and datetime.fromtimestamp(ends, UTC) <= now
        if place.get("id") == channel and entry.get("direction") != "incoming" and not over:
            yield mailbox(invite.get("recipient_email") or "")


def _foreigners(clients: Clients, live: Live, users: Mapping[str, Json]) -> Iterator[str]:
    """Yield the address of each member of another organisation, or "" for one whose address is hidden."""
    ours = clients.slack.identity()["team_id"]
    for id_ in members.read(clients, live.id):
        user = users.get(id_) or {}
        if user.get("team_id") != ours:
            yield mailbox((user.get("profile") or {}).get("email") or "")
