"""Schedules: what a file may say of layers, and what becomes of them in the sandbox's PagerDuty."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule
from pdslack_cli.render.plan.wording import change_lines
from tests.kinds.pagerduty.account import file

pytestmark = pytest.mark.slow_after(2)

PEOPLE = "people: {maya: maya@acme.example, tom: tom@acme.example, ines: ines@acme.example}\n"
WEEKLY = "{name: Weekly, start: 2026-01-05T09:00:00, rotate: 1 week, people: [maya, tom]}"
NIGHTS = "{name: Nights, start: 2026-01-05T20:00:00, rotate: 1 day, people: [ines]}"
HOLIDAY = "{name: Holiday, start: 2026-01-05T08:00:00, rotate: 1 day, people: [tom]}"


def schedule(*layers: str, fields: str = "time_zone: Europe/Berlin"):
    return file(PEOPLE, f"schedules: {{primary: {{{fields}, layers: [{', '.join(layers)}]}}}}")


def live(account):
    (found,) = account.pagerduty.list("/schedules", "schedules", **{"include[]": ["schedule_layers"]})
    return found


def layers(account):
    """Ids by name, the last one winning; those that have ended too."""
    return {layer["name"]: layer["id"] for layer in reversed(live(account)["schedule_layers"])}


def current(account):
    shown = reversed(live(account)["schedule_layers"])
    return [layer["name"] for layer in shown if layer["end"] is None]


def warnings(account, wanted):
    return account.warnings(account.plan(wanted))


@pytest.fixture
def people(account):
    account.seed(schedule())
    return account


# --- what a file may say -----------------------------------------------------------------------------

LAYER = {"start": "2026-01-05T09:00:00", "rotate": "1 week", "people": ["maya"]}


@pytest.mark.parametrize(
    ("name", "value", "message", "hint"),
    [
        pytest.param("start", "2026-01-05", "not a date and a time", "2026-01-05T00:00:00", id="no time"),
        pytest.param(
            "start", "2026-01-05T09:00:30", "in whole minutes", "write 2026-01-05T09:00:00", id="seconds"
        ),
        pytest.param("start", "2026-01-05T09:00:00Z", "not a date", "without an offset", id="offset"),
        pytest.param("start", "2026-02-30T09:00:00", "not in the calendar", "write it as", id="no such day"),
        pytest.param("start", "2026-03-29T02:30:00", "does not exist in Europe", "clocks go", id="gap"),
        pytest.param("end", "2026-01-05T09:00:00", "the layer ends at", "correct one", id="no time at all"),
        pytest.param("rotate", "90s", "not a multiple of 1m", "write 1m or 2m", id="half a minute"),
    ],
)
def test_a_layer_that_cannot_be_is_refused_with_a_remedy(name, value, message, hint):
    with pytest.raises(ValidationError) as caught:
        Schedule.model_validate({"time_zone": "Europe/Berlin", "layers": [{**LAYER, name: value}]})
    (detail,) = caught.value.errors()
    assert message in detail["msg"]
    assert hint in detail["ctx"]["hint"]


@pytest.mark.parametrize(
    ("window", "message", "hint"),
    [
        pytest.param("from: fri 17:00, to: 09:00", "only one of them names a day", "mon 09:00", id="half"),
        pytest.param(
            "days: mon, from: fri 17:00, to: mon 09:00",
            "`days` cannot be combined with",
            "take `days` out",
            id="both",
        ),
        pytest.param("from: mon 09:00, to: mon 09:00", "the whole week", "leave the", id="whole week"),
        pytest.param("days: [], from: 09:00, to: 17:00", "names no day", "write mon-fri", id="no day"),
        pytest.param("from: 9:00, to: 17:00", "'9:00' is not a time", 'write "09:00"', id="one digit"),
    ],
)
def test_hours_that_cannot_be_are_problems_with_a_remedy(window, message, hint):
    with pytest.raises(ConfigError) as caught:
        schedule(WEEKLY.replace("}", f", only: [{{{window}}}]}}"))
    (problem,) = caught.value.problems
    assert message in problem.message
    assert hint in problem.hint


def printed(*windows):
    spec = Schedule.model_validate({"time_zone": "Etc/UTC", "layers": [{**LAYER, "only": list(windows)}]})
    return spec.model_dump(mode="json", by_alias=True, exclude_unset=True)["layers"][0]["only"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(
            [
                {"days": "tue", "from": "09:00", "to": "17:00"},
                {"days": "mon", "from": "09:00", "to": "17:00"},
            ],
            [{"days": "mon,tue", "from": "09:00", "to": "17:00"}],
            id="days with the same hours are joined",
        ),
        pytest.param(
            [{"from": "fri 22:00", "to": "sat 06:00"}],
            [{"days": "fri", "from": "22:00", "to": "06:00"}],
            id="a span of a night is hours of its first day",
        ),
        pytest.param(
            [{"from": "17:00", "to": "09:00"}],
            [{"days": "all", "from": "17:00", "to": "09:00"}],
            id="without days it is every day",
        ),
        pytest.param(
            [{"from": "sun 12:00", "to": "tue 12:00"}],
            [{"from": "sun 12:00", "to": "tue 12:00"}],
            id="a span goes over the end of the week",
        ),
    ],
)
def test_hours_have_one_spelling(said, expected):
    assert printed(*said) == expected


# --- in PagerDuty ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_hours_become_daily_and_weekly_restrictions(people):
    only = (
        "only: [{from: '22:00', to: '06:00'}, {days: 'sat,sun', from: '09:00', to: '17:00'}, "
        "{from: fri 17:00, to: mon 09:00}]"
    )
    people.made(schedule(WEEKLY.replace("}", f", {only}}}")))
    (layer,) = live(people)["schedule_layers"]
    given = [tuple(restriction.values()) for restriction in layer["restrictions"]]
    assert sorted(given, key=str) == [
        ("daily_restriction", "22:00:00", 8 * 3600),
        ("weekly_restriction", "09:00:00", 8 * 3600, 6),
        ("weekly_restriction", "09:00:00", 8 * 3600, 7),
        ("weekly_restriction", "17:00:00", 64 * 3600, 5),
    ]


def test_turns_are_counted_from_the_start_in_the_file_though_the_layer_begins_now(people):
    people.made(schedule(WEEKLY))
    (layer,) = live(people)["schedule_layers"]
    assert layer["rotation_virtual_start"] == "2026-01-05T09:00:00+01:00"
    assert layer["start"] > "2026-01-06"


def test_a_handoff_of_its_own_counts_instead(people):
    people.made(schedule(WEEKLY.replace("}", ", handoff: 2025-12-31T12:00:00}")))
    (layer,) = live(people)["schedule_layers"]
    assert layer["rotation_virtual_start"] == "2025-12-31T12:00:00+01:00"


@pytest.mark.slow
def test_a_layer_that_is_taken_out_ends_and_stays_as_history(people):
    people.made(schedule(WEEKLY, NIGHTS))
    before = layers(people)
    people.made(schedule(NIGHTS))
    assert current(people) == ["Nights"]
    assert layers(people) == before


def test_a_renamed_layer_in_the_same_place_is_the_same_layer(people):
    people.made(schedule(WEEKLY, NIGHTS))
    id_ = layers(people)["Weekly"]
    people.made(schedule(WEEKLY.replace("Weekly", "Days"), NIGHTS))
    assert layers(people)["Days"] == id_


@pytest.mark.slow
def test_a_layer_put_between_others_wins_over_those_before_it_only(people):
    people.made(schedule(WEEKLY, NIGHTS))
    kept = layers(people)["Weekly"]
    people.made(schedule(WEEKLY, HOLIDAY, NIGHTS))
    assert current(people) == ["Weekly", "Holiday", "Nights"]
    assert layers(people)["Weekly"] == kept


@pytest.mark.slow
def test_layers_can_change_places(people):
    people.made(schedule(WEEKLY, NIGHTS))
    people.made(schedule(NIGHTS, WEEKLY))
    assert current(people) == ["Nights", "Weekly"]


def test_a_layer_that_has_ended_may_stay_in_the_file(people):
    over = (
        "{name: Summer, start: 2024-06-01T00:00:00, end: 2024-09-01T00:00:00, rotate: 1 week, people: [tom]}"
    )
    people.made(schedule(over, WEEKLY))
    assert current(people) == ["Weekly"]


def test_an_end_is_taken_back(people):
    people.made(schedule(WEEKLY.replace("}", ", end: 2040-01-01T00:00:00}")))
    people.made(schedule(WEEKLY))
    assert current(people) == ["Weekly"]


def test_another_zone_moves_the_wall_clocks_of_the_layers_with_it(people):
    people.made(schedule(WEEKLY))
    people.made(schedule(WEEKLY, fields="time_zone: America/New_York"))
    (layer,) = live(people)["schedule_layers"]
    assert layer["rotation_virtual_start"] == "2026-01-05T09:00:00-05:00"


def test_reading_all_schedules_costs_one_list(people):
    people.made(schedule(WEEKLY))
    people.forget_calls()
    people.plan(schedule(WEEKLY))
    assert {call: count for call, count in people.calls().items() if "schedules" in call} == {
        "GET /schedules": 1
    }


WAS = "maya, tom (turns of 1w from 2026-01-05 09:00 CET)"
OTHERWISE = f"layer 'Weekly' will restart its rotation, which may change who is on call now: {WAS} → "


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(
            [WEEKLY.replace("[maya, tom]", "[tom, maya]")],
            [OTHERWISE + "tom, maya (turns of 1w from 2026-01-05 09:00 CET)"],
            id="order",
        ),
        pytest.param(
            [WEEKLY.replace("09:00", "10:00")],
            [OTHERWISE + "maya, tom (turns of 1w from 2026-01-05 10:00 CET)"],
            id="start",
        ),
        pytest.param(
            [WEEKLY.replace("1 week", "2d")],
            [OTHERWISE + "maya, tom (turns of 2d from 2026-01-05 09:00 CET)"],
            id="length of turns",
        ),
        pytest.param(
            [WEEKLY, NIGHTS],
            ["layer 'Nights' is new: ines (turns of 1d from 2026-01-05 20:00 CET)"],
            id="new",
        ),
        pytest.param(
            [WEEKLY.replace("}", ", only: [{days: mon-fri, from: 09:00, to: 17:00}]}")],
            [
                "layer 'Weekly' applies in other hours, which may change who is on call now: "
                "always → mon-fri 09:00 to 17:00"
            ],
            id="hours",
        ),
        pytest.param(
            [WEEKLY.replace("}", ", end: 2040-01-02T09:00:00}")],
            ["layer 'Weekly' ends at another time: never → 2040-01-02 09:00 CET"],
            id="end",
        ),
        pytest.param([WEEKLY.replace("Weekly", "Days")], [], id="name alone"),
    ],
)
def test_a_plan_warns_where_turns_change(people, wanted, expected):
    people.made(schedule(WEEKLY))
    assert warnings(people, schedule(*wanted)) == expected


def test_a_plan_warns_where_the_time_zone_changes(people):
    people.made(schedule(WEEKLY))
    zone, layer = warnings(people, schedule(WEEKLY, fields="time_zone: America/New_York"))
    assert zone.endswith("when turns and hours begin: Europe/Berlin → America/New_York")
    assert layer.startswith("layer 'Weekly' will restart its rotation")


@pytest.mark.slow
def test_a_moved_layer_shows_the_start_that_the_file_says(people):
    people.made(schedule(WEEKLY))
    (change,) = people.plan(schedule(WEEKLY.replace("09:00:00", "10:00:00"))).changes
    assert [line.text for line in change_lines(change) if line.symbol == "~"] == [
        "layers:",
        "Weekly:",
        "start: 2026-01-05T09:00:00 -> 2026-01-05T10:00:00",
    ]


def test_a_changed_time_zone_shows_that_the_layers_mean_other_moments(people):
    people.made(schedule(WEEKLY))
    (change,) = people.plan(schedule(WEEKLY, fields="time_zone: America/New_York")).changes
    assert [line.text for line in change_lines(change) if line.symbol == "~"] == [
        "time_zone: Europe/Berlin -> America/New_York",
        "layers: the same text, which now has a different meaning",
    ]


def test_a_plan_warns_where_a_layer_ends(people):
    people.made(schedule(WEEKLY, HOLIDAY))
    (warning,) = warnings(people, schedule(WEEKLY))
    assert warning == "layer 'Holiday' ends now: tom (turns of 1d from 2026-01-05 08:00 CET)"


def test_a_plan_warns_where_layers_change_places(people):
    people.made(schedule(WEEKLY, NIGHTS))
    (warning,) = warnings(people, schedule(NIGHTS, WEEKLY))
    assert warning.startswith("layers change places")
