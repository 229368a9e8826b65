"""What an entry adds to a person, a service or an orchestration of others changes nothing else of them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pdslack_cli.config.stack import Stack
from pdslack_cli.kinds import MANAGED, PEOPLE
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump
from tests.export.account import Accounts
from tests.kinds.full_account import full_account
from tests.kinds.laws.test_leaves_alone import applied, differences, with_unknown_fields
from tests.support.census import documents
from tests.support.factories import stack
from tests.support.runs import Runner

Json = dict[str, Any]

USER = r"pagerduty\.(contact_method|\w*notification_rule)"
METHODS = [
    {"type": "phone", "address": "+49 1701234567", "label": "Mobile"},
    {"type": "sms", "address": "+49 1701234567", "label": "Mobile"},
    {"type": "email", "address": "maya@home.example", "label": "Home"},
]
RULES = [
    {"method": "sms"},
    {"method": "phone", "after": "5m"},
    {"method": "email", "label": "Home", "urgency": "low"},
]
OWN = [{"method": "email", "label": "Default", "urgency": urgency} for urgency in ("high", "low")]
HANDOFF = [{"method": "email", "label": "Home", "when": "oncall", "before": "1h"}]
THERE = {
    "contact_methods": METHODS,
    "notification_rules": RULES,
    "handoff_notification_rules": HANDOFF,
    "status_update_notification_rules": [{"method": "sms"}],
    "tags": ["gold", "silver"],
}

# The section, what its entry says, what it says then, and the kinds of what that makes or leaves.
CHANGES: list[tuple[str, Json, Json, str]] = [
    (
        "people",
        {"contact_methods": METHODS[:1]},
        {"contact_methods": [METHODS[0], {"type": "sms", "address": "+49 1709", "label": "Other"}]},
        # PagerDuty notifies of a new method by no rule of its own.
        r"pagerduty\.contact_method",
    ),
    (
        "people",
        {"contact_methods": METHODS[:1]},
        {"contact_methods": [{**METHODS[0], "label": "Work"}]},
        r"pagerduty\.contact_method\.label",
    ),
    (
        "people",
        {"notification_rules": RULES[:1]},
        {"notification_rules": [*RULES[:1], {"method": "phone", "after": "9m"}]},
        r"pagerduty\.(user_)?notification_rule",
    ),
    (
        "people",
        {"handoff_notification_rules": HANDOFF},
        {"handoff_notification_rules": [*HANDOFF, {"method": "sms", "when": "offcall", "before": "2h"}]},
        r"pagerduty\.oncall_handoff_notification_rule",
    ),
    (
        "people",
        {"status_update_notification_rules": [{"method": "sms"}]},
        {"status_update_notification_rules": [{"method": "sms"}, {"method": "email", "label": "Home"}]},
        r"pagerduty\.status_update_notification_rule",
    ),
    ("people", {"tags": ["gold"]}, {"tags": ["bronze"]}, r"pagerduty\.tag(_assignment)?"),
    (
        "people",
        {"tags": ["gold", "silver"], "exact": True},
        {"tags": ["gold"], "exact": True},
        r"pagerduty\.tag(_assignment)?",
    ),
    (
        "people",
        {"notification_rules": [*RULES, *OWN], "exact": True},
        {"notification_rules": [*RULES[:2], *OWN], "exact": True},
        r"pagerduty\.(user_)?notification_rule",
    ),
    (
        "services",
        {"integrations": ["nagios"]},
        {"integrations": ["nagios", "Sentry"]},
        r"pagerduty\.integration|pagerduty\.service\.integrations.*",
    ),
    (
        "routing",
        {"integrations": ["Alertmanager"]},
        {"integrations": ["Alertmanager", "Sentry"]},
        r"pagerduty\.event_orchestration_integration",
    ),
]


@pytest.fixture(scope="module")
def full():
    """A sandbox with the full account, in which a person is reached in every way; and its snapshot."""
    with Sandbox() as sandbox:
        full_account(Accounts(sandbox))
        applied(Runner(sandbox), stack(dump({"owner": "acme", "people": {"maya": MAYA | THERE}})))
        for (kind, id_), held in documents(sandbox).items():
            if re.fullmatch(rf"{USER}|pagerduty\.(user|service|integration|event_orchestration)", kind):
                sandbox.store.replace(kind, id_, with_unknown_fields(held))
        yield sandbox, sandbox.snapshot()


MAYA = {"email": "maya@acme.example"}


def file(section: str, fields: Json) -> Stack:
    entry = {"maya": MAYA | fields} if section == "people" else {"one": {"lookup": True, **fields}}
    return stack(dump({"owner": "acme", section: entry}))


@pytest.mark.slow
@pytest.mark.parametrize(("section", "said", "then", "expected"), CHANGES)
def test_one_addition_changes_nothing_else(full, section, said, then, expected):
    sandbox, snapshot = full
    sandbox.store.restore(snapshot)
    runner = Runner(sandbox)
    before = documents(sandbox)
    applied(runner, file(section, said))
    added = differences(before, documents(sandbox))
    assert section != "people" or not added, "everything was there"
    middle = documents(sandbox)
    applied(runner, file(section, then))
    assert runner.plan(file(section, then)).changes == ()
    found = differences(middle, documents(sandbox))
    assert found
    assert [path for path in sorted(found) if not re.fullmatch(expected, path)] == []


def test_every_addition_is_tried():
    tried = {(section, field) for section, said, *_ in CHANGES for field in said if field != "exact"}
    known = {(PEOPLE.section, field) for field in PEOPLE.spec.LISTS}
    for kind in MANAGED:
        known |= {(kind.section, field) for field in kind.looked_up.object_fields().keys() & kind.part_fields}
    assert tried == known
