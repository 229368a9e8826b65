"""Custom shifts and overrides of schedules with shifts: added once, and kept whoever made them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import yaml

from pdslack_cli.errors import ConfigError
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.pagerduty.account import Account
from tests.support.factories import stack

HEAD = "owner: payments\npeople: {maya: maya@acme.example, tom: tom@acme.example, ines: ines@acme.example}\n"
# At noon, so that a period of a day meets two daily shifts: one of them is of whoever has two turns of three.
TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0, tzinfo=None)
DAILY = {
    "name": "Daily",
    "from": "2026-01-05T00:00:00",
    "to": "2026-01-06T00:00:00",
    "recurrence": "FREQ=DAILY",
    "people": ["maya"],
}


def period(start: int, end: int, **people: str) -> dict:
    begins, ends = (f"{TODAY + timedelta(days=days):%Y-%m-%dT%H:%M:%S}" for days in (start, end))
    return {"from": begins, "to": ends, **people}


def said(people=("maya",), **fields):
    event = {**DAILY, "people": [*people]}
    nights = {**DAILY, "name": "Nights", "people": ["tom"], "to": "2026-01-05T12:00:00"}
    entry = {"time_zone": "Etc/UTC", "rotations": [{"events": [event]}, {"events": [nights]}], **fields}
    return stack(HEAD + yaml.safe_dump({"shift_schedules": {"one": entry}}))


@pytest.fixture
def path(account) -> str:
    account.seed(said())
    account.made(said())
    (listed,) = account.pagerduty.list("/v3/schedules", "schedules")
    return f"/v3/schedules/{listed['id']}"


def there(account: Account, path: str, name: str) -> list[dict]:
    around = {
        word: f"{TODAY + timedelta(days=days):%Y-%m-%dT00:00:00Z}"
        for word, days in (("since", -9), ("until", 900))
    }
    return list(account.pagerduty.list(f"{path}/{name}", name, **around))


OVERRIDE = period(3, 4, who="ines", instead_of="maya")
SHIFT = period(5, 6, who="ines")


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("kind", ["", "lost", "500"])
@pytest.mark.parametrize(("field", "one"), [("overrides", OVERRIDE), ("custom_shifts", SHIFT)])
def test_what_is_missing_is_added_once_and_stays(account, path, field, one, kind):
    past, later = ({**one, **period(*days)} for days in ((-9, -2), (500, 501)))
    if kind:
        account.sandbox.faults.add(Fault(kind, method="POST", path=f"/{field}$"))

    account.made(said(**{field: [past, one, one, later]}))
    account.made(said(**{field: []}))
    account.made(said())

    assert len(there(account, path, field)) == 1


@pytest.mark.slow
def test_an_override_is_of_the_rotation_in_which_the_person_has_shifts(account, path):
    of_tom = period(3, 4, who="ines", instead_of="tom")
    account.made(said(overrides=[OVERRIDE, of_tom]))
    rotations = {one["rotation_id"] for one in there(account, path, "overrides")}
    assert len(rotations) == 2


@pytest.mark.slow
def test_an_override_may_be_of_a_custom_shift_of_the_same_apply(account, path):
    wanted = said(custom_shifts=[SHIFT], overrides=[period(5, 6, who="tom", instead_of="ines")])
    account.made(wanted)
    (override,) = there(account, path, "overrides")
    (shift,) = there(account, path, "custom_shifts")
    assert override["custom_shift_id"] == shift["id"]


@pytest.mark.slow
def test_overrides_of_people_survive_a_change_of_the_shifts_that_have_begun(account, path):
    account.made(said(overrides=[OVERRIDE]))
    (before,) = there(account, path, "overrides")

    account.made(said(["maya", "maya", "tom"]))

    (after,) = there(account, path, "overrides")
    assert after["rotation_id"] != before["rotation_id"]
    same = ("start_time", "end_time", "overridden_member", "overriding_member")
    assert [after[name] for name in same] == [before[name] for name in same]

    account.made(said(["tom"]))
    assert there(account, path, "overrides") == []


def test_an_override_of_somebody_without_a_shift_is_a_problem():
    with pytest.raises(ConfigError, match="'ines' has no shift in this schedule"):
        said(overrides=[period(3, 4, who="tom", instead_of="ines")])


NO_SHIFT = "person/tom has no shift from "
AT_NOON = period(3, 3, who="ines", instead_of="tom")
AT_NOON["to"] = AT_NOON["to"].replace("T12", "T18")
TOM_AT_NOON = {"from": AT_NOON["from"], "to": AT_NOON["to"], "who": "tom"}


def refused(account: Account, wanted) -> list[str]:
    return [problem.message for problem in account.judged(wanted).problems]


@pytest.mark.slow
def test_an_override_at_a_time_without_a_shift_is_refused_by_the_plan(account, path):
    assert [NO_SHIFT in one for one in refused(account, said(overrides=[AT_NOON], custom_shifts=[]))] == [
        True
    ]
    assert refused(account, said(overrides=[AT_NOON], custom_shifts=[TOM_AT_NOON])) == []


@pytest.mark.slow
def test_an_override_that_may_be_of_a_custom_shift_made_by_hand_is_warned_of(account, path):
    wanted = said(overrides=[AT_NOON])
    (warning,) = account.warnings(account.plan(wanted))
    assert warning.startswith(NO_SHIFT)
    assert refused(account, wanted) == []


def test_an_override_of_a_new_schedule_at_a_time_without_a_shift_is_refused(account):
    account.seed(said())
    (problem,) = refused(account, said(overrides=[AT_NOON]))
    assert NO_SHIFT in problem
