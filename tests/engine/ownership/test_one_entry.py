"""One live object belongs to one entry: of two that mean it, both lines are told, and nothing moves."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.errors import ConfigError, Problem
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.model import Live, Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump
from tests.conftest import examples
from tests.kinds.examples import EXAMPLES, WORLD
from tests.kinds.laws.test_every_kind import MANAGED, every_kind, settle
from tests.kinds.laws.test_every_mark import ONE_EACH
from tests.support.factories import live_state, live_team, stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow_after(2)

MARKED = pytest.mark.parametrize(
    "kind", [kind for kind in MANAGED if kind.marked], ids=lambda kind: kind.name
)


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(dump(WORLD)))
        yield runner


def file_with(kind: Kind, **entries: object) -> str:
    return dump({**WORLD, kind.section: {**WORLD.get(kind.section, {}), **entries}})


def example(kind: Kind, **more: object) -> dict:
    return {**yaml.safe_load(EXAMPLES[kind.name].entry), **more}


def second_example(kind: Kind, **more: object) -> dict:
    return example(kind, **ONE_EACH.get(kind.name, {}), **more)


def problems(runner: Runner, text: str) -> tuple[Problem, ...]:
    wanted = stack(text)
    plan = runner.plan(wanted, adopt=True)
    assert [change for change in plan.changes if change.ref.key in {"one", "two"}] == []
    return plan.problems


def refused(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as error:
        stack(text)
    return error.value.problems


def lines(text: str, *keys: str) -> list[int]:
    """Where these keys stand."""
    return sorted(number for number, line in enumerate(text.splitlines(), 1) if line.strip() in keys)


def told(found: tuple[Problem, ...]) -> list[int]:
    return sorted(problem.location.line for problem in found if problem.location)


# --- what the files tell -----------------------------------------------------------------------------

UNNAMED = [kind for kind in MANAGED if kind.marked and kind.named_by != "name"]
BY_THEIR_NAMES = {"one name", "one name, one of them looked up"}
TWICE = {
    "the key of another": ({}, {"previously": "one"}),
    "one key before": ({"previously": "before"}, {"previously": "before"}),
    "one id": ({"id": "PSAME"}, {"id": "PSAME"}),
    "one id, one of them looked up": ({"id": "PSAME"}, {"id": "PSAME", "lookup": True}),
    "one name": ({"name": "same"}, {"name": "same"}),
    "one name, one of them looked up": ({"name": "same"}, {"name": "same", "lookup": True}),
    "one name, both looked up": ({"name": "same", "lookup": True}, {"name": "same", "lookup": True}),
}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        pytest.param(kind, says, id=f"{says}-{kind.name}")
        for says in TWICE
        for kind in MANAGED
        if kind.marked and not (kind in UNNAMED and says in BY_THEIR_NAMES)
    ],
)
def test_two_entries_of_one_object_are_told_without_a_network(kind, says):
    one, two = TWICE[says]
    one = {**({} if "lookup" in one else example(kind)), **one}
    two = {**({} if "lookup" in two else second_example(kind)), **two}
    text = file_with(kind, one=one, two=two)

    found = refused(text)

    assert told(found) == lines(text, "one:", "two:"), found
    assert all(f"{kind.name}/one" in problem.message for problem in found), found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("ada@acme.example", "ada@acme.example", id="the same"),
        pytest.param("ada@acme.example", "Ada@ACME.example", id="another case"),
        pytest.param("ada@bücher.example", "ada@xn--bcher-kva.example", id="an encoded domain"),
        pytest.param("zoé@acme.example", "zoe\u0301@acme.example", id="an accent apart"),
    ],
)
def test_two_people_of_one_address_are_told(one, other):
    text = dump({"owner": "acme", "people": {"one": {"email": one}, "two": {"email": other}}})

    found = refused(text)

    assert told(found) == lines(text, "one:", "two:")
    assert {problem.message.partition(" have ")[2] for problem in found} == {"the same e-mail address"}


def test_two_people_of_one_slack_user_are_told():
    people = {key: {"email": f"{key}@acme.example", "slack": "U0SAME"} for key in ("one", "two")}
    text = dump({"owner": "acme", "people": people})

    found = refused(text)

    assert told(found) == lines(text, "one:", "two:")
    assert "people.one and people.two have the same id 'U0SAME'" in {problem.message for problem in found}


def test_people_whose_addresses_differ_are_two():
    emails = ("ada@acme.example", "ada+x@acme.example", "a.da@acme.example", "ada@acme.test")
    people = {f"p{number}": email for number, email in enumerate(emails)}
    stack(dump({"owner": "acme", "people": people}))


@pytest.mark.parametrize("kind", UNNAMED, ids=lambda kind: kind.name)
def test_what_has_no_name_in_the_product_may_be_named_alike(kind):
    stack(file_with(kind, one=example(kind, name="Same"), two=example(kind, name="Same")))


EXCLUSIVE = [(kind, field) for kind in MANAGED for field in sorted(kind.exclusive_fields)]


@pytest.mark.parametrize(
    ("kind", "field"), EXCLUSIVE, ids=[f"{kind.name}-{field}" for kind, field in EXCLUSIVE]
)
def test_what_one_object_may_have_is_told_of_two_entries(kind, field):
    text = file_with(kind, one=example(kind), two=example(kind, name="other"))

    found = refused(text)

    assert set(told(found)) == set(lines(text, "one:", "two:"))
    assert all(f"among their `{field}`, which is in one {kind.title} at most" in one.message for one in found)


# --- what only the account tells ---------------------------------------------------------------------


def object_of(runner: Runner, text: str, kind: Kind) -> Live:
    """The live object of the entry `one`."""
    wanted = stack(text)
    live = read_live(wanted, runner.clients(wanted))
    found = resolve_ownership(wanted, live.objects).matches[Ref(kind.name, "one")].live
    assert found
    return found


@pytest.mark.slow
@every_kind
def test_an_id_that_another_entry_means_is_told_on_both_lines(kind, runner):
    text = file_with(kind, one=example(kind))
    settle(runner, stack(text))
    id_ = object_of(runner, text, kind).id

    for two in (second_example(kind, id=id_, name="other"), {"lookup": True, "id": id_, "name": "other"}):
        text = file_with(kind, one=example(kind), two=two)
        found = problems(runner, text)
        assert told(found) == lines(text, "one:", "two:"), found
        assert all("one" in problem.message and "two" in problem.message for problem in found), found


# An extension is known by its services too, and those of the other owner are not ours to name.
BY_NAME = [kind for kind in MANAGED if kind.marked and kind.named_by == "name" and kind.name != "extension"]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("kind", BY_NAME, ids=lambda kind: kind.name)
def test_an_id_and_a_name_of_one_stranger_are_told_on_both_lines(kind, runner):
    text = file_with(kind, one=example(kind))
    settle(runner, stack(text))
    live = object_of(runner, text, kind)
    text = file_with(kind, three={"id": live.id, "lookup": True, "name": "x"}, two=example(kind, name="one"))

    plan = runner.plan(stack(text.replace("owner: payments", "owner: others")), adopt=True)

    assert [change.ref.key for change in plan.changes if change.ref.kind == kind.name and change.live] == []
    assert set(lines(text, "two:", "three:")) <= {problem.location.line for problem in plan.problems}


def test_two_people_whom_slack_knows_as_one_are_told_on_both_lines(runner):
    slack_id = runner.sandbox.store.find("slack.user", email="maya@acme.example")[0]["id"]
    people = {"maya": "maya@acme.example", "tom": {"email": "tom@acme.example", "slack": slack_id}}
    channels = {"alerts": {"members": ["maya", "tom"]}}
    text = dump(
        {**WORLD, "people": {**WORLD["people"], **people}, "channels": {**WORLD["channels"], **channels}}
    )

    found = runner.plan(stack(text)).problems

    assert [number for number, line in enumerate(text.splitlines(), 1) if line.startswith("  maya:")] == told(
        found
    )[:1]
    assert all(
        "slack_user/maya" in problem.message and "slack_user/tom" in problem.message for problem in found
    )
    assert len(found) == 2


REFERRED = """
owner: acme
slack: {{workspace: T0ACME}}
people: {{maya: maya@acme.example}}
teams: {{{t}: {{name: Team{team}}}}}
schedules:
  {s}: {{name: Schedule{schedule}}}
