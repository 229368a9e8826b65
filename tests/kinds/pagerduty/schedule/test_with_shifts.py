"""Schedules with shifts (v3) among `schedules`: looked up like others, and never changed."""

from __future__ import annotations

import pytest

from tests.support.factories import stack

HEAD = "owner: payments\n"
POLICY = "\nescalation_policies: {web: {levels: [{notify: [schedule/nights]}]}}"
LOOKED_UP = "schedules: {nights: {name: Night shift, lookup: true}}"
PEOPLE = "people: {maya: maya@acme.example}\n"
MANAGED = (
    "schedules: {nights: {name: Night shift, time_zone: Etc/UTC, layers: "
    "[{start: 2026-01-05T09:00:00, rotate: 1 week, people: [maya]}]}}"
)


@pytest.fixture
def shifts(account):
    account.seed(stack(HEAD + PEOPLE))
    body = {"schedule": {"name": "Night shift", "time_zone": "Etc/UTC"}}
    return account, account.pagerduty.create("/v3/schedules", body)["schedule"]["id"]


@pytest.mark.parametrize("by", ["name: Night shift", "id: {}"])
def test_a_policy_notifies_one_that_is_looked_up(shifts, by):
    account, id_ = shifts
    wanted = stack(HEAD + LOOKED_UP.replace("name: Night shift", by.format(id_)) + POLICY)

    account.made(wanted)

    (policy,) = account.pagerduty.list("/escalation_policies", "escalation_policies", query="web")
    (target,) = policy["escalation_rules"][0]["targets"]
    assert (target["id"], target["type"]) == (id_, "schedule_v3_reference")


def test_its_list_is_read_only_where_an_entry_needs_it(shifts):
    account, _ = shifts
    account.forget_calls()
    account.plan(stack(HEAD + LOOKED_UP + POLICY))
    assert account.calls()["GET /v3/schedules"] == 1
    account.forget_calls()
    account.plan(stack(HEAD + PEOPLE))
    assert account.calls()["GET /v3/schedules"] == 0


OVERRIDES = "], overrides: [{from: 2026-01-06T09:00:00, to: 2090-01-07T09:00:00, who: maya}]}}"
WITH_OVERRIDES = MANAGED.removesuffix("]}}") + OVERRIDES


@pytest.mark.parametrize("entry", [MANAGED, WITH_OVERRIDES], ids=["", "overrides"])
def test_an_entry_of_its_name_creates_no_second_one(shifts, entry):
    account, _ = shifts
    wanted = stack(HEAD + PEOPLE + entry)
    there, why = account.plan(wanted).problems
    assert "'Night shift' exists that pdslack does not manage" in there.message
    assert "--adopt" not in there.hint  # which would not take it over
    (refused,) = account.problems(wanted, adopt=True)
    assert "a schedule with shifts (v3): move the entry to `shift_schedules`, write `lookup: true`" in refused
    assert why.message == refused


ROTATIONS = (
    "[{events: [{name: E, from: 2026-01-05T17:00:00, to: 2026-01-06T09:00:00, recurrence: FREQ=DAILY, "
    "people: [maya]}]}]"
)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("entry", [MANAGED, WITH_OVERRIDES], ids=["", "overrides"])
def test_one_of_layers_and_one_of_shifts_may_have_one_name_in_a_file(account, entry):
    shifts = (
        f"\nshift_schedules: {{nights: {{name: Night shift, time_zone: Etc/UTC, rotations: {ROTATIONS}}}}}"
    )
    account.seed(stack(HEAD + PEOPLE))
    account.made(stack(HEAD + PEOPLE + shifts))

    wanted = stack(HEAD + PEOPLE + entry + shifts)
    account.made(wanted)

    renamed = stack(HEAD + PEOPLE + entry.replace("Night shift", "Other") + shifts)
    account.made(renamed)
    account.made(wanted)
