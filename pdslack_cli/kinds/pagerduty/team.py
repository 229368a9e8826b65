"""Teams and their members (pagerduty.md 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pdslack_cli.clients.http.vendor_json import text_or_none
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.kind import Need
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import NAMED, Resource, Spec
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, Description, printable, problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.tags import Tags, TagSet
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

ROLES = ("manager", "responder", "observer")

# Order carries no meaning here, so one order is kept: two spellings of a team compare equal.
PersonSet = Annotated[
    tuple[Annotated[Ref, RefTo("person")], ...], AfterValidator(lambda refs: tuple(sorted(refs)))
]

OwnerTeams = Annotated[
    tuple[Annotated[Ref, RefTo("team")], ...],
    AfterValidator(lambda refs: tuple(sorted(set(refs)))),
    Field(description="the teams that it belongs to"),
]
"""The field of other kinds with the teams that an object belongs to."""

_LONGEST_DESCRIPTION = 1024  # with its mark


class Members(Spec):
    """The members of the team, by role. Anybody else is removed, unless the team is not `exact`."""

    manager: Annotated[PersonSet, Field(description="may change what belongs to the team")] = ()
    responder: Annotated[PersonSet, Field(description="may act on its incidents")] = ()
    observer: Annotated[PersonSet, Field(description="may only look")] = ()

    @model_validator(mode="after")
    def _one_role_each(self) -> Self:
        seen: set[Ref] = set()
        for role in ROLES:
            for person in getattr(self, role):
                if person in seen:
                    raise problem(f"{person.key!r} has two roles", "name each person once", (role,), needs=())
                seen.add(person)
        return self

    def roles(self) -> dict[Ref, str]:
        return {person: role for role in ROLES for person in getattr(self, role)}

    @classmethod
    def of_roles(cls, roles: Mapping[Ref, str]) -> Self:
        """Return the members with these roles. People with an unknown role are omitted."""
        by_role = {role: tuple(sorted(who for who, held in roles.items() if held == role)) for role in ROLES}
        return cls.from_wire(**by_role)


class Team(Resource):
    """People who share ownership of services."""

    name: Annotated[str, FILLED, at_most(100), AfterValidator(printable), NAMED] = ""
    description: Annotated[Description, at_most(_LONGEST_DESCRIPTION)] = ""
    default_role: Annotated[
        Literal["manager", "none"],
        Field(description="what people outside the team may do: `manager`, or `none` in a private team"),
    ] = "manager"
    parent: Annotated[
        Annotated[Ref, RefTo("team")] | None,
        Field(description="the team above it, in accounts that have a hierarchy of teams"),
    ] = None
    members: Annotated[
        Members | None, Field(description="who is in the team; all of them, unless `exact: false`")
    ] = None
    exact: Annotated[bool, Field(description="remove people who are not in `members`")] = True
    tags: TagSet = ()

    # How `members` are meant, and nothing that PagerDuty knows of.
    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {"exact"}

    @model_validator(mode="after")
    def _exactly_whom(self) -> Self:
        if "exact" in self.model_fields_set and "members" not in self.model_fields_set:
            raise problem(
                "needs `members`, which is not set",
                "list the members, or remove `exact`",
                ("exact",),
                needs=("members",),
            )
        return self

    def merged_onto(self, live: Self, now: datetime) -> Self:
        after = super().merged_onto(live, now)
        if self.exact or self.members is None or live.members is None:
            return after
        everybody = Members.of_roles({**live.members.roles(), **self.members.roles()})
        return after.model_copy(update={"members": everybody})


class TeamMembers(Part[Team]):
    """The members of a team: read in one list, written one call per person (pagerduty.md 3.2)."""

    fields = children = frozenset({"members"})
    stored = "members"
    late = True

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"members": clients.pagerduty.list(f"/teams/{live.id}/members", "members")}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"members": _decoded_members(live.parts["members"], id_index)}

    def write(self, session: Session, ref: Ref, live: Live, spec: Team) -> None:
        before = self._there(session, live)
        for user_id, role in _ids(session, spec.members).items():
            if before.get(user_id) != role:
                session.clients.pagerduty.update(f"/teams/{live.id}/users/{user_id}", {"role": role})

    def shrink(self, session: Session, live: Live, spec: Team) -> None:
        if not spec.exact:
            return
        after = _ids(session, spec.members)
        for user_id in self._there(session, live):
            if user_id not in after:
                session.clients.pagerduty.delete(f"/teams/{live.id}/users/{user_id}")

    def _there(self, session: Session, live: Live) -> Mapping[str, str]:
        return _ids(session, self.decode_if_there(live, session.id_index).get("members"))


def _ids(session: Session, members: Members | None) -> Mapping[str, str]:
    """Return each person's role, by the person's id."""
    roles = members.roles() if members else {}
    return {session.id_index.id(person): role for person, role in roles.items()}


class Teams(PagerDutyKind[Team]):
    name, section, spec = "team", "teams", Team
    path, wrapper, plural, type_name = "/teams", "team", "teams", "team"
    mark_limit = _LONGEST_DESCRIPTION
    perhaps_unique_names = True
    parent_field = "parent"
    parts = (TeamMembers(), Tags("/teams"))

    def decode(self, live: Live, id_index: IdIndex) -> Team:
        parent = live.raw.get("parent")
        fields: dict[str, Any] = {
            "name": live.name,
            "description": live.raw["description"].strip(),
            "default_role": live.raw.get("default_role"),
            "parent": id_index.ref_of("team", parent) if parent else None,
        }
        fields |= self.decoded_parts(live, id_index)
        return Team.from_wire(**fields)

    def encode(self, spec: Team, id_index: IdIndex, live: Live | None) -> Json:
        body: Json = spec.model_dump(include={"name", "description", "default_role"}, exclude_unset=True)
        if "parent" in spec.model_fields_set:
            body["parent"] = reference(id_index.id(spec.parent), "team") if spec.parent else None
        return body

    def needs(self, live: Live) -> Iterable[Need]:
        if live.raw.get("parent"):
            yield Need(self.name, live.raw["parent"]["id"])

    def lost_members(self, before: Team, after: Team) -> Iterable[Ref]:
        if before.members is None:
            return ()
        kept = after.members.roles() if after.members else {}
        return [person for person in before.members.roles() if person not in kept]

    def unfit(self, before: Team | None, after: Team, found: Mapping[Ref, Live]) -> Iterable[Doubt]:
        there = before.members.roles() if before and before.members else {}
        for person in after.members.roles() if after.members else ():
            live = found.get(person)
            if person not in there and live and live.raw.get("role") == "read_only_user":
                yield Doubt(
                    ("members",),
                    f"{person} has the role read_only_user, which PagerDuty does not allow in teams",
                    "give them another role first, or leave them out",
                    at_key=True,
                )


def _decoded_members(members: Iterable[Json], id_index: IdIndex) -> Members:
    """Decode the members by role. People with an unknown role are left unchanged."""
    people = ((member["user"], text_or_none(member, "role") or "") for member in members)
    return Members.of_roles({id_index.ref_of("person", user): role for user, role in people})
