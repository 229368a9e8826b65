"""The one rule of a plan: what is wanted against what is live. Every row of the ownership table."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.kinds.slack.channel import Channels
from pdslack_cli.model import Live, OwnershipMark, Ref
from tests.support.factories import live_person, live_state, live_team, mark, stack


def live_channel(creator: str) -> Live:
    purpose = {"value": mark("acme/payments")}
    raw = {"id": "C1", "name": "payments", "creator": creator, "is_archived": False, "purpose": purpose}
    return Channels().live(raw, "U0BOT")


ONE_TEAM = """
    owner: acme
    teams:
      payments: {name: Payments, description: Takes money}
"""


@pytest.mark.parametrize(
    ("text", "lives", "options", "expected"),
    [
        pytest.param(
            ONE_TEAM, [], {}, [("team/payments", Action.CREATE, ("name", "description"))], id="absent"
        ),
        pytest.param(
            ONE_TEAM,
            [live_team(description="Takes money\n\n[pdslack:acme/payments]")],
            {},
            [],
            id="ours and equal",
        ),
        pytest.param(
            ONE_TEAM,
            [live_team(name="Old", description="Takes money\n\n[pdslack:acme/payments]")],
            {},
            [("team/payments", Action.UPDATE, ("name",))],
            id="renamed by hand",
        ),
        pytest.param(
            ONE_TEAM,
            [live_team(description="Takes money")],
            {"adopt": True},
            [("team/payments", Action.ADOPT, ())],
            id="unmarked, to adopt",
        ),
        pytest.param(
            ONE_TEAM,
            [live_team(description="Old words")],
            {"adopt": True},
            [("team/payments", Action.ADOPT, ("description",))],
            id="unmarked, to adopt and update",
        ),
        pytest.param(
            "owner: acme\nteams: {money: {name: Payments, previously: payments}}",
            [live_team(description="[pdslack:acme/payments]")],
            {},
            [("team/money", Action.UPDATE, ())],
            id="key renamed: only the mark changes",
        ),
        pytest.param(
            ONE_TEAM,
            [live_team(description="Takes money\n\n[pdslack:acme/payments]", legacy=True)],
            {},
            [("team/payments", Action.UPDATE, ())],
            id="a mark of the first version is bound to the name",
        ),
        pytest.param(
            "owner: acme\nteams: {payments: {name: Payments, protect: true}}",
            [live_team(description="[pdslack:acme/payments]")],
            {},
            [("team/payments", Action.UPDATE, ())],
            id="protection is put on",
        ),
        pytest.param(
            ONE_TEAM,
            [live_team(description="Takes money\n\n" + mark("acme/payments", "Payments", protected=True))],
            {},
            [("team/payments", Action.UPDATE, ())],
            id="protection is taken off",
        ),
        pytest.param(
            "owner: acme\nteams: {}",
            [live_team(description="[pdslack:acme/payments]")],
            {},
            [("team/payments", Action.DELETE, ())],
            id="no longer wanted",
        ),
        pytest.param(
            "owner: acme\nteams: {}",
            [live_team(description="[pdslack:acme/payments]")],
            {"delete": False},
            [],
            id="no longer wanted, deletes left out",
        ),
        pytest.param("owner: acme\nteams: {}", [live_team()], {}, [], id="not ours: not in the plan"),
        pytest.param(
            "owner: acme\nteams: {}",
            [live_team(description="[pdslack:other/payments]")],
            {},
            [],
            id="another owner's: not in the plan",
        ),
        pytest.param(
            "owner: acme\nteams: {payments: {lookup: true, name: Payments}}",
            [live_team()],
            {},
            [],
            id="looked up",
        ),
        pytest.param(
            ONE_TEAM,
            [
                live_team("PTEAM1", "Payments", "Takes money\n\n[pdslack:acme/payments]"),
                live_team("PTEAM2", "Payments", "Takes money\n\n[pdslack:acme/payments]"),
            ],
            {},
            [("team/payments", Action.DELETE, ())],
            id="left over from a run beside this one",
        ),
    ],
)
def test_plan_chooses_the_action(text, lives, options, expected):
    plan = make_plan(stack(text), live_state(*lives), **options)

    assert [(str(change.ref), change.action, change.fields) for change in plan.changes] == expected
    assert plan.problems == ()


@pytest.mark.parametrize(
    ("text", "lives", "message", "hint"),
    [
        pytest.param(
            ONE_TEAM,
            [live_team()],
            "a team 'Payments' exists that pdslack does not manage",
            "--adopt",
            id="unmarked",
        ),
        pytest.param(
            ONE_TEAM,
            [live_team("PTEAM1"), live_team("PTEAM2")],
            "2 objects are named 'Payments' (PTEAM1, PTEAM2)",
            "`id:`",
            id="several unmarked",
        ),
        pytest.param(
            ONE_TEAM,
            [live_team(description="[pdslack:other/payments]")],
            "belongs to owner 'other'",
            "`pdslack adopt team/payments --from other` takes it over; to leave it there, remove it from one "
            "of the two files, or set `lookup: true` here",
            id="another owner's",
        ),
        pytest.param(
            ONE_TEAM,
            [live_team(description="[pdslack:acme/money]")],
            "is marked as acme/money",
            "previously: money",
            id="ours under a key the stack does not have",
        ),
        pytest.param(
            "owner: acme\nteams: {payments: {name: Payments}, money: {name: Money}}",
            [live_team(description="[pdslack:acme/money]", legacy=True)],
            "is marked as acme/money",
            "two entries",
            id="ours under another key of the stack, by a mark without a check",
        ),
        pytest.param(
            "owner: acme\nteams: {payments: {lookup: true, name: Payments}}",
            [],
            "there is no team 'Payments'",
            "create it",
            id="looked up, none",
        ),
        pytest.param(
            "owner: acme\nteams: {payments: {lookup: true, name: Payments}}",
            [live_team("PTEAM1"), live_team("PTEAM2")],
            "2 objects are named 'Payments'",
            "`id:`",
            id="looked up, several",
        ),
        pytest.param(
            "owner: acme\nteams: {payments: {id: PGONE}}",
            [live_team()],
            "there is no team with id 'PGONE'",
            "",
            id="an id that nothing has",
        ),
        *(
            pytest.param(
                f"owner: acme\n{section}: {{payments: {{lookup: true}}}}",
                [],
                "has no name to look it up by",
                "set its `id:`",
                id=f"looked up, of {section}",
            )
            for section in ("maintenance_windows", "notification_rules", "webhooks")
        ),
    ],
)
def test_plan_refuses_with_a_remedy(text, lives, message, hint):
    plan = make_plan(stack(text), live_state(*lives))

    assert not [change for change in plan.changes if change.ref.key == "payments"]
    assert [problem.message for problem in plan.problems if message in problem.message], plan.problems
    assert hint in plan.problems[0].hint
    assert plan.problems[0].location is not None


def test_id_chooses_between_namesakes():
    text = "owner: acme\nteams: {payments: {name: Payments, id: PTEAM2}}"

    plan = make_plan(stack(text), live_state(live_team("PTEAM1"), live_team("PTEAM2")), adopt=True)

    assert [(change.action, change.live.id) for change in plan.changes] == [(Action.ADOPT, "PTEAM2")]


def test_absent_section_leaves_objects_behind_and_says_so():
    plan = make_plan(stack("owner: acme"), live_state(live_team(description="[pdslack:acme/payments]")))

    assert plan.changes == ()
    assert "left behind" in plan.notices[0]


@pytest.mark.parametrize(
    ("live", "word"),
    [
        (live_team(description="[pdslack:acme/payments]"), "deleted"),
        (live_channel("U0BOT"), "archived"),
        (live_channel("U0PERSON"), "released"),
    ],
)
def test_what_is_left_behind_is_said_to_be_what_it_would_become(live, word):
    (notice,) = make_plan(stack("owner: acme"), live_state(live)).notices
    assert notice.endswith(f"it would be {word})")


def test_field_that_is_left_out_is_not_managed():
    text = "owner: acme\nteams: {payments: {name: Payments}}"
    live = live_team(description="Words of others\n\n[pdslack:acme/payments]")

    assert make_plan(stack(text), live_state(live)).changes == ()


def test_null_clears_a_field():
    text = "owner: acme\nteams: {payments: {name: Payments, description: null}}"
    live = live_team(description="Words\n\n[pdslack:acme/payments]")

    (change,) = make_plan(stack(text), live_state(live)).changes

    assert (change.before_content["description"], change.after_content["description"]) == ("Words", "")


def test_plan_speaks_in_keys_and_names_never_in_ids():
    text = """
        owner: acme
        people: {maya: maya@acme.example, tom: tom@acme.example}
        teams: {payments: {name: Payments, members: {manager: [maya]}}}
    """
    members = [
        {"user": {"id": "PTOM", "summary": "Tom"}, "role": "responder"},
        {"user": {"id": "PELSE", "summary": "Somebody Else"}, "role": "observer"},
    ]
    live = live_team(description="[pdslack:acme/payments]", parts={"members": members})
    people = [live_person("PMAYA", "maya@acme.example"), live_person("PTOM", "tom@acme.example")]

    (change,) = make_plan(stack(text), live_state(live, *people)).changes

    assert change.before_content["members"] == {
        "manager": [],
        "responder": ["tom"],
        "observer": ["Somebody Else (not in the stack)"],
    }
    assert change.after_content["members"] == {"manager": ["maya"], "responder": [], "observer": []}


def test_only_keeps_the_named_objects():
    text = "owner: acme\nteams: {payments: {name: Payments}, platform: {name: Platform}}"

    plan = make_plan(stack(text), live_state(), only=[Ref("team", "platform")])

    assert [str(change.ref) for change in plan.changes] == ["team/platform"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "owner: acme\nteams: {payments: {name: Payments}}", ["team/payments"], id="ours, in the stack"
        ),
        pytest.param("owner: acme", ["team/payments"], id="ours, in no file"),
        pytest.param("owner: acme\nteams: {payments: {name: Payments, protect: true}}", [], id="protected"),
        pytest.param("owner: else\nteams: {payments: {name: Payments}}", [], id="not ours"),
    ],
)
def test_destroy_takes_what_the_owner_marks(text, expected):
    plan = plan_destroy(stack(text), live_state(live_team(description="[pdslack:acme/payments]")))

    assert [str(change.ref) for change in plan.changes] == expected
    assert all(change.action is Action.DELETE for change in plan.changes)


def test_object_that_another_one_refers_to_is_called_by_its_name():
    text = """
        owner: acme
        people: {maya: maya@acme.example}
        escalation_policies: {on-call: {team: null, levels: [{notify: [person/maya]}]}}
    """
    rules = [{"escalation_delay_in_minutes": 30, "targets": [{"id": "PMAYA", "type": "user_reference"}]}]
    policy = {"id": "PE", "name": "on-call", "description": "", "num_loops": 0, "escalation_rules": rules}
    lives = [
        live_person("PMAYA", "maya@acme.example"),
        live_team("PTEAM1", "Strangers"),
        Live(
            "escalation_policy",
            "PE",
            "on-call",
            policy | {"teams": [{"id": "PTEAM1"}]},
            OwnershipMark("acme", "on-call"),
        ),
    ]

    (change,) = make_plan(stack(text), live_state(*lives)).changes

    assert change.before_content["team"] == "Strangers (not in the stack)"


def test_default_that_is_said_inside_a_list_makes_no_difference():
    text = """
        owner: acme
        people: {maya: maya@acme.example}
        escalation_policies:
          on-call:
            levels:
              - {notify: [person/maya], escalate_after: 5m}
              - {notify: [person/maya], escalate_after: 30m}
    """
    target = {"id": "PMAYA", "type": "user_reference"}
    rules = [{"escalation_delay_in_minutes": minutes, "targets": [target]} for minutes in (10, 30)]
    policy = {"id": "PE", "name": "on-call", "description": "", "num_loops": 0, "escalation_rules": rules}
    lives = [
        live_person("PMAYA", "maya@acme.example"),
        Live("escalation_policy", "PE", "on-call", policy, OwnershipMark("acme", "on-call")),
    ]

    (change,) = make_plan(stack(text), live_state(*lives)).changes

    assert change.before_content["levels"][1] == change.after_content["levels"][1]


@pytest.mark.parametrize(
    ("mark", "whose"),
    [
        pytest.param("", "is not in the stack", id="unmarked"),
        pytest.param("[pdslack:others/x]", "belongs to owner 'others'", id="another owner's"),
        pytest.param("[pdslack:acme/x]", "carries the mark [pdslack:acme/x:", id="a copy of ours"),
    ],
)
def test_what_is_outside_of_the_stack_is_named_with_whose_it_is(mark, whose):
    plan = make_plan(stack("owner: acme"), live_state())
    assert plan.display_name(live_team(description=mark)).startswith(
        f"the team 'Payments' (PTEAM1), which {whose}"
    )
