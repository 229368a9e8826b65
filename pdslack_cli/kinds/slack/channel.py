"""Slack channels: texts, members, bookmarks, a pinned message and a canvas (slack.md 2.2, 2.5, 2.7, 2.9).

A plan reads the channels that the bot is in (one list), the whole workspace only while a wanted name is
still unknown (one list), and one call for each channel with managed members and each with managed
bookmarks, three for each with a canvas. A stack with an `exact` channel reads all users once more, to tell
people from apps; one with `connect`, also all invitations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.errors import ApiError, NotFoundError, ignore_unavailable, reading
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.kind import Kind, Provider
from pdslack_cli.kinds.base.namespace import Namespace
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.mark import join_mark, split_mark
from pdslack_cli.kinds.slack import mentions
from pdslack_cli.kinds.slack.channel_spec import Channel, LookedUpChannel
from pdslack_cli.kinds.slack.parts import members
from pdslack_cli.kinds.slack.parts.archived import ChannelArchived
from pdslack_cli.kinds.slack.parts.bookmarks import ChannelBookmarks
from pdslack_cli.kinds.slack.parts.canvas import ChannelCanvas
from pdslack_cli.kinds.slack.parts.connect import ChannelConnect, read_invites
from pdslack_cli.kinds.slack.parts.members import ChannelMembers
from pdslack_cli.kinds.slack.parts.pinned import PinnedMessage
from pdslack_cli.kinds.slack.text import (
    LONGEST_TEXT,
    TEXTS,
    as_sent,
    never_had_text,
    plain,
)
from pdslack_cli.model import Json, Live, OwnershipMark, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

EMPTY_PARTS: Mapping[str, Any] = {"members": [], "bookmarks": [], "pinned": [], "canvas": None, "connect": ()}
FRESH = timedelta(hours=1)  # how long a channel without any text may be one that a run left unfinished


class Channels(Kind[Channel]):
    name, section, spec, looked_up = "channel", "channels", Channel, LookedUpChannel
    provider: ClassVar[Provider] = "slack"
    plural = "channels"
    mark_limit = LONGEST_TEXT
    unique_names = archives_on_delete = True
    parts = (
        ChannelMembers(),
        ChannelConnect(),
        ChannelBookmarks(),
        PinnedMessage(),
        ChannelCanvas(),
        ChannelArchived(),
    )
    expanded_fields = frozenset({"members"})
    frozen_fields: ClassVar[Mapping[str, str]] = {
        "private": "only an admin can change it, in Slack: do that first, or give this channel a new name"
    }
    hidden_hint = "a bot sees a private channel only once it is invited: /invite @pdslack"
    absent_hint = f"create it first; {hidden_hint}"
    restore_hint = (
        "a bot cannot unarchive channels: set SLACK_USER_TOKEN, a user's token with channels:write and "
        "groups:write; or unarchive it in Slack and invite the bot"
    )

    def marked_text(self, spec: Channel) -> tuple[str, str]:
        return "purpose", spec.purpose

    def entries(self, key: str, spec: Channel) -> Iterable[tuple[Ref, Resource]]:
        # The key is the name where none is given, and a key may hold what a name may not.
        Channel.model_validate({"name": spec.name or key})
        return super().entries(key, spec)

    def resolved(self, spec: Channel, specs: Mapping[Ref, Resource]) -> Channel:
        if "members" not in spec.model_fields_set:
            return spec
        return spec.model_copy(update={"members": members.expanded(spec.members, specs)})

    # --- reading -------------------------------------------------------------------------------------

    def read(self, clients: Clients, wanted: Collection[Resource]) -> Iterable[Live]:
        slack = clients.slack
        elsewhere = [spec for spec in wanted if spec.id in clients.elsewhere]
        wanted = [spec for spec in wanted if spec.id not in clients.elsewhere]
        found = {raw["id"]: raw | {"is_member": True} for raw in self._ours(clients)}
        for id_ in {spec.id for spec in wanted if spec.id} - found.keys():
            try:
                found[id_] = slack.call("conversations.info", channel=id_)["channel"]
            except NotFoundError:
                continue
        names = {raw["name"] for raw in found.values()}
        if any(spec.name not in names for spec in wanted if not spec.id or isinstance(spec, Channel)):
            found = self._visible(clients) | found
        parts: dict[str, Any] = {}
        entries = [spec for spec in wanted if isinstance(spec, Channel)]
        if any(spec.exact or spec.connect for spec in entries):
            parts["users"] = members.read_users(clients)
        if any(spec.connect for spec in entries):
            with reading(ChannelConnect.fields):
                parts["invites"] = read_invites(clients)
        unseen: list[Json] = [{"id": spec.id, "name": spec.name} for spec in elsewhere]
        return [replace(live, parts=parts) for live in self._lives(clients, (*found.values(), *unseen))]

    def read_all(self, clients: Clients) -> Iterable[Live]:
        ours = {raw["id"]: raw | {"is_member": True} for raw in self._ours(clients)}
        parts: dict[str, Any] = {}
        found = ours
        with ignore_unavailable():
            parts["users"] = members.read_users(clients)
        with ignore_unavailable():
            found = self._visible(clients) | ours
        return [replace(live, parts=parts) for live in self._lives(clients, found.values())]

    def read_names(self, clients: Clients) -> Iterable[Live]:
        return (live for live in self._lives(clients, self._visible(clients).values()) if not live.retired)

    @staticmethod
    def _visible(clients: Clients) -> dict[str, Json]:
        """Return all channels that the bot can see, by id."""
        return {
            raw["id"]: raw
            for raw in clients.slack.list("conversations.list", "channels", types=mentions.TYPES)
        }

    @staticmethod
    def _ours(clients: Clients) -> list[Json]:
        """Return the channels that the bot is a member of."""
        return clients.slack.list("users.conversations", "channels", types=mentions.TYPES)

    def _lives(self, clients: Clients, raws: Iterable[Json]) -> list[Live]:
        us = clients.slack.identity()["user_id"]
        return [self.live(raw, us, clients.slack.now) for raw in raws]

    def live(self, raw: Json, us: str, now: datetime | None = None) -> Live:
        """Build the Live of a channel; `now`, by the vendor's clock, decides whether it is new."""
        # Slack leaves out what is empty or false, here and there (slack.md 11.1).
        topic, text = (plain((raw.get(field) or {}).get("value", "")) for field in TEXTS)
        purpose, owned = split_mark(text)
        mine = raw.get("creator") == us
        return Live(
            self.name,
            raw["id"],
            raw["name"],
            {
                "is_private": False,
                **raw,
                "topic": topic,
                "purpose": purpose,
                "purpose_as_sent": split_mark(as_sent((raw.get("purpose") or {}).get("value", "")))[0],
            },
            owned,
            retired=raw.get("is_archived", False),
            created_by_us=mine,
            left_unmarked=mine and now is not None and _is_left_unmarked(raw, now),
        )

    def read_parts(
        self, clients: Clients, live: Live, fields: Collection[str], wanted: Channel | None = None
    ) -> Live:
        for part in self.parts_of(fields):
            try:
                live = super().read_parts(clients, live, part.fields, wanted)
            except ApiError:
                # A bot is put out of a channel that is archived: what it cannot see is read later.
                if not live.retired:
                    raise
                break
        return live

    def check_exists(self, clients: Clients, live: Live) -> None:
        clients.slack.call("conversations.info", channel=live.id)

    # --- what an export asks -------------------------------------------------------------------------

    def exported_parts(self, live: Live) -> Collection[str]:
        # People join public channels and leave them by themselves: a file that names them fights that.
        return self.part_fields - {"canvas"} if live.raw["is_private"] else {"bookmarks", "pinned"}

    def export_exclusion(self, live: Live) -> str:
        return "" if live.raw.get("is_member") else "does not have the bot in it"

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> Channel:
        raw = live.raw
        fields = {
            "name": live.name,
            "topic": raw["topic"],
            "purpose": raw["purpose"],
            "private": raw["is_private"],
        }
        fields |= self.decoded_parts(live, id_index)
        return Channel.from_wire(**fields)

    def encode(self, spec: Channel, id_index: IdIndex, live: Live | None) -> Json:
        names = {"name": "name", "topic": "topic", "purpose": "purpose", "private": "is_private"}
        return {names[field]: getattr(spec, field) for field in spec.model_fields_set & names.keys()}

    # --- what a plan asks ----------------------------------------------------------------------------

    def obstacles(
        self, spec: Channel, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        if "name" in fields and not live.created_by_us:
            yield f"only an admin or its creator can rename the channel {live.name!r}: rename it in Slack"
        yield from super().obstacles(spec, live, fields, id_index, adopt=adopt)

    @property
    def namespaces(self) -> Mapping[str, Namespace]:
        return {"name": mentions.MENTIONS}

    def hidden_names(
        self, clients: Clients, namespace: Namespace, names: Collection[str], known: Collection[str]
    ) -> Mapping[str, str]:
        sources = (mentions.user_group_handles, mentions.private_channels)
        return mentions.holders(clients, sources, names, known)

    def former_names(self, live: Live) -> Iterable[str]:
        return (str(name) for name in live.raw.get("previous_names") or ())

    def may_hide(self, spec: Channel) -> bool:
        return spec.private

    def deletion_warnings(self, live: Live) -> Iterable[str]:
        if live.raw["is_private"]:
            yield "Slack hides archived private channels from bots: pdslack cannot bring it back"

    def released_not_deleted(self, live: Live) -> bool:
        return not live.created_by_us

    def can_restore(self, clients: Clients) -> bool:
        return clients.slack.has("user")

    # --- writing -------------------------------------------------------------------------------------

    def create(self, session: Session, ref: Ref, spec: Channel, mark: OwnershipMark) -> Live:
        live = self._made(session, spec, mark)
        self.update(session, live, spec, {"topic", "purpose"} & spec.managed, mark)
        return live

    def _made(self, session: Session, spec: Channel, mark: OwnershipMark) -> Live:
        """Create the channel, or return the one that a lost response of ours has just created."""
        clients = session.clients
        arguments = self.encode(spec.restricted_to({"name", "private"}), session.id_index, None)

        def find() -> Json | None:
            named = [raw for raw in self._ours(clients) if raw["name"] == spec.name]
            for raw, live in zip(named, self._lives(clients, named), strict=True):
                known = (self.name, live.id) in session.seen
                if not known and (live.left_unmarked or live.is_marked_as(mark)):
                    return raw
            return None

        def post() -> Json:
            return dict(self._named(clients, "conversations.create", **arguments)["channel"])

        raw = create_once(post, find, unique=self.unique_names, clock=clients.clock)
        return self.live(raw | {"is_member": True}, raw["creator"])

    def _named(self, clients: Clients, method: str, **arguments: Any) -> Json:
        """Call what gives a channel its name."""
        try:
            return clients.slack.call(method, **arguments)
        except ApiError as error:
            error.hint = mentions.NAME_TAKEN if self.refuses_second(error) else error.hint
            raise

    def refuses_second(self, error: ApiError) -> bool:
        return error.code == "name_taken"

    def is_unfinished(self, live: Live) -> bool:
        # Slack creates a channel without a purpose: the mark comes with the next call.
        return live.created_by_us and not (live.raw["purpose"] or live.raw["topic"])

    def update(
        self, session: Session, live: Live, spec: Channel, fields: Collection[str], mark: OwnershipMark | None
    ) -> None:
        self._enter(session, live)
        # A change of topic or purpose shows in the channel as a message: none without a difference.
        after = live.raw | self.encode(spec.restricted_to(fields), session.id_index, live)
        call = session.clients.slack.call
        if after["name"] != live.name:
            self._named(session.clients, "conversations.rename", channel=live.id, name=after["name"])
        text = after["purpose"] if "purpose" in fields else live.raw["purpose_as_sent"]
        purpose = join_mark(text, mark)
        if purpose != join_mark(live.raw["purpose_as_sent"], live.owned):
            call("conversations.setPurpose", channel=live.id, purpose=purpose)
        if after["topic"] != live.raw["topic"]:
            call("conversations.setTopic", channel=live.id, topic=after["topic"])

    def write_parts(
        self, session: Session, ref: Ref, live: Live, spec: Channel, fields: Collection[str]
    ) -> None:
        self._enter(session, live)
        super().write_parts(session, ref, self._with_parts(session, live, spec, fields), spec, fields)

    def shrink(self, session: Session, live: Live, spec: Channel, fields: Collection[str]) -> None:
        if spec.exact and not spec.archived:
            live = self._with_parts(session, live, spec, self.late_fields & set(fields))
            super().shrink(session, live, spec, fields)

    def _with_parts(self, session: Session, live: Live, spec: Channel, fields: Collection[str]) -> Live:
        """Read the parts that the plan could not read, because the channel was archived or is new."""
        if live.new:
            return replace(live, parts={**EMPTY_PARTS, **live.parts})
        missing = set(fields) - live.parts.keys()
        live = replace(live, retired=False)
        return self.read_parts(session.clients, live, missing, spec) if missing else live

    @staticmethod
    def _enter(session: Session, live: Live) -> None:
        """Join a public channel: Slack lets only members change a channel, and a bot can join by itself."""
        if not live.raw.get("is_member") and not live.raw["is_private"]:
            session.clients.slack.call("conversations.join", channel=live.id)

    def delete(self, session: Session, live: Live) -> None:
        try:
            self._enter(session, live)
            session.clients.slack.call("conversations.archive", channel=live.id)
        except NotFoundError:
            if self._is_active(session.clients, live):
                raise
        except ApiError as error:
            if error.code not in {"already_archived", "is_archived"}:
                raise

    @staticmethod
    def _is_active(clients: Clients, live: Live) -> bool:
        with suppress(ApiError):
            return not clients.slack.call("conversations.info", channel=live.id)["channel"].get("is_archived")
        return False

    def restore(self, session: Session, live: Live) -> None:
        slack = session.clients.slack
        slack.identity("user")  # refuses a bot's token, which Slack would tell to join what is archived
        try:
            slack.call("conversations.unarchive", token="user", channel=live.id)
        except ApiError as error:
            if error.code != "not_archived":
                raise
        if live.raw["is_private"]:
            us = slack.identity()["user_id"]
            slack.call("conversations.invite", token="user", channel=live.id, users=us)
        else:
            slack.call("conversations.join", channel=live.id)


def _is_left_unmarked(raw: Json, now: datetime) -> bool:
    """Return whether an interrupted run of ours may have left the channel, a new one, without a mark."""
    return never_had_text(raw) and now - datetime.fromtimestamp(raw.get("created") or 0, UTC) < FRESH
