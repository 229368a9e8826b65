"""Schedules with shifts: what is written reads back, and an event that has begun goes on as another one."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.errors import ConfigError, Severity
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.shifts.event import decode_event, encode_event
from pdslack_cli.kinds.pagerduty.shifts.shift_schedule import ShiftSchedule
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump
from tests.conftest import examples
from tests.kinds.pagerduty.account import Account
from tests.kinds.strategies import PEOPLE, SOON, id_index, names, texts
from tests.support.factories import stack

HEAD = "owner: payments\npeople: {maya: maya@acme.example, tom: tom@acme.example, ines: ines@acme.example}\n"
RECURRENCES = (
    "FREQ=DAILY",
    "RRULE:BYDAY=MO,FR;INTERVAL=2;FREQ=WEEKLY",
    ["FREQ=MONTHLY", "EXDATE:20260112T080000Z"],
)

events = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Weekly", "Nights", "Late"]),
        "from": st.sampled_from(["2026-01-05T09:00:00", "2040-01-02T09:00:00"]),
        "recurrence": st.sampled_from(RECURRENCES),
        "people": st.lists(st.none() | st.sampled_from(PEOPLE), min_size=1, max_size=3),
    },
    optional={
        "assign": st.sampled_from(["rotating", "everyone"]),
        "effective_from": st.sampled_from(["2026-02-05T09:00:00", "2041-02-05T09:00:00"]),
        "effective_until": st.sampled_from(["2026-03-05T09:00:00", "2042-03-05T09:00:00"]),
        "time_zone": st.sampled_from(["Etc/UTC", "America/New_York"]),
    },
).map(lambda event: event | {"to": event["from"].replace("T09", "T17")})


def could_be(entry) -> bool:
    try:
        ShiftSchedule.model_validate(entry)
    except ValueError:
        return False
    return True


shift_schedules = st.fixed_dictionaries(
    {
        "name": names,
        "time_zone": st.sampled_from(["Europe/Berlin", "Etc/UTC"]),
        "rotations": st.lists(
            st.lists(events, min_size=1, max_size=2).map(lambda some: {"events": some}), max_size=3
        ),
    },
    optional={
        "description": texts,
        "custom_shifts": st.just([{"from": f"{SOON}T18:00:00", "to": f"{SOON}T20:00:00", "who": "tom"}]),
    },
).filter(could_be)


def said(entry):
    return stack(HEAD + yaml.safe_dump({"shift_schedules": {"one": entry}}))


@given(shift_schedules)
def test_an_event_that_is_written_reads_back_as_the_file_says(entry):
    for rotation in ShiftSchedule.model_validate(entry).rotations:
        for event in rotation.events:
            assert decode_event(encode_event(event, id_index()), id_index()) == event


@pytest.mark.slow
@given(shift_schedules, shift_schedules)
@examples(40)
def test_whatever_there_was_nothing_is_left_to_do_after_an_apply(there, wanted):
    with Sandbox() as sandbox:
        account = Account(sandbox)
        account.seed(said(there))
        account.made(said(there))
        account.made(said({**wanted, "name": there["name"]}))


WEEKLY = {
    "name": "Weekly",
    "from": "2026-01-05T09:00:00",
    "to": "2026-01-12T09:00:00",
    "recurrence": "FREQ=WEEKLY",
    "people": ["maya", "tom"],
}


def one(**fields):
    return {"time_zone": "Etc/UTC", "rotations": [{"events": [{**WEEKLY, **fields}]}]}


def live_events(account: Account) -> list[dict]:
    (listed,) = account.pagerduty.list("/v3/schedules", "schedules")
    whole = account.pagerduty.get(f"/v3/schedules/{listed['id']}")["schedule"]
    return [event for rotation in whole["rotations"] for event in rotation["events"]]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({"effective_until": f"{SOON}T09:00:00"}, True),
        ({"people": ["maya"]}, False),
        ({"name": "Week"}, False),
    ],
)
def test_of_an_event_that_has_begun_only_its_end_changes_in_place(account, changed, kept):
    account.seed(said(one()))
    account.made(said(one()))
    (before,) = live_events(account)

    account.made(said(one(**changed)))

    (after,) = [event for event in live_events(account) if not event["effective_until"] or kept]
    assert (after["id"] == before["id"]) == kept


def test_the_new_rotation_is_there_before_the_old_one_goes(account):
    account.seed(said(one()))
    account.made(said(one()))
    account.forget_calls()
    account.made(said(one(people=["maya"])))
    writes = [one.method for one in account.sandbox.calls if "/v3/" in one.path and one.method != "GET"]
    assert writes == ["POST", "POST", "DELETE"]


@pytest.mark.slow
def test_where_there_is_no_room_for_another_rotation_the_old_one_goes_first(account):
    full = one()
    full["rotations"] = [{"events": [{**WEEKLY, "name": f"Weekly {number}"}]} for number in range(10)]
    account.seed(said(full))
    account.made(said(full))
    full["rotations"][3]["events"][0]["people"] = ["ines"]
    account.made(said(full))


@pytest.mark.slow
def test_an_event_to_come_changes_in_place(account):
    later = {"effective_from": f"{SOON}T09:00:00"}
    account.seed(said(one()))
    account.made(said(one(**later)))
    (before,) = live_events(account)
    account.made(said(one(**later, people=["tom"])))
    (after,) = live_events(account)
    assert after["id"] == before["id"]
    assert len(after["assignment_strategy"]["members"]) == 1


def test_each_of_their_rotations_costs_no_call_and_each_schedule_one(account):
    account.seed(said(one()))
    account.made(said(one()))
    account.forget_calls()
    account.plan(said(one()))
    calls = {call: count for call, count in account.calls().items() if "/v3/" in call}
    assert sum(calls.values()) == 2
    account.forget_calls()
    account.plan(stack(HEAD))
    assert not [call for call in account.calls() if "/v3/" in call]


@pytest.mark.slow
def test_a_policy_notifies_one_and_lets_go_of_it_before_it_is_deleted(account):
    both = said(one()), "escalation_policies: {web: {levels: [{notify: [%s]}]}}"
    entry = yaml.safe_dump({"shift_schedules": {"one": one()}})
    account.seed(both[0])
    account.made(stack(HEAD + entry + both[1] % "shift_schedule/one"))
    policies = account.pagerduty.list("/escalation_policies", "escalation_policies", query="web")
    assert [target["type"] for target in policies[0]["escalation_rules"][0]["targets"]] == [
        "schedule_v3_reference"
    ]
    account.made(stack(HEAD + "shift_schedules: {}\n" + both[1] % "person/maya"))


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (one(recurrence="DAILY"), "exactly one RRULE"),
        (one(recurrence=["FREQ=DAILY", "FREQ=WEEKLY"]), "exactly one RRULE"),
        (one(to="2026-01-05T08:00:00"), "before it begins"),
        (one(effective_until="2026-01-01T00:00:00"), "before it begins"),
        (one(assign="everyone", shifts_per_person=2), "nobody takes turns"),
        (one(people=["maya"] * 21), "at most 20"),
        (
            {"time_zone": "Etc/UTC", "rotations": [{"events": [WEEKLY, {**WEEKLY, "name": "Other"}]}]},
            "effective at the same time",
        ),
    ],
)
def test_what_pagerduty_would_refuse_is_a_problem_of_the_file(entry, reason):
    with pytest.raises(ConfigError, match=reason):
        said(entry)


@pytest.mark.parametrize("recurrence", ["FREQ=MINUTELY", "FREQ=DAILY;INTERVAL=0"])
def test_a_recurrence_that_tells_nothing_is_a_warning(recurrence):
    event = {"name": "E", "from": "2026-01-05T09:00:00", "to": "2026-01-05T17:00:00", "people": ["maya"]}
    both = [{"events": [{**event, "recurrence": one}]} for one in ("FREQ=DAILY", recurrence)]
    text = HEAD + dump({"shift_schedules": {"n": {"time_zone": "Etc/UTC", "rotations": both}}})

    (warning,) = lint_stack(stack(text))

    assert warning.severity is Severity.WARNING
    assert f"'RRULE:{recurrence}' is not calculated" in warning.message
    assert text.splitlines()[warning.location.line - 1].strip().endswith(recurrence)


def test_a_slot_without_a_person_is_null():
    raw = {"type": "rotating_member_assignment_strategy", "shifts_per_member": 1, "members": []}
    raw["members"] = [{"type": "empty_member"}, {"type": "user_member", "user_id": "PMAYA"}]
    event = ShiftSchedule.model_validate(one()).rotations[0].events[0]
    live = {**encode_event(event, id_index()), "assignment_strategy": raw}
    assert decode_event(live, IdIndex()).people[0] is None
