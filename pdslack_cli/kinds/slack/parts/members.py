"""Members of a channel (slack.md 2.2).

People and apps join and leave channels on their own. So members are only added; even an `exact` channel keeps
its apps, because files do not list them and PagerDuty's notifications need them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import AfterValidator, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.team import Team
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

MOST_PER_INVITE = 100

ALREADY_IN = frozenset({"already_in_channel", "cant_invite_self"})
# What Slack says of one person; it then refuses everybody in the call.
ABOUT_ONE = ALREADY_IN | {
    "app_cannot_join_channel",
    "cant_invite",
    "invitee_cant_see_channel",
    "no_user",
    "org_user_not_in_team",
    "ura_max_channels",
    "user_is_restricted",
    "user_not_found",
}


class MemberRef(RefTo):
    """Annotation of a member: the key of a person, or `team/KEY` for all members of a team.

    A channel may name `user_group/KEY` in the same way.
    """

    def __init__(self, *groups: str) -> None:
        super().__init__("slack_user", *groups)
        self.groups = groups

    def _read(self, value: object) -> Ref:
        if not isinstance(value, str):
            return super()._read(value)
        kind, slash, key = value.partition("/")
        if not slash or kind == "person":
            return Ref("slack_user", key or kind.removeprefix("@"))
        if kind in self.groups:
            return Ref(kind, key)
        forms = " or ".join(f"{group}/KEY" for group in self.groups)
        raise problem(f"{value!r} is not a valid member", f"write the key of a person, or {forms}")

    def write(self, ref: Ref) -> str:
        return ref.key if ref.kind == "slack_user" else str(ref)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        pattern = written.reference("person", *self.groups, bare=True)
        return written.text_schema(f"reference to a {self._choice()}", pattern)

    def _choice(self) -> str:
        return " or ".join(("person", *self.groups))


# Order carries no meaning here, so one order is kept: two spellings of a channel compare equal.
_IN_ORDER = AfterValidator(lambda refs: tuple(sorted(set(refs))))

MemberSet = Annotated[tuple[Annotated[Ref, MemberRef("team")], ...], NullClears, _IN_ORDER]
ChannelMemberSet = Annotated[
    tuple[Annotated[Ref, MemberRef("team", "user_group")], ...], NullClears, _IN_ORDER
]


def expanded(refs: Iterable[Ref], specs: Mapping[Ref, Resource]) -> tuple[Ref, ...]:
    """Return the people, with each team and user group replaced by its members in the file."""
    people: set[Ref] = set()
    for ref in refs:
        people |= {ref} if ref.kind == "slack_user" else _members_of(ref, specs[ref], specs)
    return tuple(sorted(people))


def _members_of(ref: Ref, spec: Resource, specs: Mapping[Ref, Resource]) -> set[Ref]:
    found = getattr(spec, "members", None)
    if not found:
        raise problem(
            f"the members of {ref} are not set in the file",
            "set `members` there, or list the people here",
            ("members",),
        )
    if isinstance(spec, Team):
        return {Ref("slack_user", person.key) for person in found.roles()}
    return set(expanded(found, specs))


# --- reading -----------------------------------------------------------------------------------------


def read(clients: Clients, channel_id: str) -> list[str]:
    """Return the ids of all members, including apps and the bot itself."""
    return clients.slack.list("conversations.members", "members", channel=channel_id)


def read_users(clients: Clients) -> dict[str, Json]:
    """Read all users of the workspace by id, to distinguish people from apps."""
    return {user["id"]: user for user in clients.slack.list("users.list", "members")}


def decode(ids: Sequence[str], users: Mapping[str, Json] | None, id_index: IdIndex) -> tuple[Ref, ...]:
    """Return the people among the members; without `users`, only those of the stack, which may be bots."""
    if users is None:
        known = (id_index.known("slack_user", id_) for id_ in ids)
        return tuple(sorted(ref for ref in known if ref))
    people = [id_ for id_ in ids if id_index.known("slack_user", id_) or not users.get(id_, {}).get("is_bot")]
    return tuple(sorted(id_index.ref("slack_user", id_, users.get(id_, {}).get("name")) for id_ in people))


# --- the part ----------------------------------------------------------------------------------------


class HasMembers(Protocol):
    @property
    def members(self) -> MemberSet: ...
    @property
    def exact(self) -> bool: ...


class ChannelMembers(Part[HasMembers]):
    """The people in a channel: read in one list, added by invitation, removed only with `exact`."""

    fields = children = frozenset({"members"})
    stored = "members"
    empty = ()
    late = True
    shows_known = True

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"members": read(clients, live.id)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"members": decode(live.parts["members"], live.parts.get("users"), id_index)}

    def obstacles(
        self, spec: HasMembers, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        exact = spec.exact and live.raw.get("is_general")
        if exact and self._there(live, id_index) - set(spec.members):
            yield "nobody can be removed from the workspace's general channel: remove `exact`"

    def write(self, session: Session, ref: Ref, live: Live, spec: HasMembers) -> None:
        invite(session, live, set(spec.members) - self._there(live, session.id_index))

    def shrink(self, session: Session, live: Live, spec: HasMembers) -> None:
        if spec.exact:
            remove(session, live, self._there(live, session.id_index) - set(spec.members))

    def _there(self, live: Live, id_index: IdIndex) -> set[Ref]:
        return set(self.decode_if_there(live, id_index).get("members", ()))


# --- writing -----------------------------------------------------------------------------------------


def invite(session: Session, live: Live, people: Collection[Ref]) -> None:
    """Invite these people; raises one ApiError that names everybody whom Slack refuses."""
    ordered = sorted(people)
    refusals: list[tuple[Ref, ApiError]] = []
    for start in range(0, len(ordered), MOST_PER_INVITE):
        batch = ordered[start : start + MOST_PER_INVITE]
        refusal = _refusal(session, live, batch)
        if refusal and len(batch) > 1:
            alone = [(person, _refusal(session, live, [person])) for person in batch]
            refusals += [(person, error) for person, error in alone if error]
        elif refusal:
            refusals.append((batch[0], refusal))
    refusals = [(person, error) for person, error in refusals if error.code not in ALREADY_IN]
    hint = "take them out of `members`, or invite them in Slack; `pdslack plan` says who is deactivated"
    _raise_if_any(refusals, f"the bot cannot invite to #{live.name}", hint)


def _raise_if_any(refusals: Sequence[tuple[Ref, ApiError]], message: str, hint: str) -> None:
    """Raise one ApiError that names everybody whom Slack refuses."""
    if refusals:
        names = ", ".join(f"{person.key} ({error.code})" for person, error in refusals)
        error = refusals[0][1]
        raise ApiError(
            f"{message}: {names}",
            provider="slack",
            method=error.method,
            path=error.path,
            status=error.status,
            code=error.code,
            request_id=error.request_id,
            hint=hint,
        )


def _refusal(session: Session, live: Live, people: Sequence[Ref]) -> ApiError | None:
    """Return why Slack rejects one of the people; None if they are members now."""
    ids = session.id_index.ids(people)
    try:
        session.clients.slack.call("conversations.invite", channel=live.id, users=ids)
    except ApiError as error:
        if error.code not in ABOUT_ONE:
            raise
        return error
    return None


def remove(session: Session, live: Live, people: Collection[Ref]) -> None:
    """Remove these people from the channel; people who left are not an error."""
    refusals: list[tuple[Ref, ApiError]] = []
    for person in sorted(people):
        user = session.id_index.id(person)
        try:
            session.clients.slack.call("conversations.kick", channel=live.id, user=user)
        except ApiError as error:
            if error.code not in {"not_in_channel", *ABOUT_ONE}:
                raise
            refusals += [(person, error)] if error.code in ABOUT_ONE else []
    hint = "remove them in Slack, or list them in `members`"
    _raise_if_any(refusals, f"the bot cannot remove from #{live.name}", hint)
