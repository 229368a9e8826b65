"""Values of custom fields and the AIOps switch of services, over the sandbox's PagerDuty."""

from __future__ import annotations

import pytest

from pdslack_cli.analysis.lints import lint_stack
from tests.kinds.pagerduty.account import service

pytestmark = pytest.mark.slow_after(2)

FIELDS = """
service_custom_fields:
  tier: {options: [gold, silver]}
  cost: {type: integer}
  regions: {many: true}
"""


def with_values(values: str):
    return service(f"custom_fields: {values}", fields=FIELDS)


def held(account) -> dict[str, object]:
    path = f"/services/{account.service('api')['id']}/custom_fields/values"
    found = account.pagerduty.list(path, "custom_fields", paged=False)
    return {raw["name"]: raw["value"] for raw in found}


@pytest.mark.slow
def test_the_values_that_a_file_names_are_set_and_the_others_stay(account):
    account.made(with_values("{tier: gold, cost: 3, regions: [us, eu]}"))
    assert held(account) == {"tier": "gold", "cost": 3, "regions": ["eu", "us"]}
    account.made(with_values("{tier: silver, cost: null}"))
    assert held(account) == {"tier": "silver", "cost": None, "regions": ["eu", "us"]}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param("{tier: iron}", "'iron' is not a value of service_custom_field/tier", id="no option"),
        pytest.param("{cost: '3'}", "'3' is not a value of service_custom_field/cost", id="another type"),
        pytest.param("{tier: [gold]}", "service_custom_field/tier takes one value", id="several"),
        pytest.param("{regions: eu}", "service_custom_field/regions takes several values", id="one"),
        pytest.param("{tier: gold, cost: 3, regions: [eu], }", "", id="right"),
    ],
)
def test_values_that_are_none_of_their_field_are_told(values, told):
    messages = [problem.message for problem in lint_stack(with_values(values)) if problem.lint == ""]
    assert messages == ([told] if told else [])


def test_a_value_of_a_disabled_field_is_told_and_not_set(account):
    account.made(with_values("{tier: gold, cost: 3}"))
    disabled = FIELDS.replace("tier: {", "tier: {enabled: false, ")
    wanted = service("custom_fields: {cost: 4, tier: silver}", fields=disabled)
    assert "service_custom_field/tier is disabled" in " ".join(p.message for p in lint_stack(wanted))
    account.made(wanted)
    assert held(account) == {"cost": 4, "regions": None}


@pytest.mark.slow
def test_aiops_is_on_until_a_file_switches_it_off(account):
    account.made(service())
    assert account.plan(service("aiops: true")).changes == ()
    account.made(service("aiops: false"))
    account.made(service("aiops: true"))
    account.take_away("aiops")
    report = account.apply(service("aiops: false"))
    assert report.complete
    (notice,) = report.notices
    assert "not entitled to use the aiops feature" in notice
