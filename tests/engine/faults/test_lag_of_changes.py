"""What an earlier run in this folder changed or deleted while reads lag: no plan is made from what was."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from itertools import zip_longest

import pytest
import yaml

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.apply import Report
from pdslack_cli.engine.change import Action, Plan
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.marking import plan_adopt, plan_release, plan_rotate
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.report import StepOutcome
from pdslack_cli.engine.storage.audit import AuditLog
from pdslack_cli.kinds import MANAGED
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.faults.test_fault_worlds import AFTER, BEFORE
from tests.engine.faults.test_gone import LISTS
from tests.engine.faults.test_lag import READS, Killed, LogOfKilledRun, SharedClock
from tests.kinds.examples import EXAMPLES
from tests.kinds.laws.test_every_kind import all_said, examples_of, in_two_worlds
from tests.support.census import census
from tests.support.factories import stack
from tests.support.runs import Runner

RENAMED = re.sub(r"name: (?!E,|L,|A,|F,)(\w+)", r"name: \1 two", BEFORE)
OTHERS = BEFORE.replace("owner: acme", "owner: zeta")
ALL = ["*/*"]
CHANNELS = r"^/(users\.conversations|conversations\.list)$"
RESTORABLE = ("incident_type", "channel", "user_group")


def applied(wanted: Stack, live: LiveState) -> Plan:
    return make_plan(wanted, live, may_restore=RESTORABLE)


def released(wanted: Stack, live: LiveState) -> Plan:
    return plan_release(wanted, live, ALL)


def adopted(wanted: Stack, live: LiveState) -> Plan:
    return plan_adopt(wanted, live, ALL, from_owner="acme")


def rotated(wanted: Stack, live: LiveState) -> Plan:
    return plan_rotate(wanted, live, ["webhook/*"])


Run = tuple[Callable[[Stack, LiveState], Plan], str]
RUNS: dict[str, list[Run]] = {
    "applied twice": [(applied, AFTER), (applied, AFTER)],
    "changed and taken back": [(applied, AFTER), (applied, BEFORE)],
    "renamed and taken back": [(applied, RENAMED), (applied, BEFORE)],
    "destroyed and applied": [(plan_destroy, BEFORE), (applied, BEFORE)],
    "destroyed twice and applied": [(plan_destroy, BEFORE), (plan_destroy, BEFORE), (applied, BEFORE)],
    "taken over": [(adopted, OTHERS), (applied, OTHERS)],
    "released and adopted": [(released, BEFORE), (adopted, BEFORE), (applied, BEFORE)],
    "rotated twice": [(rotated, BEFORE), (rotated, BEFORE), (applied, BEFORE)],
}  # fmt: skip


@pytest.fixture
def runner(tmp_path):
    with Sandbox() as sandbox:
        yield Runner(sandbox, audit=AuditLog(tmp_path / "audit.jsonl", {}), clock=SharedClock(sandbox))


def a_while_later(runner: Runner) -> None:
    """Nothing that was done before is recent."""
    runner.sandbox.clock.advance(600)
    runner.audit.path.unlink(missing_ok=True)


def lag(runner: Runner, seconds: float, path: str = "") -> None:
    runner.sandbox.faults.add(Fault("lag", seconds=seconds, path=path, times=1_000_000))


def complete(report: Report) -> None:
    assert report.complete, [str(result.error) for result in report.results if result.error]
    assert not [notice for notice in report.notices if "unexpected" in notice]  # each has its line in the log


def carried_out(runner: Runner, run: Run) -> list[tuple[str, Action, tuple[str, ...]]]:
    """Plan and do it; what was planned."""
    make, text = run
    wanted = stack(text)
    live = runner.read(wanted, runner.clients(wanted), everything=make is plan_destroy)
    plan = make(wanted, live)
    assert plan.problems == (), [problem.message for problem in plan.problems]
    complete(runner.carry_out(plan, wanted))
    return [(str(change.ref), change.action, change.fields) for change in plan.changes]


def test_what_lists_alone_still_show_after_its_deletion_is_looked_up_and_not_waited_for(runner):
    wanted = stack("owner: acme\nteams: {ops: {name: Ops}, all: {name: All}}")
    assert runner.apply(wanted).complete
    a_while_later(runner)
    assert runner.destroy(wanted).complete
    lag(runner, 60, LISTS)
    began = runner.clock.time()
    runner.forget_calls()

    plan = runner.plan(wanted)

    assert [change.action for change in plan.changes] == [Action.CREATE] * 2
    assert runner.clock.time() == began
    assert (
        sorted(call.status for call in runner.sandbox.calls if call.path.startswith("/teams/")) == [404] * 2
    )
    report = runner.carry_out(plan, wanted)  # which lists once more, and takes none of those
    assert report.complete
    assert report.notices == ()


def test_what_shows_at_once_costs_no_call_and_no_second(runner):
    wanted = stack("owner: acme\nteams: {ops: {name: Ops}}")
    assert runner.apply(wanted).complete
    a_while_later(runner)
    runner.forget_calls()
    assert not runner.plan(stack("owner: acme\nteams: {}")).problems
    expected, began = runner.calls(), runner.clock.time()
    assert runner.apply(stack("owner: acme\nteams: {ops: {name: Ops two}}")).complete
    assert runner.destroy(wanted).complete
    runner.forget_calls()

    assert [change.action for change in runner.plan(wanted).changes] == [Action.CREATE]
    assert runner.calls() == expected
    assert runner.clock.time() == began


def test_what_somebody_else_did_since_is_waited_for_ten_seconds_and_no_longer(runner):
    """They took back what this folder changed: it cannot be told from an answer that is late."""
    wanted = stack("owner: acme\nteams: {ops: {name: Ops}}")
    assert runner.apply(wanted).complete
    a_while_later(runner)
    start = runner.sandbox.snapshot()
    changed = stack("owner: acme\nteams: {ops: {name: Ops, description: On call}}")
    assert runner.apply(changed).complete
    runner.sandbox.restore(start)
    began = runner.clock.time()

    assert [change.fields for change in runner.plan(changed).changes] == [("description",)]
    assert runner.clock.time() - began == 10


TEAM = """
    owner: acme
    slack: {workspace: T0SANDBOX0}
    people: {maya: maya@acme.example, tom: tom@acme.example, ines: ines@acme.example}
    teams: {ops: {members: {manager: [maya, tom]}}}
    escalation_policies: {p: {team: ops, levels: [{notify: [person/tom]}]}}
    services:
      a: {name: A, escalation_policy: p, description: one}
      b: {name: B, escalation_policy: p, description: two}
    channels: {c: {members: [maya, tom]}}