escalation_policies:
  {p}: {{name: Policy{escalation_policy}}}
services: {{{a}: {{name: Api{service}}}}}
channels: {{{c}: {{name: inc{channel}}}}}
routing: {{r: {{team: {t}, routes: [{{if: event.class exists, to: {a}}}]}}}}
notification_rules: {{n: {{from: service/{a}, to: {c}}}}}
webhooks: {{w: {{url: "https://acme.example/h", from: service/{a}, events: [incident.triggered]}}}}
"""
KEYS = {"team": "t", "schedule": "s", "escalation_policy": "p", "service": "a", "channel": "c"}
FIELDS = {
    "team": "",
    "schedule": ", time_zone: Etc/UTC, teams: [{t}], layers: [{{start: '2026-01-05T09:00:00',"
    " rotate: 1 week, people: [maya]}}]",
    "escalation_policy": ", team: {t}, levels: [{{notify: [schedule/{s}]}}]",
    "service": ", escalation_policy: {p}",
    "channel": "",
}


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("looked_up", KEYS)
def test_our_own_object_looked_up_under_another_key_needs_no_change(looked_up):
    def text(key: str, fields: str) -> str:
        keys = {**{letter: letter for letter in KEYS.values()}, KEYS[looked_up]: key}
        said = {kind: more.format(**keys) for kind, more in FIELDS.items()} | {
            looked_up: fields.format(**keys)
        }
        return REFERRED.format(**keys, **said)

    before, after = text(KEYS[looked_up], FIELDS[looked_up]), text("other", ", lookup: true")
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(before))
        settle(runner, stack(before))
        plan = runner.plan(stack(after))
        live = read_live(stack(after), runner.clients(stack(after)), everything=True)
        destroy = plan_destroy(stack(after), live)

    assert [notice for notice in destroy.notices if notice.startswith(f"{looked_up}/other is left behind")]
    assert [(str(change.ref), change.fields) for change in plan.changes] == []
    assert plan.problems == ()


def test_an_id_beside_the_key_before_of_another_object_is_told():
    wanted = stack("owner: acme\nteams: {new: {name: X, id: PX, previously: old}}")
    lives = live_state(live_team("PX", "X"), live_team("POLD", "Old", "[pdslack:acme/old]"))

    (problem,) = make_plan(wanted, lives, adopt=True).problems

    assert "has id 'PX', but the mark of team/old is on 'Old' (POLD)" in problem.message


def test_what_was_archived_under_a_key_is_not_meant_by_an_entry_that_moves_there():
    wanted = stack("owner: acme\nteams: {new: {name: X, previously: old}}")
    lives = live_state(
        live_team("PGONE", "X", "[pdslack:acme/new]", retired=True),
        live_team("POLD", "X", "[pdslack:acme/old]"),
    )

    plan = make_plan(wanted, lives)

    assert [(change.action, change.live.id) for change in plan.changes] == [(Action.UPDATE, "POLD")]


# --- whatever there is -------------------------------------------------------------------------------

NAMES = st.sampled_from(["A", "B", "C"])
ENTRY = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "id": st.sampled_from(["P1", "P2", "P3"]),
        "previously": st.sampled_from(["a", "b", "c", "d"]),
        "lookup": st.just(True),
    },
)
OBJECT = st.tuples(
    NAMES, st.sampled_from(["", "[pdslack:acme/{}]", "[pdslack:other/{}]"]), st.sampled_from("abcd")
)


@pytest.mark.slow
@given(
    entries=st.dictionaries(st.sampled_from("abc"), ENTRY, max_size=3),
    there=st.lists(OBJECT, max_size=4),
    adopt=st.booleans(),
)
@examples(200)
def test_no_object_is_meant_by_two_entries_nor_changed_twice(entries, there, adopt):
    try:
        wanted = stack(dump({"owner": "acme", "teams": entries}))
    except ConfigError:
        return
    lives = live_state(
        *(
            live_team(f"P{number}", name, text.format(key))
            for number, (name, text, key) in enumerate(there, 1)
        )
    )

    matches = resolve_ownership(wanted, lives.objects).matches.values()
    plan = make_plan(wanted, lives, adopt=adopt)

    meant = [
        live.id for match in matches if not match.problem for live in (match.live, *match.duplicates) if live
    ]
    changed = [change.live.id for change in plan.changes if change.live]
    assert len(set(meant)) == len(meant)
    assert len(set(changed)) == len(changed)
    refused = {problem.location.line for problem in plan.problems if problem.location}
    assert len(refused) != 1 or not any(
        "refer to the same object" in problem.message for problem in plan.problems
    )
