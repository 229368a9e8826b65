"""What is written into an escalation policy reads back as the file says it, and the rest stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicies, EscalationPolicy
from pdslack_cli.model import Json, Live
from tests.kinds.strategies import escalation_policies, id_index

KIND = EscalationPolicies()
BLANK: Json = {"id": "PEP", "description": None, "teams": [], "num_loops": 0, "escalation_rules": []}
FIELDS = EscalationPolicy.model_fields.keys() - EscalationPolicy.ABOUT


def held(spec: EscalationPolicy, before: Live | None) -> Live:
    """The policy as PagerDuty shows it afterwards, its targets in another order (pagerduty.md 4.3)."""
    raw = {**(before.raw if before else BLANK), **KIND.encode(spec, id_index(), before)}
    raw["escalation_rules"] = [
        {
            "id": f"PRULE{place}",
            "escalation_rule_assignment_strategy": {"type": "assign_to_everyone"},
            **rule,
            "targets": sorted(rule["targets"], key=lambda target: target["id"]),
        }
        for place, rule in enumerate(raw["escalation_rules"])
    ]
    return KIND.live(raw)


@pytest.mark.slow
@given(escalation_policies, escalation_policies)
def test_a_written_policy_reads_back_as_the_file_says(there, wanted):
    before = held(EscalationPolicy.model_validate(there), None)
    spec = EscalationPolicy.model_validate(wanted)
    after = held(spec, before)

    old, new = KIND.decode(before, id_index()), KIND.decode(after, id_index())
    for field in FIELDS:
        expected = spec.merged_onto(new, datetime.now(UTC)) if field in spec.model_fields_set else old
        assert getattr(new, field) == getattr(expected, field), field


@given(escalation_policies)
def test_a_policy_that_is_printed_reads_as_the_same(fields):
    spec = EscalationPolicy.model_validate(fields)
    printed = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert EscalationPolicy.model_validate(printed) == spec


@given(escalation_policies)
def test_what_is_live_prints_as_a_file_would_say_it(fields):
    decoded = KIND.decode(held(EscalationPolicy.model_validate(fields), None), id_index())
    printed = decoded.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert EscalationPolicy.model_validate(printed) == decoded
