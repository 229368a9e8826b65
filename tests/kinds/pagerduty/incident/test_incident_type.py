"""Incident types: what is written reads back, what is deleted is disabled, and triggers name them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.engine.change import Action
from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds.pagerduty.incident.incident_type import BASE, IncidentType, IncidentTypes
from pdslack_cli.sandbox.server import Sandbox
from tests.kinds.strategies import id_index, texts
from tests.support.factories import stack
from tests.support.runs import Runner

KIND = IncidentTypes()

incident_types = st.fixed_dictionaries(
    {"name": st.just("attack")},
    optional={
        "label": st.sampled_from(["Attack", "attack", "Ünï 2"]),
        "description": texts,
        "enabled": st.booleans(),
    },
)


@given(incident_types, incident_types)
def test_a_written_type_reads_back_as_the_file_says(there, wanted):
    known, spec = id_index(), IncidentType.model_validate(wanted)
    known.add(BASE, "PBASE")
    blank = {"id": "PTYPE", "description": None, "enabled": True, "parent": {"id": "PBASE"}}
    before = KIND.live(blank | KIND.encode(IncidentType.model_validate(there), known, None))

    after = KIND.live(before.raw | KIND.encode(spec, known, before))

    assert KIND.decode(after, known) == spec.merged_onto(KIND.decode(before, known), before.read_at)


FILE = """
owner: acme
incident_types:
  attack: {label: Attack}
  leak: {name: data_leak, label: Leak of data, parent: attack}
"""
TRIGGERED = """
workflows:
  tell: {steps: [], triggers: [{incident_types: [attack, leak, incident_default], services: all}]}
"""
RESTORING = {"may_restore": ["incident_type"]}


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        yield Runner(sandbox)


def types_of(runner):
    return {raw["name"]: raw for raw in runner.sandbox.store.all("pagerduty.incident_type")}


def test_a_type_comes_after_its_parent_and_before_the_trigger_that_names_it(runner):
    wanted = stack(FILE + TRIGGERED)
    assert runner.apply(wanted).complete
    assert runner.plan(wanted).changes == ()
    types = types_of(runner)
    assert types["data_leak"]["_parent_type"] == types["attack"]["id"]
    (trigger,) = runner.sandbox.store.all("pagerduty.workflow_trigger")
    assert sorted(trigger["incident_types"]) == sorted(one["id"] for one in types.values())


def test_a_type_that_leaves_the_file_is_disabled_and_enabled_again_when_it_returns(runner):
    runner.apply(stack(FILE))
    empty = stack("owner: acme\nincident_types: {}\n")
    assert {change.action for change in runner.plan(empty).changes} == {Action.DELETE}
    assert runner.apply(empty).complete
    assert runner.plan(empty).changes == ()
    assert {name for name, raw in types_of(runner).items() if raw["enabled"]} == {"incident_default"}

    assert {change.action for change in runner.plan(stack(FILE), **RESTORING).changes} == {Action.RESTORE}
    assert runner.apply(stack(FILE), **RESTORING).complete
    assert all(raw["enabled"] for raw in types_of(runner).values())


@pytest.mark.slow
def test_a_type_that_is_disabled_by_its_entry_can_still_change(runner):
    runner.apply(stack(FILE))
    for entry in ("{label: Attack, enabled: false}", "{label: Assault, enabled: false}", "{label: Assault}"):
        wanted = stack(FILE.replace("{label: Attack}", entry))
        assert runner.apply(wanted, **RESTORING).complete
        assert runner.plan(wanted).changes == ()
    assert (types_of(runner)["attack"]["display_name"], types_of(runner)["attack"]["enabled"]) == (
        "Assault",
        True,
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{name: fraud_default}", "ends with `_default`"),
        ("{label: PD outage}", "begins like PagerDuty's own types"),
        ("{label: '#1'}", "does not begin with a letter or a digit"),
    ],
)
def test_what_pagerduty_keeps_for_itself_is_refused(entry, message):
    with pytest.raises(ConfigError) as caught:
        stack(f"owner: acme\nincident_types: {{x: {entry}}}\n")
    (problem,) = caught.value.problems
    assert message in problem.message


@pytest.mark.parametrize("field", ["name", "parent"])
def test_what_is_fixed_at_its_creation_cannot_change(runner, field):
    entry = "{name: leak, label: Leak, parent: incident_default}"
    text = f"owner: acme\nincident_types: {{other: {{}}, x: {entry}}}\n"
    runner.apply(stack(text))
    changed = {"name": ("name: leak", "name: leak_2"), "parent": ("incident_default", "other")}[field]
    (problem,) = runner.plan(stack(text.replace(*changed))).problems
    assert f"{field} cannot be changed" in problem.message
