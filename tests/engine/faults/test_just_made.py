"""What a run has just made need not show at once: whatever call does not find it is repeated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.engine.report import StepOutcome
from pdslack_cli.engine.storage.audit import AuditLog
from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.faults.together import IDS, strike_together
from tests.support.census import census
from tests.support.factories import stack
from tests.support.runs import Runner

EXAMPLES = Path(__file__).parents[3] / "examples"

SOME_OF_EVERYTHING = """
    owner: cases
    slack: {workspace: T0SANDBOX}
    people: {ana: ana@acme.example, bo: bo@acme.example}
    teams: {ops: {members: {manager: [ana], responder: [bo]}}}
    schedules:
      primary:
        time_zone: Etc/UTC
        teams: [ops]
        layers: [{start: "2026-01-05T09:00:00", rotate: 1 week, people: [ana, bo]}]
    escalation_policies: {oncall: {team: ops, levels: [{notify: [schedule/primary], escalate_after: 10m}]}}
    services:
      api:
        escalation_policy: oncall
        integrations: [events-api-v2]
        alert_grouping: {by: time, window: 10m}
        rules: [{label: a, if: "event.severity matches 'critical'", then: {severity: error}}]
    channels: {c: {topic: t, purpose: p, members: [ana], bookmarks: {Wiki: "https://wiki.acme.example"}}}
    notification_rules: {n: {from: service/api, to: c}}
    routing: {main: {team: ops, integrations: [A, B], routes: [{if: "event.source matches 'a'", to: api}]}}
    webhooks: {sync: {url: "https://sync.acme.example", from: service/api, events: ["incident.*"]}}
    workflows: {w: {team: ops, triggers: [{manual: true, services: [api]}]}}
"""


def calls_on_what_was_made(calls: list[RecordedCall]) -> set[tuple[str, str, str]]:
    """The sorts of calls, all of which name something that the run made before."""
    made: set[str] = set()
    naming: dict[tuple[str, str, str], bool] = {}
    for call in calls:
        sort = call.provider, call.method, re.sub(IDS, "[^/]+", call.path)
        named = any(id_ in f"{call.path} {call.query} {call.sent.decode()}" for id_ in made)
        naming[sort] = naming.get(sort, True) and named
        answer = call.answer_body
        if call.method == "POST" and isinstance(answer, dict):
            made |= {value["id"] for value in answer.values() if isinstance(value, dict) and "id" in value}
    return {sort for sort, named in naming.items() if named}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["some of everything", "tutorial.yaml", "fintech", "complete"])
def test_what_does_not_show_yet_is_waited_for_by_every_call_of_every_kind(name):
    wanted = stack(SOME_OF_EVERYTHING) if name == "some of everything" else load([EXAMPLES / name], {})
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        start, plan = sandbox.snapshot(), runner.plan(wanted)
        runner.forget_calls()
        assert runner.carry_out(plan, wanted).complete
        expected, sorts = census(sandbox), calls_on_what_was_made(sandbox.calls)
        assert sorts

        faults = [
            Fault("404", provider=provider, method=method, path=f"^{path}$", times=3)
            for provider, method, path in sorted(sorts)
        ]

        def suffer(together: Sequence[Fault]) -> Sequence[Fault]:
            sandbox.restore(start)
            sandbox.faults.clear()
            for fault in together:
                sandbox.faults.add(fault)
            report = runner.carry_out(runner.plan(wanted), wanted)
            assert report.complete, (
                together,
                [str(result.error) for result in report.of(StepOutcome.FAILED)],
            )
            assert census(sandbox) == expected, together
            return [fault for fault, matched in sandbox.faults.waiting() if matched]

        strike_together(faults, 4, suffer)


def test_what_never_shows_fails_after_ten_seconds_and_says_so():
    wanted = stack(
        "owner: acme\npeople: {maya: maya@acme.example}\nteams: {ops: {members: {manager: [maya]}}}"
    )
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        sandbox.faults.add(Fault("404", method="PUT", times=100))
        clients = runner.clients(wanted)
        began = clients.clock.time()

        report = runner.carry_out(runner.plan(wanted), wanted, clients)

        (failed,) = report.of(StepOutcome.FAILED)
        assert "run again in a minute" in failed.error.hint
        assert 10 <= clients.clock.time() - began < 12


def test_what_somebody_else_deleted_is_not_waited_for():
    text = "owner: acme\npeople: {maya: maya@acme.example}\nteams: {ops: {members: {manager: [maya]}}}"
    wanted, fewer = stack(text), stack(text.replace("manager: [maya]", ""))
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        assert runner.apply(fewer).complete
        clients = runner.clients(wanted)
        plan, began = runner.plan(wanted), clients.clock.time()
        sandbox.faults.add(Fault("404", method="PUT", times=100))

        assert runner.carry_out(plan, wanted, clients).of(StepOutcome.FAILED)
        assert clients.clock.time() == began


@pytest.mark.slow
def test_the_next_plan_waits_for_parts_of_what_an_apply_has_just_made(tmp_path):
    """Its list may show an object that its own path, members or overrides do not know yet."""
    wanted = stack(SOME_OF_EVERYTHING)
    with Sandbox() as sandbox:
        runner = Runner(sandbox, audit=AuditLog(tmp_path / "audit.jsonl", {}))
        runner.seed(wanted)
        assert runner.apply(wanted).complete
        runner.forget_calls()
        assert runner.plan(wanted).changes == ()
        paths = {re.sub(IDS, "[^/]+", call.path) for call in sandbox.calls if re.search(IDS, call.path)}
        parts = {path for path in paths if not path.startswith("/integration-slack/")}
        assert len(parts) >= 5
        for path in parts:
            sandbox.faults.add(Fault("404", path=f"^{path}$"))

        plan = runner.plan(wanted)

        assert (plan.changes, plan.problems) == ((), ())
