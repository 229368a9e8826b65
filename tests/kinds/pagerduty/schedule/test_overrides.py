"""Overrides as code: missing ones are added once, past ones left alone, those of people never touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pdslack_cli.engine.storage.audit import AuditLog
from pdslack_cli.errors import ConfigError
from pdslack_cli.sandbox.faults import Fault
from tests.support.factories import stack

HEAD = """
owner: payments
people: {ada: ada@acme.example, bo: bo@acme.example, cy: cy@acme.example}
schedules:
  primary:
    time_zone: Europe/Berlin
    layers: [{start: 2026-01-05T09:00:00, rotate: 1 week, people: [ada, bo]}]
"""
TODAY = datetime.now(UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)


def override(start: int, end: int, who: str = "cy") -> str:
    begins, ends = (f"{TODAY + timedelta(days=days):%Y-%m-%dT%H:%M:%S}" for days in (start, end))
    return f"{{from: {begins}, to: {ends}, who: {who}}}"


def schedule(*overrides: str):
    return stack(f"{HEAD}    overrides: [{', '.join(overrides)}]\n")


@pytest.fixture
def path(account):
    account.seed(schedule())
    account.made(stack(HEAD))
    (found,) = account.pagerduty.list("/schedules", "schedules")
    return f"/schedules/{found['id']}/overrides"


def there(account, path: str) -> list[str]:
    around = {
        name: f"{TODAY + timedelta(days=days):%Y-%m-%dT00:00:00Z}"
        for name, days in (("since", -9), ("until", 900))
    }
    return sorted(
        one["user"]["summary"] for one in account.pagerduty.list(path, "overrides", paged=False, **around)
    )


@pytest.mark.slow
def test_missing_overrides_are_added_once(account, path):
    wanted = schedule(override(-9, -2), override(-1, 1), override(3, 4, "ada"), override(500, 501))
    (change,) = account.plan(wanted).changes
    assert change.fields == ("overrides",)
    assert [one.who.key for one in change.after.overrides] == ["cy", "ada"]

    account.made(wanted)

    assert there(account, path) == ["ada", "cy"]


def test_a_new_schedule_gets_its_overrides(account):
    wanted = schedule(override(3, 4))
    account.seed(wanted)
    account.made(wanted)


@pytest.mark.slow
def test_those_of_people_stay_and_so_do_those_that_leave_the_file(account, path):
    user = account.pagerduty.list("/users", "users", query="bo")[0]
    begins, ends = (f"{TODAY + timedelta(days=days):%Y-%m-%dT%H:00:00Z}" for days in (5, 6))
    own = {"start": begins, "end": ends, "user": {"id": user["id"], "type": "user_reference"}}
    account.pagerduty.create_each(path, "overrides", [own])
    account.made(schedule(override(3, 4)))
    account.made(schedule())
    account.made(stack(HEAD.replace("[ada, bo]", "[bo]")))
    assert there(account, path) == ["bo", "cy"]


def test_overrides_are_read_only_where_the_file_names_them(account, path):
    account.forget_calls()
    account.plan(stack(HEAD))
    assert not [call for call in account.calls() if "overrides" in call]


def test_an_override_that_ends_before_it_begins_is_a_problem():
    with pytest.raises(ConfigError, match="before it begins"):
        schedule(override(4, 3))


@pytest.mark.slow
def test_an_override_that_is_written_twice_is_one(account, path):
    account.made(schedule(override(3, 4), override(3, 4)))

    assert there(account, path) == ["cy"]


@pytest.mark.parametrize("kind", ["lost", "500"])
def test_an_override_whose_answer_is_lost_is_looked_for_and_added_once(account, path, kind):
    account.sandbox.faults.add(Fault(kind, method="POST", path="/overrides$"))

    account.made(schedule(override(3, 4)))

    assert there(account, path) == ["cy"]


@pytest.mark.slow
def test_an_override_that_was_added_since_the_plan_is_not_added_again(account, path):
    wanted = schedule(override(3, 4), override(5, 6, "ada"))
    plan = account.plan(wanted)
    account.made(schedule(override(3, 4)))

    assert account.carry_out(plan, wanted).complete

    assert there(account, path) == ["ada", "cy"]


@pytest.mark.slow
def test_an_override_that_the_list_does_not_show_yet_is_waited_for(account, path, tmp_path):
    account.audit = AuditLog(tmp_path / "audit.jsonl", {})
    wanted = schedule(override(3, 4))
    account.made(wanted)
    account.sandbox.faults.add(Fault("stale", method="GET", path="/overrides$", times=2))

    account.made(wanted)

    assert there(account, path) == ["cy"]
