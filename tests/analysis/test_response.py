"""Means, percentiles, downtime and cost of incidents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.analysis.response.figures import NO_TEAM, change, downtime, make_report, spread
from pdslack_cli.analysis.response.history import AnsweredIncident, History
from pdslack_cli.render.response.html import response_html
from pdslack_cli.render.response.words import duration, response_json, sparkline
from tests.conftest import examples

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
END = MONDAY + timedelta(days=14)


def incident(number: int, hours: float, took: int | None = 3600, **fields: object) -> AnsweredIncident:
    return AnsweredIncident(
        id=f"Q{number}",
        created_at=MONDAY + timedelta(hours=hours),
        service=str(fields.get("service", "api")),
        service_id=str(fields.get("service", "api")),
        seconds_to_resolve=took,
        **{name: value for name, value in fields.items() if name != "service"},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], (None, None, None)),
        ([60], (60, 60, 60)),
        ([0, 100], (50, 50, 90)),
        (range(101), (50, 50, 90)),
    ],
)
def test_a_spread(times, expected):
    assert tuple(vars(spread(times)).values()) == expected


@pytest.mark.parametrize(
    ("incidents", "hours"),
    [
        ([], 0),
        ([incident(1, 0)], 1),
        ([incident(1, 0), incident(2, 0.5)], 1.5),
        ([incident(1, 0), incident(2, 0.5, 60)], 1),
        ([incident(1, 0), incident(2, 0, service="web")], 2),
        ([incident(1, 0, urgency="low")], 0),
        ([incident(1, 14 * 24 - 2, None)], 2),
        ([incident(1, -1, 7200)], 1),
    ],
)
def test_downtime_of_a_service_counts_once(incidents, hours):
    assert downtime(incidents, MONDAY, END) == timedelta(hours=hours)


def test_a_report_by_service_team_week_and_on_both_sides_of_a_date():
    incidents = (
        incident(1, 0, 7200, teams=("payments",), seconds_to_acknowledge=600, interruptions=3, escalations=1),
        incident(2, 24, 3600, teams=("payments",), seconds_to_acknowledge=1200, interruptions=1),
        incident(3, 24 * 8, 600, service="web", seconds_to_acknowledge=60),
    )

    report = make_report(
        History(incidents, "analytics"), MONDAY, END, split=MONDAY + timedelta(days=7), cost_per_minute=10
    )

    assert list(report.services) == ["api", "web"]
    assert list(report.teams) == ["payments", NO_TEAM]
    assert {name: week.incidents for name, week in report.weeks.items()} == {"2026-W10": 2, "2026-W11": 1}
    assert (report.total.interruptions, report.total.escalations, report.total.cost) == (4, 1, 1900)
    assert report.before.acknowledge.mean == 900
    assert report.after.acknowledge.mean == 60
    shown = response_json(report)
    assert shown["change"]["mtta"] == pytest.approx(60 / 900 - 1)
    assert shown["weeks"][1]["downtime"] == 600
    assert shown["services"][0]["mttr"] == {"mean": 5400, "p50": 5400, "p90": 6840}


def test_the_page_escapes_what_others_named_and_loads_nothing():
    evil = "<script>alert(1)</script>"

    page = response_html(
        make_report(History((incident(1, 0, service=evil),), "incidents", evil), MONDAY, END)
    )

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page
    assert page.count("<svg") == 3


@examples(40)
@given(st.lists(st.tuples(st.floats(0, 300), st.none() | st.integers(0, 10**6)), max_size=8))
def test_weeks_add_up_to_the_whole(pairs):
    incidents = tuple(incident(number, *pair) for number, pair in enumerate(pairs))

    report = make_report(History(incidents, "analytics"), MONDAY, END, split=MONDAY + timedelta(days=5))

    for parts in (list(report.weeks.values()), [report.before, report.after]):
        assert sum(part.incidents for part in parts) == report.total.incidents
        assert sum((part.downtime for part in parts), timedelta(0)) == report.total.downtime


def test_words():
    assert [duration(value) for value in (None, 0, 59, 3600, 3661, 90_061)] == [
        "–", "0s", "59s", "1h", "1h 1m", "1d 1h",
    ]  # fmt: skip
    assert sparkline([None, 0, 4, 8]) == " ▁▅█"
    assert [change(0, 1), change(None, 1), change(10, 5)] == [None, None, -0.5]
