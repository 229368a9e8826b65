"""Maintenance windows: what is written reads back, what is over is left alone, what repeats is made ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.cli.views.view import valid_sentence
from pdslack_cli.engine.change import Action
from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds.pagerduty.maintenance_window import MaintenanceWindow, MaintenanceWindows
from pdslack_cli.sandbox.server import Sandbox
from tests.export.exports import exported
from tests.kinds.strategies import SERVICES, few, id_index, texts
from tests.support.factories import stack
from tests.support.runs import Runner

KIND = MaintenanceWindows()
NOW = datetime.now(UTC)

maintenance_windows = st.fixed_dictionaries(
    {
        "from": st.sampled_from(["2020-01-06T09:00:00Z", "2040-01-02T09:00:00+05:30"]),
        "to": st.sampled_from(["2060-01-06T09:00:00Z", "2050-01-02T09:00:00-03:00"]),
        "services": few(SERVICES, least=1),
    },
    optional={"description": texts},
)

HEAD = """\
owner: acme
people: {ana: ana@acme.example}
escalation_policies: {p: {levels: [{notify: [person/ana]}]}}
services: {api: {escalation_policy: p}, web: {escalation_policy: p}}
maintenance_windows:
"""


@given(maintenance_windows, maintenance_windows)
def test_a_written_window_reads_back_as_the_file_says(there, wanted):
    known, spec = id_index(), MaintenanceWindow.model_validate(wanted)
    blank = {"id": "PWINDOW", "description": None}
    before = KIND.live(blank | KIND.encode(MaintenanceWindow.model_validate(there), known, None))
    after = spec.merged_onto(KIND.decode(before, known), NOW)

    live = KIND.live(before.raw | KIND.encode(after, known, before))

    assert KIND.decode(live, known) == after


def windows(entries: str):
    return stack(f"{HEAD}{entries or '  {}'}\n")


def on(days: int) -> str:
    return f"{date.today() + timedelta(days=days):%Y-%m-%d}"


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(windows(""))
        yield runner


@pytest.mark.slow
def test_an_ongoing_window_keeps_the_start_that_pagerduty_gave_it_and_ends_by_its_removal(runner):
    entry = f"  now: {{from: '{on(-1)}T00:00:00Z', to: '{on(2)}T00:00:00Z', services: [api]}}"
    assert runner.apply(windows(entry)).complete
    assert runner.plan(windows(entry)).changes == ()
    (change,) = runner.plan(windows("")).changes
    assert change.action is Action.DELETE
    assert runner.apply(windows("")).complete
    (kept,) = runner.sandbox.store.all("pagerduty.maintenance_window")
    assert datetime.fromisoformat(kept["end_time"]) < NOW + timedelta(hours=12)
    assert runner.plan(windows("")).changes == ()


def test_a_window_that_is_over_is_left_alone(runner):
    over = f"  over: {{from: '{on(-9)}T00:00:00Z', to: '{on(-8)}T00:00:00Z', services: [api]}}"
    runner.apply(windows(""))
    plan = runner.plan(windows(over))
    assert plan.changes == ()
    note = "maintenance_window/over is over: nothing is created; remove it from the file"
    assert note in plan.notices
    assert ": 3 objects " in valid_sentence(windows(over))


def test_an_end_that_is_over_is_refused_for_a_window_that_lasts(runner):
    entry = "  now: {{from: '{}T00:00:00Z', to: '{}T00:00:00Z', services: [api]}}"
    runner.apply(windows(entry.format(on(-9), on(2))))
    (problem,) = runner.plan(windows(entry.format(on(-9), on(-8)))).problems
    assert "remove its entry to end the window now" in problem.message


def weekly() -> str:
    return (
        f"  weekly: {{time_zone: Europe/Berlin, from: '{on(-7)}T03:00:00', to: '{on(-7)}T04:00:00',"
        f" services: [api], repeat: {{every: 1 week, until: '{on(300)}T00:00:00'}}}}"
    )


@pytest.mark.slow
def test_a_window_that_repeats_is_made_five_weeks_ahead_at_the_same_wall_clock(runner):
    entry = weekly()
    report = runner.apply(windows(entry))
    made = [result.ref.key for result in report.results if result.ref.kind == KIND.name]
    assert f": {len(report.results)} objects " in valid_sentence(windows(entry))
    assert 4 <= len(made) <= 6
    assert f"weekly/{on(7)}" in made
    assert runner.plan(windows(entry)).changes == ()
    removed = runner.plan(windows("")).changes
    assert {change.action for change in removed} == {Action.DELETE}
    assert len(removed) == len(made)


@pytest.mark.slow
def test_an_export_says_that_the_times_of_a_window_that_repeats_are_one_entry(runner):
    """Until when it repeats is nowhere in PagerDuty, so no export can write that entry."""
    runner.apply(windows(weekly()))
    entries = [entry for entry in exported(runner.sandbox).entries if entry.ref.kind == KIND.name]
    assert 4 <= len(entries) <= 6
    for entry in entries:
        assert entry.content["lookup"] is True
        (comment,) = entry.comments
        assert comment == (
            "it is one of the times of the entry `weekly`, whose `repeat` PagerDuty does not keep: "
            "write that entry again, with the same key, in place of its times"
        )


def test_the_same_wall_clock_across_a_change_of_clocks():
    spec = MaintenanceWindow.model_validate({
        "time_zone": "Europe/Berlin", "from": "2090-03-20T03:00:00", "to": "2090-03-20T04:00:00",
        "services": ["api"], "repeat": {"every": "1 week", "until": "2090-03-30T00:00:00"},
    })  # fmt: skip
    begins = {ref.key: each.from_.hour for ref, each in KIND.entries("one", spec)}
    assert begins == {"one/2090-03-20": 2, "one/2090-03-27": 1}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("from: 2090-01-05T09:00:00, to: 2090-01-05T10:00:00Z", "has no time zone"),
        ("from: 2090-01-05T09:00:00Z, to: 2090-01-05T09:00:00Z", "before it begins"),
        ("from: 5pm, to: 2090-01-05T09:00:00Z", "is not a date and a time"),
        (
            "from: 2090-01-05T09:00:00Z, to: 2090-01-08T09:00:00Z,"
            " repeat: {every: 1d, until: 2090-02-01T00:00:00Z}",
            "lasts longer than",
        ),
        (
            "from: 2090-01-05T09:00:00Z, to: 2090-01-05T10:00:00Z,"
            " repeat: {every: 1d, until: 2099-02-01T00:00:00Z}",
            "repeats more than",
        ),
    ],
)
def test_times_that_cannot_be_are_refused(entry, message):
    with pytest.raises(ConfigError, match=message):
        windows(f"  one: {{{entry}, services: [api]}}")
