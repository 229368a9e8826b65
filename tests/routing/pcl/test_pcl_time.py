"""Dates and weekly windows: each case is a statement of orchestration.md 1.9."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pdslack_cli.routing.pcl.conditions import Verdict, parse
from pdslack_cli.routing.pcl.unverified import Unverified


def verdict(text: str, now: datetime) -> Verdict:
    return parse(text).evaluate({}, now)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        pytest.param(
            "now >= 2022-01-01 08:00:00 Etc/UTC", "2022-01-01T08:00:00", True, id="dates are instants"
        ),
        pytest.param(
            "now < 2022-01-01 08:00:00 Europe/Berlin", "2022-01-01T07:30:00", False, id="in their zone"
        ),
        pytest.param(
            "now > 2022-01-01 08:00:00 Etc/Utc", "2022-01-01T08:00:01", True, id="zone names in any case"
        ),
        pytest.param("now > 2022-01-01 08:00:00 UTC", "2022-01-01T08:00:01", True, id="links are zones too"),
        pytest.param(
            "now > 2022-01-01 00:00:00 UTC and now < 2022-01-02 00:00:00 UTC",
            "2022-01-01T12:00:00",
            True,
            id="a one-time window is two comparisons",
        ),
        pytest.param(
            "now in Wed 22:00:00 to 08:00:00 Etc/UTC", "2024-05-01T22:00:00", True, id="night, first end"
        ),
        pytest.param(
            "now in Wed 22:00:00 to 08:00:00 Etc/UTC", "2024-05-02T08:00:00", True, id="night, last end"
        ),
        pytest.param(
            "now in Wed 22:00:00 to 08:00:00 Etc/UTC", "2024-05-01T07:00:00", False, id="days are start days"
        ),
        pytest.param(
            "now in Sat,Sun 12:00:00 to 12:00:00 Africa/Cairo", "2024-01-06T10:00:00", True, id="24 h start"
        ),
        pytest.param(
            "now in Sat,Sun 12:00:00 to 12:00:00 Africa/Cairo", "2024-01-08T10:00:00", True, id="24 h end"
        ),
        pytest.param(
            "now in Sat,Sun 12:00:00 to 12:00:00 Africa/Cairo", "2024-01-08T10:00:01", False, id="24 h over"
        ),
        pytest.param(
            "now in Sun,Wed 09:00:00 to 17:00:00 Etc/UTC", "2024-05-01T17:00:00", True, id="ends are inside"
        ),
        pytest.param(
            "now in Sun,Wed 09:00:00 to 17:00:00 Etc/UTC", "2024-05-01T17:00:01", False, id="after the end"
        ),
        pytest.param(
            "now in Mon 09:00:00 to 17:00:00 Asia/Tokyo", "2024-04-29T00:00:00", True, id="the day is local"
        ),
        pytest.param(
            "now in Sun 02:10:00 to 02:50:00 America/New_York",
            "2022-03-13T07:20:00",
            False,
            id="a window inside the skipped hour never matches",
        ),
    ],
)
def test_time(text: str, now: str, expected: bool):
    assert verdict(text, at(now)).value is expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2021-11-07T05:00:00", False),
        ("2021-11-07T05:30:00", True),
        ("2021-11-07T06:00:00", False),
        ("2021-11-07T06:15:00", False),
        ("2021-11-07T06:30:00", True),
        ("2021-11-07T08:00:00", True),
        ("2021-11-07T08:15:00", True),  # 03:15:00, the end itself
        ("2021-11-07T08:30:00", False),
        ("2022-03-13T06:00:00", False),
        ("2022-03-13T06:30:00", True),
        ("2022-03-13T06:59:00", True),
        ("2022-03-13T07:00:00", True),
        ("2022-03-13T07:15:00", True),
        ("2022-03-13T07:30:00", False),
    ],
)
def test_window_follows_the_wall_clock_through_daylight_saving(now: str, expected: bool):
    assert verdict("now in Sun 01:30:00 to 03:15:00 America/New_York", at(now)).value is expected


@pytest.mark.parametrize(
    ("literal", "instant"),
    [
        pytest.param(
            "2021-11-07 01:30:00 America/New_York", "2021-11-07T05:30:00", id="repeated: the first pass"
        ),
        pytest.param(
            "2022-03-13 02:30:00 America/New_York", "2022-03-13T07:30:00", id="skipped: moved forward"
        ),
    ],
)
def test_date_in_a_clock_change(literal: str, instant: str):
    result = verdict(f"now == {literal}", at(instant))
    assert result.value
    assert result.unverified == (Unverified.CLOCK_CHANGE,)
