"""What is written into a team reads back as the file says it, and the rest stays as it was."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.pagerduty.team import ROLES, Team, Teams
from pdslack_cli.model import Live, Ref
from tests.kinds.strategies import id_index

KIND = Teams()
PEOPLE = ["maya", "tom", "ines"]
texts = st.text(st.characters(exclude_categories=["C"]), max_size=40).map(str.strip)
roles = st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(ROLES))


def members(by_person: dict[str, str]) -> dict[str, list[str]]:
    return {role: [person for person, held in by_person.items() if held == role] for role in ROLES}


teams = st.fixed_dictionaries(
    {"name": texts.filter(lambda text: text and text.isprintable())},
    optional={
        "description": st.none() | texts,
        "members": roles.map(members),
        "default_role": st.sampled_from(["manager", "none"]),
        "parent": st.sampled_from(["payments", "platform", None]),
    },
)


def held(spec: Team, before: Live | None) -> Live:
    """The team as PagerDuty shows it afterwards: members come back in an order of its own."""
    known = id_index()
    raw = {
        "id": "PTEAM",
        "description": None,
        **(before.raw if before else {}),
        **KIND.encode(spec, known, before),
    }
    live = KIND.live(raw)
    if "members" not in spec.model_fields_set or spec.members is None:
        return replace(live, parts=dict(before.parts) if before else {"members": []})
    listed = [
        {"user": {"id": known.id(person), "summary": person.key}, "role": role}
        for person, role in spec.members.roles().items()
    ]
    return replace(live, parts={"members": listed[::-1]})


@given(teams, teams)
def test_a_written_team_reads_back_as_the_file_says(there, wanted):
    before = held(Team.model_validate(there), None)
    spec = Team.model_validate(wanted)

    old, new = KIND.decode(before, id_index()), KIND.decode(held(spec, before), id_index())

    for field in ("name", "description", "members", "default_role", "parent"):
        expected = spec if field in spec.model_fields_set else old
        assert getattr(new, field) == getattr(expected, field), field


@given(teams)
def test_a_team_that_is_printed_reads_as_the_same(fields):
    spec = Team.model_validate(fields)
    printed = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert Team.model_validate(printed) == spec


@given(roles)
def test_roles_hold_everybody_once(by_person):
    team = Team.model_validate({"name": "x", "members": members(by_person)})
    assert team.members is not None
    assert team.members.roles() == {Ref("person", person): role for person, role in by_person.items()}
