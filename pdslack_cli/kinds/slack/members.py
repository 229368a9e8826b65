"""Who is in a channel (slack.md 2.2).

People leave and join channels by themselves, and apps do too. So members are only added, and even an
`exact` channel keeps its apps: no file names them, and without theirs PagerDuty goes silent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator

from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import RefTo, problem
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.team import Team
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients
    from pdslack_cli.kinds.slack.channel import Channel

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
    """Annotation of who is in a channel: the key of a person, or `team/KEY` for everybody in a team."""

    def __init__(self) -> None:
        super().__init__("slack_user", "team")

    def read(self, value: object) -> Ref:
        if not isinstance(value, str):
            return super().read(value)
        kind, slash, key = value.partition("/")
        if not slash or kind == "person":
            return Ref("slack_user", key or kind)
        if kind == "team":
            return Ref("team", key)
        raise problem(f"{value!r} cannot be in a channel", "write the key of a person, or team/KEY")

    def write(self, ref: Ref) -> str:
        return ref.key if ref.kind == "slack_user" else str(ref)

    def _choice(self) -> str:
        return "person or team"


MemberSet = Annotated[
    tuple[Annotated[Ref, MemberRef()], ...],
    NullClears,
    # Order carries no meaning here, so one order is kept: two spellings of a channel compare equal.
    AfterValidator(lambda refs: tuple(sorted(set(refs)))),
]


def expanded(refs: Iterable[Ref], specs: Mapping[Ref, Resource]) -> tuple[Ref, ...]:
    """The people meant, with each team replaced by those whom the file puts in it."""
    people: set[Ref] = set()
    for ref in refs:
        people |= _team_members(ref, specs[ref]) if ref.kind == "team" else {ref}
    return tuple(sorted(people))


def _team_members(ref: Ref, team: Resource) -> set[Ref]:
    if not isinstance(team, Team) or team.members is None:
        raise problem(
            f"the file does not say who is in {ref}", "write `members` there, or name the people here"
        )
    return {Ref("slack_user", person.key) for person in team.members.roles()}


# --- reading -----------------------------------------------------------------------------------------


def read(clients: Clients, channel_id: str) -> list[str]:
    """The ids of all members, apps and the bot itself included."""
    return clients.slack.list("conversations.members", "members", channel=channel_id)


def read_users(clients: Clients) -> dict[str, Json]:
    """Everybody in the workspace by id: only this tells people from apps."""
    return {user["id"]: user for user in clients.slack.list("users.list", "members")}


def decode(ids: Sequence[str], users: Mapping[str, Json] | None, id_index: IdIndex) -> tuple[Ref, ...]:
    """The people among the members. Without `users` it is those whom the stack knows."""
    if users is None:
        known = (id_index.known("slack_user", id_) for id_ in ids)
        return tuple(sorted(ref for ref in known if ref))
    people = [id_ for id_ in ids if not users.get(id_, {}).get("is_bot")]
    return tuple(sorted(id_index.ref("slack_user", id_, users.get(id_, {}).get("name")) for id_ in people))


# --- the part ----------------------------------------------------------------------------------------


class ChannelMembers(Part["Channel"]):
    """The people in a channel: one list, added by invitation, removed where `exact` says so."""

    fields = children = frozenset({"members"})
    late = True

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"members": read(clients, live.id)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        if "members" not in live.parts:
            return {}
        return {"members": decode(live.parts["members"], live.parts.get("users"), id_index)}

    def obstacles(
        self, spec: Channel, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        exact = spec.exact and live.raw.get("is_general")
        if exact and self._there(live, id_index) - set(spec.members):
            yield "Slack lets nobody be removed from the workspace's general channel: leave `exact` out"

    def write(self, session: Session, ref: Ref, live: Live, spec: Channel) -> None:
        invite(session, live, set(spec.members) - self._there(live, session.id_index))

    def shrink(self, session: Session, live: Live, spec: Channel) -> None:
        if spec.exact:
            remove(session, live, self._there(live, session.id_index) - set(spec.members))

    def _there(self, live: Live, id_index: IdIndex) -> set[Ref]:
        return set(self.decode(live, id_index).get("members", ()))


# --- writing -----------------------------------------------------------------------------------------


def invite(session: Session, live: Live, people: Collection[Ref]) -> None:
    """Add these people; raises one ApiError that names all whom Slack refuses."""
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
    if refusals:
        names = ", ".join(f"{person.key} ({error.code})" for person, error in refusals)
        error = refusals[0][1]
        raise ApiError(
            f"Slack lets the bot not invite to #{live.name}: {names}",
            provider="slack",
            method=error.method,
            path=error.path,
            status=error.status,
            code=error.code,
            request_id=error.request_id,
            hint=error.hint or "take them out of `members`, or invite them in Slack",
        )


def _refusal(session: Session, live: Live, people: Sequence[Ref]) -> ApiError | None:
    """What Slack has against one of these people; None if they are in now."""
    ids = session.id_index.ids(people)
    try:
        session.clients.slack.call("conversations.invite", channel=live.id, users=ids)
    except ApiError as error:
        if error.code not in ABOUT_ONE:
            raise
        return error
    return None


def remove(session: Session, live: Live, people: Collection[Ref]) -> None:
    """Put these people out of the channel; it is fine if they left."""
    for user_id in session.id_index.ids(sorted(people)):
        try:
            session.clients.slack.call("conversations.kick", channel=live.id, user=user_id)
        except ApiError as error:
            if error.code != "not_in_channel":
                raise
