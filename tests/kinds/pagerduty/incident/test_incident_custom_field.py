"""Custom fields of incidents: what is written reads back, and rules name those of any type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.pagerduty.incident.incident_custom_field import (
    IncidentCustomField,
    IncidentCustomFields,
)
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.kinds.strategies import id_index, texts
from tests.support.factories import stack
from tests.support.runs import Runner

KIND = IncidentCustomFields()

_common = {
    "label": st.sampled_from(["Impact", "impact", "Who notices"]),
    "description": texts,
    "enabled": st.booleans(),
}
_values = st.sampled_from(["all", "few", "ünï"])
_few = st.lists(_values, min_size=1, max_size=3)
_name = {"name": st.just("impact")}
free_fields = st.fixed_dictionaries(_name, optional={**_common, "default": st.none() | _values})
many_fields = st.fixed_dictionaries(
    {**_name, "many": st.just(True)}, optional={**_common, "default": st.none() | _few}
)
chosen_fields = st.fixed_dictionaries({**_name, "options": _few}, optional=_common)
incident_custom_fields = free_fields | many_fields | chosen_fields


def _made(said: dict[str, object]):
    """The object that PagerDuty makes of a request."""
    body = KIND.encode(IncidentCustomField.model_validate(said), id_index(), None)
    type_ = {"id": "PBASE", "name": "incident_default"}
    blank = {
        "id": "PFIELD",
        "description": None,
        "enabled": True,
        "field_options": [],
        "incident_type": type_,
    }
    return KIND.live(_with_ids(blank | body))


def _with_ids(raw):
    options = raw["field_options"]
    return {**raw, "field_options": [{"id": option["data"]["value"], **option} for option in options]}


@given(st.sampled_from([free_fields, many_fields, chosen_fields]).flatmap(lambda same: st.tuples(same, same)))
def test_a_written_field_reads_back_as_the_file_says(pair):
    (there, wanted), known = pair, id_index()
    before, spec = _made(there), IncidentCustomField.model_validate(wanted)

    after = KIND.live(_with_ids(before.raw | KIND.encode(spec, known, before)))

    assert KIND.decode(after, known) == spec.merged_onto(KIND.decode(before, known), before.read_at)


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        (True, True),
        (3, 3),
        ("3", 3),
        (1.5, 1.5),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        (["b", "a"], ["a", "b"]),
        (None, None),
        (None, ""),
        (None, []),
    ],
)
def test_a_default_is_the_same_however_it_is_written(said, answered):
    live = KIND.live({**_made({"name": "x"}).raw, "default_value": answered})
    assert (
        KIND.decode(live, id_index()).default == IncidentCustomField.model_validate({"default": said}).default
    )


FILE = """
owner: acme
people: {maya: maya@acme.example}
incident_types:
  attack: {label: Attack}
incident_custom_fields:
  impact: {label: Impact, options: [all, few], default: few}
  vector: {label: Vector, incident_type: attack, many: true}
escalation_policies: {all: {levels: [{notify: [person/maya]}]}}
services:
  api: {escalation_policy: all, rules: [{then: {fields: {impact: all, vector: mail}}}]}
"""


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(FILE))
        yield runner


def fields_of(runner):
    return {raw["name"]: raw for raw in runner.sandbox.store.all("pagerduty.incident_field")}


@pytest.mark.slow
def test_a_rule_sets_a_field_that_is_made_with_its_type_in_the_same_run(runner):
    wanted = stack(FILE)
    assert runner.apply(wanted).complete
    assert runner.plan(wanted).changes == ()
    fields = fields_of(runner)
    (attack,) = (
        raw for raw in runner.sandbox.store.all("pagerduty.incident_type") if raw["name"] == "attack"
    )
    assert fields["vector"]["_parent"] == attack["id"]
    (path,) = runner.sandbox.store.all("pagerduty.path")
    updates = path["sets"][0]["rules"][0]["actions"]["incident_custom_field_updates"]
    assert {update["id"] for update in updates} == {raw["id"] for raw in fields.values()}

    without = stack(FILE.replace(", rules: [{then: {fields: {impact: all, vector: mail}}}]", ", rules: []"))
    assert runner.apply(without).complete
    gone = stack("owner: acme\nincident_types: {}\nincident_custom_fields: {}\n")
    assert runner.apply(gone, delete=True).complete
    assert fields_of(runner) == {}


@pytest.mark.parametrize(
    ("name", "lists"),
    [
        pytest.param("impact", 1, id="of all incidents"),
        pytest.param("Vector", 4, id="of one type, by its label"),
    ],
)
def test_a_rule_names_a_field_that_has_no_entry(runner, name, lists):
    runner.apply(stack(FILE))
    sections = FILE.split("escalation_policies")[1]
    theirs = f"owner: acme\npeople: {{maya: maya@acme.example}}\nescalation_policies{sections}"
    wanted = stack(theirs.replace("{impact: all, vector: mail}", f"{{{name}: all}}"))
    runner.sandbox.calls.clear()
    plan = runner.plan(wanted, delete=False)
    assert plan.problems == ()
    assert len([call for call in runner.sandbox.calls if call.path.startswith("/incidents/types")]) == lists


@pytest.mark.parametrize("word", ["impact", "Harm", "harm", "customer_harm"])
def test_an_entry_is_named_by_its_key_its_name_or_its_label(word):
    text = FILE.replace("impact: {label: Impact", "impact: {name: customer_harm, label: Harm")
    rules = stack(text.replace("fields: {impact", f"fields: {{{word}")).specs[Ref("service", "api")].rules
    assert Ref("incident_custom_field", "impact") in rules[0].then.fields


@pytest.mark.parametrize("field", ["name", "incident_type", "type", "many"])
def test_what_is_fixed_at_its_creation_cannot_change(runner, field):
    runner.apply(stack(FILE))
    changed = {
        "name": ("{label: Impact", "{name: harm, label: Impact"),
        "incident_type": ("incident_type: attack", "incident_type: incident_default"),
        "type": ("{label: Vector", "{type: integer, label: Vector"),
        "many": ("many: true", "many: false"),
    }[field]
    problems = runner.plan(stack(FILE.replace(*changed))).problems
    assert [f"{field} cannot be changed" in problem.message for problem in problems] == [True]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("default", ["", ", default: few"], ids=["as it is", "said again"])
def test_an_option_stays_as_long_as_it_is_the_default(runner, default):
    runner.apply(stack(FILE))
    alone = FILE.replace("options: [all, few], default: few", f"options: [all, none]{default}")
    (problem,) = runner.plan(stack(alone)).problems
    assert "the option 'few' cannot be removed, because it is the default" in problem.message
    wanted = stack(FILE.replace("options: [all, few], default: few", "options: [all, none], default: null"))
    assert runner.apply(wanted).complete
    assert runner.plan(wanted).changes == ()
    left = {option["data"]["value"] for option in fields_of(runner)["impact"]["field_options"]}
    assert left == {"all", "none"}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        pytest.param("default: other", "the default 'other' is not among the options", id="no option"),
        pytest.param("default: [few]", "the default is a list, and the field takes one value", id="list"),
        pytest.param("default: all", "", id="option"),
        pytest.param("default: ''", "", id="none"),
    ],
)
def test_a_default_is_compared_with_the_options_that_the_file_leaves_out(runner, said, message):
    runner.apply(stack(FILE))
    wanted = stack(FILE.replace("options: [all, few], default: few", said))
    plan = runner.judged(wanted)
    assert [message in problem.message for problem in plan.problems] == [True] * bool(message)
    if not message:
        assert runner.apply(wanted).complete
        assert runner.plan(wanted).changes == ()
