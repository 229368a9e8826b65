"""Who is on call before and after a plan, and whom it can touch, in every format."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pdslack_cli.analysis.needs import needs
from pdslack_cli.config.load import load
from pdslack_cli.sandbox.faults import Fault

STACK = """
owner: acme
people: {{ada: ada@acme.example, bo: bo@acme.example, cy: cy@acme.example}}
teams: {{web: {{name: Web, members: {{responder: [ada]}}}}}}
schedules:
  primary:
    time_zone: Europe/Berlin
    layers: [{{name: Weekly, start: 2026-01-05T09:00:00, rotate: 1 week, people: {people}{only}}}]
escalation_policies:
  web: {{levels: [{{notify: [schedule/primary]}}{level}]}}
services:
  shop: {{escalation_policy: web}}
routing:
  main:
    routes: [{{if: event.source matches 'shop', to: shop}}]
    rules: [{{label: All, then: {{severity: {severity}}}}}]
    otherwise: unrouted
"""


def written(people: str = "[ada]", only: str = "", level: str = "", severity: str = "critical") -> str:
    return STACK.format(people=people, only=only, level=level, severity=severity)


def on_call(cli) -> dict:
    return {
        (one["address"], one["level"]): one
        for one in cli("plan", "--sandbox", "--format", "json").json["on_call"]
    }


@pytest.mark.slow
def test_a_plan_shows_who_is_on_call_before_and_after(cli):
    cli.write(written())
    first = cli("plan", "--sandbox", "--format", "json").json["on_call"]
    assert [(one["address"], one["created"], one["now"]) for one in first] == [
        ("schedule/primary", True, {"before": [], "after": ["ada"]}),
        ("escalation_policy/web", True, {"before": [], "after": ["ada"]}),
    ]
    cli("apply", "--sandbox", "--yes")
    assert cli("plan", "--sandbox", "--format", "json").json["on_call"] == []

    cli.write(written("[bo]"))
    (one,) = on_call(cli).values()
    assert one["now"] == {"before": ["ada"], "after": ["bo"]}
    assert one["changes_now"]
    assert one["source"] == "PagerDuty's preview"
    assert one["notes"] == [] == one["gaps"]
    (handover,) = one["handovers"]
    assert (handover["before"], handover["after"]) == (["ada"], ["bo"])
    said = "the person on call at this moment changes in schedule/primary: ada -> bo"
    assert f"ON CALL: {said}" in cli("plan", "--sandbox").out
    assert f"ON CALL: {said}" in cli("plan", "--sandbox", "--format", "markdown").out


@pytest.mark.slow
def test_a_gap_that_opens_is_loud_and_has_its_hours(cli):
    cli.write(written())
    cli("apply", "--sandbox", "--yes")
    cli.write(written(only=", only: [{days: all, from: '01:00', to: '00:00'}]"))
    one = on_call(cli)["schedule/primary", None]
    assert {(gap["before"][0], *gap["after"]) for gap in one["gaps"]} == {("ada",)}
    assert 13 <= len(one["gaps"]) <= 15
    out = cli("plan", "--sandbox").out
    assert re.search(r"ON CALL: a gap opens in schedule/primary: nobody is on call from \w{3} \S+ \d\d:", out)


@pytest.mark.slow
def test_a_level_is_compared_with_the_schedules_that_it_notifies(cli):
    cli.write(written())
    cli("apply", "--sandbox", "--yes")
    cli.write(written(level=", {notify: [person/cy, schedule/primary]}"))
    (one,) = on_call(cli).values()
    assert (one["address"], one["level"]) == ("escalation_policy/web", 2)
    assert (one["now"]["before"], set(one["now"]["after"])) == ([], {"ada", "cy"})
    cli.write(written("[ada, bo]"))
    cli("apply", "--sandbox", "--yes")
    cli.write(written("[ada, bo]").replace("[schedule/primary]", "[schedule/primary, person/bo]"))
    assert "(Europe/Berlin): ada -> " in cli("plan", "--sandbox").out  # the zone of the schedule


@pytest.mark.slow
def test_a_touched_level_whose_people_stay_says_so(cli):
    cli.write(written())
    cli("apply", "--sandbox", "--yes")
    cli.write(
        written().replace("{notify: [schedule/primary]", "{escalate_after: 47m, notify: [schedule/primary]")
    )
    (one,) = on_call(cli).values()
    assert (one["level"], one["now"], one["handovers"]) == (1, {"before": ["ada"], "after": ["ada"]}, [])
    shown = "escalation_policy/web level 1: ada is on call now and after the apply\n      no handover changes"
    assert shown in cli("plan", "--sandbox").out


@pytest.mark.slow
def test_services_that_move_to_another_policy_show_who_is_on_call_for_them(cli):
    stack = written().replace("services:\n", "services:\n  cart: {escalation_policy: web}\n")
    cli.write(stack)
    cli("apply", "--sandbox", "--yes")
    levels = "[{notify: [person/ada]}, {notify: [person/bo], escalate_after: 30m}]"
    both = stack.replace("escalation_policies:\n", f"escalation_policies:\n  other: {{levels: {levels}}}\n")
    cli.write(both.replace("{escalation_policy: web}", "{escalation_policy: other}"))
    out = cli("plan", "--sandbox").out
    assert "gap" not in out
    assert "service/cart level 1: ada is on call now and after the apply\n      no handover changes\n" in out
    assert "service/cart level 2: nobody is on call now, bo after the apply" in out
    assert out.count("Note: the same for service/shop") == 2
    cli("apply", "--sandbox", "--yes")

    cli.write(both)
    found = on_call(cli)
    assert set(found) == {("service/cart", 1), ("service/cart", 2)}
    assert found["service/cart", 2]["now"] == {"before": ["bo"], "after": []}
    said = "ON CALL: the person on call at this moment changes in service/cart level 2: bo -> nobody"
    assert said in cli("plan", "--sandbox").out


@pytest.mark.slow
def test_nobody_is_said_to_be_on_call_by_a_policy_with_a_problem(cli):
    cli.write(written())
    cli("apply", "--sandbox", "--yes")
    cli.write(written().replace("owner: acme", "owner: other"))
    cli("adopt", "escalation_policy/web", "--from", "acme", "--sandbox", "--yes")
    cli.write(written())

    plan = cli("plan", "--sandbox", "--format", "json", code=1).json

    assert [change["address"] for change in plan["resource_changes"]] == ["service/shop"]
    assert plan["on_call"] == []


@pytest.mark.slow
def test_the_head_of_a_plan_says_whom_it_can_touch(cli):
    cli.write(written())
    cli("apply", "--sandbox", "--yes")
    cli.write(written(people="[bo]"))
    plan = cli("plan", "--sandbox", "--format", "json").json
    assert plan["impact"] == {"services": ["shop"], "teams": [], "people": ["ada", "bo"]}
    assert "This plan can touch 1 service (shop) and 2 people (ada, bo)." in cli("plan", "--sandbox").out
    cli.write(written(severity="warning"))
    assert cli("plan", "--sandbox", "--format", "json").json["impact"]["services"] == ["shop"]


ACTIONS = """
automation_runners: {{west: {{description: {runner}}}}}
automation_actions: {{restart: {{script: {script}, runner: west}}}}
services:
  shop: {{escalation_policy: web, rules: [{{label: Down, then: {{run: restart}}}}]}}
  mail: {{escalation_policy: web, automation_actions: [restart]}}
