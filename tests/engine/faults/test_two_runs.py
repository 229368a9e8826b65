"""Two runs of one stack: neither makes what the other made already, and what slips through is settled."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.concurrent_creates import ConcurrentCreates, may_be_created_twice
from pdslack_cli.engine.report import StepOutcome
from pdslack_cli.engine.storage.audit import AuditLog
from pdslack_cli.engine.storage.lock import exclusive_run
from pdslack_cli.errors import PdslackError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.support.census import census
from tests.support.factories import stack
from tests.support.runs import Runner

FINTECH = Path(__file__).parents[3] / "examples" / "fintech"


@pytest.fixture(scope="module")
def fintech():
    return load([FINTECH], {})


@pytest.fixture
def runner(fintech):
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(fintech)
        yield runner


@pytest.fixture(scope="module")
def alone(fintech):
    """What one run leaves."""
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(fintech)
        assert runner.apply(fintech).complete
        return census(sandbox)


@pytest.mark.slow
def test_run_that_planned_before_another_began_makes_nothing_twice(runner, fintech, alone):
    first, second = runner.plan(fintech), runner.plan(fintech)

    assert runner.carry_out(first, fintech).complete
    report = runner.carry_out(second, fintech)

    assert [
        (result.ref, result.error) for result in report.results if result.outcome is not StepOutcome.DONE
    ] == []
    assert "service/payments-api: another run has just created it, and configures it" in report.notices
    assert census(runner.sandbox) == alone
    assert runner.plan(fintech).changes == ()


@pytest.mark.slow
def test_whatever_two_runs_at_the_same_moment_leave_is_settled_by_the_next(runner, fintech, alone, tmp_path):
    """The next run of each machine: what has no mark is removed by the one whose log says that it made it."""
    machines = [replace(runner, audit=AuditLog(tmp_path / f"audit-{number}.jsonl", {})) for number in (1, 2)]
    plans = [machine.plan(fintech) for machine in machines]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda machine, plan: machine.carry_out(plan, fintech), machines, plans))
    for machine in machines:
        assert machine.apply(fintech).complete

    assert census(runner.sandbox) == alone
    assert runner.plan(fintech).changes == ()


CONNECTED = """
    owner: acme
    slack: {workspace: T0SANDBOX}
    people: {maya: maya@acme.example}
    services: {api: {lookup: true}}
    channels: {c: {lookup: true}}
    notification_rules: {n: {from: service/api, to: c}}
"""


@pytest.mark.slow
def test_surplus_connection_is_removed_by_the_run_whose_log_says_that_it_made_it(tmp_path):
    wanted = stack(CONNECTED)
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        machines = [replace(runner, audit=AuditLog(tmp_path / f"{number}.jsonl", {})) for number in (1, 2)]
        plans = [machine.plan(wanted) for machine in machines]
        for machine, plan in zip(machines, plans, strict=True):
            sandbox.faults.add(Fault("lag", path="/connections$", seconds=600, times=2))
            assert machine.carry_out(plan, wanted).complete
        sandbox.faults.clear()
        first, second = sandbox.store.all("pagerduty.slack_connection")

        stranger = runner.plan(wanted)
        assert stranger.changes == ()
        assert "exists a second time" in stranger.notices[0]
        for machine in machines:
            assert machine.apply(wanted).complete

        (kept,) = sandbox.store.all("pagerduty.slack_connection")
        assert kept in (first, second)
        assert (runner.plan(wanted).changes, runner.plan(wanted).notices) == ((), ())


def test_run_waits_for_the_one_that_has_the_lock(tmp_path):
    waiting, order_of_ends = threading.Event(), []

    def second() -> None:
        with exclusive_run(tmp_path, waiting.set):
            order_of_ends.append("second")

    with exclusive_run(tmp_path, lambda: pytest.fail("the first run waits for nobody")):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(timeout=30)
        order_of_ends.append("first")
    thread.join(timeout=30)

    assert order_of_ends == ["first", "second"]


def test_lock_that_cannot_be_written_is_a_message(tmp_path):
    (tmp_path / ".pdslack").write_text("in the way")

    with pytest.raises(PdslackError, match="cannot write the lock"), exclusive_run(tmp_path, lambda: None):
        pass


def test_replacement_that_never_arrived_leaves_the_old_object_alone():
    text = """
        owner: acme
        webhooks: {sync: {url: "https://sync.acme.example", from: account, events: ["incident.*"]}}
    """
    wanted, moved = stack(text), stack(text.replace("sync.acme", "new.acme"))
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.apply(wanted)
        sandbox.faults.add(Fault("reset", provider="pagerduty", method="POST", path="webhook_subscriptions$"))

        report = runner.apply(moved)

        assert [result.outcome for result in report.results] == [StepOutcome.UNKNOWN, StepOutcome.SKIPPED]
        (webhook,) = sandbox.store.all("pagerduty.webhook_subscription")
        assert webhook["delivery_method"]["url"] == "https://sync.acme.example"

        assert runner.apply(moved).complete
        (webhook,) = sandbox.store.all("pagerduty.webhook_subscription")
        assert webhook["delivery_method"]["url"] == "https://new.acme.example"


SAME_MOMENT = """
    owner: acme
    slack: {workspace: T0SANDBOX}
    people: {maya: maya@acme.example}
    services: {api: {lookup: true}}
    channels: {c: {lookup: true}}
    teams: {ops: {name: Ops}}
    schedules:
      s: {time_zone: Etc/UTC, layers: [{start: "2026-01-05T09:00:00", rotate: 1 week, people: [maya]}]}
    escalation_policies: {p: {levels: [{notify: [person/maya], escalate_after: 10m}]}}
    notification_rules: {n: {from: service/api, to: c}}
    routing: {main: {name: Main}}
    webhooks: {sync: {url: "https://sync.acme.example", from: account, events: ["incident.*"]}}
    workflows: {w: {name: W}}
