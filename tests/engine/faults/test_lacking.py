"""What an account's plan lacks, or a vendor does not find, of an object is told of its entry and field."""

from __future__ import annotations

import re

import pytest

from pdslack_cli.errors import ApiError, ProblemsError
from pdslack_cli.kinds import kind_of
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.faults.test_fault_worlds import IDS
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow

# So PagerDuty answers where the other end is gone, and for a schedule with shifts or a template that is gone.
GONE = r"^\^/\[\^/\]\+/schedules/\[\^/\]\+\$$|^\^/templates/"
FOR_NOTHING = ("404", rf"/service_dependencies/|{GONE}")
PARTS_OF_SLACK = {"bookmarks.list", "canvases.sections.lookup", "conversations.members", "pins.list"}


def refusals(runner, wanted, status):
    """What comes of each read of one object that gets that answer: an error, or None for the same plan."""
    assert runner.plan(wanted).changes == ()
    reads = {
        f"^{re.sub(IDS, '[^/]+', call.path)}$"
        for call in runner.sandbox.calls
        if re.search(IDS, call.path) or call.path.strip("/") in PARTS_OF_SLACK
    }
    for path in sorted(path for path in reads if not re.search("v3/schedules/[^/]+$", path)):
        runner.sandbox.faults.add(Fault(status, path=path, times=1000))
        try:
            plan = runner.plan(wanted)
        except (ApiError, ProblemsError) as error:
            yield path, error
        else:
            assert plan.changes == () or (status == FOR_NOTHING[0] and re.search(FOR_NOTHING[1], path)), path
            yield path, None
        runner.sandbox.faults.clear()


@pytest.mark.parametrize("status", ["402", "410"])
def test_what_the_account_lacks_is_told_at_its_field_and_never_taken_for_nothing(complete, status):
    runner, wanted = complete
    told = 0
    for path, error in refusals(runner, wanted, status):
        for problem in error.problems if error else ():
            ref = next(
                (ref for ref in wanted.wanted | wanted.extended if problem.message.startswith(f"{ref}:")),
                None,
            )
            if ref is None:  # a list that has an object in its path
                continue
            fields = problem.message.partition("plan has no ")[2].partition(":")[0].split(", ")
            assert set(fields) <= kind_of(ref).part_fields, path
            assert problem.location == wanted.field_location(ref, fields[0]), path
            told += 1
    assert told > 15


@pytest.mark.parametrize("status", ["403", "404"])
def test_what_is_refused_is_told_of_its_entry_and_never_taken_for_nothing(complete, status):
    runner, wanted = complete
    told = 0
    for path, error in refusals(runner, wanted, status):
        if error is not None and "cannot read its" in str(error):
            assert any(str(error).startswith(f"{ref}: ") for ref in wanted.wanted | wanted.extended), path
            told += 1
    assert told > 15


HEAD = "owner: acme\npeople: {ana: ana@acme.example}\n"
POLICY = "escalation_policies: {p: {levels: [{notify: [person/ana], escalate_after: 5m}]}}\n"
FIELD = "service_custom_fields: {tier: {}}\n"


@pytest.mark.parametrize(
    ("path", "nothing", "something"),
    [
        ("enablements", "aiops: false", "aiops: true"),
        ("cache_variables", "cache_variables: {}", "cache_variables: {last: {recent: event.source}}"),
        ("values", "custom_fields: {tier: null}", "custom_fields: {tier: gold}"),
        ("alert_grouping", "alert_grouping: null", "alert_grouping: {by: time}"),
    ],
)
def test_nothing_is_wanted_of_what_the_account_lacks(path, nothing, something):
    def saying(field):
        return stack(HEAD + POLICY + FIELD + f"services: {{api: {{escalation_policy: p, {field}}}}}\n")

    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(saying(nothing))
        assert runner.apply(saying("urgency: high")).complete
        sandbox.faults.add(Fault("402", path=path, times=1000))
        assert runner.plan(saying(nothing)).changes == ()
        with pytest.raises(ProblemsError, match="service/api: this account's plan has no "):
            runner.plan(saying(something))


def test_listed_schedule_with_shifts_is_asked_for_twice_before_it_counts_as_gone():
    person = "owner: acme\npeople: {ana: ana@acme.example}\n"
    span = "from: '2026-01-05T09:00:00', to: '2026-01-05T17:00:00', recurrence: FREQ=DAILY"
    rotations = f"rotations: [{{events: [{{name: Day, {span}, people: [ana]}}]}}]"
    wanted = stack(person + f"shift_schedules: {{s: {{time_zone: Etc/UTC, {rotations}}}}}\n")
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        assert runner.apply(wanted).complete
        path = "^/v3/schedules/[^/]+$"
        sandbox.faults.add(Fault("404", path=path, times=1))
        assert runner.plan(wanted).changes == ()
        sandbox.faults.add(Fault("404", path=path, times=1000))
        assert [str(change.ref) for change in runner.plan(wanted).changes] == ["shift_schedule/s"]
        # One that is nobody's business may go while it is read.
        others = stack(person + f"shift_schedules: {{other: {{time_zone: Etc/UTC, {rotations}}}}}\n")
        assert [str(change.ref) for change in runner.plan(others).changes] == ["shift_schedule/other"]