"""


@pytest.mark.slow
@pytest.mark.parametrize("change", [{"script": "b"}, {"runner": "b"}])
def test_the_services_that_run_what_changes_can_be_touched(cli, change):
    def stack(**words: str) -> str:
        return written().replace("services:\n  shop: {escalation_policy: web}\n", "") + ACTIONS.format(
            **{"runner": "a", "script": "a", **words}
        )

    cli.write(stack())
    cli("apply", "--sandbox", "--yes")
    cli.write(stack(**change))
    assert cli("plan", "--sandbox", "--format", "json").json["impact"]["services"] == ["mail", "shop"]


@pytest.mark.slow
def test_only_a_touched_schedule_costs_calls(cli):
    def calls() -> int:
        return cli("plan", "--sandbox", "--format", "json").json["api_calls"]

    cli.write(written())
    cli("apply", "--sandbox", "--yes")
    unchanged = calls()
    cli.write(written(severity="warning"))
    assert calls() == unchanged
    cli.write(written("[bo]"))
    assert calls() == unchanged + 2
    cli.write(written(level=", {notify: [person/cy]}"))
    assert calls() == unchanged + 1


@pytest.mark.slow
def test_a_difference_to_what_pagerduty_says_is_told(cli, accounts):
    """Its answer about the schedule is older than its list, and it previews nothing."""
    cli.write(written())
    accounts.sandbox.seed(needs(load([cli.folder], {})))
    cli("apply", "--yes")
    cli.write(written("[bo]"))
    cli("apply", "--yes")
    cli.write(written("[cy]"))
    accounts.sandbox.faults.add(Fault("stale", "pagerduty", "GET", "^/schedules/P"))
    accounts.sandbox.faults.add(Fault("403", "pagerduty", "POST", "^/schedules/preview"))

    (one,) = cli("plan", "--format", "json").json["on_call"]

    assert one["now"] == {"before": ["ada"], "after": ["cy"]}
    assert one["source"] == "calculated from the layers"
    differs, missing = one["notes"]
    assert re.match(r"PagerDuty says that ada is on call now from .* but by its layers it is bo: ", differs)
    assert missing.startswith("PagerDuty did not preview it (")


def test_what_pagerduty_begins_a_moment_later_opens_no_gap(cli, accounts):
    """It moves a start in the past to its present, which is later than the minute in which a plan begins."""
    cli.write(written())
    accounts.sandbox.seed(needs(load([cli.folder], {})))
    cli("apply", "--yes")
    clock = accounts.sandbox.clock
    clock.advance(timedelta(days=40, seconds=100 - clock.now().second).total_seconds())  # in mid-minute
    cli.write(written("[bo, ada]"))

    plan = cli("plan", "--format", "json").json["on_call"]

    (one,) = plan
    assert one["now"] == {"before": ["ada"], "after": ["ada"]}
    assert one["gaps"] == []
    assert all(handover["after"] for handover in one["handovers"])
    # By PagerDuty's clock, not ours.
    assert all(datetime.fromisoformat(handover["from"]) > clock.now() for handover in one["handovers"])


@pytest.mark.slow
def test_a_change_that_waits_moves_later_handovers_alone(cli):
    cli.write(written())
    cli("apply", "--sandbox", "--yes")
    moment = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%dT00:00}"
    cli.write(written("[bo]").replace("layers:", f"effective_from: {moment}\n    layers:"))
    (one,) = on_call(cli).values()
    assert (one["changes_now"], one["notes"], one["gaps"]) == (False, [], [])
    (handover,) = one["handovers"]
    assert (handover["before"], handover["after"]) == (["ada"], ["bo"])
    berlin = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    assert datetime.fromisoformat(handover["from"]) == berlin


SHIFTS = """
owner: acme
people: {{ada: ada@acme.example, bo: bo@acme.example}}
shift_schedules:
  nights:
    time_zone: Europe/Berlin
    rotations: [{{events: [{{name: Days, from: 2026-01-05T00:00:00, to: 2026-01-06T00:00:00,
      recurrence: "FREQ={often}", people: {people}}}]}}]