"""


def a_run(runner, plan, wanted, notices):
    clients = runner.clients(wanted)

    def notice(ref, text):
        notices.append(f"{ref}: {text}")

    session = Session(clients, plan.id_index, plan.owner, runner.secrets, notice)
    return session, ConcurrentCreates(plan.changes, session)


@pytest.mark.slow
def test_of_two_objects_made_at_the_same_moment_the_younger_is_withdrawn():
    wanted, notices = stack(SAME_MOMENT), []
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        start, plans = sandbox.snapshot(), [runner.plan(wanted), runner.plan(wanted)]
        assert runner.carry_out(plans[0], wanted).complete
        alone = census(sandbox)
        sandbox.restore(start)
        runs = [(plan, *a_run(runner, plan, wanted, notices)) for plan in plans]
        creations = [change for change in plans[0].changes if may_be_created_twice(change)]
        assert len(creations) == 7

        for step in ("before", "make", "deduplicate"):
            for plan, session, creates in runs:
                for change in filter(may_be_created_twice, plan.changes):
                    if step == "before":
                        assert creates.existing_before(change) is None
                    elif step == "make":
                        kind, ref = change.kind, change.ref
                        live = creates.made[change] = kind.create(session, ref, change.after, change.mark)
                        session.id_index.add(ref, live.id)
                    else:
                        creates.withdraw_if_younger(change)

        assert census(sandbox) == alone
        assert len([notice for notice in notices if "deleted its copy" in notice]) == 7
        assert [notice.partition(":")[0] for notice in notices if "pdslack rotate" in notice] == [
            "webhook/sync"
        ]
        for change in creations:
            lives = change.kind.read(runner.clients(wanted), ())
            (live,) = (live for live in lives if live.owned or not change.kind.marked)
            assert {session.id_index.id(change.ref) for _, session, _ in runs} == {live.id}
        assert runner.plan(wanted).changes == ()


@pytest.mark.slow
def test_younger_one_is_withdrawn_before_anything_refers_to_it():
    """The second run does not see what the first made until it has made all of its own."""
    text = """
        owner: acme
        people: {maya: maya@acme.example}
        routing: {main: {integrations: [A, B]}}
        workflows: {w: {triggers: [{manual: true, services: all}]}}
    """
    wanted = stack(text)
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        first, second = runner.plan(wanted), runner.plan(wanted)
        assert runner.carry_out(first, wanted).complete
        expected = census(sandbox)
        sandbox.clock.advance(5)
        for path in ("event_orchestrations", "incident_workflows"):
            sandbox.faults.add(Fault("lag", path=f"/{path}$", seconds=30))

        report = runner.carry_out(second, wanted)

        assert report.complete, [str(result.error) for result in report.results if result.error]
        assert census(sandbox) == expected
        assert len(report.notices) == 2
        assert runner.plan(wanted).changes == ()


PARTS = """
    owner: acme
    slack: {workspace: T0SANDBOX}
    people: {maya: maya@acme.example}
    escalation_policies: {p: {levels: [{notify: [person/maya], escalate_after: 10m}]}}
    services: {api: {escalation_policy: p, integrations: [INTEGRATIONS]}}
    routing: {main: {integrations: [KEYS]}}
    channels: {c: {purpose: P, bookmarks: {BOOKMARKS}}}
    workflows: {w: {triggers: [TRIGGERS]}}
"""
FEW = {
    "INTEGRATIONS": "events-api-v2",
    "KEYS": "A",
    "BOOKMARKS": '"One": "https://one.acme.example"',
    "TRIGGERS": "{manual: true, services: all}",
}
MORE = {
    "INTEGRATIONS": "{name: Other, type: events-api-v2}",
    "KEYS": "B",
    "BOOKMARKS": '"Two": "https://two.acme.example"',
    "TRIGGERS": "{if: \"incident.title matches 'x'\", services: all}",
}


def with_parts(more: bool) -> Stack:
    text = PARTS
    for word, few in FEW.items():
        text = text.replace(word, f"{few}, {MORE[word]}" if more else few)
    return stack(text)


@pytest.mark.slow
def test_of_two_parts_added_at_the_same_moment_the_younger_is_withdrawn():
    """Two machines add an integration, a key, a bookmark and a trigger to objects that were there before."""
    few, more = with_parts(more=False), with_parts(more=True)
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(more)
        assert runner.apply(few).complete
        plans = [runner.plan(more), runner.plan(more)]
        assert {change.ref.kind for change in plans[0].changes} == {
            "service",
            "routing",
            "channel",
            "workflow",
        }
        assert runner.carry_out(plans[0], more).complete
        expected = census(sandbox)
        sandbox.clock.advance(5)
        report = runner.carry_out(plans[1], more)

        assert report.complete, [str(result.error) for result in report.results if result.error]
        found = census(sandbox)
        # What carries a time is told apart for sure; of the others, one of two orders.
        assert found["pagerduty.integration", "Other"] == 1
        assert found["slack.bookmark", "Two"] == 1
        twice = {key for key, count in found.items() if count != expected[key]}
        assert {kind for kind, _ in twice} <= {
            "pagerduty.event_orchestration_integration",
            "pagerduty.workflow_trigger",
        }
