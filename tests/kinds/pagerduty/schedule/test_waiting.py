"""A change of layers that waits for `effective_from`: unnoticed before, and what the file says after."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.analysis.oncall.shifts import OnCallSpan, on_call_spans
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule
from pdslack_cli.model import Live
from tests.export.exports import exported, words
from tests.kinds.pagerduty.schedule.test_schedule_laws import KIND, NOW, held
from tests.kinds.strategies import id_index, schedules
from tests.support.factories import stack

DAY = timedelta(days=1)
SOON, LATER, AHEAD = NOW + 5 * DAY, NOW + 12 * DAY, NOW + 26 * DAY
BERLIN = SOON.astimezone(ZoneInfo("Europe/Berlin"))
berlin = schedules.map(lambda fields: fields | {"time_zone": "Europe/Berlin"})


def waiting(fields: dict, moment: datetime | None) -> Schedule:
    clock = moment and f"{moment.astimezone(ZoneInfo(fields['time_zone'])):%Y-%m-%dT%H:%M}"
    return Schedule.model_validate(fields | ({"effective_from": clock} if clock else {}))


def after(spec: Schedule, live: Live) -> Live:
    merged = spec.merged_onto(decoded(live), live.read_at)
    return held(merged.restricted_to(spec.managed), live)


def decoded(live: Live) -> Schedule:
    return KIND.decode(live, id_index())


def on_call(live: Live, since: datetime, until: datetime) -> list[OnCallSpan]:
    return on_call_spans(decoded(live), since, until)


@pytest.mark.slow
@given(berlin, berlin)
def test_nobody_notices_before_and_then_it_is_what_the_file_says(there, wanted):
    before = held(Schedule.model_validate(there), None)
    spec = waiting(wanted, SOON)
    changed = after(spec, before)
    assert on_call(changed, NOW, SOON) == on_call(before, NOW, SOON)
    at_once = after(waiting(wanted, None), replace(before, read_at=SOON))
    assert on_call(changed, SOON, AHEAD) == on_call(at_once, SOON, AHEAD)


@pytest.mark.slow
@given(berlin, berlin)
def test_nothing_is_left_to_do_before_and_after(there, wanted):
    spec = waiting(wanted, SOON)
    changed = after(spec, held(Schedule.model_validate(there), None))
    for now in (NOW, SOON - timedelta(minutes=1), SOON, SOON + DAY):
        live = decoded(replace(changed, read_at=now))
        assert spec.merged_onto(live, now).layers == live.layers


@pytest.mark.slow
@given(berlin, berlin, berlin, st.sampled_from([None, LATER, SOON - DAY]))
def test_a_change_that_waits_can_be_changed_moved_and_made_at_once(there, wanted, other, moment):
    before = held(Schedule.model_validate(there), None)
    first, spec = after(waiting(wanted, SOON), before), waiting(other, moment)
    begun = [layer for layer in decoded(first).layers if layer.start == SOON]
    # Without a layer that goes on with its turns, nothing tells these from starts and ends of their own.
    assume(first == before or any(layer.turns_from < layer.start for layer in begun))
    again = after(spec, first)
    assert on_call(again, NOW, AHEAD) == on_call(after(spec, before), NOW, AHEAD)


# --- in the sandbox ----------------------------------------------------------------------------------

KNOWN = "owner: acme\npeople: {ann: ann@acme.example, bo: bo@acme.example, cy: cy@acme.example}\n"


def schedule(people: str, moment: datetime | None = None, zone: str = "Europe/Berlin"):
    clock = moment and f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
    layer = f"{{name: Weekly, start: 2026-01-05T09:00:00, rotate: 1 week, people: {people}}}"
    since = f"effective_from: {clock}, " if clock else ""
    return stack(f"{KNOWN}schedules: {{primary: {{time_zone: {zone}, {since}layers: [{layer}]}}}}")


at = datetime.fromisoformat


def periods(account) -> list[tuple[str, int, bool]]:
    """The layers that have not ended: name, people, and whether they end."""
    (found,) = account.pagerduty.list("/schedules", "schedules", **{"include[]": ["schedule_layers"]})
    now = datetime.now(UTC)
    return [
        (layer["name"], len(layer["users"]), bool(layer["end"]))
        for layer in reversed(found["schedule_layers"])
        if not layer["end"] or at(layer["end"]) > max(now, at(layer["start"]))
    ]


@pytest.fixture
def people(account):
    account.seed(schedule("[ann, bo, cy]"))
    account.made(schedule("[ann, bo]"))
    return account


def test_a_change_waits_as_a_pair_of_layers(people):
    wanted = schedule("[ann, bo, cy]", SOON)
    (warning,) = people.warnings(people.plan(wanted))
    assert warning.startswith(
        f"layer 'Weekly' changes at {SOON.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m-%d}"
    )
    people.made(wanted)
    assert periods(people) == [("Weekly", 2, True), ("Weekly", 3, False)]
    people.made(schedule("[ann, bo, cy]", LATER))
    assert periods(people) == [("Weekly", 2, True), ("Weekly", 3, False)]
    people.made(schedule("[ann, bo]"))
    assert periods(people) == [("Weekly", 2, False)]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("moment", [None, SOON - timedelta(days=9)])
def test_a_change_that_waits_is_made_at_once(people, moment):
    people.made(schedule("[ann, bo, cy]", SOON))
    people.made(schedule("[ann, bo, cy]", moment))
    assert periods(people) == [("Weekly", 3, False)]


def test_a_new_schedule_has_nothing_to_wait_for(account):
    account.seed(schedule("[ann, bo, cy]"))
    account.made(schedule("[ann, bo]", SOON))
    assert periods(account) == [("Weekly", 2, False)]


def test_a_time_zone_cannot_wait(people):
    (problem,) = people.problems(schedule("[ann, bo, cy]", SOON, "America/New_York"))
    assert "its time zone would change at once" in problem


@pytest.mark.slow
def test_what_waits_is_exported_as_the_pair_that_it_is(people):
    people.made(schedule("[ann, bo, cy]", SOON))
    layers = words(exported(people.sandbox))["schedule/primary"]["layers"]
    assert [(layer["start"], "end" in layer) for layer in layers] == [
        ("2026-01-05T09:00:00", True),
        (f"{BERLIN:%Y-%m-%dT%H:%M:%S}", False),
    ]


def test_a_moment_that_is_over_can_leave_the_file():
    def said(moment: datetime) -> list[str]:
        return [problem.message for problem in lint_stack(schedule("[ann]", moment))]

    assert said(SOON) == []
    assert said(SOON - timedelta(days=9)) == [
        "schedule/primary: `effective_from` is over, and its layers count at once"
    ]