"""


@pytest.mark.slow
def test_a_change_of_shifts_shows_both_sides_and_says_what_it_cannot_calculate(cli):
    cli.write(SHIFTS.format(people="[ada]", often="DAILY"))
    (new,) = on_call(cli).values()
    assert new["now"] == {"before": [], "after": ["ada"]}
    cli("apply", "--sandbox", "--yes")

    cli.write(SHIFTS.format(people="[bo]", often="DAILY"))
    (one,) = on_call(cli).values()
    assert one["now"] == {"before": ["ada"], "after": ["bo"]}
    assert one["notes"] == []
    assert one["source"] == "calculated from the rotations"

    in_three_days = datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=3)
    cli.write(SHIFTS.format(people="[bo]", often=f"MONTHLY;BYMONTHDAY={in_three_days.day}"))
    (monthly,) = on_call(cli).values()
    assert monthly["notes"] == []
    assert [one["after"] for one in monthly["handovers"]] == [[], ["bo"], []]
    assert monthly["now"] == {"before": ["ada"], "after": []}

    cli.write(SHIFTS.format(people="[bo]", often="MINUTELY"))
    (unclear,) = on_call(cli).values()
    assert unclear["notes"] == [
        "who is on call by its recurrences is known only after the apply, from PagerDuty"
    ]
    assert unclear["handovers"] == []


@pytest.mark.slow
def test_overrides_of_shifts_count_before_and_after_also_where_shifts_begin_anew(cli):
    today = datetime.now(UTC)
    begins, ends = (f"{today + timedelta(days=days):%Y-%m-%dT%H:00:00}" for days in (-1, 3))
    override = f"    overrides: [{{from: {begins}, to: {ends}, who: bo, instead_of: ada}}]\n"
    cli.write(SHIFTS.format(people="[ada]", often="DAILY"))
    cli("apply", "--sandbox", "--yes")

    cli.write(SHIFTS.format(people="[ada]", often="DAILY") + override)
    (one,) = on_call(cli).values()
    assert (one["now"], one["notes"]) == ({"before": ["ada"], "after": ["bo"]}, [])
    assert len(one["handovers"]) == 1
    cli("apply", "--sandbox", "--yes")

    cli.write(SHIFTS.format(people="[ada, ada]", often="DAILY"))
    (one,) = on_call(cli).values()
    assert (one["now"], one["handovers"]) == ({"before": ["bo"], "after": ["bo"]}, [])
    assert (
        "shift_schedule/nights: bo is on call now and after the apply\n      no handover changes"
        in cli("plan", "--sandbox").out
    )
    cli("apply", "--sandbox", "--yes")
    cli.write(SHIFTS.format(people="[bo, ada]", often="DAILY"))
    (one,) = on_call(cli).values()
    assert (one["now"], one["notes"]) == ({"before": ["bo"], "after": ["bo"]}, [])