"""


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        (TEAM.replace("manager: [maya, tom]", "manager: [maya]").replace("/tom", "/maya"), "/escalation_pol"),
        (
            TEAM.replace("A,", "X,").replace("B,", "A,").replace("X,", "B,").replace("one", "first"),
            "/services/",
        ),
    ],
    ids=["a removal after a failure", "a name set aside before one"],
)
def test_what_a_run_did_not_come_to_is_not_waited_for(runner, changed, refused):
    runner.seed(stack(TEAM))
    assert runner.apply(stack(TEAM)).complete
    a_while_later(runner)
    aside = refused == "/services/"  # the first write is the temporary name
    runner.sandbox.faults.add(Fault("403", method="PUT", path=refused, nth=1 + aside))
    outcomes = {result.outcome for result in runner.apply(stack(changed)).results}
    assert outcomes == {StepOutcome.DONE, StepOutcome.FAILED, StepOutcome.SKIPPED}
    began = runner.clock.time()

    assert len(runner.plan(stack(changed)).changes) == 2
    assert runner.clock.time() == began


def test_member_whom_the_file_stops_to_name_is_not_waited_for(runner):
    """Whom it does not name it does not see, in an answer of now as little as in one of before."""
    more = TEAM.replace("[maya, tom]}}\n", "[maya, tom, ines]}}\n")
    runner.seed(stack(more))
    assert runner.apply(stack(TEAM)).complete
    a_while_later(runner)
    assert [result.step.change.field_names for result in runner.apply(stack(more)).results] == [["members"]]
    began = runner.clock.time()

    assert runner.plan(stack(TEAM)).changes == ()
    assert runner.clock.time() == began
    lag(runner, 3)
    assert runner.plan(stack(more)).changes == ()


def test_stacks_of_several_owners_in_one_folder_wait_for_parts_of_their_own_alone(runner):
    """A key means another object in each; what was made in it shows only where that one is read."""

    def of(owner: str, bookmarks: str) -> Stack:
        runner.audit.owner = owner
        return stack(f"""
            owner: {owner}
            slack: {{workspace: T0SANDBOX0}}
            channels: {{incidents: {{name: "{owner}-incidents", bookmarks: {{{bookmarks}}}}}}}
        """)

    wiki, more = "Wiki: 'https://wiki.example'", "Runbook: 'https://runbook.example'"
    for owner in ("acme", "zeta"):
        runner.seed(of(owner, wiki))
        assert runner.apply(of(owner, wiki)).complete
    a_while_later(runner)
    assert runner.apply(of("acme", f"{wiki}, {more}")).complete
    began = runner.clock.time()

    assert runner.plan(of("zeta", wiki)).changes == ()
    assert runner.clock.time() == began
    lag(runner, 3)
    assert runner.plan(of("acme", f"{wiki}, {more}")).changes == ()
    assert runner.clock.time() > began


def test_template_that_is_gone_since_it_was_listed_ends_no_plan(runner):
    """Somebody elsewhere deleted it: the log of this folder knows nothing of it."""
    wanted = stack("owner: acme\nstatus_update_templates: {customers: {message: Down}}")
    assert runner.apply(wanted).complete
    a_while_later(runner)
    assert runner.destroy(wanted).complete
    a_while_later(runner)
    lag(runner, 900, LISTS)

    assert [change.action for change in runner.plan(wanted).changes] == [Action.CREATE]


@pytest.mark.slow
@pytest.mark.parametrize("runs", RUNS.values(), ids=RUNS)
def test_runs_within_the_lag_do_what_they_do_without_it(runner, runs):
    runner.seed(stack(BEFORE))
    runner.seed(stack(AFTER))
    assert runner.apply(stack(BEFORE)).complete
    a_while_later(runner)
    start, began = runner.sandbox.snapshot(), runner.clock.time()
    expected = [carried_out(runner, run) for run in runs]
    end = census(runner.sandbox)
    assert runner.clock.time() == began  # nothing is waited for where nothing lags

    for seconds, path in ((1, LISTS), (3, ""), (8, LISTS), (8, "")):
        runner.sandbox.restore(start)
        runner.sandbox.faults.clear()
        runner.audit.path.unlink()
        lag(runner, seconds, path)

        assert [carried_out(runner, run) for run in runs] == expected
        assert census(runner.sandbox) == end


@pytest.mark.slow
@in_two_worlds(MANAGED)
def test_every_field_that_is_taken_back_within_the_lag_is_seen(runner, kinds):
    entries = examples_of(kinds)
    runner.seed(all_said(entries))
    assert runner.apply(all_said(entries)).complete

    for changes in zip_longest(*(EXAMPLES[kind.name].changes.items() for kind in kinds)):
        a_while_later(runner)
        before, changed = entries, [pair for pair in zip(kinds, changes, strict=True) if pair[1]]
        new = {kind: {**before[kind], name: yaml.safe_load(value)} for kind, (name, value) in changed}
        entries = {**before, **new}
        lag(runner, 3)
        complete(runner.apply(all_said(entries)))
        again = runner.plan(all_said(entries))
        back = runner.plan(all_said(before))
        runner.sandbox.faults.clear()
        a_while_later(runner)

        assert again.changes == ()
        expected = runner.plan(all_said(before)).changes
        assert {(change.ref, change.fields) for change in back.changes} == {
            (change.ref, change.fields) for change in expected
        }


@pytest.mark.slow
def test_what_one_list_alone_does_not_show_yet_is_not_made_twice(runner):
    """By a run elsewhere, whose folder has no log: also not what joins something that was missed."""
    wanted, runner.audit = stack(BEFORE), None
    runner.seed(wanted)
    runner.forget_calls()
    assert runner.apply(wanted).complete
    made = census(runner.sandbox)
    calls = [call for call in runner.sandbox.calls if re.search(LISTS, call.path)]
    lists = {CHANNELS if "conversations" in call.path else f"^{call.path}$" for call in calls}
    missed = set()
    for path in sorted(lists):
        lag(runner, 600, path)
        plan = runner.plan(wanted)
        runner.sandbox.faults.clear()
        missed |= {change.ref.kind for change in plan.changes if change.action is Action.CREATE}
        if plan.problems:  # a field of an incident type that was missed cannot move to another
            continue

        complete(runner.carry_out(plan, wanted))

        # PagerDuty tells no time of triggers, so that either of two may count as the younger one.
        twice = census(runner.sandbox) - made
        assert twice.keys() <= {("pagerduty.workflow_trigger", "")}, path
        complete(runner.apply(wanted))
        assert census(runner.sandbox) == made, path
        assert runner.plan(wanted).changes == (), path
    assert missed >= {kind.name for kind in MANAGED}


@pytest.mark.slow
@pytest.mark.parametrize("run", [(plan_destroy, BEFORE), (applied, RENAMED)], ids=["destroy", "rename"])
def test_what_a_killed_run_changed_or_deleted_is_known_within_the_lag(runner, tmp_path, run):
    wanted, methods = stack(BEFORE), ("POST", "PUT", "DELETE")
    runner.seed(wanted)
    assert runner.apply(wanted).complete
    a_while_later(runner)
    start, made = runner.sandbox.snapshot(), census(runner.sandbox)
    runner.forget_calls()
    carried_out(runner, run)
    writes = sum(call.method in methods and not call.path.endswith(READS) for call in runner.sandbox.calls)
    assert writes > 10
    for number in range(1, writes + 1, 4):
        runner.sandbox.restore(start)
        runner.sandbox.faults.clear()
        path = tmp_path / f"audit-{number}.jsonl"
        runner.audit = LogOfKilledRun(path, number, *methods)
        with suppress(Killed):
            carried_out(runner, run)
        runner.audit = AuditLog(path, {})
        lag(runner, 8, LISTS)

        carried_out(runner, (applied, BEFORE))

        runner.sandbox.faults.clear()
        more = census(runner.sandbox) - made
        assert more.keys() <= {("pagerduty.override", "")}, number  # the sandbox keeps those of a schedule
        assert runner.plan(wanted).changes == (), number
