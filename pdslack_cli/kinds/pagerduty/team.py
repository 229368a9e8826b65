"""Teams and their members (pagerduty.md 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.planning import Need
from pdslack_cli.kinds.base.spec import Resource, Spec
from pdslack_cli.kinds.fields.scalars import RefTo, Text, problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

ROLES = ("manager", "responder", "observer")

# Order carries no meaning here, so one order is kept: two spellings of a team compare equal.
PersonSet = Annotated[
    tuple[Annotated[Ref, RefTo("person")], ...], AfterValidator(lambda refs: tuple(sorted(refs)))
]


class Members(Spec):
    """Who is in the team, by role. The whole of it: whoever is not named is removed."""

    manager: PersonSet = ()
    responder: PersonSet = ()
    observer: PersonSet = ()

    @model_validator(mode="after")
    def _one_role_each(self) -> Self:
        seen: set[Ref] = set()
        for role in ROLES:
            for person in getattr(self, role):
                if person in seen:
                    raise problem(f"{person.key!r} has two roles", "name each person once")
                seen.add(person)
        return self

    def roles(self) -> dict[Ref, str]:
        return {person: role for role in ROLES for person in getattr(self, role)}


class Team(Resource):
    """People who own services together."""

    name: Annotated[str, Field(min_length=1, max_length=100)] = ""
    description: Text = ""
    members: Members | None = None


class TeamMembers(Part[Team]):
    """The members of a team: one list, and a call for each person (pagerduty.md 3.2)."""

    fields = children = frozenset({"members"})
    late = True

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"members": clients.pagerduty.list(f"/teams/{live.id}/members", "members")}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        if "members" not in live.parts:
            return {}
        return {"members": _decoded_members(live.parts["members"], id_index)}

    def write(self, session: Session, ref: Ref, live: Live, spec: Team) -> None:
        before = self._there(session, live)
        for user_id, role in _ids(session, spec.members).items():
            if before.get(user_id) != role:
                session.clients.pagerduty.update(f"/teams/{live.id}/users/{user_id}", {"role": role})

    def shrink(self, session: Session, live: Live, spec: Team) -> None:
        after = _ids(session, spec.members)
        for user_id in self._there(session, live):
            if user_id not in after:
                session.clients.pagerduty.delete(f"/teams/{live.id}/users/{user_id}")

    def _there(self, session: Session, live: Live) -> Mapping[str, str]:
        return _ids(session, self.decode(live, session.id_index).get("members"))


def _ids(session: Session, members: Members | None) -> Mapping[str, str]:
    """The role of each person, by the person's id."""
    roles = members.roles() if members else {}
    return {session.id_index.id(person): role for person, role in roles.items()}


class Teams(PagerDutyKind[Team]):
    name, section, spec = "team", "teams", Team
    path, wrapper, plural, type_name = "/teams", "team", "teams", "team"
    mark_limit = 1024
    unsaid_usual: ClassVar[Mapping[str, Any]] = {"default_role": "manager", "parent": None}
    perhaps_unique_names = True
    parts = (TeamMembers(),)

    def decode(self, live: Live, id_index: IdIndex) -> Team:
        fields: dict[str, Any] = {"name": live.name, "description": live.raw["description"].strip()}
        fields |= self.decoded_parts(live, id_index)
        return Team.from_wire(**fields)

    def encode(self, spec: Team, id_index: IdIndex, live: Live | None) -> Json:
        return spec.model_dump(include={"name", "description"}, exclude_unset=True)

    def needs(self, live: Live) -> Iterable[Need]:
        if live.raw.get("parent"):
            yield Need(self.name, live.raw["parent"]["id"])

    def lost_members(self, before: Team, after: Team) -> Iterable[Ref]:
        if before.members is None:
            return ()
        kept = after.members.roles() if after.members else {}
        return [person for person in before.members.roles() if person not in kept]

    def unfit(self, before: Team | None, after: Team, people: Mapping[Ref, Live]) -> Iterable[str]:
        there = before.members.roles() if before and before.members else {}
        for person in after.members.roles() if after.members else ():
            live = people.get(person)
            if person not in there and live and live.raw.get("role") == "read_only_user":
                yield f"{person} has the role read_only_user, whom PagerDuty lets into no team"


def _decoded_members(members: Iterable[Json], id_index: IdIndex) -> Members:
    """The members by role. A role that is new to us is left alone, with those who have it."""
    roles: dict[str, set[Ref]] = {}
    for member in members:
        user = member["user"]
        roles.setdefault(member["role"], set()).add(id_index.ref("person", user["id"], user.get("summary")))
    return Members.from_wire(**{role: tuple(sorted(roles[role])) for role in ROLES if role in roles})
