"""Slack user groups: who is mentioned by one handle (slack.md 2.4).

One list has all groups with their members. Slack deletes none: a group that is not wanted is disabled, keeps
its name and its handle, and is enabled again when the file has it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.errors import ApiError, NotFoundError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.kind import Kind, Provider, marked_live
from pdslack_cli.kinds.base.namespace import Namespace
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import NAMED, Resource
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, printable, problem
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.mark import join_mark, split_mark
from pdslack_cli.kinds.slack import mentions
from pdslack_cli.kinds.slack.channel_spec import Channel, refuse_elsewhere
from pdslack_cli.kinds.slack.on_call import FollowsOnCall, OnCallPerson, OnCallSource, Sources
from pdslack_cli.kinds.slack.parts import members
from pdslack_cli.kinds.slack.parts.members import MemberSet
from pdslack_cli.kinds.slack.text import RESERVED_NAMES, SlackText, as_sent, plain, read_text
from pdslack_cli.model import Json, Live, OwnershipMark, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

LONGEST_DESCRIPTION = 140  # with its mark
MOST_CHANNELS = 100
ADMINS_ONLY = (
    "the workspace lets only admins manage user groups: let everyone do it (Settings & administration, "
    "Permissions, User Groups), or do this by hand"
)
NAME_TAKEN = (
    "another group, a channel or a person has this name or handle; a disabled group keeps both: choose "
    "another `handle`, or enable the group in Slack and plan again"
)


def _unreserved(handle: str) -> str:
    if handle in mentions.MENTIONS.reserved:
        reserved = ", ".join(map(repr, RESERVED_NAMES))
        raise problem(f"Slack reserves the handle {handle!r}", f"choose a handle other than {reserved}")
    return handle


def _somebody(refs: tuple[Ref, ...]) -> tuple[Ref, ...]:
    if not refs:
        raise problem(
            "a user group needs at least one member", "leave `members` out, or remove the group's entry"
        )
    return refs


class UserGroup(Resource, FollowsOnCall):
    """A group of people who are mentioned together."""

    name: Annotated[str, BeforeValidator(read_text), FILLED, AfterValidator(printable), NAMED] = ""
    handle: Annotated[
        str,
        BeforeValidator(lambda value: value.removeprefix("@") if isinstance(value, str) else value),
        StringConstraints(pattern=r"^[a-z0-9._-]+$"),
        at_most(80),
        AfterValidator(_unreserved),
        Field(description="its mention, without `@`; if left out, a new group gets its key"),
    ] = ""
    description: Annotated[
        SlackText,
        AfterValidator(printable),
        at_most(LONGEST_DESCRIPTION),
        Field(description="what it is for; the ownership mark follows it, so less than 140 fits"),
    ] = ""
    members: Annotated[
        MemberSet,
        AfterValidator(_somebody),
        Field(description="people, and teams for all of their members; nobody else stays in it"),
    ] = ()
    on_call: Annotated[
        Sources,
        Field(
            description="schedules and escalation policies: whoever is on call there is a member, besides "
            "`members`; `pdslack serve` keeps it so"
        ),
    ] = ()
    channels: Annotated[
        tuple[Annotated[Ref, RefTo("channel")], ...],
        NullClears,
        AfterValidator(lambda refs: tuple(sorted(set(refs)))),
        Field(max_length=MOST_CHANNELS, description="what its members are added to"),
    ] = ()

    # Where some of the members come from, and nothing that Slack knows of.
    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {"on_call"}

    when_nobody: ClassVar[str] = "its members stay as they are"

    @property
    def followed(self) -> tuple[OnCallSource, ...]:
        return self.on_call

    @property
    def followed_fields(self) -> frozenset[str]:
        return frozenset({"members"})

    def following(self, people: Sequence[OnCallPerson]) -> Self:
        users = {one.user for one in people if one.user}
        # Slack refuses an empty list, and a mention of nobody helps nobody.
        if not users:
            return self
        return self.model_copy(update={"members": tuple(sorted({*self.members, *users}))})


class HasGroupMembers(Protocol):
    @property
    def members(self) -> MemberSet: ...


class GroupMembers(Part[HasGroupMembers]):
    """The members: they come with the group, and are written in one call as a whole list."""

    fields = children = frozenset({"members"})
    listed = "users"
    empty = ()

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"members": tuple(sorted(id_index.ref("slack_user", user) for user in live.raw["users"]))}

    def write(self, session: Session, ref: Ref, live: Live, spec: HasGroupMembers) -> None:
        users = session.id_index.ids(spec.members)
        if set(users) != set(live.raw.get("users") or ()):  # each write notifies people
            _call(session, "usergroups.users.update", usergroup=live.id, users=users)


class UserGroups(Kind[UserGroup]):
    name, section, spec = "user_group", "user_groups", UserGroup
    provider: ClassVar[Provider] = "slack"
    plural = "user_groups"
    mark_limit = LONGEST_DESCRIPTION
    unique_names = archives_on_delete = True
    sought_with = frozenset({"user_group"})
    parts = (GroupMembers(),)
    retired_word = "disabled"
    retired_hint = "enable it there, or name another one"

    def resolved(self, spec: UserGroup, specs: Mapping[Ref, Resource]) -> UserGroup:
        refuse_elsewhere("channels", spec.channels, specs)
        if "members" not in spec.model_fields_set:
            return spec
        return spec.model_copy(update={"members": members.expanded(spec.members, specs)})

    # --- reading -------------------------------------------------------------------------------------

    def read(self, clients: Clients, wanted: Collection[Resource]) -> Iterable[Live]:
        return [self.live(raw) for raw in self._list(clients)]

    def read_names(self, clients: Clients) -> Iterable[Live]:
        return (live for live in self.read(clients, ()) if not live.retired)

    @staticmethod
    def _list(clients: Clients) -> list[Json]:
        return clients.slack.list("usergroups.list", "usergroups", include_disabled=True, include_users=True)

    def live(self, raw: Json) -> Live:
        texts = {name: plain(raw.get(name) or "") for name in ("name", "description")}
        sent = split_mark(as_sent(raw.get("description") or ""))[0]
        raw = {**raw, **texts, "description_as_sent": sent}
        return marked_live(self, raw, retired=bool(raw.get("date_delete")))

    def export_exclusion(self, live: Live) -> str:
        return "is filled from outside of Slack" if live.raw.get("is_idp_group") else ""

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> UserGroup:
        prefs = live.raw.get("prefs") or {}
        channels = [*(prefs.get("channels") or ()), *(prefs.get("groups") or ())]
        return UserGroup.from_wire(
            name=live.name,
            handle=live.raw.get("handle"),
            description=live.raw["description"],
            channels=tuple(sorted(id_index.ref("channel", id_) for id_ in channels)),
            **self.decoded_parts(live, id_index),
        )

    def encode(self, spec: UserGroup, id_index: IdIndex, live: Live | None) -> Json:
        body: Json = spec.model_dump(include={"name", "handle", "description"}, exclude_unset=True)
        if "channels" in spec.model_fields_set:
            body["channels"] = id_index.ids(spec.channels)
        return body

    # --- what a plan asks ----------------------------------------------------------------------------

    def doubts(
        self, spec: UserGroup, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        people = members.expanded(spec.members, specs)
        for place, ref in enumerate(spec.channels):
            channel = specs.get(ref)
            if isinstance(channel, Channel) and channel.exact:
                added = sorted({*people} - {*channel.members})
                if added:
                    names = ", ".join(one.key for one in added)
                    yield Doubt(
                        ("channels", place),
                        f"Slack adds {names} to {ref}, which is `exact` and removes them again",
                        f"add them to the `members` of {ref}, or remove its `exact`",
                    )

    def completed(self, ref: Ref, spec: UserGroup) -> UserGroup:
        return spec if spec.handle else spec.model_copy(update={"handle": ref.key})

    @property
    def namespaces(self) -> Mapping[str, Namespace]:
        return {**super().namespaces, "handle": mentions.MENTIONS}

    def live_name(self, live: Live, field: str) -> str:
        return live.raw.get("handle") or "" if field == "handle" else live.name

    def hidden_names(
        self, clients: Clients, namespace: Namespace, names: Collection[str], known: Collection[str]
    ) -> Mapping[str, str]:
        if namespace != mentions.MENTIONS:
            return {}
        sources = (mentions.visible_channels, mentions.private_channels, mentions.user_names)
        return mentions.holders(clients, sources, names, known)

    def obstacles(
        self, spec: UserGroup, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        if live.raw.get("is_idp_group") or live.raw.get("is_editing_restricted"):
            yield f"the user group {live.name!r} is filled from outside of Slack: use `lookup: true`"
        elif "members" in fields and live.raw.get("is_membership_locked"):
            yield f"the members of the user group {live.name!r} are locked: remove `members`"
        yield from super().obstacles(spec, live, fields, id_index, adopt=adopt)

    def can_restore(self, clients: Clients) -> bool:
        return True

    # --- writing -------------------------------------------------------------------------------------

    def create(self, session: Session, ref: Ref, spec: UserGroup, mark: OwnershipMark) -> Live:
        own = spec.restricted_to(spec.managed - self.part_fields)
        body = self.encode(own, session.id_index, None)
        body["description"] = join_mark(spec.description, mark)

        def find() -> Json | None:
            ours = (raw for raw in self._list(session.clients) if self.live(raw).is_marked_as(mark))
            return next((raw for raw in ours if (self.name, raw["id"]) not in session.seen), None)

        def post() -> Json:
            try:
                return dict(_call(session, "usergroups.create", **body)["usergroup"])
            except ApiError as error:
                error.hint = NAME_TAKEN if self.refuses_second(error) else error.hint
                raise

        return self.live(create_once(post, find, unique=True, clock=session.clients.clock))

    def refuses_second(self, error: ApiError) -> bool:
        return error.code in {"name_already_exists", "handle_already_exists"}

    def update(
        self,
        session: Session,
        live: Live,
        spec: UserGroup,
        fields: Collection[str],
        mark: OwnershipMark | None,
    ) -> None:
        own = spec.restricted_to(set(fields) - self.part_fields)
        body = self.encode(own, session.id_index, live)
        sent = live.raw["description_as_sent"]
        body["description"] = join_mark(body.get("description", sent), mark)
        if own.model_fields_set or body["description"] != join_mark(sent, live.owned):
            _call(session, "usergroups.update", usergroup=live.id, **body)

    def delete(self, session: Session, live: Live) -> None:
        try:
            self._switch(session, "usergroups.disable", live, "already_disabled")
        except NotFoundError:
            groups = (self.live(raw) for raw in self._list(session.clients))
            if any(group.id == live.id and not group.retired for group in groups):
                raise

    def restore(self, session: Session, live: Live) -> None:
        self._switch(session, "usergroups.enable", live, "already_enabled")

    @staticmethod
    def _switch(session: Session, method: str, live: Live, done: str) -> None:
        try:
            _call(session, method, usergroup=live.id)
        except ApiError as error:
            if error.code != done:
                raise


def _call(session: Session, method: str, **arguments: Any) -> Json:
    try:
        return session.clients.slack.call(method, **arguments)
    except ApiError as error:
        if error.code == "permission_denied":
            error.hint = ADMINS_ONLY
        raise
