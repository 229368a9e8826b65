"""What is gone since it was listed is planned as if it had not been listed: its parts cannot be read."""

from __future__ import annotations

import re

import pytest

from pdslack_cli.errors import NotFoundError
from pdslack_cli.kinds import EXTENDED_NAMED
from pdslack_cli.sandbox.faults import Fault
from tests.support.census import documents

pytestmark = pytest.mark.slow

LISTS = r"^(/v3)?(/[a-z_]+)+$|^/(users\.conversations|conversations\.list|usergroups\.list)$"
NO_CALL_OF_ITS_OWN = {"automation_runner", "user_group", "workflow"}  # their parts come with their lists
MAY_BE_MISSING = "service_dependencies|enablements|cache_variables|values"  # of what is there, too


def shown(plan):
    return (
        [(change.ref, change.action, change.fields) for change in plan.changes],
        [problem.message for problem in plan.problems],
    )


def with_part_calls():
    return [kind for kind in EXTENDED_NAMED.values() if kind.parts and kind.name not in NO_CALL_OF_ITS_OWN]


@pytest.mark.parametrize("kind", with_part_calls(), ids=lambda kind: kind.name)
def test_what_lists_still_show_is_planned_as_not_listed(complete, kind):
    runner, wanted = complete
    listed = runner.read(wanted, runner.clients(wanted)).objects[kind.name]
    calls = [call for call in runner.sandbox.calls if not re.search(MAY_BE_MISSING, call.path)]
    asked = str([(call.path, call.sent) for call in calls])
    gone = [live.id for live in listed if live.id in asked and live.raw.get("is_member", True)]
    for stored, id_ in documents(runner.sandbox):
        if any(one in id_ for one in gone):
            runner.sandbox.store.delete(stored, id_)
    expected = shown(runner.plan(wanted))
    assert expected != ([], [])

    runner.sandbox.faults.add(Fault("lag", path=LISTS, seconds=60, times=1_000_000))

    assert shown(runner.plan(wanted)) == expected


def test_part_that_is_not_found_of_what_is_there_is_an_error(complete):
    runner, wanted = complete
    runner.sandbox.faults.add(Fault("404", path="^/teams/[^/]+/members$", times=1000))
    with pytest.raises(NotFoundError, match="team/payments: cannot read its members"):
        runner.plan(wanted)


def test_apply_right_after_a_destroy_that_lists_do_not_show_goes_on(complete):
    runner, wanted = complete
    runner.sandbox.faults.add(Fault("lag", path=LISTS, seconds=60, times=1_000_000))
    runner.destroy(wanted)

    runner.carry_out(runner.plan(wanted), wanted)

    runner.sandbox.faults.clear()
    restorable = "incident_type", "channel", "user_group"
    assert runner.apply(wanted, may_restore=restorable).complete
    assert runner.plan(wanted).changes == ()
