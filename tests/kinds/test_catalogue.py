"""What is looked up by name: only when somebody refers to it, and whatever its case."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.server import Sandbox
from tests.kinds.pagerduty.account import Account, file, service
from tests.support.factories import stack
from tests.support.runs import Runner


@pytest.fixture
def account():
    with Sandbox() as sandbox:
        account = Account(sandbox)
        account.seed(file())
        yield account


LISTS = {
    "priority": "GET /priorities",
    "vendor": "GET /vendors",
    "automation_action": "GET /automation_actions/actions",
    "incident_custom_field": "GET /incidents/types/incident_default/custom_fields",
}


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(["rules: [{then: {priority: P1}}]"], ["priority"], id="priority"),
        pytest.param(["integrations: [Datadog, nagios]"], ["vendor"], id="vendor"),
        pytest.param(["rules: [{then: {run: Restart}}]"], ["automation_action"], id="automation action"),
        pytest.param(
            ["rules: [{then: {fields: {impact: 3}}}]"], ["incident_custom_field"], id="custom field"
        ),
    ],
)
def test_a_catalogue_is_read_once_and_only_when_it_is_referred_to(account, fields, kinds):
    account.plan(service(*fields))
    calls = account.calls()
    assert {kind: calls[path] for kind, path in LISTS.items()} == {kind: int(kind in kinds) for kind in LISTS}


@pytest.mark.parametrize(
    ("field", "message", "hint"),
    [
        pytest.param(
            "rules: [{then: {priority: P9}}]", "no priority 'P9'", "Incident Settings", id="priority"
        ),
        pytest.param("integrations: [Datadgo]", "no vendor 'Datadgo'", "'Datadog'", id="vendor"),
        pytest.param("rules: [{then: {run: Reboot}}]", "no automation action 'Reboot'", "", id="action"),
        pytest.param(
            "rules: [{then: {fields: {size: 3}}}]", "no incident custom field 'size'", "", id="field"
        ),
    ],
)
def test_a_name_that_is_not_there_is_a_problem(account, field, message, hint):
    (problem,) = account.plan(service(field)).problems
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.slow
def test_case_does_not_tell_names_apart(account):
    account.made(service("integrations: [{name: In, vendor: DATADOG}]", "rules: [{then: {priority: p1}}]"))
    account.made(service("integrations: [{name: In, vendor: datadog}]", "rules: [{then: {priority: P1}}]"))
    assert account.plan(service("rules: [{then: {priority: p1}}]")).changes == ()


BY_SHOWN_NAMES = """
services:
  api:
    escalation_policy: all
    rules: [{then: {fields: {My Field: x}}}]
workflows:
  major: {steps: [], triggers: [{incident_types: [Major Incident], services: all}]}
"""


def test_fields_and_types_are_found_by_what_the_web_interface_calls_them():
    text = (
        "owner: acme\npeople: {maya: maya@acme.example}\n"
        "escalation_policies: {all: {levels: [{notify: [person/maya]}]}}\n" + BY_SHOWN_NAMES
    )
    wanted = stack(text)
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        runner.seed(wanted)

        assert [
            (each["name"], each["display_name"]) for each in sandbox.store.all("pagerduty.incident_field")
        ] == [("my_field", "My Field")]
        assert runner.apply(wanted).complete
        assert runner.plan(wanted).changes == ()
