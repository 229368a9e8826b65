"""Parts that are added while reads lag: an apply right after one adds nothing twice, and none is lost."""

from __future__ import annotations

import pytest

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.storage.audit import AuditLog
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.faults.test_lag import SharedClock
from tests.kinds.strategies import SOON
from tests.support.census import documents
from tests.support.factories import stack
from tests.support.runs import Runner

PERIOD = f'from: "{SOON}T09:00:00", to: "{SOON}T17:00:00"'


def wanted_with(field: str = "", people: str = "ana, bo") -> Stack:
    """A schedule with shifts and a channel, with that field on top, whichever of them has it."""
    of_schedule = f", {field}" if field.startswith(("custom_shifts", "overrides")) else ""
    return stack(f"""
        owner: acme
        slack: {{workspace: T0SANDBOX}}
        people: {{ana: ana@acme.example, bo: bo@acme.example}}
        shift_schedules:
          n: {{name: Nights, time_zone: Etc/UTC, rotations: [{{events: [
            {{name: E, from: "2026-01-05T09:00:00", to: "2026-01-06T09:00:00", recurrence: FREQ=DAILY,
              people: [{people}], assign: everyone}}]}}]{of_schedule}}}
        channels: {{c: {{topic: t, {"" if of_schedule else field}}}}}
    """)


@pytest.fixture
def runner(tmp_path):
    """The objects have been there for a while, and from now on reads lag."""
    with Sandbox() as sandbox:
        runner = Runner(sandbox, audit=AuditLog(tmp_path / "audit.jsonl", {}), clock=SharedClock(sandbox))
        runner.seed(wanted_with())
        assert runner.apply(wanted_with()).complete
        sandbox.clock.advance(600)
        yield runner


def lag(runner: Runner, seconds: float) -> None:
    runner.sandbox.faults.add(Fault("lag", seconds=seconds, times=1_000_000))


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    ("field", "made"),
    [
        (f"custom_shifts: [{{{PERIOD}, who: bo}}]", "pagerduty.custom_shift"),
        ("connect: [ana@bank.example]", "slack.connect_invite"),
        (f"overrides: [{{{PERIOD}, who: bo, instead_of: ana}}]", "pagerduty.override_shift"),
        ("pinned: Welcome", "slack.message"),
        ('bookmarks: {Wiki: "https://wiki.acme.example"}', "slack.bookmark"),
    ],
)
def test_part_is_not_added_twice(runner, field, made):
    lag(runner, 8)
    assert runner.apply(wanted_with(field)).complete
    before = sum(kind == made for kind, _ in documents(runner.sandbox))
    assert before
    began = runner.clock.time()
    runner.forget_calls()

    plan = runner.plan(wanted_with(field))

    assert plan.changes == ()
    assert sum(kind == made for kind, _ in documents(runner.sandbox)) == before
    assert runner.clock.time() - began <= 12
    assert runner.calls()["POST /conversations.listConnectInvites"] == (made == "slack.connect_invite")


@pytest.mark.slow_after(0)
@pytest.mark.parametrize("seconds", [1, 3, 8])
def test_override_that_somebody_made_moves_to_the_new_rotation(runner, seconds):
    people = {raw["email"]: raw["id"] for raw in runner.sandbox.store.all("pagerduty.user")}
    (old,) = runner.sandbox.store.all("pagerduty.schedule_rotation")
    (schedule,) = runner.sandbox.store.all("pagerduty.schedule_v3")
    override = {
        "type": "override_shift",
        "rotation_id": old["id"],
        "start_time": f"{SOON}T09:00:00Z",
        "end_time": f"{SOON}T17:00:00Z",
        "overridden_member": {"type": "user_member", "user_id": people["ana@acme.example"]},
        "overriding_member": {"type": "user_member", "user_id": people["bo@acme.example"]},
    }
    path = f"/v3/schedules/{schedule['id']}/overrides"
    runner.clients(wanted_with()).pagerduty.create(path, {"overrides": [override]})
    runner.sandbox.clock.advance(600)
    lag(runner, seconds)

    assert runner.apply(wanted_with(people="ana")).complete

    (new,) = runner.sandbox.store.all("pagerduty.schedule_rotation")
    (kept,) = runner.sandbox.store.all("pagerduty.override_shift")
    assert new["id"] != old["id"]
    assert kept["rotation_id"] == new["id"]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1, 3, 8])
def test_override_finds_the_shifts_that_the_same_run_makes(tmp_path, seconds):
    wanted = wanted_with(f"overrides: [{{{PERIOD}, who: bo, instead_of: ana}}]")
    with Sandbox() as sandbox:
        runner = Runner(sandbox, audit=AuditLog(tmp_path / "audit.jsonl", {}), clock=SharedClock(sandbox))
        runner.seed(wanted)
        lag(runner, seconds)

        report = runner.apply(wanted)

        assert report.complete, [str(result.error) for result in report.results if result.error]
