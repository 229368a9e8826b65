"""A change of shifts that may change who is on call is warned of, as one of a layer is."""

from __future__ import annotations

import pytest

from tests.kinds.pagerduty.shifts.test_shift_schedule import WEEKLY, one, said
from tests.kinds.strategies import SOON

LATER = {**WEEKLY, "from": f"{SOON}T09:00:00", "to": f"{SOON}T17:00:00"}
AS_IT_IS = "maya, tom (in turn, RRULE:FREQ=WEEKLY, from 2026-01-05 09:00 to 2026-01-12 09:00 UTC)"
PLANNED = f"maya, tom (in turn, RRULE:FREQ=WEEKLY, from {SOON} 09:00 to {SOON} 17:00 UTC)"
RESTARTS = (
    "shifts 'Weekly' restart, which may change who is on call now: PagerDuty cannot change shifts that have "
    "begun, so they end at the apply, and new ones take their place, with the overrides that people made of "
    f"them: {AS_IT_IS} → "
)
CHANGES = f"shifts 'Weekly' change, which may change who is on call from {SOON} 09:00 UTC: {PLANNED} → "
NIGHTS = {**WEEKLY, "name": "Nights"}


def rotations(*events):
    return {"time_zone": "Etc/UTC", "rotations": [{"events": [event]} for event in events]}


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    ("there", "wanted", "expected"),
    [
        pytest.param(one(), one(), [], id="nothing"),
        pytest.param(
            one(),
            one(people=["tom", "maya"]),
            [RESTARTS + AS_IT_IS.replace("maya, tom", "tom, maya")],
            id="another order",
        ),
        pytest.param(
            one(), one(people=["maya"]), [RESTARTS + AS_IT_IS.replace("maya, tom", "maya")], id="other people"
        ),
        pytest.param(
            one(),
            one(to="2026-01-05T17:00:00"),
            [RESTARTS + AS_IT_IS.replace("01-12 09:00", "01-05 17:00")],
            id="other hours",
        ),
        pytest.param(
            one(),
            one(recurrence="FREQ=DAILY"),
            [RESTARTS + AS_IT_IS.replace("WEEKLY", "DAILY")],
            id="another recurrence",
        ),
        pytest.param(
            one(), one(assign="everyone"), [RESTARTS + AS_IT_IS.replace("in turn", "all at once")], id="all"
        ),
        pytest.param(
            one(),
            one(shifts_per_person=2),
            [RESTARTS + AS_IT_IS.replace("in turn", "2 in a row")],
            id="longer turns",
        ),
        pytest.param(
            one(),
            one(effective_until=f"{SOON}T09:00:00"),
            [f"shifts 'Weekly' end at another time: never → {SOON} 09:00 UTC"],
            id="an end",
        ),
        pytest.param(
            one(),
            {**one(), "time_zone": "America/New_York"},
            [
                "the time zone changes, and with it when shifts begin: Etc/UTC → America/New_York",
                RESTARTS + AS_IT_IS.replace("UTC", "EST"),
            ],
            id="another zone",
        ),
        pytest.param(
            rotations(LATER),
            rotations({**LATER, "people": ["maya"]}),
            [CHANGES + PLANNED.replace("maya, tom", "maya")],
            id="shifts that have not begun",
        ),
        pytest.param(
            rotations(WEEKLY),
            rotations(WEEKLY, NIGHTS),
            [f"shifts 'Nights' are new: {AS_IT_IS}"],
            id="a new rotation",
        ),
        pytest.param(
            rotations(WEEKLY, NIGHTS),
            rotations(WEEKLY),
            [f"shifts 'Nights' end now: {AS_IT_IS}"],
            id="a removed rotation",
        ),
        pytest.param(
            rotations(WEEKLY, {**LATER, "name": "Nights"}),
            rotations(WEEKLY),
            [f"shifts 'Nights' do not begin: {PLANNED}"],
            id="a removed rotation that has not begun",
        ),
    ],
)
def test_what_may_change_who_is_on_call_is_warned_of(account, there, wanted, expected):
    account.seed(said(there))
    account.made(said(there))
    assert list(account.warnings(account.plan(said(wanted)))) == expected
