"""What is written to PagerDuty reads back as the file says it, and the rest stays as it was."""

from __future__ import annotations

from hypothesis import given

from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule, NotificationRules
from tests.kinds.strategies_slack import id_index, notification_rules

KIND = NotificationRules()
MANAGED = {"from_", "to", "urgency", "priorities", "events", "audience"}


def kept(connection):
    """As PagerDuty holds it: it sorts the events (pagerduty.md 9.4)."""
    config = {**connection["config"], "events": sorted(connection["config"]["events"])}
    return KIND.live({"id": "PCONN", **connection, "config": config}, "T0ACME")


@given(notification_rules, notification_rules)
def test_a_written_rule_reads_back_as_the_file_says(there, wanted):
    names = id_index()
    before = kept(KIND.encode(NotificationRule.model_validate(there), names, None))
    spec = NotificationRule.model_validate(wanted)
    after = kept(KIND.encode(spec, names, before))

    old, new = KIND.decode(before, names), KIND.decode(after, names)
    for field in MANAGED:
        expected = spec if field in spec.model_fields_set else old
        assert getattr(new, field) == getattr(expected, field), field


@given(notification_rules)
def test_a_rule_that_is_printed_reads_as_the_same(fields):
    spec = NotificationRule.model_validate(fields)
    printed = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert NotificationRule.model_validate(printed) == spec


@given(notification_rules)
def test_what_is_live_prints_as_a_file_would_say_it(fields):
    names = id_index()
    live = kept(KIND.encode(NotificationRule.model_validate(fields), names, None))
    decoded = KIND.decode(live, names)
    printed = decoded.model_dump(mode="json", by_alias=True, exclude_unset=True)
    again = kept(KIND.encode(NotificationRule.model_validate(printed), names, None))
    assert again.raw == live.raw
